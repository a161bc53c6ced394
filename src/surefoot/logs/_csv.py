from __future__ import annotations

import csv

from surefoot.logs._line import number
from surefoot.logs._row import Row, row


class CsvReader:
    """Reads a table of comma-, semicolon- or tab-separated values. Has state: the names, the unfinished line.

    The first line holds the names; a cell that is no number is passed over, and so is an empty one, as loggers
    leave them that write training and validation to the same file.
    """

    def __init__(self) -> None:
        self._left = b""
        self._names: list[str] = []
        self._delimiter = ","

    def feed(self, data: bytes) -> list[Row]:
        """Take the next piece of the file.

        Args:
            data: Any piece of it.

        Returns:
            The rows of the lines that are complete now.
        """
        *lines, self._left = (self._left + data).split(b"\n")
        return [found for line in lines for found in self._line(line)]

    def close(self) -> list[Row]:
        """The file is at its end.

        Returns:
            The row of a last line without an end.
        """
        left, self._left = self._left, b""
        return self._line(left)

    def _line(self, line: bytes) -> list[Row]:
        text = line.decode("utf-8-sig", errors="replace").strip("\r\0 ")
        if not text:
            return []
        if not self._names:
            self._delimiter = max(",;\t", key=text.count)
            self._names = self._cells(text)
            return []
        cells = zip(self._names, self._cells(text), strict=False)
        values = {name: value for name, cell in cells if name and (value := self._number(cell)) is not None}
        return [row(values)] if values else []

    def _number(self, cell: str) -> float | None:
        """Where semicolons part the cells, a comma is a decimal one."""
        return number(cell.replace(",", ".") if self._delimiter == ";" and "." not in cell else cell)

    def _cells(self, text: str) -> list[str]:
        try:
            return [cell.strip() for cell in next(csv.reader([text], delimiter=self._delimiter))]
        except csv.Error:  # no line of a table: bytes of something else under this name
            return []
