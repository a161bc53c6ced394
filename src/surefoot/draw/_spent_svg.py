from __future__ import annotations

import math
from typing import TYPE_CHECKING

from surefoot.draw._bowl_svg import rates_of, stage_title
from surefoot.draw._numbers import rate, short_length
from surefoot.draw._style import shade
from surefoot.draw._svg import Scale, picture, said, tag, title
from surefoot.records import Stage

if TYPE_CHECKING:
    from surefoot.found import Found

_ROW, _SMALLEST, _LARGEST = 44, 5.0, 19.0  # radius of the dearest disc: smaller in a crowd


def spent_svg(found: Found, width: int = 760) -> str:
    """Where the budget went: a disc a stage, its area what it cost; rates across, lengths upward.

    Args:
        found: The result.
        width: Of its own coordinates; text keeps its size.

    Returns:
        An SVG without scripts; needs ``STYLE``. Empty when nothing was tried.
    """
    stages = found.records.stages
    if not stages:
        return ""
    x = rates_of(found, 104, width - 76)
    rungs = sorted({_row(stage) for stage in stages}, reverse=True)
    bottom = 26 + _ROW * len(rungs)
    dearest = max(stage.cost.runs(found.horizon) for stage in stages) or 1.0
    crowd = max(sum(_row(stage) == rung for stage in stages) for rung in rungs)
    largest = min(_LARGEST, max(_SMALLEST, (x.stop - x.start) / crowd))
    parts = [tag("line", x1=x(value), x2=x(value), y1=22, y2=bottom, class_="sf-grid") for value in x.marks()]
    parts += [said(rate(value), x(value), bottom + 16, anchor="middle") for value in x.marks()]
    parts.append(said("runs", width - 8, 14, "sf-text sf-quiet", "end"))
    for row, rung in enumerate(rungs):
        y = 26 + _ROW * (row + 0.5)
        mine = [stage for stage in stages if _row(stage) == rung]
        parts += [
            said("trunk " * rung[1] + short_length(rung[0], found.granularity), 96, y + 4, anchor="end", most=16),
            tag("line", x1=x.start, x2=x.stop, y1=y, y2=y, class_="sf-grid"),
            said(f"{sum(s.cost.runs(found.horizon) for s in mine):.2g}", width - 8, y + 4, anchor="end"),
            *(_disc(stage, found, x, y, largest / math.sqrt(dearest)) for stage in mine),
        ]
    parts.append(said("learning rate", x.stop, bottom + 32, "sf-text sf-quiet", "end"))
    return picture(f"Where {found.price.runs:.2g} runs went", width, bottom + 40, *parts)


def _row(stage: Stage) -> tuple[int, bool]:
    return stage.segment.stop, stage.segment.branch == "trunk"


def _disc(stage: Stage, found: Found, x: Scale, y: float, radius: float) -> str:
    runs, place = stage.cost.runs(found.horizon), x(stage.segment.trial.lr)
    kind = "sf-area " + shade((place - x.start) / (x.stop - x.start)) if stage.ok else "sf-failed"
    shape = {"cx": place, "cy": y, "r": max(2.0, radius * math.sqrt(runs)), "fill_opacity": "0.85"}
    return tag("circle", title(f"{stage_title(stage, found)}; {runs:.2g} runs"), class_=kind, **shape)
