"""Tables of real trainings that answer as a task would: what a rate scores after so many updates."""

from __future__ import annotations

import gzip
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from surefoot.records import Checkpoint, Cost, Goal, Segment, Stage
from surefoot.search import Settings

RANGES = {"sgd": (1e-4, 1e1), "momentum": (1e-5, 1e0), "adam": (1e-5, 1e-1)}  # as tasks/_ranges.py looks first
WINDOW = 0.2  # share of a stretch shorter than an epoch whose minibatch losses make its score


@dataclass
class Table:
    """One problem with one optimizer: scores over rates and updates.

    Attributes:
        problem: Its name.
        optimizer: Its optimizer.
        horizon: Updates of the full training.
        untrained: Score before training.
        rates: The tabulated rates, ascending.
        steps: The tabulated updates, ascending.
        scores: Rates x steps for the search; NaN where failed.
        truth: Final score at each rate by which the pick is judged; failed counts as untrained.
        resumes: Whether a longer stretch continues a shorter one (constant rates), or restarts.
        assess_forwards: Forward-only batches of an assessment.
        smallest: Fewest updates of a rung.
        seed: Of the search.
        goal: Whether a lower or a higher score is better.
        wide: Whether search may leave the range that it looks at first.
    """

    problem: str
    optimizer: str
    horizon: int
    untrained: float
    rates: np.ndarray
    steps: np.ndarray
    scores: np.ndarray
    truth: np.ndarray
    resumes: bool
    assess_forwards: int
    smallest: int
    seed: int = 0
    goal: Goal = "min"
    wide: bool = True
    x: np.ndarray = field(init=False)
    regrets: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        self.x = np.log10(self.rates)
        best = self.truth.min() if self.goal == "min" else self.truth.max()
        reach = self.untrained - best
        self.regrets = np.clip((self.truth - best) / reach, 0, 1) if reach else np.zeros(len(self.truth))

    def score(self, lr: float, updates: int) -> float:
        """Score of a rate after so many updates, NaN where it failed; neighbours are interpolated in log space.

        Returns:
            The score.
        """
        place = float(np.interp(math.log10(lr), self.x, np.arange(len(self.x))))
        low, share = int(place), place - int(place)
        if share < 1e-6:
            return self._along(low, updates)
        if share > 1 - 1e-6:
            return self._along(low + 1, updates)
        left, right = self._along(low, updates), self._along(low + 1, updates)
        if math.isnan(right):
            return math.nan
        if math.isnan(left):
            return left if share < 0.5 else right
        return (1 - share) * left + share * right

    def _along(self, row: int, updates: int) -> float:
        place = float(np.interp(math.log(updates), np.log(self.steps), np.arange(len(self.steps))))
        low, share = int(place), place - int(place)
        if share < 1e-6:
            return float(self.scores[row, low])
        before, after = self.scores[row, low], self.scores[row, low + 1]
        return float((1 - share) * before + share * after)

    def regret(self, lr: float) -> float:
        """Regret of a pick.

        Returns:
            From 0 to 1.
        """
        return float(np.interp(math.log10(lr), self.x, self.regrets))

    def settings(self, budget: float, **changes: Any) -> Settings:
        """Settings of a search here.

        Returns:
            The settings.
        """
        low, high = RANGES[self.optimizer]
        floor, ceiling = float(self.rates[0]), float(self.rates[-1])
        given: dict[str, Any] = {
            "horizon": self.horizon,
            "budget": budget,
            "lr_min": max(low, floor),
            "lr_max": min(high, ceiling),
            "floor": floor,
            "ceiling": ceiling,
            "untrained": self.untrained,
            "assess_forwards": self.assess_forwards,
            "smallest": self.smallest,
            "goal": self.goal,
            "trunk": (0, self.horizon) if self.resumes else None,
        }
        return Settings(**(given | changes))

    def run(self, segment: Segment) -> Stage:
        """Answer a segment as an engine would.

        Returns:
            The stage.
        """
        score = self.score(segment.trial.lr, segment.stop)
        cost = Cost(updates=segment.updates, forwards=self.assess_forwards)
        end = Checkpoint("", segment.stop, "") if segment.branch == "trunk" else None
        if math.isnan(score):
            died = self.died(segment.trial.lr, segment.stop)
            return Stage(segment, "failed", None, None, Cost(updates=max(1, died - segment.start)), reason="NaN")
        return Stage(segment, "ok", score, None, cost, end)

    def died(self, lr: float, updates: int) -> int:
        """When a failed one was given up: on constant rates at the first tabulated NaN, else half-way.

        Returns:
            Updates.
        """
        if not self.resumes:
            return updates // 2
        row = min(int(np.searchsorted(self.x, math.log10(lr) - 1e-9)), len(self.x) - 1)
        dead = np.isnan(self.scores[row]) & (self.steps <= updates)
        return int(self.steps[np.argmax(dead)]) if dead.any() else updates


def deepobs(folder: Path) -> Iterator[Table]:
    """Read a folder of the deepobs form.

    Yields:
        A table for each problem and optimizer.
    """
    for file in sorted(folder.glob("*.json.gz")):
        runs = json.loads(gzip.decompress(file.read_bytes()))
        problem = file.name.removesuffix(".json.gz")
        early = np.load(folder / f"{problem}.first20pct.npz")
        for optimizer in sorted({run["optimizer"] for run in runs}):
            mine = [run for run in runs if run["optimizer"] == optimizer]
            seeds = [run["seed"] for run in mine]
            seed = max(set(seeds), key=seeds.count)
            sweep = {run["lr"]: run for run in mine if run["seed"] == seed}
            yield _constant(problem, optimizer, [sweep[lr] for lr in sorted(sweep)], early)


def _constant(problem: str, optimizer: str, runs: list[dict[str, Any]], early: Any) -> Table:
    horizon, epochs = runs[0]["steps_logged"], runs[0]["epochs"]
    epoch = horizon / epochs
    within = [step for step in np.unique(np.round(np.geomspace(8, epoch, 40))).astype(int) if step < epoch]
    steps = np.array([*within, *(round(epoch * index) for index in range(1, epochs + 1))])
    rows = []
    for run in runs:
        losses = np.asarray(early[f"{optimizer}|{run['lr']:.6g}|{run['seed']}"], dtype=float)
        ends = [math.nan if loss is None else float(loss) for loss in run["train_loss"][1:]]
        rows.append([_window(losses, step) for step in within] + ends)
    scores = np.array(rows)
    scores[~np.isfinite(scores)] = math.nan
    scores[np.maximum.accumulate(np.isnan(scores), axis=1)] = math.nan
    untrained = float(np.median([run["train_loss"][0] for run in runs]))
    final = scores[:, -1]
    truth = np.minimum(np.where(np.isnan(final), untrained, final), untrained)
    rates = np.array([run["lr"] for run in runs])
    return Table(problem, optimizer, horizon, untrained, rates, steps, scores, truth, True, 10, 20)


def _window(losses: np.ndarray, step: int) -> float:
    if len(losses) < step:
        return math.nan
    return float(losses[step - max(5, round(WINDOW * step)) : step].mean())


def rungs(folder: Path) -> Iterator[Table]:
    """Read a folder of the rungs form: schedules shrunk to each horizon, three seeds.

    Yields:
        A table for each task and seed of the search; the other seeds are its truth.
    """
    for file in sorted(folder.glob("*.json.gz")):
        data = json.loads(gzip.decompress(file.read_bytes()))
        rows = data["rows"]
        horizons = sorted({row[0] for row in rows})
        rates = sorted({row[1] for row in rows})
        seeds = sorted({row[2] for row in rows})
        cube = np.full((len(seeds), len(rates), len(horizons)), math.nan)
        for horizon, lr, seed, loss, *_ in rows:
            if loss is not None:
                cube[seeds.index(seed), rates.index(lr), horizons.index(horizon)] = loss
        untrained = float(data["untrained_valid_loss"])
        final = np.minimum(np.where(np.isnan(cube[:, :, -1]), untrained, cube[:, :, -1]), untrained)
        task = data["task"]
        kind = "momentum" if task.endswith(("sgdm", "nesterov")) else "sgd" if "sgd" in task else "adam"
        if kind == "momentum" and rates[0] >= 1e-4:
            kind = "sgd"
        for index, seed in enumerate(seeds):
            truth = np.delete(final, index, axis=0).mean(axis=0)
            yield Table(
                task, kind, horizons[-1], untrained, np.array(rates), np.array(horizons),
                cube[index], truth, False, data.get("assess_forwards", 16), horizons[0], int(seed),
            )  # fmt: skip
