"""A program at work: in a process group of its own, listened to, and ended with all its children."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Literal

from surefoot.ending import ended_like_an_interrupt, kill_all, signal_group

_LOOK = 0.1  # seconds between two looks at whether it still runs; output is taken at once
_GRACE = 5.0  # seconds that a program is given to end by itself when it is asked to
_DRAIN = 1.0  # seconds for what its children still write when it has ended
_PIECE = 1 << 16  # bytes read at a time
_MARK = "SUREFOOT_RUN"  # in the environment of a program and of all it starts

Stream = Literal["output", "error"]


@dataclass(frozen=True, slots=True)
class Exit:
    """How a program ended.

    Attributes:
        status: Its exit status; minus the signal that ended it.
        seconds: How long it ran.
        stopped: Why it was ended from outside: it was ``told`` to, it was ``silent`` for too long, or took ``long``.
    """

    status: int
    seconds: float
    stopped: Literal["", "told", "silent", "long"] = ""


def run_program(
    argv: Sequence[str],
    environment: Mapping[str, str],
    take: Callable[[Stream, bytes], None],
    go_on: Callable[[], bool],
    *,
    most_seconds: float | None,
    most_silence: float,
) -> Exit:
    """Run a program to its end, or end it.

    It has no standard input and no terminal. When it has ended, in whatever way, nothing that it started is left.

    Args:
        argv: The program and its arguments.
        environment: All of its environment.
        take: Called with what it prints, as it comes.
        go_on: Asked after each piece and several times a second; False ends the program.
        most_seconds: It is ended when it takes longer; ``None`` for no limit.
        most_silence: It is ended when it prints nothing for so many seconds, without a limit of seconds.

    Returns:
        How it ended.
    """
    began = time.monotonic()
    mark = uuid.uuid4().hex
    process = subprocess.Popen(
        argv,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**environment, _MARK: mark},
        start_new_session=True,
        bufsize=0,
    )
    pipes = _Pipes(process, take)
    stopped: Literal["", "told", "silent", "long"] = ""
    heard = began
    try:
        with ended_like_an_interrupt():
            while not _has_ended(process):
                if pipes.read(_LOOK):
                    heard = time.monotonic()
                if not go_on():
                    stopped = "told"
                elif most_seconds is not None and time.monotonic() - began > most_seconds:
                    stopped = "long"
                elif most_seconds is None and time.monotonic() - heard > most_silence:
                    stopped = "silent"
                if stopped:
                    _ask_to_end(process, pipes)
                    break
            pipes.drain()
    finally:
        kill_all(process, f"{_MARK}={mark}")
        pipes.close()
    return Exit(process.wait(), time.monotonic() - began, stopped)


class _Pipes:
    """Both streams of a program. Has state: what is still open."""

    def __init__(self, process: subprocess.Popen[bytes], take: Callable[[Stream, bytes], None]):
        assert process.stdout is not None
        assert process.stderr is not None
        self._take = take
        self._files: tuple[IO[bytes], IO[bytes]] = (process.stdout, process.stderr)
        self._selector = selectors.DefaultSelector()
        for name, file in zip(("output", "error"), self._files, strict=True):
            os.set_blocking(file.fileno(), False)
            self._selector.register(file, selectors.EVENT_READ, name)

    def read(self, seconds: float) -> bool:
        """Take what is there, waiting at most so long for it.

        Returns:
            Whether anything came.
        """
        if not self._selector.get_map():
            time.sleep(min(seconds, 0.01))  # it closed both and goes on: its end is all that can still come
            return False
        came = False
        for key, _ in self._selector.select(seconds):
            data = os.read(key.fd, _PIECE)
            if data:
                came = True
                self._take(key.data, data)
            else:
                self._selector.unregister(key.fileobj)
        return came

    def drain(self) -> None:
        """Take what was written before the end, and for a moment what children still write."""
        until = time.monotonic() + _DRAIN
        while self._selector.get_map() and time.monotonic() < until:
            if not self.read(0.05):
                return

    def close(self) -> None:
        """Nothing is read any more."""
        self._selector.close()
        for file in self._files:
            file.close()


def _has_ended(process: subprocess.Popen[bytes]) -> bool:
    """Whether it has; it is not reaped yet, so that its group keeps its number."""
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _ask_to_end(process: subprocess.Popen[bytes], pipes: _Pipes) -> None:
    signal_group(process, signal.SIGTERM)
    until = time.monotonic() + _GRACE
    while not _has_ended(process) and time.monotonic() < until:
        pipes.read(0.02)  # or it could not end for a full pipe
