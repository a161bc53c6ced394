from __future__ import annotations

from typing import TYPE_CHECKING

from surefoot.draw._numbers import score_text
from surefoot.draw._svg import Scale, picture, said, tag

if TYPE_CHECKING:
    from surefoot.records import Verdict

_LINE = 40


def verdict_svg(verdict: Verdict, width: int = 420) -> str:
    """How far a rate is from where it should be, on a log axis; only where the verdict knows.

    Args:
        verdict: Of a training that is watched.
        width: Of its own coordinates; text keeps its size.

    Returns:
        An SVG without scripts; needs ``STYLE``. Empty where no factor can be told.
    """
    if verdict.factor is None or verdict.kind not in {"too_high", "too_low"}:
        return ""
    least, most = sorted(verdict.factor)
    low, high = (1 / most, 1 / least) if verdict.kind == "too_high" else (least, most)
    x = Scale(min(low, 1.0) / 2, max(high, 1.0) * 2, 10, width - 10, log=True)
    bar = {"x": x(low), "y": _LINE - 7, "width": max(2.0, x(high) - x(low)), "height": 14}
    right = f"right: {score_text(low)} to {score_text(high)} times as high"
    centre = min(max((x(low) + x(high)) / 2, 120), width - 120)
    return picture(
        f"The rate is {verdict.kind.replace('_', ' ')} by {score_text(least)} to {score_text(most)} times",
        width,
        74,
        tag("line", x1=x.start, x2=x.stop, y1=_LINE, y2=_LINE, class_="sf-axis"),
        tag("rect", class_="sf-good", **bar),
        tag("circle", cx=x(1.0), cy=_LINE, r=5.0, class_="sf-stage"),
        said("this rate", x(1.0), _LINE + 24, anchor="start" if x(1.0) < width / 2 else "end"),
        said(right, centre, _LINE - 16, "sf-text sf-says-found", "middle"),
    )
