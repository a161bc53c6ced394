from __future__ import annotations

from array import array
from collections.abc import Sequence

from surefoot.errors import BadTask
from surefoot.records import Goal, Segment
from surefoot.schedules import Schedule, parse


class Scheduled:
    """What all tasks are told alike: how long they train, by which schedule, and which scores are better.

    Args:
        horizon: Length of the full training in updates.
        schedule: Text or value; multiplies the peak rate.
        goal: ``min`` or ``max``, of the score.

    Raises:
        BadTask: The goal is unknown.
    """

    def __init__(self, horizon: int, schedule: str | Schedule, goal: Goal):
        if goal not in {"min", "max"}:
            raise BadTask(f"goal={goal!r}: expected 'min' or 'max'")
        self._horizon = horizon
        self._goal: Goal = goal
        self._schedule = parse(schedule)
        self._course = self._schedule.over(horizon)

    @property
    def horizon(self) -> int:
        """Length of the full training in optimizer updates."""
        return self._horizon

    @property
    def goal(self) -> Goal:
        """Whether a lower or a higher score is better."""
        return self._goal

    @property
    def schedule(self) -> Schedule:
        """What multiplies the peak rate."""
        return self._schedule

    def rates(self, segment: Segment) -> Sequence[float]:
        """The rate of each update of a segment: its schedule, laid over what it is to be laid over, in proportion.

        Args:
            segment: Of this task.

        Returns:
            One rate an update.
        """
        course = self._course.shrunk(segment.schedule_horizon)
        return array("d", (segment.trial.lr * course(step) for step in range(segment.start, segment.stop)))
