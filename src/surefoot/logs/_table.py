from __future__ import annotations

import re

from surefoot.logs._line import number

_RULE = re.compile(r"[\s|│┃+=\-─━┼╋┿]*")
_BAR = re.compile(r":?\s+\d+%\|.*|:\s+\d+%\s.*")  # a progress bar behind the cells, as Ultralytics draws it
_CELL = re.compile(r"([-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?|[-+]?(?:nan|inf))(?:/\d+|[A-Za-z%]{1,2}|:)?", re.I)


class Table:
    """Reads tables of text: a line of names, then lines of as many cells. Has state: the line above."""

    def __init__(self) -> None:
        self._titles: list[list[str]] = []  # the line of names, split at every gap and at wide ones only

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
        if len(cells) == 2 and known == 1 and values[1] is not None and self._titles:
            return {cells[0]: values[1]}  # a list of names and numbers under a title
        names = next((titles for titles in self._titles if len(titles) == len(cells)), None)
        if names is not None and known >= max(1, len(cells) - 1):
            return {name: value for name, value in zip(names, values, strict=True) if value is not None}
        splits = [cells, re.split(r"\s{2,}|\t", line.strip())] if known == 0 else []
        self._titles = [titles for titles in splits if len(set(titles)) == len(titles) >= 2]
        return None


def _cells(line: str) -> list[str]:
    if "|" in line or "│" in line or "┃" in line:
        return [cell.strip() for cell in re.split(r"[|│┃]", line.strip().strip("|│┃"))]
    return [cell.rstrip(":") for cell in line.split()]


def _value(cell: str) -> float | None:
    match = _CELL.fullmatch(cell)
    return None if match is None else number(match[1])
