from __future__ import annotations

import glob
import os
import re
import shlex
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from surefoot.errors import BadTask
from surefoot.logs import Row
from surefoot.tasks.command._listener import Listener, Place
from surefoot.tasks.command._process import Exit, run_program
from surefoot.tasks.command._verdict import LossWatch

_SILENCE = 1800.0  # seconds without a word after which a program hangs; assumption


@dataclass(frozen=True, slots=True)
class Ran:
    """A run of the program that has ended.

    Attributes:
        argv: What was run.
        ended: How it ended.
        listener: What it said.
        starting: Seconds before its first loss; 0 where none was seen.
    """

    argv: Sequence[str]
    ended: Exit
    listener: Listener
    starting: float

    def values(self, place: Place | None) -> list[float]:
        """The numbers logged in a place.

        Returns:
            In order; where all were drawn over, the last one.
        """
        heard = None if place is None else self.listener.heard.get(place)
        if heard is None:
            return []
        return heard.values or ([] if heard.passing is None else [heard.passing])

    def last_lines(self) -> list[str]:
        """The last lines of both streams, where a program says why it ended.

        Returns:
            A few of each.
        """
        return [line for output in self.listener.streams.values() for line in output.last_lines(8)]

    def log(self) -> str:
        """All that is kept of it, for people.

        Returns:
            Command, end and output.
        """
        how = f"{self.ended.stopped or 'by itself'}, status {self.ended.status}, {self.ended.seconds:.1f} s"
        parts = [f"$ {shlex.join(self.argv)}\n# ended: {how}"]
        parts += [f"# standard {name}\n{output.text()}" for name, output in self.listener.streams.items()]
        return "\n".join(parts)


def run(
    argv: Sequence[str],
    pattern: str | None,
    *,
    gpus: str | None,
    timeout: float | None,
    loss: Place | None = None,
    score: Place | None = None,
    watch: LossWatch | None = None,
) -> Ran:
    """Run the program once and hear what it says.

    Args:
        argv: The program and its arguments.
        pattern: Of the files to read; ``None`` for none.
        gpus: What it may see of them; ``None`` for all.
        timeout: Seconds that it may take; ``None`` for no limit.
        loss: Where its training loss is logged.
        score: Where its score is logged; ``None`` to hear everything.
        watch: Sees the losses, and may end it.

    Returns:
        What came of it.

    Raises:
        BadTask: It cannot be started.
    """
    began = time.monotonic()
    first: list[float] = []

    def on_value(place: Place, row: Row, value: float) -> None:
        if not first and (place == loss or (score is None and "loss" in place.name.lower())):
            first.append(time.monotonic() - began)
        if watch is not None and place == loss:
            watch.take(row, value)

    def go_on() -> bool:
        listener.look()
        return watch is None or not watch.reason

    only = None if score is None else {place for place in (score, loss) if place is not None}
    listener = Listener(pattern, only, on_value)
    try:
        ended = run_program(argv, _environment(gpus), listener.take, go_on, most_seconds=timeout, most_silence=_SILENCE)
    except OSError as error:
        raise BadTask(f"cannot run {argv[0]}: {error.strerror}:\n  {shlex.join(argv)[:2000]}") from error
    listener.finish()
    return Ran(argv, ended, listener, first[0] if first else 0.0)


def _environment(gpus: str | None) -> Mapping[str, str]:
    """Of the program: ours, its output not held back, and wide enough for tables."""
    added = {"PYTHONUNBUFFERED": "1", "COLUMNS": os.environ.get("COLUMNS", "200")}
    return {**os.environ, **added, **({} if gpus is None else {"CUDA_VISIBLE_DEVICES": gpus})}


def file_pattern(template: str, folder: Path) -> str:
    """Where the files of one run are.

    Args:
        template: With ``{dir}``.
        folder: Of the run.

    Returns:
        A pattern for glob.
    """
    return re.sub(r"\{dir\}", lambda _: glob.escape(str(folder)), template)
