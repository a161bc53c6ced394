from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

from surefoot.records import Evidence, Verdict
from surefoot.watch._curve import Signals
from surefoot.watch._factor import Family, how_far

_OVERSHOT = 3.0  # times all that was gained. Good runs of DeepOBS: 1.5 at most; of 31 good small ones: one above, 3.3
_LOST = 2 / 3  # of what was gained. Good runs, heavy ball swinging on a quadratic among them: 0.43 at most
_REBOUND = 3.0  # noises above what the first updates had reached. Good runs: 1.7 at most
_FALLING = 0.5  # noises from one tenth to the next: a rise that is being recovered from is no end
_LATE = 2.0  # noises above the start, when training is long under way. Good runs stay 3.6 below it
_LEARNED = 10.0  # noises come down: something was surely gained
_MOVED = 5.0  # noises come down: it surely moved
_ABOVE = -3.0  # noises come down. Trainings that are too low: -2.3 at least
_LOUDER = 1.75  # times the quietest noise: weights that hardly move keep the noise of the data. Too low: 1.6 at most
_STRAIGHT = 0.3  # mean share of the descent still ahead, above which too low a rate is possible
_LATE_QUARTER = 400.0  # updates to a quarter of the descent. Good runs of DeepOBS: 263 at most
_LATE_OF = 46_850  # losses of the longest of them: in a longer one so many times later, which is an assumption
_LATISH_QUARTER = 200.0  # the same where one of these two agrees. Good runs of it, and of it shortened to 10 to 50 %:
_EVEN = 1 / 3  # mean share of the descent still ahead where it grows with the square root of time: slower than that ...
_AWOKEN = 2.5  # ... or growth of the noise since the first tenth: none of 563 above
_UNMOVED = 2.0  # noises come down ...
_DRIFT = 4.0  # ... and standard errors from the first tenth to the last, below which nothing moved
_LEAST = 20  # losses without which nothing is said but NaN
_SOON = 100  # losses: a jump of the first updates that is being recovered from looks bad for as long as that
_SOON_SHARE = 0.02  # of the horizon, if that is less
_LEAST_SHARE = 0.08  # of the horizon, before which healthy trainings still look like straight lines
_CALM = 100  # updates without trouble, after which a sudden NaN is not the rate's for sure
_ONE_BATCH = 30.0  # noises of a single loss between its neighbours. Good runs: 18 at most

_PROBE = "Look again later, or ask surefoot.probe, which tries other rates from here"
_DEEPOBS = "DeepOBS runs"
_OWN = "ten small trainings"


@dataclass(frozen=True, slots=True)
class Context:
    """What is known beside the losses.

    Attributes:
        lr: The rate, or the highest so far of a schedule.
        of: Kind of optimizer.
        share: Part of the training that was seen; ``None`` when its length is not known.
        updates: Length of the training in updates; ``None`` when it is not known.
        every_update: The losses are those of every update from the first; ``False`` for a log that leaves some out.
    """

    lr: float | None = None
    of: Family | None = None
    share: float | None = None
    updates: int | None = None
    every_update: bool = True


@dataclass(frozen=True, slots=True)
class _Found:
    kind: Literal["too_high", "too_low", "healthy", "cannot_tell"]
    symptom: str
    sentence: str
    confidence: float
    since: int | None = None
    evidence: tuple[Evidence, ...] = ()
    advice: str = ""


def judge(signals: Signals | None, context: Context, bad_at: int | None = None, count: int = 0) -> Verdict:
    """What the signals say about the rate.

    Args:
        signals: Of the losses; ``None`` where fewer than three were finite.
        context: What else is known.
        bad_at: Index of the first loss that was not finite.
        count: Losses seen.

    Returns:
        The verdict.
    """
    found = _few(bad_at, count) if signals is None else _look(signals, context)
    factor = None
    if found.kind in {"too_high", "too_low"}:
        kind: Literal["too_high", "too_low"] = "too_high" if found.kind == "too_high" else "too_low"
        jump = signals.jump if signals is not None and context.every_update else 0.0
        factor = how_far(kind, found.symptom, jump, context.lr, context.of, context.updates)
    return Verdict(
        kind=found.kind,
        sentence=_sentence(found, factor),
        confidence=found.confidence,
        evidence=found.evidence,
        advice=_advice(found, factor, context),
        symptom=found.symptom,
        factor=factor,
        since=found.since,
        notes=() if signals is None else _notes(signals),
    )


def _few(bad_at: int | None, count: int) -> _Found:
    """Fewer than three finite losses."""
    if bad_at is None:
        return _Found("cannot_tell", "", f"{count} losses are too few to tell anything, 20 are the least", 0.0)
    return _not_finite(bad_at, count, calm=False)


def _not_finite(bad_at: int, count: int, calm: bool) -> _Found:
    evidence = (Evidence("first loss not finite, index", bad_at, 0.0, "any"),)
    if bad_at == 0:
        return _Found(
            "cannot_tell",
            "nan_at_start",
            "the loss was not finite before the first update: that is not the rate's fault",
            0.99,
            0,
            evidence,
            "Look at the data (NaN inputs, empty labels), the initial weights and the loss itself",
        )
    if calm:
        return _Found(
            "cannot_tell",
            "diverged",
            f"the loss went from calm to not finite in one update, at {bad_at:,}: a bad batch, an overflow of half"
            " precision or the rate",
            0.5,
            bad_at,
            evidence,
            "Look at that batch and at the loss's logarithms and divisions first; then halve the rate",
        )
    return _Found(
        "too_high", "diverged", f"the loss stopped being finite at {bad_at:,} and stayed so", 0.97, bad_at, evidence
    )


def _look(s: Signals, context: Context) -> _Found:
    if s.ends_bad and s.bad_at is not None:
        calm = s.bad_at > _CALM and s.thrown < 0.1 and s.lost < 0.1 and s.late < 0
        return _not_finite(s.bad_at, s.count, calm)
    if s.count < _LEAST:
        return _Found("cannot_tell", "", f"{s.count} losses are too few to tell anything, {_LEAST} are the least", 0.0)
    soon = s.count < _SOON and (context.share is None or context.share < _SOON_SHARE)
    return (None if soon else _too_high(s)) or _too_low(s, context) or _otherwise(s, context)


def _too_high(s: Signals) -> _Found | None:
    recovering = s.falling > _FALLING
    if s.thrown > _OVERSHOT:
        over = Evidence("thrown above the start, over all that was gained", s.thrown, _OVERSHOT, _DEEPOBS)
        if s.level - s.start > 3 * s.noise and s.lost > _LOST and not recovering:
            return _Found("too_high", "climbing", f"the loss left its start upward: {_climb(s)}", 0.98, 1, (over,))
        if s.descent < _MOVED and not recovering:
            said = f"the loss was thrown up at {s.thrown_at:,} and came to rest where it began: {_climb(s)}"
            return _Found("too_high", "died", said, 0.98, s.thrown_at, (over,))
        said = f"the loss was thrown up at {s.thrown_at:,} by {s.thrown:.3g} times all that it has come down since"
        return _Found("too_high", "overshot", said, 0.95, s.thrown_at, (over,))
    learned = s.start - s.lowest > _LEARNED * s.noise
    if learned and s.lost > _LOST and s.level - s.lowest > _LEARNED * s.calm and not recovering:
        lost = Evidence("share of the gain lost again", s.lost, _LOST, _DEEPOBS)
        said = f"the loss had come down to {s.lowest:.4g} and lost most of that again: it is at {s.level:.4g}"
        return _Found("too_high", "fell_back", said, 0.9, s.lowest_at, (lost,))
    if s.descent < _ABOVE and not recovering:
        above = Evidence("noises come down since the start", s.descent, _ABOVE, _OWN)
        return _Found("too_high", "climbing", f"the loss rests above its start: {_climb(s)}", 0.95, 1, (above,))
    if s.late > _LATE and s.descent > _LEARNED:
        late = Evidence("later height above the start, in noises", s.late, _LATE, _DEEPOBS)
        said = "long under way, the loss was thrown above where it began and stayed there for more than one update"
        return _Found("too_high", "spiking", said, 0.85, s.thrown_at, (late,))
    if s.rebound > _REBOUND and s.descent > _LEARNED:
        rest = Evidence("rest above what the first updates reached, in noises", s.rebound, _REBOUND, _DEEPOBS)
        said = f"the first updates reached lower losses than the level of {s.level:.4g} where it has come to rest"
        return _Found("too_high", "stuck_above", said, 0.8, 1, (rest,))
    return None


def _climb(s: Signals) -> str:
    return f"{s.start:.4g} at first, {s.level:.4g} after {s.count:,} losses"


def _too_low(s: Signals, context: Context) -> _Found | None:
    if context.share is None or context.share < _LEAST_SHARE:
        return None
    if s.descent < _UNMOVED and s.drift < _DRIFT and s.noise < _LOUDER * s.calm and s.thrown < 1:
        moved = Evidence("noises come down since the start", s.descent, _UNMOVED, _DEEPOBS)
        said = f"the loss has hardly moved from its start, and was never thrown up: {_climb(s)}"
        return _Found("too_low", "stuck", said, 0.8, 0, (moved,))
    return _slow(s, max(1.0, s.count / context.share / _LATE_OF)) if s.drift > _DRIFT else None


def _slow(s: Signals, longer: float) -> _Found | None:
    quarter = Evidence("updates to a quarter of the descent", s.quarter, _LATE_QUARTER * longer, _DEEPOBS)
    took = f"a quarter of the descent took {s.quarter:,.0f} updates"
    if s.quarter > quarter.threshold:
        said = f"{took}, and hardly ever does a right rate set off so late: {_climb(s)}"
        return _Found("too_low", "slow", said, 0.9, 0, (quarter,))
    quarter = replace(quarter, threshold=_LATISH_QUARTER * longer)
    if s.quarter < quarter.threshold:
        return None
    if s.remaining > _EVEN:
        even = Evidence("mean share of the descent still ahead", s.remaining, _EVEN, _DEEPOBS)
        said = f"{took}, and the loss still comes down as evenly as if it had only just begun: {_climb(s)}"
        return _Found("too_low", "slow", said, 0.85, 0, (quarter, even))
    if s.awoken > _AWOKEN:
        awoken = Evidence("noise of late, over that of the first tenth", s.awoken, _AWOKEN, _DEEPOBS)
        said = (
            f"{took}, and until then the losses were as quiet as those of a model that has learned nothing: {_climb(s)}"
        )
        return _Found("too_low", "slow", said, 0.85, 0, (quarter, awoken))
    return None


def _otherwise(s: Signals, context: Context) -> _Found:
    moved = Evidence("quietest noises come down since the start", (s.start - s.level) / s.calm, _MOVED, _DEEPOBS)
    if moved.value < _MOVED:
        said = f"the loss has hardly moved from its start yet: {_climb(s)}"
        return _Found("cannot_tell", "stuck", said, 0.0, None, (moved,), _PROBE)
    ahead = Evidence("mean share of the descent still ahead", s.remaining, _STRAIGHT, _DEEPOBS)
    if s.remaining > _STRAIGHT:
        said = f"the loss still comes down as evenly as at first, which may be early or too low a rate: {_climb(s)}"
        return _Found("cannot_tell", "slow", said, 0.0, None, (moved, ahead), _PROBE)
    return _Found("healthy", "", f"the loss comes down as it should: {_climb(s)}", 0.7, None, (moved, ahead))


def _sentence(found: _Found, factor: tuple[float, float] | None) -> str:
    if factor is None:
        head = {"healthy": "healthy", "cannot_tell": "cannot tell"}[found.kind]
    else:
        head = f"{'too high' if found.kind == 'too_high' else 'too low'} by {times(factor)}"
    return f"{head}: {found.sentence}."


def times(factor: tuple[float, float]) -> str:
    """A factor for people.

    Args:
        factor: Lowest and highest.

    Returns:
        For example ``3.2 to 40 times``.
    """
    low, high = (float(f"{value:.2g}") for value in factor)
    return f"{low:,g} to {high:,g} times"


def _advice(found: _Found, factor: tuple[float, float] | None, context: Context) -> str:
    if found.advice:
        return f"{found.advice}."
    if factor is None:
        return ""
    middle = math.sqrt(factor[0] * factor[1])
    scale = 1 / middle if found.kind == "too_high" else middle
    where = f"{context.lr * scale:.1g}" if context.lr else f"{float(f'{middle:.1g}'):g} times"
    if context.lr:
        return f"Try a rate of about {where}, and let surefoot find narrow it down."
    return (
        f"Try a rate about {where} {'lower' if found.kind == 'too_high' else 'higher'}; surefoot find narrows it down."
    )


def _notes(s: Signals) -> tuple[str, ...]:
    """What is not the rate's fault."""
    notes: list[str] = []
    if s.bad and not s.ends_bad:
        notes.append(
            f"{s.bad:,} of {s.count:,} losses were not finite and training went on: updates skipped by a gradient"
            " scaler, or a bad batch"
        )
    if s.outlier > _ONE_BATCH:
        notes.append(
            f"one loss, at {s.outlier_at:,}, stood out by {s.outlier:.3g} noises and was gone with the next: a bad"
            " batch, not the rate"
        )
    if s.smooth > 1.8 and s.fading < 0.5 and s.thrown < 1 and s.count >= _LEAST:
        notes.append(
            "the loss is smooth and gets smoother: it looks logged as a running mean, which hides jumps and shows"
            " progress late"
        )
    return tuple(notes)
