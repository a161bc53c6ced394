"""Answers made by hand."""

from surefoot.found import Found
from surefoot.records import (
    Answer,
    Cost,
    Curve,
    Judgement,
    Losses,
    Records,
    Segment,
    Stage,
    Trial,
    Verdict,
)

CLEAR = Verdict("clear", "0.012: expected to lose 0.4 % of the progress of the best rate at most.", 0.97)
CANNOT = Verdict("cannot_tell", "every trial failed, from 1e-5 to 1.", 0.0, ("edge", "noisy"), (), "look at the data")
YOURS = Judgement(3e-4, "too_low", 40.0, 0.018, "40x too low, costs about 1.8 %")
CURVE = Curve((1e-4, 1e-2, 1.0), (0.5, 0.01, 1.0), (0.0, 0.95, 0.0))


def stage(lr, updates, score):
    segment = Segment(Trial(lr, 0), "whole", updates, 0, updates)
    if score is None:
        return Stage(segment, "failed", None, None, Cost(3), reason="the loss was nan at update 2")
    return Stage(segment, "ok", score, Losses(2.3, score, score, 2.3, updates), Cost(updates, 4, 1.0, 0.2, 0.1))


def found(
    stages=(), lr=0.0123, interval=(0.005, 0.03), fails_at=1.0, yours=YOURS, verdict=CLEAR, curve=CURVE, goal="min"
):
    answer = Answer(lr, interval, fails_at, yours, verdict, curve, "the budget is spent")
    return Found.of(
        answer, Records(tuple(stages)), schedule="warmup(0.05) >> cosine()", horizon=600, study="one", goal=goal
    )


def bowl():
    """Three rungs: a first look, a closer one, the best few."""
    first = [stage(10**power, 10, 2.3 - 0.1 * (3 - abs(power + 2))) for power in (-5, -4, -3, -2, -1)]
    closer = [stage(lr, 60, score) for lr, score in ((3e-3, 1.4), (1e-2, 1.2), (3e-2, 1.5))]
    return [*first, stage(1.0, 10, None), *closer, stage(0.012, 240, 0.8), stage(0.02, 240, 0.82)]
