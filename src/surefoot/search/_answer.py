from __future__ import annotations

import math

import numpy as np

from surefoot.records import Answer, Curve, Evidence, Judgement, Verdict
from surefoot.search._bowl import Bowl
from surefoot.search._observations import Observations
from surefoot.search._settings import Settings

SURE = 0.9  # probability that makes the interval; from the design
CLEAR = 0.05  # regret above which a clear answer would be wrong; from the design


def answer(seen: Observations, bowl: Bowl, settings: Settings, why: str) -> Answer:
    """Put what is known into an answer.

    Returns:
        The answer; ``lr`` is ``None`` when nothing was learned.
    """
    fails_at = _fails_at(seen)
    expected = bowl.expected()
    best = int(np.argmin(expected))
    lr = float(f"{10 ** bowl.x[best]:.3g}")
    lr = min(max(lr, settings.floor), settings.ceiling)
    chance = (bowl.regret <= settings.tolerance).mean(axis=0)
    interval = _interval(bowl, chance, best, lr, settings)
    sure = float((bowl.regret[:, best] <= CLEAR).mean())
    flags: list[str] = []
    if lr <= settings.floor * 1.1 or lr >= settings.ceiling / 1.1:
        flags.append("edge")
    regret = float(expected[best])
    kind = "clear" if sure >= 0.5 else "cannot_tell"
    sentence = f"{lr:.2g}: expected to lose {100 * regret:.1f} % of the progress of the best rate at most."
    evidence = (Evidence("expected regret", regret, CLEAR, "model of the curve"),)
    verdict = Verdict(kind, sentence, sure, tuple(flags), evidence)
    curve = Curve(tuple((10**bowl.x).tolist()), tuple(expected.tolist()), tuple(chance.tolist()))
    yours = _judge(seen, bowl, lr, interval, fails_at, settings)
    return Answer(lr, interval, fails_at, yours, verdict, curve, why)


def nothing(seen: Observations, settings: Settings, why: str) -> Answer:
    """The answer when no rate made progress.

    Returns:
        One that cannot tell.
    """
    fails_at = _fails_at(seen)
    if not seen.stages:
        sentence = "nothing was run yet, so nothing can be told."
    elif seen.lost.all():
        sentence = f"every trial failed, from {10 ** seen.x.min():.2g} to {10 ** seen.x.max():.2g}."
    else:
        sentence = "no rate made any progress over the untrained model, so no rate can be told from another."
    verdict = Verdict("cannot_tell", sentence, 0.0, (), (), "look at the model, the data and the loss")
    yours = None
    if settings.yours is not None:
        yours = Judgement(settings.yours, "cannot_tell", None, None, "cannot tell: " + sentence)
    return Answer(None, None, fails_at, yours, verdict, Curve(), why)


def _fails_at(seen: Observations) -> float | None:
    """The smallest tried rate at and above which every trial failed."""
    healthy = seen.x[~seen.lost].max(initial=-math.inf)
    above = [stage.segment.trial.lr for stage, x in zip(seen.stages, seen.x, strict=True) if x > healthy]
    return min(above, default=None)


def _interval(
    bowl: Bowl, chance: np.ndarray, best: int, lr: float, settings: Settings
) -> tuple[float, float]:
    low = high = best
    while low > 0 and chance[low - 1] >= SURE:
        low -= 1
    while high + 1 < len(chance) and chance[high + 1] >= SURE:
        high += 1
    return min(float(10 ** bowl.x[low]), lr), max(float(10 ** bowl.x[high]), lr)


def _judge(
    seen: Observations,
    bowl: Bowl,
    lr: float,
    interval: tuple[float, float],
    fails_at: float | None,
    settings: Settings,
) -> Judgement | None:
    yours = settings.yours
    if yours is None:
        return None
    factor = lr / yours
    if fails_at is not None and yours >= fails_at:
        return Judgement(
            yours, "fails", factor, 1.0, f"fails: every trial at and above {fails_at:.2g} failed"
        )
    regret = float(np.interp(math.log10(yours), bowl.x, bowl.expected()))
    if interval[0] <= yours <= interval[1]:
        return Judgement(yours, "good", factor, regret, "good: inside the interval")
    side = "too_low" if yours < lr else "too_high"
    times = max(factor, 1 / factor)
    return Judgement(
        yours,
        side,
        factor,
        regret,
        f"{times:.2g}x {side.replace('_', ' ')}, costs about {100 * regret:.1f} %",
    )
