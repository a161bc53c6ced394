from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING

from surefoot.draw._figure import check_figure
from surefoot.errors import BadInput, MissingExtra

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.figure import Figure

    from surefoot.schedules import Course

_COLORS = ("#2171b5", "#b35806", "#1b7837", "#c0392b", "#6a51a3")
_POINTS = 600
_WIDTH, _HEIGHT, _LEFT, _BELOW, _LINE = 560, 180, 40, 22, 16


def course_svg(courses: Mapping[str, Course]) -> str:
    """Multipliers over a training as an SVG picture, for a page, light or dark.

    Args:
        courses: By what they are called, all over the same horizon.

    Returns:
        An ``<svg>`` element, with a legend where there are several.
    """
    horizon, places, lines = _drawn(courses)
    top = max(max(map(max, lines)), 1e-300)
    right, floor = _WIDTH - 8, _HEIGHT - _BELOW

    def points(values: list[float]) -> str:
        span = max(horizon - 1, 1)
        return " ".join(
            f"{_LEFT + place / span * (right - _LEFT):.1f},{floor - value / top * (floor - 10):.1f}"
            for place, value in zip(places, values, strict=True)
        )

    colors = dict(zip(courses, _COLORS, strict=False))
    curves = [
        f'<polyline fill="none" stroke="{color}" stroke-width="2" points="{points(values)}"/>'
        for color, values in zip(colors.values(), lines, strict=True)
    ]
    legend = [
        f'<text x="{_LEFT}" y="{_HEIGHT + _LINE * number}" fill="{color}">{escape(name)}</text>'
        for number, (name, color) in enumerate(colors.items(), 1)
    ]
    height = _HEIGHT + 8 + _LINE * len(legend) if len(courses) > 1 else _HEIGHT
    labels = (
        f'<text x="{_LEFT - 6}" y="14" text-anchor="end">{top:.3g}</text>'
        f'<text x="{_LEFT - 6}" y="{floor + 4}" text-anchor="end">0</text>'
        f'<text x="{right}" y="{floor + 16}" text-anchor="end">{horizon:,} updates</text>'
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}"'
        f' role="img" font-family="sans-serif" font-size="12" fill="#808080">'
        f"<title>{escape(', '.join(courses))}</title>"
        f'<path d="M{_LEFT} 8V{floor}H{right}" fill="none" stroke="#808080"/>{labels}{"".join(curves)}'
        f"{''.join(legend) if len(courses) > 1 else ''}</svg>"
    )


def save_course(courses: Mapping[str, Course], path: Path) -> None:
    """Save multipliers over a training as a picture.

    Args:
        courses: By what they are called, all over the same horizon.
        path: Where to; its ending says the format.

    Raises:
        BadInput: The place cannot be written, or its ending is no format.
    """
    if path.suffix != ".svg":  # which needs nothing; all other formats are matplotlib's
        check_figure(path)
    try:
        if path.suffix == ".svg":
            path.write_text(course_svg(courses) + "\n", encoding="utf-8")
        else:
            _figure(courses).savefig(path, dpi=150)
    except OSError as error:
        raise BadInput(f"--plot {path}: {error}") from error


def _figure(courses: Mapping[str, Course]) -> Figure:
    try:
        from matplotlib.figure import Figure
    except ModuleNotFoundError as missing:
        raise MissingExtra("plot", "matplotlib", "plot") from missing
    _, places, lines = _drawn(courses)
    drawn = Figure(figsize=(7, 3), layout="constrained")
    axes = drawn.subplots()
    for name, color, values in zip(courses, _COLORS, lines, strict=False):
        axes.plot(places, values, color=color, label=name)
    axes.set_xlabel("update")
    axes.set_ylabel("multiple of the peak rate")
    axes.set_ylim(bottom=0)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize="small")
    return drawn


def _drawn(courses: Mapping[str, Course]) -> tuple[int, list[int], list[list[float]]]:
    # Evenly spread updates, and both sides of every border between pieces, where values may jump.
    horizon = next(iter(courses.values())).horizon
    points = min(_POINTS, horizon)
    places = {round(point * (horizon - 1) / max(points - 1, 1)) for point in range(points)}
    for course in courses.values():
        places |= {place for piece in course.pieces for place in (piece.start - 1, piece.start)}
    chosen = sorted(place for place in places if 0 <= place < horizon)
    return horizon, chosen, [[course(place) for place in chosen] for course in courses.values()]
