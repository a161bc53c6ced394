"""How processes end: those that were started, with all that they started, and this one when it is told to."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path


def kill_all(process: subprocess.Popen[bytes], mark: str) -> None:
    """End whatever is left of a process: its group, and what left the group but carries its mark.

    Args:
        process: Began a session of its own.
        mark: ``NAME=value`` in its environment, so that it is in that of all it started.
    """
    signal_group(process, signal.SIGKILL)
    process.wait()
    kill_marked(mark)


def kill_marked(mark: str) -> None:
    """End all processes that carry a mark, but not this one.

    Args:
        mark: ``NAME=value`` in their environment.
    """
    wanted = mark.encode()
    for place in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # gone meanwhile, or not ours
            if int(place.name) != os.getpid() and wanted in (place / "environ").read_bytes().split(b"\0"):
                os.kill(int(place.name), signal.SIGKILL)


def signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """Send a signal to a process and its group, where they are still there."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


@contextmanager
def ended_like_an_interrupt() -> Generator[None]:
    """Inside, being told to end (a scheduler's SIGTERM, a closed terminal) is like Ctrl-C: what was started ends first.

    Yields:
        Nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = {
        number: signal.signal(number, interrupt)
        for number in (signal.SIGTERM, signal.SIGHUP)
        if signal.getsignal(number) is signal.SIG_DFL
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
