from __future__ import annotations

import os
from pathlib import Path

from surefoot.errors import BadInput
from surefoot.logs._csv import CsvReader
from surefoot.logs._json import JsonReader
from surefoot.logs._row import Reader, Row
from surefoot.logs._tensorboard import TensorBoardReader
from surefoot.logs._text import TextReader

_HEAD = 256  # bytes at the start of a file by which it is known to be the same one
_PIECE = 1 << 20  # bytes read at a time


def reader_for(path: str | os.PathLike[str]) -> Reader:
    """The reader of a file, by its name.

    Args:
        path: The file; it need not be there yet.

    Returns:
        Of ``*.csv``, ``*.tsv``, ``*.json``, TensorBoard's ``*tfevents*``; anything else is read as text, JSON
        lines too.
    """
    path = Path(path)
    if "tfevents" in path.name:
        return TensorBoardReader()
    kinds = {".csv": CsvReader, ".tsv": CsvReader, ".json": JsonReader}
    return kinds.get(path.suffix.lower(), TextReader)()


def read(path: str | os.PathLike[str]) -> list[Row]:
    """All rows of a log.

    Args:
        path: The file.

    Returns:
        In their order.

    Raises:
        BadInput: It cannot be read.
    """
    reader = reader_for(path)
    rows: list[Row] = []
    try:
        with Path(path).open("rb") as file:
            while data := file.read(_PIECE):
                rows += reader.feed(data)
    except OSError as error:
        raise BadInput(f"cannot read {os.fspath(path)}: {error.strerror}. Expected a log file") from error
    return [*rows, *reader.close()]


class Tail:
    """Follows a log that still grows. Has state: how far it was read.

    A file that is written anew with what it held and more (CSV files whose columns change, ``trainer_state.json``)
    is read again, and the rows that were given already are left out.

    Args:
        path: The file; it need not be there yet.
    """

    def __init__(self, path: str | os.PathLike[str]):
        self.path = Path(path)
        self._given = 0
        self._begin()

    def poll(self, *, last: bool = False) -> list[Row]:
        """Look what came since the last look.

        Args:
            last: The program has ended: a last line without an end counts too.

        Returns:
            The new rows; none where the file is not there.
        """
        try:
            with self.path.open("rb") as file:
                self._read(file.fileno(), last=last)
        except OSError:
            return []
        new = self._rows[max(0, self._given - self._dropped) :]
        self._given = max(self._given, self._dropped + len(self._rows))
        self._dropped += len(self._rows)
        self._rows = []
        return new

    def _begin(self) -> None:
        self._reader = reader_for(self.path)
        self._rows: list[Row] = []
        self._dropped = 0  # rows of this reading that were handed out or left out
        self._offset = 0
        self._head = b""
        self._stamp = (0, 0)

    def _read(self, file: int, *, last: bool) -> None:
        state = os.fstat(file)
        stamp = (state.st_mtime_ns, state.st_size)
        if stamp == self._stamp and not last:
            return
        whole = isinstance(self._reader, JsonReader)
        if whole or state.st_size < self._offset or os.pread(file, len(self._head), 0) != self._head:
            self._begin()
        self._stamp = stamp
        while data := os.pread(file, _PIECE, self._offset):
            if len(self._head) < _HEAD:
                self._head += data[: _HEAD - len(self._head)]
            self._offset += len(data)
            self._rows += self._reader.feed(data)
        if whole or last:
            self._rows += self._reader.close()
