from __future__ import annotations

import math

import numpy as np

from surefoot.records import Answer, Next, Records
from surefoot.search._answer import answer, nothing, rounded
from surefoot.search._bowl import Bowl, fit
from surefoot.search._geometry import Ladder, ladder, reserve, segment
from surefoot.search._observations import Observations, observe
from surefoot.search._place import APART, best_place
from surefoot.search._settings import Settings

KNOWN = 0.15  # decades: a rung whose best rate is known to this (standard deviation) has told what it can
WORTH = 0.5  # of the tolerance: a lower rung is left when one more trial on it gains less
STOP = 0.05  # of the tolerance: search ends when the expected regret is less
STILL = 0.005  # of the tolerance: the same when the best trial left gains less
PAIR = 2  # trials of the highest rung before search may end: one alone is compared with nothing
LOWER = 3  # rates tried below when every rate failed


def decide(records: Records, settings: Settings) -> Next | Answer:
    """Say what is to be run next, or the answer. Pure: the same records give the same decision.

    Args:
        records: What came of the segments so far.
        settings: What was to be known before.

    Returns:
        The next segments, or the answer.

    Raises:
        BadInput: The records contradict themselves.
    """
    seen = observe(records, settings)
    steps = ladder(settings)
    if not seen.stages:
        return _first_look(steps, settings)
    left = steps.left(records)
    if not seen.learned:
        return _look_for_progress(seen, steps, left, settings) or nothing(
            seen, settings, f"{len(seen.stages)} trials showed no progress, and no further look fits"
        )
    bowl = fit(seen, settings)
    level = steps.level(seen.stages[-1].segment.updates)
    if level + 1 < len(steps.rungs):
        climb = _climb(bowl, seen, steps, level, left, settings)
        if climb:
            return climb
    return _zoom(bowl, seen, steps, level, left, settings)


def conclude(records: Records, settings: Settings) -> Answer:
    """The best answer from what is there.

    Args:
        records: What came of the segments so far.
        settings: What was to be known before.

    Returns:
        The answer; ``lr`` is ``None`` when nothing was learned.

    Raises:
        BadInput: The records contradict themselves.
    """
    seen = observe(records, settings)
    why = f"search was stopped after {len(seen.stages)} trials"
    return answer(seen, fit(seen, settings), settings, why) if seen.learned else nothing(seen, settings, why)


def _first_look(steps: Ladder, settings: Settings) -> Next:
    low, high = math.log10(settings.lr_min), math.log10(settings.lr_max)
    gap = (high - low) / steps.look
    places = [low + gap * (index + 0.5) for index in range(steps.look)]
    rates = [rounded(place, settings) for place in places]
    yours = settings.yours
    if yours is not None and settings.floor <= yours <= settings.ceiling:
        nearest = min(range(len(rates)), key=lambda index: abs(math.log(rates[index] / yours)))
        rates[nearest] = yours
    return _next(
        rates,
        steps.rungs[0],
        settings,
        f"a first look over the range from {min(rates):.2g} to {max(rates):.2g}",
    )


def _look_for_progress(seen: Observations, steps: Ladder, left: float, settings: Settings) -> Next | None:
    """No rate has made progress yet: look lower, between, or longer."""
    rung = seen.stages[-1].segment.updates
    tried, lost = seen.x[seen.on(rung)], seen.lost[seen.on(rung)]
    if lost.all():
        low, floor = float(tried.min()), math.log10(settings.floor)
        places = np.linspace(floor, low, LOWER, endpoint=False)
        places = [float(place) for place in places if low - place >= APART and steps.fits(rung, left)]
        why = f"every rate from {10**low:.2g} up failed at {rung} updates, so lower ones are tried"
        return _next([rounded(place, settings) for place in places], rung, settings, why) if places else None
    low = float(tried[~lost].max())
    high = float(seen.x[seen.lost & (seen.x > low)].min(initial=math.log10(settings.ceiling)))
    if high - low >= 2 * APART and steps.fits(rung, left):
        why = f"nothing learns up to {10**low:.2g} at {rung} updates, so the middle up to {10**high:.2g} is tried"
        return _next([rounded((low + high) / 2, settings)], rung, settings, why)
    longer = [up for up in steps.rungs if up > rung and steps.fits(up, left)]
    if not longer:
        return None
    why = f"no rate learns in {rung} updates, so the highest that does not fail is given {longer[0]}"
    return _next([rounded(low, settings)], longer[0], settings, why)


def _climb(bowl: Bowl, seen: Observations, steps: Ladder, level: int, left: float, settings: Settings) -> Next | None:
    """Go up a rung when this one has told what it can, or when the rest is needed above."""
    t = math.log10(steps.rungs[level] / settings.horizon)
    known = float(bowl.optima(t).std())
    rung = steps.rungs[level + 1]
    if steps.fits(steps.rungs[level], left - reserve(steps, level)) and known >= KNOWN:
        place = best_place(bowl, seen, steps.rungs[level], settings)
        if place and place[1] >= WORTH * settings.tolerance:
            return None
    if not steps.fits(rung, left):
        return None
    rate = rounded(bowl.safest(math.log10(rung / settings.horizon)), settings)
    why = (
        f"the best rate at {steps.rungs[level]} updates is known within a factor {10**known:.2g};"
        f" at {rung} the safest guess is {rate:.3g}"
    )
    return _next([rate], rung, settings, why)


def _zoom(bowl: Bowl, seen: Observations, steps: Ladder, level: int, left: float, settings: Settings) -> Next | Answer:
    """One more rate on this rung, where it is worth most, or the answer."""
    regret = float(bowl.expected().min())
    rung = steps.rungs[level]
    if level + 1 == len(steps.rungs) and regret < STOP * settings.tolerance and seen.on(rung).sum() >= PAIR:
        why = f"going on could lower the expected regret of {regret:.1g} by no more than that"
        return answer(seen, bowl, settings, why)
    if not steps.fits(rung, left):
        return answer(seen, bowl, settings, f"the budget of {settings.budget:g} runs is spent")
    place = best_place(bowl, seen, rung, settings)
    if place is None or place[1] < STILL * settings.tolerance:
        why = f"one more trial would hardly lower the expected regret of {regret:.1g}"
        return answer(seen, bowl, settings, why)
    rate = rounded(place[0], settings)
    why = (
        f"{rate:.3g} at {rung} updates tells most: it lowers the expected regret of {regret:.2g}"
        f" by about {max(place[1], 0.0):.1g}"
    )
    return _next([rate], rung, settings, why)


def _next(rates: list[float], rung: int, settings: Settings, why: str) -> Next:
    return Next(tuple(segment(rate, rung, settings.seed) for rate in sorted(set(rates))), why)
