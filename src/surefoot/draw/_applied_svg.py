from __future__ import annotations

from typing import TYPE_CHECKING

from surefoot.draw._numbers import count_text, rate, score_text
from surefoot.draw._svg import Scale, axes, picture, polyline

if TYPE_CHECKING:
    from surefoot.schedules import Course

_HEIGHT, _POINTS = 150, 240


def applied_svg(course: Course, lr: float = 1.0, width: int = 760) -> str:
    """The rate of every update of a training.

    Args:
        course: Multipliers over the training.
        lr: The peak rate; 1 shows the multipliers themselves.
        width: Of its own coordinates; text keeps its size.

    Returns:
        An SVG without scripts; needs ``STYLE``.
    """
    last = course.horizon - 1
    steps = sorted({round(last * number / (_POINTS - 1)) for number in range(_POINTS)})
    rates = [lr * course(step) for step in steps]
    top = max(rates) or 1.0
    low = min(0.0, *rates)
    x, y = Scale(0, max(last, 1), 62, width - 14), Scale(low, top * 1.05, 24 + _HEIGHT, 24)
    line = polyline([(x(step), y(value)) for step, value in zip(steps, rates, strict=True)], "sf-fit")

    def name(value: float) -> str:
        return rate(value) if lr != 1.0 and value > 0 else score_text(value)

    what = "multiplier" if lr == 1.0 else "learning rate"
    marks = axes(x, y, count_text, name, f"{what} over {course.horizon:,} updates")
    return picture(f"The {what} of every update", width, 24 + _HEIGHT + 24, marks, line)
