from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surefoot.errors import BadInput
from surefoot.records import Records, Stage
from surefoot.search._segments import rung_of
from surefoot.search._settings import COMPARISON, Settings

Floats = NDArray[np.floating[Any]]
THROWN = 0.1  # of the best progress: a score this much worse than untrained counts as lost; assumption
FELL = 0.5  # of the progress on a shorter rung: less on a longer one means that the rate fails late; assumption
SPREADS = 3.0  # progress of so many times the noise is progress; the usual choice
DIGITS = 9  # progress is rounded to so many digits, so that an affine change of the score changes no decision


@dataclass(frozen=True, slots=True)
class Observations:
    """The stages as the model sees them, sorted so that the order of the records does not matter.

    Arrays are of one entry a stage. A group is what may be compared: one rung and one seed.

    Attributes:
        stages: The stages, sorted by rung, seed and rate; without trunks, which are assessed through their cooldowns.
        rung: Updates of the rung.
        x: log10 of the rate.
        t: log10 of the rung's share of the horizon; 0 is the full horizon.
        group: Index of its group, ascending with the rung.
        lost: Whether it failed, was ended, came out worse than untrained, or fell back behind a shorter rung.
        progress: From untrained (0) towards the best of its group (1); 0 where lost.
        unit: The best progress seen on any rung over the best of its group: what a fixed noise weighs here.
        jitter: The noise that was seen beforehand, in shares of the best progress of its group.
    """

    stages: tuple[Stage, ...]
    rung: NDArray[np.intp]
    x: Floats
    t: Floats
    group: NDArray[np.intp]
    lost: NDArray[np.bool_]
    progress: Floats
    unit: Floats
    jitter: Floats

    @property
    def learned(self) -> bool:
        """Whether any rate made progress that is more than noise, and rates differ."""
        return bool(((self.progress > 0) & (self.jitter < self.progress / SPREADS)).any()) and not self.constant

    @property
    def constant(self) -> bool:
        """Whether all scores are the same, of as many rates as a comparison takes."""
        scores = [stage.score for stage in self.stages if stage.ok]
        return len(scores) >= COMPARISON and len(set(scores)) == 1

    def last(self, count: int) -> Observations:
        """Those of the highest rungs.

        Returns:
            At most so many; groups keep their numbers.
        """
        return Observations(
            self.stages[-count:],
            self.rung[-count:],
            self.x[-count:],
            self.t[-count:],
            self.group[-count:],
            self.lost[-count:],
            self.progress[-count:],
            self.unit[-count:],
            self.jitter[-count:],
        )

    def on(self, updates: int) -> NDArray[np.bool_]:
        """Which of them are on a rung.

        Returns:
            A mask.
        """
        return self.rung == updates


def observe(records: Records, settings: Settings) -> Observations:
    """Read the records.

    Returns:
        What they say about the curve.

    Raises:
        BadInput: They contradict themselves, or a stage that is ``ok`` has no finite score.
    """
    stages = [stage for stage in _agreeing(records, settings) if stage.score is not None or not stage.ok]
    rung = np.array([rung_of(stage.segment, settings) for stage in stages], dtype=np.intp)
    x = np.array([math.log10(stage.segment.trial.lr) for stage in stages], dtype=float)
    t = np.log10(rung / settings.horizon)
    gain = np.array([_gain(stage, settings) for stage in stages], dtype=float)
    lost = ~(gain >= -THROWN * gain.max(initial=0.0))
    lost |= _fell_back(x, t, np.where(lost, 0.0, gain))
    raw = np.where(lost, 0.0, np.maximum(gain, 0.0))
    keys = [(int(updates), stage.segment.trial.seed) for updates, stage in zip(rung, stages, strict=True)]
    order = {key: index for index, key in enumerate(sorted(set(keys)))}
    group = np.array([order[key] for key in keys], dtype=np.intp)
    best = np.zeros(len(order))
    np.maximum.at(best, group, raw)
    reach = best[group] if len(stages) else best
    safe = np.where(reach > 0, reach, 1.0)
    progress = np.where(reach > 0, np.round(raw / safe, DIGITS), 0.0)
    unit = np.where(reach > 0, np.round(best.max(initial=0.0) / safe, DIGITS), 1.0)
    jitter = np.where(reach > 0, np.round(settings.noise * abs(settings.untrained) / safe, DIGITS), 0.0)
    return Observations(tuple(stages), rung, x, t, group, lost, progress, unit, jitter)


def _fell_back(x: Floats, t: Floats, gain: Floats) -> NDArray[np.bool_]:
    """Which trials made less than half of the progress that their rate makes on a shorter rung (interpolated)."""
    back = np.zeros(len(x), dtype=bool)
    rungs = np.unique(t)
    for index, rung in enumerate(rungs):
        here = np.flatnonzero(t == rung)
        for shorter in rungs[:index]:
            order = np.flatnonzero(t == shorter)
            order = order[np.argsort(x[order], kind="stable")]
            before = np.interp(x[here], x[order], gain[order], left=0.0, right=0.0)
            back[here] |= gain[here] < FELL * before
    return back


def _gain(stage: Stage, settings: Settings) -> float:
    if stage.score is None or not stage.ok:
        return -math.inf
    return settings.untrained - stage.score if settings.goal == "min" else stage.score - settings.untrained


def _finite(stage: Stage) -> bool:
    """Whether a healthy stage has the score that it must have; a trunk need not be assessed."""
    return stage.segment.branch == "trunk" if stage.score is None else math.isfinite(stage.score)


def _agreeing(records: Records, settings: Settings) -> list[Stage]:
    seen: dict[str, Stage] = {}
    for stage in records.stages:
        key = stage.segment.key
        if stage.ok and not _finite(stage):
            raise BadInput(
                f"segment {key} is recorded as ok with score {stage.score!r}: a healthy trial has a finite score."
                " Record it as failed, or look at how the score is computed"
            )
        before = seen.setdefault(key, stage)
        if (before.state, before.score) != (stage.state, stage.score):
            raise BadInput(
                f"the records contradict themselves: segment {key} is there as {before.state} with score"
                f" {before.score!r} and as {stage.state} with score {stage.score!r}. Delete the study's wrong stage"
                " or start a new study"
            )
    return sorted(
        seen.values(),
        key=lambda s: (rung_of(s.segment, settings), s.segment.trial.seed, s.segment.trial.lr, s.segment.key),
    )
