from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

from surefoot.errors import BadInput
from surefoot.logs import LossLog, Point, Row, Tail, TextReader, reader_for
from surefoot.records import Verdict
from surefoot.watch import Context, Curve, Family, family, judge

_PIECE = 1 << 20  # bytes read at a time
_POLL = 0.5  # seconds between two looks at a file that grows
_IN_FOLDER = (
    "*tfevents*",
    "**/*tfevents*",
    "trainer_state.json",
    "**/trainer_state.json",
    "*.csv",
    "*.jsonl",
    "*.log",
)


class Watched:
    """A log and what its loss says. Has state: the curve.

    Args:
        lr: The rate, where the log does not hold it.
        optimizer: Its name.
        horizon: Length of the training in the log's own unit.
        name: Of the loss.
        wait: Rows after which its name must be known.
    """

    def __init__(self, lr: float | None, optimizer: str | None, horizon: float | None, name: str | None, wait: int):
        self.log = LossLog(name, wait)
        self._lr, self._horizon = lr, horizon
        self._family: Family | None = family(optimizer)
        self._start()

    def feed(self, rows: list[Row]) -> None:
        """Take what was logged next."""
        self._take(self.log.feed(rows))

    def close(self) -> None:
        """The log is at its end."""
        self._take(self.log.close())

    def _start(self) -> None:
        self.curve = Curve()
        self.last = 0.0
        self._highest, self._begin, self._second = 0.0, 0.0, 0.0

    def _take(self, points: list[Point]) -> None:
        for point in points:
            if point.first:
                self._start()
                self._begin = point.step
            elif self.curve.count == 1:
                self._second = point.step
            self.last = point.step
            rate = point.lr if point.lr is not None and point.lr >= 0 else None
            self._highest = max(self._highest, rate or 0.0)
            self.curve.observe(point.loss, 1.0 if rate is None else rate)

    def verdict(self) -> Verdict:
        """What can be said by now."""
        share = 1.0 if self._horizon is None else min(1.0, self.last / self._horizon)
        every = self._begin <= 1 and self._second - self._begin == 1 and self.log.unit != "epoch"
        length = round(self._horizon or self.last) if self.log.unit == "step" else None
        context = Context(self._lr or self._highest or None, self._family, share, length or None, every)
        verdict = judge(self.curve.signals(), context, self.curve.bad_at, self.curve.count)
        return replace(verdict, notes=(*verdict.notes, *self.log.notes()))

    def points(self) -> list[tuple[float, float]]:
        """Step and level of the loss, to be drawn."""
        each = (self.last - self._begin) / max(1, self.curve.count - 1)
        return [(self._begin + index * each, level) for index, level in self.curve.shape()]

    def seen(self) -> str:
        """What was read, in words."""
        unit = f"{self.log.unit}s {self._begin:,.12g} to {self.last:,.12g}"
        return f"{self.curve.count:,} values of {self.log.name}, {unit}"


def rows_of(log: str) -> Iterator[list[Row]]:
    """The rows of a log, a piece at a time."""
    for path in [None] if log == "-" else _files(Path(log)):
        reader = TextReader() if path is None else reader_for(path)
        try:
            with nullcontext(sys.stdin.buffer) if path is None else path.open("rb") as file:
                while data := file.read(_PIECE):
                    yield reader.feed(data)
        except OSError as error:
            raise BadInput(
                f"cannot read {log}: {error.strerror}. Expected a log file, a folder with one, or -"
            ) from error
        yield reader.close()


def _files(path: Path) -> list[Path]:
    """The files of a log: itself, or those of a folder."""
    if not path.is_dir():
        return [path]
    for pattern in _IN_FOLDER:
        found = sorted(path.glob(pattern), key=lambda file: file.stat().st_mtime)
        if found and "tfevents" in pattern:
            return [file for file in found if file.parent == found[-1].parent]  # of the newest run
        if found:
            return found[-1:]
    raise BadInput(
        f"no log in the folder {path}: expected TensorBoard's *tfevents*, trainer_state.json, *.csv or *.jsonl"
    )


def rows_as_they_come(log: str) -> Iterator[list[Row]]:
    """The rows of standard input until its end, or of a file that grows, for ever."""
    if log != "-":
        tail = Tail(log)
        while True:
            yield tail.poll()
            time.sleep(_POLL)
    reader = TextReader()
    while data := os.read(sys.stdin.fileno(), _PIECE):
        yield reader.feed(data)
    yield reader.close()
