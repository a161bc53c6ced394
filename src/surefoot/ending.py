"""How processes end: those that were started, with all that they started, and this one when it is told to."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

_SIGNALS = [number for name in ("SIGTERM", "SIGHUP") if (number := getattr(signal, name, None)) is not None]


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
def ended_like_an_interrupt(
    interrupt: Callable[[str], KeyboardInterrupt] = KeyboardInterrupt,
) -> Generator[None]:
    """Inside, a scheduler's SIGTERM and a closed terminal are like Ctrl-C; what is ignored, as under nohup, stays so.

    Where somebody further out does this already, or handles them in a way of their own, that stays.

    Args:
        interrupt: Makes what is raised, of the name of the signal.

    Yields:
        Nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = [number for number in _SIGNALS if signal.getsignal(number) is signal.SIG_DFL]

    def stop(number: int, frame: object) -> None:
        del frame
        for other in numbers:
            signal.signal(other, signal.SIG_IGN)  # told once is enough: what is at hand is put in order
        raise interrupt(signal.Signals(number).name)

    for number in numbers:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number in numbers:
            signal.signal(number, signal.SIG_DFL)
