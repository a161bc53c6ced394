from __future__ import annotations

import math
from collections.abc import Sequence

from surefoot.draw._curves_svg import unbroken
from surefoot.draw._numbers import score_text
from surefoot.draw._svg import picture, polyline, span, tag, title
from surefoot.records import Tick

_WIDTH, _HEIGHT = 150, 44


def spark_svg(ticks: Sequence[Tick], since: int | None = None, color: str = "") -> str:
    """A loss as a small curve, with a mark from where on something shows.

    Args:
        ticks: In order.
        since: Index of an update of the segment; ``None`` for no mark.
        color: Class of the line.

    Returns:
        An SVG without scripts; needs ``STYLE``. Empty where no loss is finite.
    """
    runs = unbroken(ticks)
    if not runs:
        return ""
    losses = sorted(tick.loss for run in runs for tick in run)
    first, low = runs[0][0].loss, losses[0]
    high = min(losses[-1], first + max(first - low, losses[len(losses) // 2] - low))  # a blow-up leaves at the top
    log = 0 < low <= high / 8
    x = span(ticks[0].step, ticks[-1].step, 2, _WIDTH - 2, log=False)
    y = span(low, max(high, low), _HEIGHT - 3, 3, log=log)
    parts = [
        polyline([(x(tick.step), y(tick.loss)) for tick in (run if len(run) > 1 else run * 2)], f"sf-line {color}")
        for run in runs
    ]
    if since is not None and math.isfinite(since):
        place = x(ticks[0].step + since)
        parts.append(tag("line", title(f"since {since:,}"), x1=place, x2=place, y1=0, y2=_HEIGHT, class_="sf-fails"))
    return picture(f"The loss from {score_text(first)} to {score_text(runs[-1][-1].loss)}", _WIDTH, _HEIGHT, *parts)
