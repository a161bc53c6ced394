from __future__ import annotations

import codecs
import re

from surefoot.logs._line import numbers
from surefoot.logs._row import Row, row
from surefoot.logs._table import Table

_END = re.compile(r"\r\n|\n|\r")
_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07]*\x07|[@-Z\\-_])")  # colours and moves of the cursor
_LONGEST = 1_000_000  # characters without an end after which a line is thrown away: it is no log


class TextReader:
    """Reads lines of text as programs print them. Has state: the line that is not complete yet.

    JSON objects and dicts, ``name=number``, ``name: number``, tables, progress bars that draw over themselves
    with a carriage return (their rows are ``passing``). What is no UTF-8, escapes of the terminal, and lines
    without numbers are passed over.
    """

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._left = ""
        self._table = Table()

    def feed(self, data: bytes) -> list[Row]:
        """Take what was printed next.

        Args:
            data: Any piece of it.

        Returns:
            The rows of the lines that are complete now.
        """
        return self._take(self._decoder.decode(data), last=False)

    def close(self) -> list[Row]:
        """The program has ended.

        Returns:
            The row of a last line without an end.
        """
        return self._take(f"{self._decoder.decode(b'', final=True)}\n", last=True)

    def _take(self, text: str, *, last: bool) -> list[Row]:
        text = self._left + text
        rows: list[Row] = []
        start = 0
        for end in _END.finditer(text):
            if end[0] == "\r" and end.end() == len(text) and not last:
                break  # the line feed that belongs to it may still come
            rows += self._line(text[start : end.start()], passing=end[0] == "\r")
            start = end.end()
        self._left = text[start:] if len(text) - start <= _LONGEST else ""
        return rows

    def _line(self, line: str, *, passing: bool) -> list[Row]:
        line = _ESCAPE.sub("", line)
        if not line.strip():
            return []
        values = self._table.take(line) or numbers(line)
        return [row(values, passing=passing)] if values else []
