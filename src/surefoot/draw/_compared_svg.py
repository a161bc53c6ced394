from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from surefoot.draw._bowl_svg import rates_of
from surefoot.draw._numbers import rate
from surefoot.draw._style import STUDIES
from surefoot.draw._svg import Scale, axes, picture, polyline, said, tag, title

if TYPE_CHECKING:
    from surefoot.found import Found

_HEIGHT, _ROW = 170, 26


def compared_svg(founds: Sequence[Found], width: int = 760) -> str:
    """Several studies on one axis: what each rate is expected to lose, and below the good rates of each.

    Args:
        founds: The results; those of which nothing was tried are left out.
        width: Of its own coordinates; text keeps its size.

    Returns:
        An SVG without scripts; needs ``STYLE``. Empty when nothing was tried.
    """
    tried = [found for found in founds if found.records.stages]
    if not tried:
        return ""
    each = [rates_of(found, 0, 1) for found in tried]
    left = 150 if width > 500 else 96
    x = Scale(min(one.low for one in each), max(one.high for one in each), left, width - 14, log=True)
    y = Scale(1e-3, 1.0, 24 + _HEIGHT, 24, log=True)
    parts = [
        axes(
            x,
            y,
            rate,
            lambda share: f"{100 * share:g} %",
            "progress lost at the full horizon: at most (90 %)" if width > 500 else "lost at most (90 %)",
        )
    ]
    for number, found in enumerate(tried):
        color, row = f"sf-s{number % STUDIES}", y.start + 44 + _ROW * number
        risk = found.curve.risk or found.curve.regret
        curve = [(x(lr), y(lost)) for lr, lost in zip(found.curve.lr, risk, strict=True) if x.holds(lr)]
        if len(curve) > 1:
            parts.append(polyline(curve, f"sf-line {color}", title(found.study)))
        parts.append(said(found.study, 4, row + 4, most=20 if left > 100 else 12))
        if found.interval is not None:
            low, high = x(found.interval[0]), x(found.interval[1])
            bar = {"x": low, "y": row - 4, "width": max(2.0, high - low), "height": 8, "opacity": "0.4"}
            parts.append(tag("rect", title(found.study), class_=f"sf-area {color}", **bar))
        if found.lr is not None:
            text = f"{found.study}: {rate(found.lr)}"
            parts.append(tag("circle", title(text), class_=f"sf-area {color}", cx=x(found.lr), cy=row, r=6.0))
        else:
            parts.append(said("cannot tell", left, row + 4, "sf-text sf-quiet"))
    return picture("Answers side by side", width, y.start + 40 + _ROW * len(tried), *parts)
