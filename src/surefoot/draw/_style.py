"""How pictures look: one style sheet for the report and for notebooks, light and dark."""

from __future__ import annotations

# Viridis (perceptually even, safe for the colour-blind): its darker two thirds on light ground, its lighter on dark.
_ON_LIGHT = (
    *("440154", "481769", "472c7a", "423f85", "3b518b", "33628d"),
    *("2d718e", "27808e", "218f8d", "1f9e89", "26ad81", "3bbb75"),
)
_ON_DARK = (
    *("32648e", "2c738e", "26828e", "20928c", "1fa188", "29af7f"),
    *("3fbc73", "5ec962", "84d44b", "addc30", "d8e219", "fde725"),
)
# Okabe and Ito 2008, without black and yellow: categories that the colour-blind tell apart
_STUDIES = ("0072b2", "d55e00", "009e73", "cc79a7", "56b4e9", "e69f00")
SHADES, STUDIES = len(_ON_LIGHT), len(_STUDIES)


def _classes(name: str, colors: tuple[str, ...]) -> str:
    return "".join(f".sf-{name}{number}{{--c:#{color}}}" for number, color in enumerate(colors))


STYLE = f"""
.sf-picture{{display:block;width:100%;height:auto;color:inherit;--good:#1b7837;--bad:#c0392b;--mine:#b35806;--run:#2171b5}}
{_classes("c", _ON_LIGHT)}
{_classes("s", _STUDIES)}
@media (prefers-color-scheme:dark){{
.sf-picture{{--good:#7fcf8c;--bad:#ff8272;--mine:#f0a04b;--run:#6db3ea}}
{_classes("c", _ON_DARK)}
}}
.sf-text{{font:12px system-ui,sans-serif;font-variant-numeric:tabular-nums;fill:currentColor}}
.sf-quiet{{opacity:.72}}
.sf-grid{{stroke:currentColor;opacity:.13}}
.sf-axis{{stroke:currentColor;opacity:.5}}
.sf-good{{fill:var(--good);opacity:.15}}
.sf-dead{{fill:var(--bad);opacity:.1}}
.sf-found{{stroke:var(--good);stroke-width:2}}
.sf-mine{{stroke:var(--mine);stroke-width:2;stroke-dasharray:5 4}}
.sf-fails{{stroke:var(--bad);stroke-dasharray:2 3}}
.sf-says-found{{fill:var(--good);font-weight:600}}
.sf-says-mine{{fill:var(--mine);font-weight:600}}
.sf-says-fails{{fill:var(--bad);font-weight:600}}
.sf-stage{{fill:var(--run);stroke:var(--run);stroke-width:1.5}}
.sf-rung{{fill:none;stroke:var(--run);opacity:.45}}
.sf-failed{{fill:none;stroke:var(--bad);stroke-width:2}}
.sf-fit{{fill:none;stroke:var(--run);stroke-width:2}}
.sf-band{{fill:var(--run);opacity:.2}}
.sf-line{{fill:none;stroke:var(--c);stroke-width:1.4;stroke-linejoin:round}}
.sf-area{{fill:var(--c)}}
.sf-curves:hover .sf-line{{opacity:.2}}
.sf-curves .sf-line:hover{{opacity:1;stroke-width:3}}
"""


def shade(place: float) -> str:
    """The class of a colour between low and high.

    Args:
        place: From 0 to 1.

    Returns:
        Name of the class.
    """
    return f"sf-c{min(SHADES - 1, max(0, round(place * (SHADES - 1))))}"
