from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from surefoot.errors import BadStudy
from surefoot.finder._asked import Asked
from surefoot.finder._budget import QUICK_UPDATES, budget_in_runs, is_time
from surefoot.records import Facts, Task, Traits
from surefoot.schedules import Schedule
from surefoot.search import Settings
from surefoot.store import Study
from surefoot.tasks import differences

_SMALLEST_RUNG = 10  # updates; below that a schedule is mostly rounding (assumption)
_ROOM = 1e3  # how far beyond its first range search may go by itself, on either side
_SPAN = 1e3  # of the range to look at, where the user gave one end beyond the usual other one
_ASSESS_SHARE = 0.25  # of the budget, at most, for assessments
_ASSESSMENTS = 12  # expected number of them, to share that out
_FEWEST_BATCHES = 4  # of one assessment, however small the budget
_BESIDE = 0.2  # runs of search beside a training that goes on from its trunks, where no budget was named: 1.2 in all


def new_setup(task: Task, asked: Asked) -> tuple[Settings, Facts]:
    """Run preflight, and settle what a new study is searched with.

    Args:
        task: What is trained.
        asked: By the user.

    Returns:
        Settings of the search, and what preflight found.
    """
    seed = asked.seed or 0
    update_seconds = math.nan
    if is_time(asked.budget):  # how many updates it pays for is known only once one was timed
        update_seconds = task.preflight(seed, _FEWEST_BATCHES).update_seconds
    runs = budget_in_runs(asked.budget, task.horizon, update_seconds)
    if asked.finish and asked.budget in {None, "balanced"} and _course_trunk(task) is not None:
        runs = max(_BESIDE, QUICK_UPDATES / task.horizon)
    facts = task.preflight(seed, _assess_cap(runs, task.horizon))
    if is_time(asked.budget):
        facts = replace(facts, update_seconds=update_seconds)
    low, high = _range(facts, asked)
    settings = Settings(
        horizon=task.horizon,
        budget=runs,
        lr_min=low,
        lr_max=high,
        floor=asked.lr_min or low / _ROOM,
        ceiling=asked.lr_max or high * _ROOM,
        untrained=facts.untrained,
        assess_forwards=facts.assess_batches,
        smallest=min(max(_SMALLEST_RUNG, facts.smallest), task.horizon),
        granularity=facts.granularity,
        yours=asked.lr,
        tolerance=0.01 if asked.tolerance is None else asked.tolerance,
        seed=seed,
        goal=task.goal,
        noise=facts.spread,
        trunk=_trunk(task),
    )
    return settings, facts


def _trunk(task: Task) -> tuple[int, int] | None:
    """The part of the task's full training that a trial can be continued along; known after preflight."""
    traits = getattr(task, "traits", Traits())
    return _course_trunk(task) if traits.resumable and traits.trunk else None


def _course_trunk(task: Task) -> tuple[int, int] | None:
    schedule = getattr(task, "schedule", None)
    return schedule.over(task.horizon).trunk if isinstance(schedule, Schedule) else None


def _range(facts: Facts, asked: Asked) -> tuple[float, float]:
    """The rates to look at first: by the kind of optimizer, wide enough for the rate used today."""
    low, high = facts.lr_range
    if asked.lr is not None:
        low, high = min(low, asked.lr), max(high, asked.lr)
    low, high = asked.lr_min or low, asked.lr_max or high
    if low < high:
        return low, high
    return (low, low * _SPAN) if asked.lr_max is None else (high / _SPAN, high)


def _assess_cap(runs: float, horizon: int) -> int:
    """Most validation batches of an assessment, so that all of them stay under a quarter of the budget."""
    return max(_FEWEST_BATCHES, round(3 * _ASSESS_SHARE * runs * horizon / _ASSESSMENTS))


def setup_again(study: Study, task: Task, asked: Asked) -> tuple[Settings, Facts]:
    """Make sure that a study belongs to the task, and change its settings where something else is asked for now.

    Args:
        study: One that exists.
        task: What is trained.
        asked: By the user.

    Returns:
        Settings of the search, and what preflight found when the study began.

    Raises:
        BadStudy: The study belongs to another task or seed; says what differs.
    """
    settings, facts = study.settings(), study.facts()
    if asked.seed is not None and asked.seed != settings.seed:
        raise BadStudy(
            f"study {study.name!r} has seed {settings.seed}, not {asked.seed}: its trials cannot be compared with"
            " others. Leave --seed out, or use another --study name"
        )
    _check_same(study.name, task, facts, settings)
    changes: dict[str, Any] = {"yours": asked.lr, "tolerance": asked.tolerance}
    changes |= {"lr_min": asked.lr_min, "floor": asked.lr_min, "lr_max": asked.lr_max, "ceiling": asked.lr_max}
    if asked.budget is not None:
        changes["budget"] = budget_in_runs(asked.budget, task.horizon, facts.update_seconds)
    changed = replace(settings, **{name: value for name, value in changes.items() if value is not None})
    if changed != settings:
        study.change(changed)
    return changed, facts


def _check_same(name: str, task: Task, facts: Facts, settings: Settings) -> None:
    differs = differences(task, facts, settings.seed, settings.assess_forwards)
    if differs:
        raise BadStudy(
            f"study {name!r} belongs to another task. What differs:\n  "
            + "\n  ".join(differs)
            + "\nUse another --study name"
        )
