from __future__ import annotations

import math

import numpy as np

from surefoot.records import Answer, Curve, Evidence, Judgement, Verdict, VerdictKind
from surefoot.search._bowl import Bowl, noise
from surefoot.search._observations import Floats, Observations
from surefoot.search._settings import Settings

SLACK = 5  # tolerances of regret that an interval allows; measured: holds half of the true set, 4 % above 0.05
TELL = 0.35  # probability of being right from which it is told; measured: 3 of 4 answers between it and .5 were right
FAR = 1.5  # decades from the best trial of the highest rung that an answer may lie; measured: optima drift a decade
WIDE = 1.0  # decades over which equal results make a flat curve; assumption
SPREADS = 2.0  # standard deviations within which results count as equal; the usual choice
GOOD = 0.9  # probability of being right from which a bowl is called clear; as the interval's


def answer(seen: Observations, bowl: Bowl, settings: Settings, why: str) -> Answer:
    """Put what is known into an answer.

    Args:
        seen: The stages.
        bowl: The curves that fit them.
        settings: Tolerance, limits and the user's own rate.
        why: Why search ends here.

    Returns:
        The answer, with the rate of the smallest risk.
    """
    expected = bowl.expected()
    best = bowl.best()
    seen_best = _best_seen(seen)
    astray = seen_best is not None and abs(float(bowl.x[best]) - seen_best) > FAR
    if astray and seen_best is not None:
        best = int(np.abs(bowl.x - seen_best).argmin())
    lr = rounded(float(bowl.x[best]), settings)
    fails_at = _fails_at(seen)
    interval = _interval(bowl, best, lr, settings)
    verdict = _verdict(seen, bowl, best, lr, interval, settings, astray=astray)
    curve = Curve(
        tuple((10**bowl.x).tolist()),
        tuple(expected.tolist()),
        tuple(bowl.chance(settings.tolerance).tolist()),
        tuple(bowl.risk().tolist()),
    )
    yours = _judge(seen, bowl, lr, interval, fails_at, settings)
    return Answer(lr, interval, fails_at, yours, verdict, curve, why)


def nothing(seen: Observations, settings: Settings, why: str) -> Answer:
    """The answer when no rate made progress.

    Args:
        seen: The stages.
        settings: The user's own rate.
        why: Why search ends here.

    Returns:
        One without a rate, that cannot tell.
    """
    advice = "Look at the model, the data, the loss and the range of rates."
    if not seen.stages and settings.ramped:
        sentence = (
            f"a ramp of {settings.ramped} updates does not say where the loss turns, and the budget pays no trials"
        )
        advice = "Give a larger budget."
    elif not seen.stages:
        sentence, advice = "nothing was run yet, so nothing can be told", "Go on with the study."
    elif seen.lost.all():
        sentence = f"every trial failed, from {10 ** seen.x.min():.2g} to {10 ** seen.x.max():.2g}"
    elif seen.constant:
        sentence = f"every trial scored {seen.stages[-1].score:g}, so no rate can be told from another"
    else:
        sentence = "no rate made progress over the untrained model, so no rate can be told from another"
    verdict = Verdict("cannot_tell", f"{sentence[0].upper()}{sentence[1:]}.", 0.0, advice=advice)
    yours = None
    if settings.yours is not None:
        yours = Judgement(settings.yours, "cannot_tell", None, None, f"cannot tell: {sentence}")
    return Answer(None, None, _fails_at(seen), yours, verdict, Curve(), why)


def rounded(x: float, settings: Settings) -> float:
    """A rate of three digits within what may be tried.

    Args:
        x: log10 of the rate.
        settings: The limits.

    Returns:
        The rate.
    """
    return min(max(float(f"{10**x:.3g}"), settings.floor), settings.ceiling)


def _best_seen(seen: Observations) -> float | None:
    """log10 of the rate that did best on the highest rung where any learned; ``None`` where none did."""
    if not seen.learned:
        return None
    learned = seen.group[seen.progress > 0].max()
    return float(seen.x[int(np.argmax(np.where(seen.group == learned, seen.progress, -1.0)))])


def _fails_at(seen: Observations) -> float | None:
    """The smallest tried rate at and above which every trial failed or came out worse than untrained."""
    healthy = seen.x[~seen.lost].max(initial=-math.inf)
    above = [stage.segment.trial.lr for stage, x in zip(seen.stages, seen.x, strict=True) if x > healthy]
    return min(above, default=None)


def _interval(bowl: Bowl, best: int, lr: float, settings: Settings) -> tuple[float, float]:
    """The rates around the best that lose no more than a slack with the probability of the design."""
    good = bowl.risk() <= SLACK * settings.tolerance
    low = high = best
    while low > 0 and good[low - 1]:
        low -= 1
    while high + 1 < len(good) and good[high + 1]:
        high += 1
    return min(rounded(float(bowl.x[low]), settings), lr), max(rounded(float(bowl.x[high]), settings), lr)


def _verdict(
    seen: Observations,
    bowl: Bowl,
    best: int,
    lr: float,
    interval: tuple[float, float],
    settings: Settings,
    *,
    astray: bool,
) -> Verdict:
    allowed = SLACK * settings.tolerance
    regret, sure = float(bowl.expected()[best]), float(bowl.chance(allowed)[best])
    flags = tuple(
        name
        for name, holds in (
            ("flat", _flat(seen)),
            ("edge", min(best, len(bowl.x) - 1 - best) <= 1),
            ("noisy", float(seen.jitter[-1:].max(initial=0.0)) > settings.tolerance),
        )
        if holds
    )
    kind: VerdictKind = "clear" if sure >= TELL and not astray else "cannot_tell"
    held = f"within {100 * allowed:.2g} % of the best with a probability of {100 * sure:.0f} %"
    if kind == "cannot_tell":
        sentence = f"Cannot tell; the best guess is {lr:.2g}, {held}."
    elif "flat" in flags:
        sentence = f"{lr:.2g}: the rate hardly matters here, all that learned did equally well."
    elif sure >= GOOD:
        sentence = f"{lr:.2g}: the bowl is clear, good rates lie from {interval[0]:.2g} to {interval[1]:.2g}."
    else:
        sentence = f"{lr:.2g}: the best guess, {held}."
    advice = ""
    if "edge" in flags:
        advice = f"The best rate lies at the edge of what may be tried: look beyond {lr:.2g}."
    elif sure < GOOD:
        advice = "A larger budget would tell more."
    evidence = (
        Evidence("expected regret", regret, allowed, "model of the curve"),
        Evidence("longest trial, share of the horizon", float(10 ** seen.t.max(initial=-math.inf)), 1.0, "records"),
        Evidence("trials", float(len(seen.stages)), 3.0, "records"),
    )
    if settings.turns_at is not None:
        evidence += (Evidence("rate at which the loss of a short ramp turns", settings.turns_at, lr, "ramp"),)
    return Verdict(kind, sentence, sure, flags, evidence, advice)


def _flat(seen: Observations) -> bool:
    """Whether all that learned on the highest rung with three of them did equally well, over a decade or more."""
    for group in sorted(set(seen.group.tolist()), reverse=True):
        mine = (seen.group == group) & ~seen.lost
        if mine.sum() >= 3:
            spread: Floats = noise(seen.progress[mine], seen.t[mine], seen.unit[mine], seen.jitter[mine])
            return bool(np.ptp(seen.x[mine]) >= WIDE and (1 - seen.progress[mine] <= SPREADS * spread.min()).all())
    return False


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
    regret = float(np.interp(math.log10(yours), bowl.x, bowl.expected()))
    if fails_at is not None and yours >= fails_at:
        return Judgement(yours, "fails", factor, 1.0, f"fails: every trial at and above {fails_at:.2g} failed")
    if interval[0] <= yours <= interval[1]:
        return Judgement(yours, "good", factor, regret, "good: inside the interval")
    side = "too_low" if yours < lr else "too_high"
    times = f"{max(factor, 1 / factor):.2g}x {side.replace('_', ' ')}"
    cost = f"costs about {100 * regret:.2g} %" if regret < 0.5 else "would lose most of the training"
    return Judgement(yours, side, factor, regret, f"{times}, {cost}")
