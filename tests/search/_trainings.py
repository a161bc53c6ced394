"""Made-up trainings for the tests of search: a bowl over log rate that flattens with the horizon, and a cliff."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from surefoot.records import FORWARD_SHARE, Answer, Cost, Records, Segment, Stage
from surefoot.search import Settings, decide

HORIZON = 1000
Score = Callable[[float, int], float]


def settings(**changes: Any) -> Settings:
    given: dict[str, Any] = {
        "horizon": HORIZON,
        "budget": 0.5,
        "lr_min": 1e-5,
        "lr_max": 1e-1,
        "floor": 1e-7,
        "ceiling": 1e1,
        "untrained": 2.3,
        "assess_forwards": 6,
        "smallest": 10,
    }
    return Settings(**(given | changes))


def bowl(best: float = -3.0, drift: float = 0.3, cliff: float = 0.8) -> Score:
    """Loss of a training whose best log10 rate is ``best`` at the full horizon; NaN beyond the cliff."""

    def score(lr: float, updates: int) -> float:
        t = math.log10(updates / HORIZON)
        x = math.log10(lr)
        z = x - (best - drift * t)
        if z > cliff:
            return math.nan
        left = 1 / (1 + 10 ** (1.3 * (x - best + 2.0 + t)))
        right = 0.02 * 10 ** (1.2 * z)
        floor = 0.2 + 0.2 * 10 ** (-0.4 * (t + 2))
        return floor + (2.3 - floor) * min(left + right, 1.0)

    return score


def regret(score: Score, lr: float) -> float:
    """Regret at the full horizon."""

    def end(x: float) -> float:
        found = score(10**x, HORIZON)
        return 2.3 if math.isnan(found) else found

    best = min(end(-8 + 0.01 * index) for index in range(1000))
    return (end(math.log10(lr)) - best) / (2.3 - best)


def run(segment: Segment, score: Score, forwards: int = 6) -> Stage:
    found = score(segment.trial.lr, segment.stop)
    if math.isnan(found):
        return Stage(segment, "failed", None, None, Cost(updates=max(1, segment.updates // 3)), reason="NaN")
    return Stage(segment, "ok", found, None, Cost(updates=segment.updates, forwards=forwards))


def search(given: Settings, score: Score, limit: int = 200) -> tuple[Answer, Records]:
    """Let search run to its answer."""
    records = Records()
    for _ in range(limit):
        step = decide(records, given)
        if isinstance(step, Answer):
            return step, records
        new = tuple(run(segment, score, given.assess_forwards) for segment in step.segments)
        records = Records(records.stages + new)
    raise AssertionError("search did not end")


def spent(records: Records) -> float:
    cost = records.cost()
    return cost.updates + FORWARD_SHARE * cost.forwards
