"""How a schedule shows itself in a notebook."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from surefoot.errors import BadSchedule

if TYPE_CHECKING:
    from surefoot.schedules._course import Course
    from surefoot.schedules._schedule import Schedule

_HORIZONS = (1_000, 10_000, 100_000, 1_000_000, 10_000_000)  # the first that all lengths in updates fit into


def course_html(course: Course) -> str:
    """Its text and its curve.

    Returns:
        HTML with an SVG picture.
    """
    from surefoot.draw import course_svg

    return f"<div><code>{escape(repr(course))}</code><br/>{course_svg({str(course.schedule): course})}</div>"


def schedule_html(schedule: Schedule) -> str | None:
    """Its text and its curve over a horizon that it fits into.

    Returns:
        HTML with an SVG picture; nothing where it fits into no sensible one.
    """
    for horizon in _HORIZONS:
        try:
            return course_html(schedule.over(horizon))
        except BadSchedule:
            continue
    return None
