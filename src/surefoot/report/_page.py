from __future__ import annotations

import base64
import functools
import hashlib
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from surefoot.draw import STUDIES, STYLE, compared_svg
from surefoot.report._study import study_view, widths

if TYPE_CHECKING:
    from jinja2 import Environment

    from surefoot.found import Found

_ASSETS = Path(__file__).parent / "assets"
_POINTS = 8_000  # of curves for the script, in all studies of a file together: about 80 kB
_DRAWN = 4_000  # of curves as SVG: about 45 kB


def report_page(founds: Sequence[Found]) -> str:
    """A whole page about one study or several: one file, no network, no inline handler, nothing unescaped.

    Args:
        founds: At least one.

    Returns:
        HTML.
    """
    title = " · ".join(found.study for found in founds)
    return page(title, content(founds), made=time.strftime("%Y-%m-%d %H:%M"))


def content(founds: Sequence[Found], states: Sequence[str] = ()) -> str:
    """What such a page shows, without its frame; what the live page replaces as a study goes on.

    Args:
        founds: At least one.
        states: How each of them stands, for a live page.

    Returns:
        HTML.
    """
    share = len(founds)
    studies = [
        study_view(found, found.background(), number, _POINTS // share, _DRAWN // share, state)
        for number, (found, state) in enumerate(zip(founds, states or [""] * share, strict=True))
    ]
    compared = widths(functools.partial(compared_svg, founds)) if share > 1 else ""
    return _templates().get_template("content.html.j2").render(studies=studies, compared=compared, colors=STUDIES)


def listing(rows: Sequence[Mapping[str, str]], place: str) -> str:
    """All studies of a store as a table.

    Args:
        rows: One a study, newest first.
        place: Of the store.

    Returns:
        HTML.
    """
    return _templates().get_template("listing.html.j2").render(rows=rows, place=place)


def page(title: str, body: str, *, made: str = "", live: str = "", pictures: bool = True) -> str:
    """The frame of every page: its style, its scripts, and a policy that allows these and nothing else.

    Args:
        title: Of the window; escaped here.
        body: HTML.
        made: When, for the foot of a file.
        live: Where the page hears of changes; empty for a file.
        pictures: Whether there are curves on it.

    Returns:
        HTML.
    """
    style = STYLE + _asset("uplot.css") + _asset("page.css")
    code = [_uplot(), _asset("page.js")] if pictures else [_asset("page.js")]
    values: dict[str, Any] = {"title": title, "body": body, "made": made, "live": live, "style": style, "code": code}
    return _templates().get_template("page.html.j2").render(values, policy=_policy(style, code, live=bool(live)))


def _policy(style: str, code: Sequence[str], *, live: bool) -> str:
    """Only the very scripts and the very style sheet that we wrote, by their hashes."""
    rules = [
        "default-src 'none'",
        f"style-src {_hash(style)}",
        f"script-src {' '.join(map(_hash, code))}",
        "base-uri 'none'",
        "form-action 'none'",
    ]
    return "; ".join([*rules, "connect-src 'self'"] if live else rules)


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@functools.cache
def _asset(name: str) -> str:
    return (_ASSETS / name).read_text(encoding="utf-8")


def _uplot() -> str:
    return f"/*\n{_asset('uplot.LICENSE.txt')}*/\n{_asset('uplot.js')}"


@functools.cache
def _templates() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(_ASSETS),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
