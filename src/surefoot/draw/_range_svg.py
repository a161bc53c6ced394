from __future__ import annotations

import math
from collections.abc import Sequence

from surefoot.draw._numbers import rate
from surefoot.draw._svg import Scale, axes, picture, polyline, said, span, tag

_HEIGHT = 210


def range_svg(
    rates: Sequence[float],
    losses: Sequence[float],
    smooth: Sequence[float],
    lr: float | None,
    turns_at: float | None,
    width: int = 760,
) -> str:
    """Losses of a range test over the rate, raw and smoothed, with the suggestion.

    Args:
        rates: One for each loss, ascending.
        losses: Raw.
        smooth: Smoothed, one for each of the first losses.
        lr: The suggestion, if there is one.
        turns_at: Where the loss turns, if it does.
        width: Of its own coordinates; text keeps its size.

    Returns:
        An SVG without scripts; needs ``STYLE``. Empty where no loss is finite.
    """
    points = [(x, y) for x, y in zip(rates, losses, strict=False) if math.isfinite(y)]
    if not points:
        return ""
    x = span(points[0][0], points[-1][0], 62, width - 14, log=True)
    low, start = min(min(smooth, default=math.inf), min(loss for _, loss in points)), points[0][1]
    high = min(max(loss for _, loss in points), start + max(start - low, 1e-12))  # the blow-up leaves at the top
    y = span(low, high, 44 + _HEIGHT, 44, log=False)
    raw = polyline([(x(lr), y(loss)) for lr, loss in points], "sf-raw")
    course = [(x(lr), y(level)) for lr, level in zip(rates, smooth, strict=False)]
    marks = [
        _mark(kind, word, place, x)
        for kind, word, place in (("fails", "turns at", turns_at), ("found", "suggested", lr))
        if place is not None
    ]
    frame = axes(x, y, rate, y.name, "training loss over the learning rate")
    label = "no suggestion" if lr is None else f"suggested {rate(lr)}"
    curve = polyline(course, "sf-fit") if len(course) > 1 else ""
    return picture(
        f"Training loss over the learning rate; {label}", width, 44 + _HEIGHT + 24, frame, raw, curve, *marks
    )


def _mark(kind: str, word: str, lr: float, x: Scale) -> str:
    place, text = x(lr), f"{word} {rate(lr)}"
    left = kind == "found"  # a suggestion lies left of the turn: the two labels keep out of each other's way
    line = tag("line", x1=place, x2=place, y1=6, y2=44 + _HEIGHT, class_=f"sf-{kind}")
    return line + said(
        text, place - 5 if left else place + 5, 16, f"sf-text sf-says-{kind}", "end" if left else "start"
    )
