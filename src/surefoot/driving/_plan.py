from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from surefoot.errors import BadInput
from surefoot.schedules import Course, decay
from surefoot.schedules._lay import Lay, whole


@dataclass(frozen=True, slots=True)
class Plan:
    """A course and what was changed on the way; still a pure function of the update index.

    Attributes:
        first: As planned at first.
        course: The schedule over the horizon that was asked for last.
        horizon: Updates of the training as planned now.
        value: The multiplier at an update.
        changes: What was done to it, as plain values: with them the same plan is made again.
    """

    first: Course
    course: Course
    horizon: int
    value: Callable[[int], float]
    changes: tuple[Mapping[str, Any], ...] = ()

    def replanned(self, at: int, horizon: int) -> Plan:
        """Stay at the rate of update ``at`` and plan what is left anew.

        Where the same schedule over the new horizon has that rate there (in a trunk), it takes over. Else
        what was left of the old plan is stretched over what is left now.

        Args:
            at: Updates done.
            horizon: Updates of the whole training.

        Returns:
            The new plan.

        Raises:
            BadInput: Nothing is left to plan.
        """
        if horizon <= at:
            raise BadInput(
                f"{at:,} updates are done, so a horizon of {horizon:,} is over already: expected more than {at:,}"
            )
        changes = (*self.changes, {"at": at, "horizon": horizon})
        cooling = self.horizon != self.course.horizon  # a cooldown that was started is not undone
        new = self.course if cooling else Course(self.course.schedule, horizon, horizon)
        if not cooling and new(at) == self.value(at):
            return Plan(self.first, new, horizon, _switched(self.value, at, new), changes)
        if at >= self.horizon:
            raise BadInput(
                f"the schedule ended at update {self.horizon:,}, at {self.value(at):g} of the peak rate: nothing is"
                " left to re-plan. Go on from a checkpoint of before its end, or bind a new schedule"
            )
        value = _stretched(self.value, at, self.horizon, horizon)
        return Plan(self.first, new, horizon, value, changes)

    def cooled(self, at: int, length: float | None) -> Plan:
        """Fall from the rate of update ``at`` to the end.

        Args:
            at: Updates done.
            length: Of the fall, in updates or as a share of the horizon; without, that of the schedule's own.

        Returns:
            The new plan.

        Raises:
            BadInput: The schedule does not say how, or the rate is 0.
        """
        last = self.course.pieces[-1]
        own = last.schedule if isinstance(last.schedule, decay) else None
        if own is None and length is None:
            raise BadInput(
                f"cooldown: {self.course.schedule} does not end with a decay(), so it says no length. Give one:"
                " driver.cooldown(500), in updates, or driver.cooldown(0.1), of the horizon"
            )
        planned = last.stop - last.start
        if length is None and at > self.horizon - planned:
            raise BadInput(
                f"cooldown: it is on since update {self.horizon - planned:,} and ends at {self.horizon:,}. To end"
                " elsewhere give a length: driver.cooldown(500)"
            )
        level = self.value(at)
        if not level:
            raise BadInput(f"cooldown: the rate is 0 at update {at:,} already. Go on from an earlier checkpoint")
        fall = replace(own or decay(), length=planned if length is None else length)
        updates = max(1, whole(Lay(self.horizon).updates(fall.length) or Fraction(1)))
        course = replace(fall, length=updates).over(updates)
        changes = (*self.changes, {"at": at, "cooldown": updates})
        value = _switched(self.value, at, course, start=at, level=level)
        return Plan(self.first, self.course, at + updates, value, changes)


def plan(course: Course, changes: Sequence[Mapping[str, Any]] = ()) -> Plan:
    """A course as planned, with changes made to it one after another.

    Args:
        course: As planned at first.
        changes: As a plan keeps them.

    Returns:
        The plan.
    """
    made = Plan(course, course, course.horizon, course.each())
    for change in changes:
        at = int(change["at"])
        made = made.cooled(at, change["cooldown"]) if "cooldown" in change else made.replanned(at, change["horizon"])
    return made


def _switched(
    before: Callable[[int], float], at: int, after: Course, *, start: int = 0, level: float = 1.0
) -> Callable[[int], float]:
    return lambda step: before(step) if step < at else level * after(step - start)


def _stretched(before: Callable[[int], float], at: int, ended: int, ends: int) -> Callable[[int], float]:
    # Read at whole updates of the old plan and in a straight line between them, since shapes know no others.
    def value(step: int) -> float:
        if step <= at:
            return before(step)
        place, over = divmod((min(step, ends) - at) * (ended - at), ends - at)
        low = before(at + place)
        return low if not over else low + (before(at + place + 1) - low) * (over / (ends - at))

    return value
