from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from surefoot.draw._bowl_svg import rates_of, stage_title
from surefoot.draw._numbers import count_text, length, rate
from surefoot.draw._style import SHADES, shade
from surefoot.draw._svg import Scale, axes, picture, polyline, said, span, tag, title
from surefoot.records import Segment, Stage, Tick

if TYPE_CHECKING:
    from surefoot.found import Found

_HEIGHT, _GAP, _NARROWEST = 200, 54, 230
_ROOM = 0.25  # of the way from the lowest loss to the highest first one: how far above that one is drawn


def curves_svg(found: Found, ticks: Mapping[Segment, Sequence[Tick]], width: int = 760, *, log: bool = False) -> str:
    """The training loss of every stage, a panel a length, coloured by rate.

    Args:
        found: The result.
        ticks: Updates of its segments, thinned.
        width: Of its own coordinates; text keeps its size.
        log: Whether the loss is on a log scale; it must be positive then.

    Returns:
        An SVG without scripts; needs ``STYLE``. Empty without updates.
    """
    drawn = panels(found, ticks)
    limits = loss_limits(ticks, log=log)
    if not drawn or limits is None:
        return ""
    columns = max(1, min(len(drawn), (width - 40) // _NARROWEST))
    wide = (width - 14) / columns
    rates = rates_of(found, 0.0, 1.0)
    parts: list[str] = []
    for number, panel in enumerate(drawn):
        left, top = wide * (number % columns) + 52, 34 + (_HEIGHT + _GAP) * (number // columns)
        x, y = Scale(0, max(panel.stop, 1), left, left + wide - 66), span(*limits, top + _HEIGHT, top, log=log)
        parts.append(axes(x, y, count_text, y.name, panel.heading))
        parts.append(_panel(panel.stages, found, ticks, x, y, rates))
    height = 34 + (_HEIGHT + _GAP) * math.ceil(len(drawn) / columns)
    label = "Training loss of every trial over its updates"
    return picture(label, width, height + 18, *parts, _key(rates, width, height - 8))


@dataclass(frozen=True, slots=True)
class Panel:
    """Trials of one length, which are drawn together.

    Attributes:
        heading: That length, in words.
        stop: Their last update.
        stages: In the order of their rates.
    """

    heading: str
    stop: int
    stages: tuple[Stage, ...]


def panels(found: Found, ticks: Mapping[Segment, Sequence[Tick]]) -> list[Panel]:
    """Which trials are drawn together: those of one length; all trunks, whose rate does not fall yet, in one more.

    Args:
        found: The result.
        ticks: Updates of its segments.

    Returns:
        From the shortest to the longest; without stages that have no updates.
    """
    groups: dict[int, list[Stage]] = {}
    for stage in sorted(found.records.stages, key=lambda stage: stage.segment.trial.lr):
        if ticks.get(stage.segment):
            groups.setdefault(0 if stage.segment.branch == "trunk" else stage.segment.stop, []).append(stage)
    trunks = groups.pop(0, [])
    drawn = [Panel(length(stop, found.granularity), stop, tuple(groups[stop])) for stop in sorted(groups)]
    if trunks:
        stop = max(stage.segment.stop for stage in trunks)
        drawn.append(Panel(f"trunks, up to {length(stop, found.granularity)}", stop, tuple(trunks)))
    return drawn


def loss_limits(ticks: Mapping[Segment, Sequence[Tick]], *, log: bool) -> tuple[float, float] | None:
    """Losses that are drawn: from the lowest to a little above the highest first one.

    Args:
        ticks: Updates of all segments.
        log: Whether they are drawn on a log scale.

    Returns:
        Lowest and highest; ``None`` where no loss is finite.
    """
    losses = [[tick.loss for tick in mine if math.isfinite(tick.loss)] for mine in ticks.values()]
    losses = [mine for mine in losses if mine]
    if not losses:
        return None
    low, high, first = min(map(min, losses)), max(map(max, losses)), max(mine[0] for mine in losses)
    room = first * (first / low) ** _ROOM if log else first + _ROOM * (first - low)
    return low, min(high, room) if room > low else high


def _panel(
    stages: Sequence[Stage],
    found: Found,
    ticks: Mapping[Segment, Sequence[Tick]],
    x: Scale,
    y: Scale,
    rates: Scale,
) -> str:
    """The curves in a window of their own, which cuts off what leaves it."""
    left, top = x.start, y.stop - 3
    inner_x = Scale(x.low, x.high, 0, x.stop - x.start)
    inner_y = Scale(y.low, y.high, y.start - top, 3, y.log)
    lines: list[str] = []
    for stage in stages:
        color = shade(rates(stage.segment.trial.lr))
        named = title(stage_title(stage, found))
        for run in unbroken(ticks[stage.segment]):
            places = [(inner_x(tick.step), inner_y(tick.loss, beyond=0.5)) for tick in run]
            lines.append(polyline(places if len(places) > 1 else places * 2, f"sf-line {color}", named))
    window = {"x": left, "y": top, "width": x.stop - left + 2, "height": y.start - top}
    return tag("svg", *lines, class_="sf-curves", **window)


def unbroken(ticks: Sequence[Tick]) -> list[list[Tick]]:
    """Stretches of finite losses.

    Args:
        ticks: In order.

    Returns:
        Each without a gap; none where no loss is finite.
    """
    runs: list[list[Tick]] = [[]]
    for tick in ticks:
        if math.isfinite(tick.loss):
            runs[-1].append(tick)
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def _key(rates: Scale, width: int, y: float) -> str:
    """Which colour is which rate."""
    step = 14
    left = width - 14 - 52 - step * SHADES
    boxes = [
        tag("rect", x=left + step * n, y=y, width=step, height=10, class_=f"sf-area sf-c{n}") for n in range(SHADES)
    ]
    low, high = said(rate(rates.low), left - 6, y + 9, anchor="end"), said(rate(rates.high), width - 60, y + 9)
    return "".join(boxes) + low + high


def thin(ticks: Sequence[Tick], most: int) -> list[Tick]:
    """Fewer updates that look the same: the first, the last, and the lowest and highest loss of even stretches.

    Args:
        ticks: In order.
        most: How many may be left, at least 4.

    Returns:
        In order; a loss that is not finite is kept where one is.
    """
    if len(ticks) <= most:
        return list(ticks)
    stretches = (most - 2) // 2
    kept = {0, len(ticks) - 1}
    losses = [tick.loss if tick.loss - tick.loss == 0 else math.inf for tick in ticks]
    for number in range(stretches):
        start = len(ticks) * number // stretches
        part = losses[start : len(ticks) * (number + 1) // stretches]
        kept |= {start + part.index(min(part)), start + part.index(max(part))}
    return [ticks[number] for number in sorted(kept)]
