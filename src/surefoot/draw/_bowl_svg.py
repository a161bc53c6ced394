from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from surefoot.draw._numbers import length, rate
from surefoot.draw._svg import BOLD, TEXT, Scale, axes, picture, polyline, said, span, tag, title
from surefoot.records import Stage

if TYPE_CHECKING:
    from surefoot.found import Found

_ABOVE, _BELOW, _GAP, _ROW = 200, 110, 46, 17
_CROWD = 30  # marks from which on they are drawn smaller
_WIDE = 500  # from this width on labels may be long
_LEAST, _MOST = 1e-3, 1.0  # regret that is drawn: a tenth of a percent is less than anybody can tell
_SPREAD = 8  # scores that lie further apart than this factor are drawn on a log scale
_REACH = 3.0  # scores so many times further from the best than the middle one are drawn at the edge


def bowl_svg(found: Found, width: int = 760) -> str:
    """Score of every stage over the rate, and the regret that is expected at the full horizon below.

    Args:
        found: The result.
        width: Of its own coordinates; text keeps its size.

    Returns:
        An SVG without scripts; needs ``STYLE``. Empty when nothing was tried.
    """
    stages = [stage for stage in found.records.stages if stage.score is not None or not stage.ok]
    if not stages:
        return ""
    x = rates_of(found, 62, width - 14)
    labels = _labels(found, x, width)
    top = 28 + _ROW * len(labels)
    y = _scores(stages, top + _ABOVE, top)
    bottom = y.start + (_GAP + _BELOW if found.curve.lr else 0)
    titles = {y.stop: _score_title(found, width)}
    if found.curve.lr:
        titles[bottom - _BELOW] = _regret_title(width)
    legend, rows = _legend(stages, found, width, bottom + 42)
    return picture(
        _label(found),
        width,
        bottom + 34 + 20 * rows,
        _shades(found, x, top, bottom),
        axes(x, y, None if found.curve.lr else rate, _name_score(stages, y), _score_title(found, width)),
        _regret(found, x, bottom, width) if found.curve.lr else "",
        *(
            said(text, place, 16.0 + _ROW * row, f"sf-text sf-says-{kind}", anchor)
            for row, (kind, text, place, anchor) in enumerate(labels)
        ),
        *_lines(found, x, bottom, titles),
        _points(stages, found, x, y),
        said("learning rate", x.stop, bottom + 30, "sf-text sf-quiet", "end"),
        legend,
    )


def rates_of(found: Found, start: float, stop: float) -> Scale:
    """The axis of a study's rates: all that was tried, asked for or answered, and a little more.

    Args:
        found: The result; something was tried.
        start: Its left end.
        stop: Its right end.

    Returns:
        A log scale.
    """
    rates = [stage.segment.trial.lr for stage in found.records.stages]
    rates += [*(found.interval or ()), *(() if found.lr is None else (found.lr,))]
    rates += [] if found.yours is None else [found.yours.lr]
    return Scale(min(rates) / 1.6, max(rates) * 1.6, start, stop, log=True)


def _scores(stages: list[Stage], start: float, stop: float) -> Scale:
    scores = sorted(stage.score for stage in stages if stage.score is not None and math.isfinite(stage.score))
    if not scores:
        return Scale(0.0, 1.0, start, stop)
    low, high = scores[0], scores[-1]
    if low > 0 and low <= high / _SPREAD:
        return Scale(low / 1.15, high * 1.15, start, stop, log=True)
    middle = scores[len(scores) // 2]
    if middle > low:
        high = min(high, max(middle, low + _REACH * (middle - low)))
    room = 0.06 * (high - low)
    return span(low - room, high + room, start, stop, log=False)


def _name_score(stages: list[Stage], y: Scale) -> Callable[[float], str]:
    """How scores are written on their axis: not at all where there is none."""
    return y.name if any(stage.score is not None for stage in stages) else lambda score: ""


def _score_title(found: Found, width: int) -> str:
    better = f"{'lower' if found.goal == 'min' else 'higher'} is better"
    return f"score at the end of each stage ({better})" if width >= _WIDE else f"score ({better})"


def _label(found: Found) -> str:
    best = "no rate found" if found.lr is None else f"found {rate(found.lr)}"
    return f"Score of every stage over the learning rate; {best}{_good_text(found.interval)}"


def _good_text(interval: tuple[float, float] | None) -> str:
    if interval is None or rate(interval[0]) == rate(interval[1]):
        return ""
    return f", good from {rate(interval[0])} to {rate(interval[1])}"


def _labels(found: Found, x: Scale, width: int) -> list[tuple[str, str, float, str]]:
    """What stands above the picture, a row each: kind, text, place, side."""
    rows: list[tuple[str, float, str]] = []
    if found.lr is not None:
        good = "" if width < _WIDE else _good_text(found.interval)
        rows.append(("found", found.lr, f"found {rate(found.lr)}{good}"))
    if found.yours is not None:
        rows.append(("mine", found.yours.lr, f"yours {rate(found.yours.lr)}"))
    if found.fails_at is not None:
        rows.append(("fails", found.fails_at, f"fails from {rate(found.fails_at)} on"))
    return [(kind, text, *_beside(x(lr), text, width)) for kind, lr, text in rows]


def _beside(place: float, text: str, width: int) -> tuple[float, str]:
    """Right of a line where there is room, else left of it."""
    return (place + 5, "start") if place + 5 + BOLD * len(text) < width or place < width / 2 else (place - 5, "end")


def _shades(found: Found, x: Scale, top: float, bottom: float) -> str:
    shades = ""
    if found.interval is not None:
        low, high = x(found.interval[0]), x(found.interval[1])
        shades += tag("rect", x=low, y=top, width=max(2.0, high - low), height=bottom - top, class_="sf-good")
    if found.fails_at is not None:
        start = x(found.fails_at)
        shades += tag("rect", x=start, y=top, width=x.stop - start, height=bottom - top, class_="sf-dead")
    return shades


def _lines(found: Found, x: Scale, bottom: float, titles: Mapping[float, str]) -> list[str]:
    """The rates that matter, from their labels down; they leave out the titles of the axes."""
    rates = [("found", found.lr), ("mine", None if found.yours is None else found.yours.lr), ("fails", found.fails_at)]
    there = [(kind, x(lr)) for kind, lr in rates if lr is not None]
    drawn: list[str] = []
    for row, (kind, place) in enumerate(there):
        crossed = [top for top, text in titles.items() if place < x.start + TEXT * len(text)]
        ends = [8.0 + _ROW * row, *(end for top in crossed for end in (top - 20, top - 3)), bottom]
        pieces = "".join(f"M{place:.1f},{ends[n]:.1f}V{ends[n + 1]:.1f}" for n in range(0, len(ends), 2))
        drawn.append(tag("path", d=pieces, class_=f"sf-{kind}"))
    return drawn


def _points(stages: list[Stage], found: Found, x: Scale, y: Scale) -> str:
    rungs = _rungs(stages)
    size = min(1.0, max(0.5, _CROWD / len(stages)))
    numbers = {stage.segment: number for number, stage in enumerate(found.records.stages)}
    parts: list[str] = []
    for rung in rungs:
        done = [s for s in stages if s.segment.stop == rung and s.score is not None]
        done.sort(key=lambda stage: stage.segment.trial.lr)
        places = [(x(s.segment.trial.lr), y(s.score or 0.0)) for s in done]
        parts.append(polyline(places, "sf-rung") if len(places) > 1 else "")
        parts += [
            _point(
                place, rungs.index(rung), len(rungs), title(stage_title(s, found)), data_n=numbers[s.segment], size=size
            )
            for s, place in zip(done, places, strict=True)
        ]
    for s in stages:
        if s.score is None:
            place = (x(s.segment.trial.lr), y.stop + 8)
            parts.append(_cross(place, title(stage_title(s, found)), data_n=numbers[s.segment]))
    return "".join(parts)


def _point(place: tuple[float, float], rung: int, rungs: int, *inside: str, size: float = 1.0, **more: float) -> str:
    """Larger and fuller, the longer the rung."""
    share = 1.0 if rungs == 1 else rung / (rungs - 1)
    shape = {"cx": place[0], "cy": place[1], "r": (3.5 + 2.5 * share) * size, "fill_opacity": f"{share:.2f}"}
    return tag("circle", *inside, class_="sf-stage", **shape, **more)


def _cross(place: tuple[float, float], *inside: str, **more: float) -> str:
    x, y = place
    return tag("path", *inside, d=f"M{x - 5:.1f},{y - 5:.1f}l10,10m0,-10l-10,10", class_="sf-failed", **more)


def stage_title(stage: Stage, found: Found) -> str:
    """A stage in a few words.

    Args:
        stage: Which.
        found: Of which study.

    Returns:
        Text, not escaped.
    """
    came = f"score {stage.score:.5g}" if stage.score is not None else f"{stage.state}: {stage.reason}"
    return f"{rate(stage.segment.trial.lr)}, {length(stage.segment.stop, found.granularity)}: {came}"


def _rungs(stages: list[Stage]) -> list[int]:
    return sorted({stage.segment.stop for stage in stages if stage.score is not None})


def _legend(stages: list[Stage], found: Found, width: int, y: float) -> tuple[str, int]:
    """Marks with their meaning, in as many rows as they need."""
    rungs = _rungs(stages)
    entries = [(number, length(rung, found.granularity)) for number, rung in enumerate(rungs)]
    if any(stage.score is None for stage in stages):
        entries.append((-1, "failed or ended"))
    parts: list[str] = []
    x, row = 62.0, 0
    for number, text in entries:
        wide = 26 + TEXT * len(text)
        if x + wide > width and x > 62:
            x, row = 62.0, row + 1
        place = (x + 5, y + 20 * row)
        parts.append(_cross(place) if number < 0 else _point(place, number, len(rungs)))
        parts.append(said(text, x + 16, place[1] + 4))
        x += wide
    return "".join(parts), row + 1


def _regret_title(width: int) -> str:
    if width >= _WIDE:
        return "share of the progress lost at the full horizon: at most (90 %), dashed: expected"
    return "progress lost: at most, expected (dashed)"


def _regret(found: Found, x: Scale, bottom: float, width: int) -> str:
    """What the answer rests on: the regret that is not exceeded with 90 % probability, and the expected one."""
    y = Scale(_LEAST, _MOST, bottom, bottom - _BELOW, log=True)
    curve = found.curve
    inside = [number for number, lr in enumerate(curve.lr) if x.holds(lr)]
    parts = axes(x, y, rate, lambda share: f"{100 * share:g} %", _regret_title(width))
    if len(inside) < 2:
        return parts
    expected = [(x(curve.lr[n]), y(curve.regret[n])) for n in inside]
    if not curve.risk:
        return parts + polyline(expected, "sf-fit")
    fit = [(x(curve.lr[n]), y(curve.risk[n])) for n in inside]
    floor = [(fit[-1][0], y.start), (fit[0][0], y.start)]
    return parts + polyline([*fit, *floor], "sf-band") + polyline(expected, "sf-expected") + polyline(fit, "sf-fit")
