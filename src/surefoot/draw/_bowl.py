from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from surefoot.draw._numbers import rate

if TYPE_CHECKING:
    from surefoot.found import Found

_MARKS = "·o●◆"  # rungs, from the shortest to the longest
_FAILED = "x"


def bowl_text(found: Found, width: int = 72, height: int = 12, *, shaded: bool = False) -> str:
    """Score over rate as text: every trial, a mark a rung; the interval below.

    Args:
        found: The result.
        width: Columns.
        height: Rows of the plot.
        shaded: Whether the good rates are shaded, which needs more than ASCII.

    Returns:
        Several lines; empty when nothing was tried.
    """
    stages = [stage for stage in found.records.stages if stage.score is not None or not stage.ok]
    if not stages:
        return ""
    rates = [stage.segment.trial.lr for stage in stages]
    low, high = math.log10(min(rates)), math.log10(max(rates))
    margin = 9
    columns = max(20, width - margin)

    def column(lr: float) -> int:
        share = 0.5 if high == low else (math.log10(lr) - low) / (high - low)
        return min(columns - 1, max(0, round(share * (columns - 1))))

    scores = [stage.score for stage in stages if stage.score is not None]
    blank = [" "] * columns
    if shaded and found.interval is not None:
        first, last = column(found.interval[0]), column(found.interval[1])
        blank[first : last + 1] = "░" * (last + 1 - first)
    grid = [[*blank] for _ in range(height)]
    rungs = sorted({stage.segment.stop for stage in stages})
    marks = {
        rung: _MARKS[max(0, number - len(rungs) + len(_MARKS)) if len(rungs) > len(_MARKS) else number]
        for number, rung in enumerate(rungs)
    }
    best, worst = _limits(scores, found.goal)
    for stage in sorted(stages, key=lambda stage: stage.segment.stop):
        share, mark = 0.0, _FAILED
        if stage.score is not None:
            share = 1.0 if best == worst else (stage.score - worst) / (best - worst)
            mark = marks[stage.segment.stop]
        row = min(height - 1, max(0, round(share * (height - 1))))
        grid[row][column(stage.segment.trial.lr)] = mark
    labels = {0: f"{worst:.3g}", height - 1: f"{best:.3g}"} if scores else {}
    lines = [f"{labels.get(row, ''):>{margin - 2}} |{''.join(cells)}".rstrip() for row, cells in enumerate(grid)]
    lines.append(" " * (margin - 1) + "+" + _axis(found, column, columns))
    left, right = rate(10**low), rate(10**high)
    lines.append(" " * margin + left + " " * max(1, columns - len(left) - len(right)) + right)
    legend = [f"{marks[rung]} {rung:,} updates" for rung in rungs]
    if any(not stage.ok for stage in stages):
        legend.append(f"{_FAILED} failed")
    if found.lr is not None:
        legend.append("= good  ^ found")
    lines.append(" " * margin + "  ".join(legend))
    return "\n".join(lines)


def _limits(scores: list[float], goal: str) -> tuple[float, float]:
    """Best score and the worst that is worth showing: a few far-off ones are drawn at the top."""
    if not scores:
        return 0.0, 1.0
    ordered = sorted(scores, reverse=goal == "max")
    best, middle, worst = ordered[0], ordered[len(ordered) // 2], ordered[-1]
    reach = 3 * abs(middle - best)
    if reach and abs(worst - best) > reach:
        worst = best + math.copysign(reach, worst - best)
    return best, worst


def _axis(found: Found, place: Callable[[float], int], columns: int) -> str:
    cells = ["-"] * columns
    if found.interval is not None:
        first, last = place(found.interval[0]), place(found.interval[1])
        cells[first : last + 1] = ["="] * (last + 1 - first)
    if found.lr is not None:
        cells[place(found.lr)] = "^"
    return "".join(cells)
