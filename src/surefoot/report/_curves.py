from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from surefoot.draw import Panel, loss_limits, panels, rates_of, shade_number, stage_title, thin
from surefoot.records import Segment, Tick, Trial

if TYPE_CHECKING:
    from surefoot.found import Found

_LEAST, _MOST = 60, 400  # points of one curve
_SMOOTH = 50  # points of a smoothed curve
_WINDOW = 0.06  # of a curve: over how much of it a point is smoothed
_SPREAD = 8  # losses that lie further apart than this factor are shown on a log scale at first

Ticks = Mapping[Segment, Sequence[Tick]]


def thinned(ticks: Ticks, points: int, least: int = _LEAST) -> dict[Segment, list[Tick]]:
    """All curves with so few points that they fit in a file, their peaks kept.

    Args:
        ticks: By segment.
        points: In all curves together, about.
        least: Points that a curve keeps however many there are.

    Returns:
        By segment.
    """
    each = min(_MOST, max(least, points // max(1, len(ticks))))
    return {segment: thin(mine, each) for segment, mine in ticks.items()}


def trials_of(found: Found) -> list[Trial]:
    """All trials, from the lowest rate to the highest.

    Args:
        found: The result.

    Returns:
        Each once.
    """
    return sorted({stage.segment.trial for stage in found.records.stages}, key=lambda trial: (trial.lr, trial.seed))


def curves_json(found: Found, ticks: Ticks, few: Ticks) -> str:
    """What the script draws the learning curves from.

    Args:
        found: The result.
        ticks: As recorded: smoothing sees all of them.
        few: Thinned, with the same peaks.

    Returns:
        JSON that may stand within a page; empty when there is nothing to draw.
    """
    drawn, linear = panels(found, ticks), loss_limits(few, log=False)
    if not drawn or linear is None:
        return ""
    positive = linear[0] > 0
    data = {
        "limits": {"linear": linear, "log": loss_limits(few, log=True) if positive else None},
        "log": log_first(linear),
        "panels": [_panel(panel, found, ticks, few) for panel in drawn],
    }
    return json.dumps(data, separators=(",", ":")).replace("&", "\\u0026").replace("<", "\\u003c")


def log_first(limits: tuple[float, float] | None) -> bool:
    """Whether losses are better seen on a log scale.

    Args:
        limits: The lowest and the highest that is drawn.

    Returns:
        Never where they are not all positive.
    """
    return limits is not None and limits[0] > 0 and limits[0] <= limits[1] / _SPREAD


def _panel(panel: Panel, found: Found, ticks: Ticks, few: Ticks) -> dict[str, Any]:
    rates, trials = rates_of(found, 0.0, 1.0), trials_of(found)
    unit = math.gcd(*(tick.step for stage in panel.stages for tick in few[stage.segment])) or 1  # shorter numbers
    curves: list[dict[str, Any]] = []
    for stage in panel.stages:
        raw, smooth = few[stage.segment], smoothed(ticks[stage.segment])
        curves.append({
            "name": stage_title(stage, found),
            "trial": trials.index(stage.segment.trial),
            "shade": shade_number(rates(stage.segment.trial.lr)),
            "raw": [[tick.step // unit for tick in raw], [_plain(tick.loss) for tick in raw]],
            "smooth": [[round(step / unit, 2) for step, _ in smooth], [_plain(loss) for _, loss in smooth]],
        })
    return {"heading": panel.heading, "stop": panel.stop, "unit": unit, "curves": curves}


def _plain(loss: float) -> float | None:
    return float(f"{loss:.4g}") if math.isfinite(loss) else None


def smoothed(ticks: Sequence[Tick]) -> list[tuple[int, float]]:
    """The course of a loss without its noise: means over a window around each of a few updates.

    The window reaches as far to the left as to the right, so that nothing lags; only at the end it has no right side.

    Args:
        ticks: In order; what is not finite is left out.

    Returns:
        Step and loss, in order.
    """
    finite = [tick for tick in ticks if tick.loss - tick.loss == 0]
    if not finite:
        return []
    losses = [tick.loss for tick in finite]
    half = max(1, round(_WINDOW * len(finite) / 2))
    places = sorted({round(n * (len(finite) - 1) / (_SMOOTH - 1)) for n in range(_SMOOTH)})
    kept: list[tuple[int, float]] = []
    for place in places:
        reach = min(half, place)
        near = losses[place - reach : place + reach + 1]
        kept.append((finite[place].step, sum(near) / len(near)))
    return kept


def thinning_text(found: Found, ticks: Ticks, few: Ticks) -> str:
    """What was left out of the curves, in a sentence.

    Args:
        found: The result.
        ticks: As recorded.
        few: As drawn.

    Returns:
        Text; empty where every update is drawn.
    """
    done = sum(stage.cost.updates for stage in found.records.stages if stage.segment in ticks)
    shown = sum(map(len, few.values()))
    recorded = sum(map(len, ticks.values()))
    if shown >= done:
        return ""
    kept = "the lowest and highest loss of every stretch among them" if shown < recorded else "evenly spaced"
    return f"Thinned: {shown:,} of {done:,} updates are drawn, {kept}."
