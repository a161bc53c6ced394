from __future__ import annotations

import re

from surefoot.logs._line import number

_RULE = re.compile(r"[\s|│┃+=\-─━┼╋┿]*")
_BAR = re.compile(r":?\s+\d+%\|.*|:\s+\d+%\s.*")  # a progress bar behind the cells, as Ultralytics draws it
_CELL = re.compile(r"([-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?|[-+]?(?:nan|inf))(?:/\d+|[A-Za-z%]{1,2}|:)?", re.I)


class Table:
    """Reads tables of text: a line of names, then lines of as many cells. Has state: the names above."""

    def __init__(self) -> None:
        self._names: list[str] = []

    def take(self, line: str) -> dict[str, float] | None:
        """Take the next line.

        Args:
            line: Without its end.

        Returns:
            The numbers of a row, by the names above them; ``None`` for any other line.
        """
        if _RULE.fullmatch(line):
            return None
        cells = _cells(_BAR.sub("", line))
        values = [_value(cell) for cell in cells]
        known = sum(value is not None for value in values)
        if len(cells) == 2 and known == 1 and values[1] is not None and self._names:
            return {cells[0]: values[1]}  # a list of names and numbers under a title
        if self._names and len(cells) == len(self._names) and known >= max(1, len(cells) - 1):
            named = zip(self._names, values, strict=True)
            return {name: value for name, value in named if value is not None}
        self._names = cells if known == 0 and len(cells) >= 2 and len(set(cells)) == len(cells) else []
        return None


def _cells(line: str) -> list[str]:
    if "|" in line or "│" in line or "┃" in line:
        return [cell.strip() for cell in re.split(r"[|│┃]", line.strip().strip("|│┃"))]
    return [cell.rstrip(":") for cell in line.split()]


def _value(cell: str) -> float | None:
    match = _CELL.fullmatch(cell)
    return None if match is None else number(match[1])
