from __future__ import annotations

import glob
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from surefoot.logs import Row, Tail, TextReader
from surefoot.tasks.command._output import Output
from surefoot.tasks.command._process import Stream

_LOOK = 0.5  # seconds between two looks at files
SOURCES = {"output": "standard output", "error": "standard error", "file": "its files"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a number is logged: its source, a key of ``SOURCES``, and its name there."""

    source: str
    name: str

    def __str__(self) -> str:
        return f"{self.name!r} in {SOURCES[self.source]}"


@dataclass(slots=True)
class Heard:
    """What was logged under one name. Has state.

    Attributes:
        values: In order.
        passing: The last one that was drawn over, where there was no other.
    """

    values: list[float] = field(default_factory=list[float])
    passing: float | None = None


class Listener:
    """All that a program says while it runs: on its streams, and in files. Has state.

    Args:
        pattern: Of the files; ``None`` for none.
        only: The numbers to keep; ``None`` for all.
        on_value: Called with each lasting number that is kept, its place and its row.
    """

    def __init__(
        self, pattern: str | None, only: Collection[Place] | None, on_value: Callable[[Place, Row, float], None]
    ):
        self.streams: dict[Stream, Output] = {"output": Output(), "error": Output()}
        self.heard: dict[Place, Heard] = {}
        self.files: dict[str, Tail] = {}
        self._readers: dict[Stream, TextReader] = {"output": TextReader(), "error": TextReader()}
        self._pattern, self._only, self._on_value = pattern, only, on_value
        self._looked = time.monotonic()

    def take(self, stream: Stream, data: bytes) -> None:
        """Take what was printed."""
        self.streams[stream].take(data)
        self._rows(stream, self._readers[stream].feed(data))

    def look(self) -> None:
        """Look into the files, if it is time to."""
        if self._pattern is not None and time.monotonic() - self._looked > _LOOK:
            self._look(last=False)
            self._looked = time.monotonic()

    def finish(self) -> None:
        """The program has ended: what is unfinished counts as it is."""
        for stream, reader in self._readers.items():
            self._rows(stream, reader.close())
        if self._pattern is not None:
            self._look(last=True)

    def _look(self, *, last: bool) -> None:
        assert self._pattern is not None
        for file in sorted(glob.glob(self._pattern, recursive=True)):  # noqa: PTH207  (Path.glob takes no absolute pattern)
            tail = self.files.setdefault(file, Tail(file))
            self._rows("file", tail.poll(last=last))

    def _rows(self, source: str, rows: list[Row]) -> None:
        for row in rows:
            for name, value in row.values.items():
                place = Place(source, name)
                if self._only is not None and place not in self._only:
                    continue
                heard = self.heard.setdefault(place, Heard())
                if row.passing:
                    heard.passing = value
                else:
                    heard.values.append(value)
                    self._on_value(place, row, value)
