from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from surefoot.schedules import Course

_MARKS = "*o+x#"
_MARGIN = 9
_BARS = "▁▂▃▄▅▆▇█"


def course_text(courses: Mapping[str, Course], width: int = 72, height: int = 11) -> str:
    """Multipliers over a training as a picture in text.

    Args:
        courses: By what they are called, all over the same horizon; a later one is drawn over an earlier one.
        width: Characters of a line.
        height: Lines of the picture.

    Returns:
        Lines, with a legend where there are several.
    """
    columns = max(20, width - _MARGIN)
    horizon = next(iter(courses.values())).horizon
    places = [round(column * (horizon - 1) / (columns - 1)) for column in range(columns)]
    values = [[course(place) for place in places] for course in courses.values()]
    top = max(max(map(max, values)), 1e-300)
    grid = [[" "] * columns for _ in range(height)]
    for mark, line in zip(_MARKS, values, strict=False):
        for column, value in enumerate(line):
            grid[round((1 - value / top) * (height - 1))][column] = mark
    labels = {0: f"{top:.3g}", height - 1: "0"}
    lines = [f"{labels.get(row, ''):>{_MARGIN - 2}} |{''.join(cells)}".rstrip() for row, cells in enumerate(grid)]
    lines.append(" " * (_MARGIN - 1) + "+" + "-" * columns)
    last = f"{horizon:,} updates"
    lines.append(" " * _MARGIN + "0" + " " * (columns - 1 - len(last)) + last)
    if len(courses) > 1:
        lines += [" " * _MARGIN + f"{mark} {name}" for mark, name in zip(_MARKS, courses, strict=False)]
    return "\n".join(lines)


def sparkline(course: Course, width: int = 16) -> str:
    """Multipliers over a training in one line.

    Args:
        course: The schedule, laid over the training.
        width: Characters.

    Returns:
        A bar a character, the highest for the highest value.
    """
    values = [course(int((column + 0.5) * course.horizon / width)) for column in range(width)]
    top = max(*values, 1e-300)
    return "".join(_BARS[round(value / top * (len(_BARS) - 1))] for value in values)
