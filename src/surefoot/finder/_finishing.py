from __future__ import annotations

from itertools import takewhile
from typing import Any

from surefoot.finder._events import Finishing
from surefoot.records import FORWARD_SHARE, Facts, Task
from surefoot.schedules import Schedule, decay, hold, warmup
from surefoot.search import Settings

_DECAY = 0.2  # of the horizon; Hagele et al. 2024, https://arxiv.org/abs/2405.18392: no gain from longer ones


def finishing_of(task: Task, settings: Settings, facts: Facts) -> Finishing:
    """What training with the answer to the end will cost at most, known before anything is spent.

    Args:
        task: What is trained.
        settings: Of the search.
        facts: What preflight found.

    Returns:
        Its price, and the schedule with which it would be cheaper.
    """
    schedule: Any = getattr(task, "schedule", None)
    cheaper = None
    if isinstance(schedule, Schedule) and schedule.over(settings.horizon).trunk is None:
        cheaper = str(trunk_twin(schedule, settings.horizon))
    return Finishing(
        runs=1 + FORWARD_SHARE * settings.assess_forwards / settings.horizon,
        seconds=settings.horizon * facts.update_seconds + facts.assess_seconds,
        continues=settings.trunk is not None,
        cheaper=cheaper,
    )


def trunk_twin(schedule: Schedule, horizon: int) -> Schedule:
    """The warmup-stable-decay schedule that is most like another one: its warmup, a hold, and a fall to 0.

    Args:
        schedule: Any.
        horizon: Of the full training.

    Returns:
        A schedule from whose hold a training can be continued.
    """
    pieces = (piece.schedule for piece in schedule.over(horizon).pieces)
    twin = hold() >> decay(_DECAY)
    for start in reversed(list(takewhile(lambda s: isinstance(s, warmup) and s.length is not None, pieces))):
        twin = start >> twin
    return twin
