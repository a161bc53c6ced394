from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Protocol, runtime_checkable

from surefoot.rangetest import RangeTest, climb, ladder, ramp_range
from surefoot.records import Task
from surefoot.search import Settings

RAMP = 100  # updates, as every range test takes
_FEWEST = 50  # of the budget, below which there is no ramp before a search; measured: 50 read as well as 100


@runtime_checkable
class Ramped(Protocol):
    """A task whose rate can be chosen update by update, from the start of a trial."""

    def ramp(self, seed: int, steps: int) -> AbstractContextManager[Callable[[float], float]]:
        """Updates at rates of one's choice.

        Args:
            seed: Of the trial.
            steps: Most updates that will be asked for.

        Returns:
            ``lr -> loss``, as a context.
        """
        ...


def run_ramp(task: Ramped, low: float, high: float, steps: int, seed: int) -> RangeTest:
    """Do one update at each rate of a ramp until the loss is far above its start.

    Args:
        task: At its start.
        low: First rate.
        high: Last rate.
        steps: Updates, at most.
        seed: Of the trial.

    Returns:
        The curve and what it says.
    """
    rates = ladder(low, high, steps)
    with task.ramp(seed, steps) as update:
        losses = climb(update, rates)
    return RangeTest.of(rates, losses)


def ramp_before(task: Task, settings: Settings) -> int:
    """Whether a search begins with a ramp, which tells where to look before trials are paid for.

    Not where the user says how high rates may go: its loss may not turn below that, and nothing would be told.

    Args:
        task: What is trained.
        settings: Of the search.

    Returns:
        Its updates, at most; 0 for none.
    """
    updates = min(RAMP, int(settings.budget * settings.horizon * (1 + 1e-9)))
    free = settings.ceiling > settings.lr_max and not settings.ramped
    return updates if isinstance(task, Ramped) and updates >= _FEWEST and free else 0


def ramp(task: Task, settings: Settings) -> tuple[RangeTest, Settings] | None:
    """Run the ramp before a search.

    Args:
        task: What is trained.
        settings: Of the search.

    Returns:
        What it told, and settings that know where its loss turns if it can be trusted to tell; ``None`` where there
        is no ramp.
    """
    steps = ramp_before(task, settings)
    if not steps or not isinstance(task, Ramped):
        return None
    low, high = ramp_range((settings.lr_min, settings.lr_max), None, None)
    test = run_ramp(task, low, high, steps, settings.seed)
    return test, replace(settings, ramped=test.updates, turns_at=None if test.lr is None else test.turns_at)
