"""What a range test's curve says: a pure function of rates and losses.

The rule: the loss turns where it leaves its lowest level upward for good, and a tenth of that rate is suggested. Where
the loss falls fastest, and where it is lowest, move with the length of the ramp, with its start and with the noise;
where training becomes unstable hardly does.

No rule here depends on the sign or the scale of the loss: it is only compared with its own start, with its own lowest
level and with its own noise. Smoothing is centred, so it does not move the curve to higher rates; a moving average
over a ramp does, by up to two decades.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surefoot.records import Evidence, Verdict

Floats = NDArray[np.float64]

# measured on the ten trainings of benchmarks/tasks.py: 8 to 12 are alike, below 6 deep nets fail, above 14 is too low
_BELOW_TURN = 10.0
_RISE = 0.2  # of the fall: above that the loss has turned; measured: 0.05 to 0.3 alike
_NOISE = 2.0  # sds of a single loss that a fall or a rise must exceed; measured: 1.5 to 2 alike, 3 too late
_FOR_GOOD = 0.75  # share of what follows that must lie above the turn: what broke may dip by luck (assumption)
_CAP = 3.0  # falls (or tens of sds) above the start: as high as a loss counts, so that one outlier does not smear
_FEWEST = 10  # losses; fewer say nothing
_DISAGREE = 10.0  # factor between what the two halves of the points say, above which nothing can be told (assumption)
_NOISY = 3.0  # the same, above which it is said (assumption)
_RIGHT, _FLAGGED_RIGHT = 0.85, 0.5  # measured on the same ten: 38 of 44 unflagged answers and 3 of 5 lose at most 5 %


@dataclass(frozen=True, slots=True)
class Reading:
    """What a curve says.

    Attributes:
        lr: The suggested rate; ``None`` when nothing can be told.
        turns_at: The rate at which the loss leaves its lowest level upward for good; ``None`` if it does not.
        smooth: The losses smoothed, one for each that is finite.
        verdict: ``clear`` or ``cannot_tell``, with flags.
    """

    lr: float | None
    turns_at: float | None
    smooth: tuple[float, ...]
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class _Levels:
    """What losses are held against.

    Attributes:
        start: Level before the rate matters.
        low: The lowest smoothed loss.
        noise: Sd of a single loss about its level.
    """

    start: float
    low: float
    noise: float

    @property
    def fell(self) -> bool:
        return self.start - self.low > _NOISE * self.noise

    @property
    def turn(self) -> float:
        return self.low + max(_RISE * (self.start - self.low), _NOISE * self.noise)

    @property
    def cap(self) -> float:
        scale = max(self.start - self.low, 10 * self.noise)
        return self.start + _CAP * scale if scale > 0 else math.inf


def read_curve(rates: Sequence[float], losses: Sequence[float], points: int | None = None) -> Reading:
    """Read a rate from the losses of a ramp.

    Args:
        rates: Ascending, one for each loss.
        losses: The training loss before the update at each rate. What follows the first NaN or infinity is left out.
        points: How many the whole ramp has; more than were given means that it was stopped where the loss was far
            above its start.

    Returns:
        The rate and the verdict.
    """
    points = len(losses) if points is None else points
    ramp = np.asarray(rates, dtype=np.float64)
    seen = np.asarray(losses, dtype=np.float64)
    broken = np.flatnonzero(~np.isfinite(seen))
    if len(broken):
        seen = seen[: broken[0]]
    width = width_for(points)
    shown = tuple(float(value) for value in smoothed(seen, width))
    if len(seen) < _FEWEST:
        return _too_few(ramp, seen, shown, stopped=len(broken) > 0)
    levels = _levels(seen, width, points)
    turn = _turn(seen, levels, width, stopped=len(seen) < points)
    if turn is not None and turn <= width:
        return Reading(None, float(ramp[turn]), shown, _turned_at_once(ramp))
    if levels.fell and levels.low > seen[0] - _NOISE * levels.noise:  # it only came back from where it was thrown
        return Reading(None, None, shown, _turned_at_once(ramp))
    if turn is None:
        return _never_turned(ramp, levels, shown)
    turns_at = float(ramp[min(turn, len(ramp) - 1)])
    apart = _halves_apart(ramp, seen, points)
    return _suggest(turns_at, apart, levels, ramp, shown, step=int(broken[0]) if len(broken) else None)


def width_for(points: int) -> int:
    """How many points to either side are smoothed over.

    Args:
        points: Of the whole ramp.

    Returns:
        4 for the usual 100.
    """
    return max(2, points // 25)


def smoothed(values: Floats, width: int) -> Floats:
    """Centred smoothing that a few outliers do not move: the mean of the middle half of each window.

    Args:
        values: Finite.
        width: Points to either side; fewer at the ends, so that every window is centred. The two ends themselves are
            given the median of the last three.

    Returns:
        As many values.
    """
    last = len(values) - 1
    if last < 2:
        return values.copy()
    out = np.empty(len(values))
    for place in range(1, last):
        reach = min(width, place, last - place)
        window = np.sort(values[place - reach : place + reach + 1])
        cut = max(1, len(window) // 4)
        out[place] = window[cut : len(window) - cut].mean()
    out[0], out[last] = out[1], out[last - 1]
    return out


def risen(losses: Sequence[float], points: int) -> bool:
    """Whether a ramp can be stopped: its last losses are all far above its start, or one is no number.

    Args:
        losses: So far.
        points: Of the whole ramp.

    Returns:
        True when going on would add nothing.
    """
    if not math.isfinite(losses[-1]):
        return True
    width = width_for(points)
    last = 2 * width + 1
    if len(losses) < _FEWEST + last:
        return False
    seen = np.asarray(losses, dtype=np.float64)
    return bool(seen[-last:].min() > _levels(seen, width, points).cap)


def _levels(seen: Floats, width: int, points: int) -> _Levels:
    beginning = max(5, points // 10)
    start = float(np.median(seen[:beginning]))
    # From successive differences, so that a steady fall is no noise: 1.4826 / sqrt(2) times their median size. Of the
    # first half only: what is beyond the turn would be taken for noise.
    steps = np.abs(np.diff(seen[: max(beginning, len(seen) // 2)]))
    return _Levels(start, float(smoothed(seen, width).min()), float(1.048 * np.median(steps)))


def _turn(seen: Floats, levels: _Levels, width: int, *, stopped: bool) -> int | None:
    """Index from which the loss stays above its lowest level; ``None`` when it does not."""
    cap = levels.cap
    values = np.minimum(seen, cap)
    if stopped:  # what would have followed was far above
        beyond = cap if math.isfinite(cap) else float(seen.max()) + 1
        values = np.concatenate([values, np.full(width + 1, beyond)])
    smooth = smoothed(values, width)
    above = smooth > levels.turn
    for place in range(int(smooth.argmin()) + 1, len(smooth) - width):
        if above[place : place + width + 1].all() and above[place:].mean() >= _FOR_GOOD:
            return place
    return None


def _halves_apart(ramp: Floats, seen: Floats, points: int) -> float:
    """By what factor the even and the odd points disagree about where the loss turns."""
    turns: list[float] = []
    for first in (0, 1):
        half, rates, count = seen[first::2], ramp[first::2], (points - first + 1) // 2
        width = width_for(count)
        turn = _turn(half, _levels(half, width, count), width, stopped=len(half) < count)
        turns.append(float(rates[-1] if turn is None else rates[min(turn, len(rates) - 1)]))
    return max(turns) / min(turns)


def _suggest(
    turns_at: float, apart: float, levels: _Levels, ramp: Floats, shown: tuple[float, ...], step: int | None
) -> Reading:
    lr = turns_at / _BELOW_TURN
    evidence = (
        Evidence("turns_at", turns_at, lr, "the rate where the loss leaves its lowest level upward for good"),
        Evidence("halves_apart", apart, _DISAGREE, "factor between what even and odd points of the curve say"),
    )
    if apart > _DISAGREE:
        verdict = Verdict(
            "cannot_tell",
            "the curve is too noisy: every other point alone says something else about where the loss turns.",
            0.0,
            ("noisy",),
            evidence,
            "Take more steps, larger batches or accumulate=; or use find, which compares whole trainings.",
        )
        return Reading(None, turns_at, shown, verdict)
    flags: list[str] = []
    said = f"the loss turns at {turns_at:.2g}; a tenth of that is suggested"
    if step is not None:
        said += f" (NaN or infinite from step {step})"
    if not levels.fell:
        flags.append("flat")
        said += ". It never fell before, so the curve says where training breaks, not where it works"
    if lr < ramp[0]:
        flags.append("edge")
        said += f". That lies below lr_min={ramp[0]:.2g}, which was not tried"
    if apart > _NOISY:
        flags.append("noisy")
        said += f". Every other point alone puts the turn {apart:.1f} times apart"
    confidence = _FLAGGED_RIGHT if flags else _RIGHT
    advice = "It is a suggestion from one short ramp. find compares whole trainings and gives an interval."
    return Reading(lr, turns_at, shown, Verdict("clear", said + ".", confidence, tuple(flags), evidence, advice))


def _too_few(ramp: Floats, seen: Floats, shown: tuple[float, ...], *, stopped: bool) -> Reading:
    if stopped:
        said = f"the loss was NaN or infinite from step {len(seen)} on, at {ramp[len(seen)]:.2g}."
        advice = "Give a lower lr_min; if the loss is NaN at any rate, look at the data and the initial weights."
        return Reading(None, None, shown, Verdict("cannot_tell", said, 0.0, ("edge",), (), advice))
    said = f"{len(seen)} losses are too few to read a curve from: at least {_FEWEST} are needed."
    return Reading(None, None, shown, Verdict("cannot_tell", said, 0.0, (), (), "Take more steps."))


def _never_turned(ramp: Floats, levels: _Levels, shown: tuple[float, ...]) -> Reading:
    low, high = ramp[0], ramp[-1]
    if levels.fell:
        said = f"the loss fell and never turned up to lr_max={high:.2g}: any rate up to there may be too low."
        verdict = Verdict("cannot_tell", said, 0.0, ("edge",), (), "Give a higher lr_max.")
    else:
        said = f"the loss is flat: it does not depend on the rate from {low:.2g} to {high:.2g} beyond its own noise."
        advice = (
            "Give a higher lr_max, more steps or larger batches. If nothing helps: does the loss depend on what the"
            " optimizer holds?"
        )
        verdict = Verdict("cannot_tell", said, 0.0, ("flat",), (), advice)
    return Reading(None, None, shown, verdict)


def _turned_at_once(ramp: Floats) -> Verdict:
    said = f"the loss rose from the start: at {ramp[0]:.2g}, where the ramp began, it had turned already."
    return Verdict("cannot_tell", said, 0.0, ("edge",), (), "Give a lower lr_min.")
