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


def _variables(colors: tuple[str, ...], **named: str) -> str:
    shades = "".join(f"--c{number}:#{color};" for number, color in enumerate(colors))
    return shades + "".join(f"--{name}:{value};" for name, value in named.items())


_LIGHT = _variables(_ON_LIGHT, accent="#0b5f8a", bad="#b3372b")
_DARK = _variables(_ON_DARK, accent="#7cc4ee", bad="#ff9182")

STYLE = f"""
.sf-picture{{display:block;width:100%;height:auto;color:inherit;{_LIGHT}}}
@media (prefers-color-scheme:dark){{.sf-picture{{{_DARK}}}}}
[data-jp-theme-light=true] .sf-picture,.vscode-light .sf-picture{{{_LIGHT}}}
[data-jp-theme-light=false] .sf-picture,.vscode-dark .sf-picture{{{_DARK}}}
{"".join(f".sf-c{number}{{--c:var(--c{number})}}" for number in range(SHADES))}
{"".join(f".sf-s{number}{{--c:#{color}}}" for number, color in enumerate(_STUDIES))}
.sf-text{{font:12px system-ui,sans-serif;font-variant-numeric:tabular-nums;fill:currentColor}}
.sf-quiet{{opacity:.75}}
.sf-grid{{stroke:currentColor;opacity:.12}}
.sf-axis{{stroke:currentColor;opacity:.45}}
.sf-good{{fill:var(--accent);opacity:.12}}
.sf-dead{{fill:var(--bad);opacity:.09}}
.sf-found{{stroke:var(--accent);stroke-width:2}}
.sf-mine{{stroke:currentColor;stroke-width:1.5;stroke-dasharray:5 4}}
.sf-fails{{stroke:var(--bad);stroke-dasharray:2 3}}
.sf-says-found{{fill:var(--accent);font-weight:600}}
.sf-says-mine{{font-weight:600}}
.sf-says-fails{{fill:var(--bad);font-weight:600}}
.sf-stage{{fill:var(--accent);stroke:var(--accent);stroke-width:1.5}}
.sf-rung{{fill:none;stroke:var(--accent);opacity:.4}}
.sf-failed{{fill:none;stroke:var(--bad);stroke-width:2}}
.sf-fit{{fill:none;stroke:var(--accent);stroke-width:2}}
.sf-expected{{fill:none;stroke:var(--accent);stroke-dasharray:3 3}}
.sf-band{{fill:var(--accent);opacity:.18}}
.sf-line{{fill:none;stroke:var(--c,var(--accent));stroke-width:1.4;stroke-linejoin:round}}
.sf-raw{{fill:none;stroke:currentColor;opacity:.35}}
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
    return f"sf-c{shade_number(place)}"


def shade_number(place: float) -> int:
    """The number of a colour between low and high.

    Args:
        place: From 0 to 1.

    Returns:
        From 0 to ``SHADES - 1``.
    """
    return min(SHADES - 1, max(0, round(place * (SHADES - 1))))
