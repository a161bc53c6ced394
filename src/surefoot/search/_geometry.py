from __future__ import annotations

import math
from dataclasses import dataclass

from surefoot.records import FORWARD_SHARE, Records
from surefoot.search._segments import settled
from surefoot.search._settings import COMPARISON, Settings, smallest_rung

ETA = 4  # updates of a rung over those of the one below; measured: 3 and 6 are a little worse
TWICE = 2  # a rung not even so many times as long as the one below is left out; assumption
TOP_TRIALS = 5  # the budget pays about so many trials of the highest rung; measured: 4 is worse, 7 alike
KEEP = 3.0  # trials kept payable on each higher rung while a lower one is at work; measured: 1 and 2 are a little worse
LOOK = 6  # rates of the first look; measured: 5 and 7 are alike
LONG = 0.05  # of the horizon: three trials as long say more than the ramp alone; measured: .02 of it do harm
LOOK_SHARE = 0.35  # of the budget, at most, for the first look where shorter rungs are left; measured: .35 <= .5 < .65


@dataclass(frozen=True, slots=True)
class Ladder:
    """The rungs of a search and what a segment on them costs, in updates.

    Attributes:
        rungs: Updates of each rung, ascending.
        look: Number of rates of the first look, on the lowest rung; 0 where a ramp has told more than so little could.
        budget: What may be spent, in updates.
        assessing: Price of one assessment, in updates.
    """

    rungs: tuple[int, ...]
    look: int
    budget: float
    assessing: float

    def level(self, updates: int) -> int:
        """Which rung a stage of so many updates belongs to.

        Returns:
            Index of the longest rung that is not longer.
        """
        return max((index for index, rung in enumerate(self.rungs) if rung <= updates), default=0)

    def price(self, updates: int) -> float:
        """Price of a segment of a rung.

        Returns:
            Its updates and its assessment, in updates.
        """
        return updates + self.assessing

    def left(self, records: Records) -> float:
        """What is left of the budget.

        Returns:
            Updates; what is out and not yet back counts as spent.
        """
        cost = records.cost()
        out = sum(self.price(segment.updates) for segment in records.pending)
        return self.budget - cost.updates - FORWARD_SHARE * cost.forwards - out

    def fits(self, updates: int, left: float) -> bool:
        """Whether a segment of a rung can still be paid.

        Returns:
            True when it can, to within rounding.
        """
        return self.price(updates) <= left + 1e-6 * self.budget


def reserve(steps: Ladder, level: int) -> float:
    """What is kept for the rungs above one.

    Returns:
        Updates.
    """
    return sum(KEEP * steps.price(rung) for rung in steps.rungs[level + 1 :])


def ladder(settings: Settings) -> Ladder:
    """Lay out the rungs for a budget.

    The highest rung is as long as the budget pays ``TOP_TRIALS`` times, the lowest so short that the first
    look takes at most ``LOOK_SHARE`` of the budget; between them each is ``ETA`` times the one below. Where a
    ramp has told where to look and the budget is too small for that, it all goes into one look around there.

    Returns:
        The rungs and prices.
    """
    budget = settings.budget * settings.horizon - settings.ramped
    assessing = FORWARD_SHARE * settings.assess_forwards
    low = smallest_rung(settings)
    most = settings.horizon // settings.granularity * settings.granularity
    top = min(max(_grained(budget / TOP_TRIALS - assessing, settings), low), most)
    rungs = [top]
    while LOOK * (rungs[0] + assessing) > LOOK_SHARE * budget and rungs[0] > low:
        below = max(_grained(rungs[0] / ETA, settings), low)
        rungs[:1] = [below] if rungs[0] < TWICE * below else [below, rungs[0]]
    look = max(COMPARISON, min(LOOK, int(LOOK_SHARE * budget / (rungs[0] + assessing))))
    if settings.turns_at is not None and look < LOOK:  # few short trials would spoil what the ramp has told
        rungs = [min(max(_grained(budget / COMPARISON - assessing, settings), low), most)]
        pays = COMPARISON * (rungs[0] + assessing) <= budget and rungs[0] >= LONG * settings.horizon
        look = COMPARISON if pays else 0
    return Ladder(tuple(rungs), look, budget, assessing)


def _grained(updates: float, settings: Settings) -> int:
    return settled(max(1, math.floor(updates / settings.granularity)) * settings.granularity, settings)


@dataclass(frozen=True, slots=True)
class Rung:
    """What is expected to be run on one rung.

    Attributes:
        updates: Updates of each trial.
        rates: About how many rates.
    """

    updates: int
    rates: int


def outline(settings: Settings) -> tuple[Rung, ...]:
    """What is expected to be run, for the plan that is printed beforehand.

    Returns:
        The rungs, ascending.
    """
    steps = ladder(settings)
    if not steps.look:
        return ()
    left = steps.budget
    planned: list[Rung] = []
    for index, updates in enumerate(steps.rungs):
        above = len(steps.rungs) - 1 - index
        share = 1.0 if not above else LOOK_SHARE
        rates = max(steps.look if not index else 1, int(share * left / steps.price(updates)))
        planned.append(Rung(updates, rates))
        left -= rates * steps.price(updates)
    return tuple(planned)
