from __future__ import annotations

import html

from surefoot.draw._style import STYLE


def notebook(picture: str, text: str) -> str:
    """A result as a notebook shows it: its picture, and its text below.

    Args:
        picture: SVG; may be empty.
        text: Not escaped.

    Returns:
        HTML.
    """
    drawn = f"<style>{STYLE}</style><div style='max-width:760px'>{picture}</div>" if picture else ""
    return f"{drawn}<pre>{html.escape(text)}</pre>"
