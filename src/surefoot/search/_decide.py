from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from surefoot.records import Answer, Next, Records
from surefoot.search._answer import answer, nothing, rounded
from surefoot.search._bowl import Bowl, fit, noise
from surefoot.search._geometry import LOOK, Ladder, ladder, reserve
from surefoot.search._observations import Observations, observe
from surefoot.search._place import APART, best_place
from surefoot.search._segments import cooldowns, segment, with_trunk
from surefoot.search._settings import Settings

KNOWN = 0.15  # decades: a rung whose best rate is known to this (standard deviation) has told what it can
WORTH = 0.5  # of the tolerance: a lower rung is left when one more trial on it gains less
STOP = 0.05  # of the tolerance: search ends when the expected regret is less
STILL = 0.005  # of the tolerance: the same when the best trial left gains less
PAIR = 2  # trials of the highest rung before search may end: one alone is compared with nothing
LOWER = 3  # rates tried below when every rate failed
TIE = 1.0  # standard deviations of a difference within which two results are a near tie


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
    now = _Now(records, settings)
    unassessed = cooldowns(records, settings)
    if unassessed:
        return Next(unassessed, "a trunk is assessed through a cooldown that leaves it")
    if not now.seen.stages:
        return _first_look(now) or _without_trials(now, "the budget pays no trials beside the ramp of rates")
    if not now.seen.learned:
        why = f"{len(now.seen.stages)} trials showed no progress, and no further look fits"
        return _look_for_progress(now) or _without_trials(now, why)
    bowl = fit(now.seen, settings)
    level = now.steps.level(int(now.seen.rung[-1]))
    return _climb(now, bowl, level) or _zoom(now, bowl, level)


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
    now = _Now(records, settings)
    why = f"search was stopped after {len(now.seen.stages)} trials"
    return answer(now.seen, fit(now.seen, settings), settings, why) if now.seen.learned else _without_trials(now, why)


@dataclass(frozen=True, slots=True)
class _Now:
    """All that a decision rests on."""

    records: Records
    settings: Settings
    seen: Observations = field(init=False)
    steps: Ladder = field(init=False)
    left: float = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "seen", observe(self.records, self.settings))
        object.__setattr__(self, "steps", ladder(self.settings))
        object.__setattr__(self, "left", self.steps.left(self.records))

    def fits(self, rung: int, trials: int = 1, reserved: float = 0.0) -> bool:
        """Whether so many trials of a rung can still be paid."""
        return self.steps.fits(rung, (self.left - reserved) / trials)

    def next(self, rates: list[float], rung: int, why: str, seed: int | None = None) -> Next:
        """Rates to be assessed on a rung."""
        seed = self.settings.seed if seed is None else seed
        return Next(tuple(segment(rate, rung, seed, self.records, self.settings) for rate in sorted(set(rates))), why)


def _without_trials(now: _Now, why: str) -> Answer:
    """The answer where no trial told anything: what the ramp says, if it says anything."""
    seen, settings = now.seen, now.settings
    if settings.turns_at is None or seen.constant or (len(seen.stages) and seen.lost.all()):
        return nothing(seen, settings, why)
    return answer(seen, fit(seen, settings), settings, why)


def _first_look(now: _Now) -> Next | None:
    look, rung = now.steps.look, now.steps.rungs[0]
    if not (look and now.fits(rung, trials=look)):
        return None
    return _look_over(now) if look == LOOK or now.settings.turns_at is None else _look_around(now)


def _look_over(now: _Now) -> Next:
    """The whole range, and the rate used today."""
    settings = now.settings
    low, high = math.log10(settings.lr_min), math.log10(settings.lr_max)
    gap = (high - low) / now.steps.look
    places = [low + gap * (index + 0.5) for index in range(now.steps.look)]
    rates = [rounded(place, settings) for place in places]
    yours = settings.yours
    if yours is not None and settings.floor <= yours <= settings.ceiling:
        nearest = min(range(len(rates)), key=lambda index: abs(math.log(rates[index] / yours)))
        rates[nearest] = yours
    why = f"a first look over the range from {min(rates):.2g} to {max(rates):.2g}"
    return now.next(rates, now.steps.rungs[0], why)


def _look_around(now: _Now) -> Next:
    """Around where a ramp puts the best rate, for budgets that pay no look over the whole range."""
    settings, rung = now.settings, now.steps.rungs[0]
    optima = fit(now.seen, settings).optima(math.log10(rung / settings.horizon))
    places = np.quantile(optima, (np.arange(now.steps.look) + 0.5) / now.steps.look)
    rates = [rounded(float(place), settings) for place in places]
    why = f"a first look around where the ramp puts the best rate, from {min(rates):.2g} to {max(rates):.2g}"
    return now.next(rates, rung, why)


def _look_for_progress(now: _Now) -> Next | None:
    """No rate has made progress yet: look lower, between, or longer."""
    seen, settings = now.seen, now.settings
    rung = int(seen.rung[-1])
    tried, lost = seen.x[seen.on(rung)], seen.lost[seen.on(rung)]
    if lost.all():
        low, floor = float(tried.min()), math.log10(settings.floor)
        places = np.linspace(floor, low, LOWER, endpoint=False)
        rates = [rounded(float(place), settings) for place in places if low - place >= APART and now.fits(rung)]
        why = f"every rate from {10**low:.2g} up failed at {rung} updates, so lower ones are tried"
        return now.next(rates, rung, why) if rates else None
    low = float(tried[~lost].max())
    high = float(seen.x[seen.lost & (seen.x > low)].min(initial=math.log10(settings.ceiling)))
    if high - low >= 2 * APART and now.fits(rung):
        why = f"nothing learns up to {10**low:.2g} at {rung} updates, so the middle up to {10**high:.2g} is tried"
        return now.next([rounded((low + high) / 2, settings)], rung, why)
    longer = [up for up in now.steps.rungs if up > rung and now.fits(up)]
    if not longer:
        return None
    why = f"no rate learns in {rung} updates, so the highest that does not fail is given {longer[0]}"
    return now.next([rounded(low, settings)], longer[0], why)


def _climb(now: _Now, bowl: Bowl, level: int) -> Next | None:
    """Go up a rung when this one has told what it can, or when the rest is needed above."""
    rungs, settings = now.steps.rungs, now.settings
    if level + 1 == len(rungs):
        return None
    known = float(bowl.optima(math.log10(rungs[level] / settings.horizon)).std())
    if now.fits(rungs[level], reserved=reserve(now.steps, level)) and known >= KNOWN:
        place = best_place(bowl, now.seen, rungs[level], settings)
        if place and place[1] >= WORTH * settings.tolerance:
            return None
    rung = rungs[level + 1]
    if not now.fits(rung):
        return None
    rate = rounded(bowl.safest(math.log10(rung / settings.horizon)), settings)
    rate = with_trunk(rate, rung, now.records, settings)
    why = (
        f"the best rate at {rungs[level]} updates is known within a factor {10**known:.2g};"
        f" at {rung} the safest guess is {rate:.3g}"
    )
    return now.next([rate], rung, why)


def _zoom(now: _Now, bowl: Bowl, level: int) -> Next | Answer:
    """One more rate on this rung, where it is worth most, or the answer."""
    seen, settings, rung = now.seen, now.settings, now.steps.rungs[level]
    regret = float(bowl.expected().min())
    if not now.fits(rung):
        return answer(seen, bowl, settings, f"the budget of {settings.budget:g} runs is spent")
    top = level + 1 == len(now.steps.rungs)
    if top and regret < STOP * settings.tolerance and seen.on(rung).sum() >= PAIR:
        why = f"going on could lower the expected regret of {regret:.1g} by no more than that"
        return _second_seeds(now, rung) or answer(seen, bowl, settings, why)
    place = best_place(bowl, seen, rung, settings)
    if place is None or place[1] < STILL * settings.tolerance:
        why = f"one more trial would hardly lower the expected regret of {regret:.1g}"
        return _second_seeds(now, rung) or answer(seen, bowl, settings, why)
    rate = with_trunk(rounded(place[0], settings), rung, now.records, settings)
    why = (
        f"{rate:.3g} at {rung} updates tells most: it lowers the expected regret of {regret:.2g}"
        f" by about {max(place[1], 0.0):.1g}"
    )
    return now.next([rate], rung, why)


def _second_seeds(now: _Now, rung: int) -> Next | None:
    """The two best of a rung with another seed, where one seed cannot tell them apart; once."""
    seen, seed = now.seen, now.settings.seed
    seeds = np.array([stage.segment.trial.seed for stage in seen.stages])
    here = np.flatnonzero(seen.on(rung) & (seeds == seed) & ~seen.lost)
    again = bool((seen.on(rung) & (seeds != seed)).any())
    if again or len(here) < PAIR or not now.fits(rung, trials=PAIR):
        return None
    best = here[np.argsort(-seen.progress[here], kind="stable")[:PAIR]]
    spread = noise(seen.progress[best], seen.t[best], seen.unit[best], seen.jitter[best])
    if np.ptp(seen.progress[best]) > TIE * float(np.hypot(*spread)):
        return None
    rates = [seen.stages[index].segment.trial.lr for index in best]
    why = f"{min(rates):.3g} and {max(rates):.3g} are within the noise of one seed, so both get a second one"
    return now.next(rates, rung, why, seed + 1)
