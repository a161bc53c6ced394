from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from surefoot.draw._numbers import rate, short_length
from surefoot.records import Segment, Stage

_BLOCKS, _PLAIN = "▁▂▃▄▅▆▇█", "_.-~=+*#"
_CELLS = 7  # letters of a curve: as many as a rate may have
_GAP = 2


@dataclass(frozen=True, slots=True)
class Racer:
    """A cell of the picture: what a trial came to on a rung.

    Attributes:
        text: Its curve as letters, as wide as a column; blank where it was not run.
        state: ``done``, ``best`` of its rung, ``failed``, ``running``, or nothing.
    """

    text: str = " " * _CELLS
    state: str = ""


@dataclass(frozen=True, slots=True)
class Race:
    """Trials as rows of small curves.

    Attributes:
        margin: Letters before the first column.
        rates: The heading of each column.
        rows: Length of training, and a cell a column.
    """

    margin: int
    rates: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Racer, ...]], ...]

    def __str__(self) -> str:
        lines = [" " * self.margin + _joined(self.rates)]
        lines += [f"{name:<{self.margin}}{_joined([cell.text for cell in cells])}" for name, cells in self.rows]
        return "\n".join(line.rstrip() for line in lines)


def race(
    stages: Sequence[Stage],
    losses: Mapping[Segment, Sequence[float]],
    running: Segment | None,
    *,
    goal: str,
    granularity: int = 1,
    width: int = 80,
    plain: bool = False,
) -> Race:
    """What was tried and what is being tried: a row a length, a column a rate, in each cell the course of the loss.

    Args:
        stages: Done.
        losses: By segment, in order; of the running one those so far.
        running: What runs.
        goal: Of the score.
        granularity: Updates that an epoch counts as.
        width: Letters of a line. Where not all rates fit, those around the best or the running one are shown.
        plain: Whether only ASCII can be shown.

    Returns:
        The rows.
    """
    shown = [stage for stage in stages if stage.segment.branch != "trunk" or stage.score is not None or not stage.ok]
    segments = [*(stage.segment for stage in shown), *(() if running is None else (running,))]
    rungs = sorted({segment.stop for segment in segments})
    names = {rung: short_length(rung, granularity) for rung in rungs}
    margin = 2 + max(map(len, names.values()), default=0)
    best = {rung: _best([s for s in shown if s.segment.stop == rung], goal) for rung in rungs}
    leaders = [stage.segment for rung in reversed(rungs) if (stage := best[rung]) is not None]
    centre = running or (leaders[0] if leaders else None)
    columns = _columns(sorted({segment.trial.lr for segment in segments}), centre, (width - margin) // (_CELLS + _GAP))
    limits = _limits(losses)
    cells = {
        (stage.segment.stop, stage.segment.trial.lr): Racer(
            "x".ljust(_CELLS) if not stage.ok else _curve(losses.get(stage.segment, ()), limits, plain=plain),
            "failed" if not stage.ok else "best" if stage is best[stage.segment.stop] else "done",
        )
        for stage in shown
    }
    if running is not None:
        cells[running.stop, running.trial.lr] = Racer(_curve(losses.get(running, ()), limits, plain=plain), "running")
    rows = tuple((names[rung], tuple(cells.get((rung, lr), Racer()) for lr in columns)) for rung in rungs)
    return Race(margin, tuple(rate(lr).ljust(_CELLS) for lr in columns), rows)


def _joined(parts: Sequence[str]) -> str:
    return (" " * _GAP).join(parts)


def _best(stages: Sequence[Stage], goal: str) -> Stage | None:
    scored = [stage for stage in stages if stage.score is not None]
    chosen = min if goal == "min" else max
    return chosen(scored, key=lambda stage: stage.score or 0.0, default=None)


def _columns(rates: Sequence[float], centre: Segment | None, most: int) -> Sequence[float]:
    """As many neighbours as fit, around the one that matters."""
    most = max(1, most)
    if len(rates) <= most:
        return rates
    middle = len(rates) // 2 if centre is None else rates.index(centre.trial.lr)
    start = min(max(0, middle - most // 2), len(rates) - most)
    return rates[start : start + most]


def _limits(losses: Mapping[Segment, Sequence[float]]) -> tuple[float, float, bool]:
    """The lowest loss, the highest first one, and whether a log scale shows more between them."""
    finite = [[loss for loss in mine if math.isfinite(loss)] for mine in losses.values()]
    finite = [mine for mine in finite if mine]
    if not finite:
        return 0.0, 1.0, False
    low, high = min(map(min, finite)), max(mine[0] for mine in finite)
    return low, max(low, high), 0 < low <= high / 8


def _curve(losses: Sequence[float], limits: tuple[float, float, bool], *, plain: bool) -> str:
    finite = [loss for loss in losses if math.isfinite(loss)]
    if not finite:
        return "." * bool(losses) + " " * (_CELLS - bool(losses))
    low, high, log = limits
    letters = _PLAIN if plain else _BLOCKS
    many = min(_CELLS, len(finite))
    parts = [finite[len(finite) * n // many : len(finite) * (n + 1) // many] for n in range(many)]
    said = ""
    for part in parts:
        middle = sorted(part)[len(part) // 2]
        place, bottom, top = (math.log(max(one, 1e-300)) if log else one for one in (middle, low, high))
        share = 0.0 if top <= bottom else (place - bottom) / (top - bottom)
        said += letters[min(len(letters) - 1, max(0, round(share * (len(letters) - 1))))]
    return said.ljust(_CELLS)
