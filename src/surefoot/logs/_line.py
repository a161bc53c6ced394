from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

_NUMBER = r"(?>[-+]?(?:(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?|[-+]?(?:nan|inf(?:inity)?)\b)"
_BREAKS = r"\s=:,;|│┃\[\](){}<>\"'"  # what no word of a name contains
_WORD = rf"[a-z_#%][^{_BREAKS}]*+"
# A name of up to four words, what may stand between it and its number, and the number: no time, no version.
_PAIR = re.compile(
    rf"(?<![^{_BREAKS}])(?P<name>{_WORD}(?:[ ]{_WORD}){{0,3}}(?:\([^{_BREAKS}]*\))?)"
    r"(?:[\"']?\s*[=:]\s*|[\"']?[\s|│┃]+)[\"'\[(]?\s*"
    rf"(?P<number>{_NUMBER})(?!\w*[.:]\d)",
    re.IGNORECASE,
)
_LONGEST = 20_000  # characters of a line that are looked at: nobody logs more numbers at once


def numbers(line: str) -> dict[str, float]:
    """The named numbers of one line of text.

    JSON objects and Python dicts (also behind a prefix, numbers in quotes too), ``name=number``, ``name: number``,
    ``name number``, ``name [3/10]``. A name is up to four words; the first occurrence of a name counts.

    Args:
        line: Without its end.

    Returns:
        Name and number of each, in their order.
    """
    line = line[:_LONGEST]
    if not any(character.isdigit() for character in line) and "nan" not in line.lower() and "inf" not in line.lower():
        return {}
    braced = line[line.find("{") : line.rfind("}") + 1]
    if ":" in braced:
        found = _literal(braced)
        if isinstance(found, dict):
            return flattened(found)
    named: dict[str, float] = {}
    for match in _PAIR.finditer(line):
        value = number(match["number"])
        if value is not None:
            named.setdefault(match["name"].strip().rstrip(".-"), value)
    return named


def _literal(text: str) -> Any:
    for read in (json.loads, ast.literal_eval):
        try:
            return read(text)
        except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
            continue
    return None


def number(value: Any) -> float | None:
    """A value as a number, if it is one.

    Args:
        value: Anything out of a log: a number, or a text of one.

    Returns:
        The number; ``None`` for truth values, words and everything else.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value.replace(",", "") if isinstance(value, str) else value)
    except (ValueError, OverflowError):
        return None


def flattened(found: Mapping[Any, Any]) -> dict[str, float]:
    """The numbers of a nested object, names joined by ``/``.

    Args:
        found: Out of JSON.

    Returns:
        Name and number; what is no number, and lists, are left out.
    """
    return dict(_leaves(found, ""))


def _leaves(found: Mapping[Any, Any], prefix: str) -> Iterator[tuple[str, float]]:
    for key, value in found.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{prefix}{key}/")
        else:
            leaf = number(value)
            if leaf is not None:
                yield f"{prefix}{key}", leaf
