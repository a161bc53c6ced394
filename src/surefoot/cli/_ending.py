from __future__ import annotations

import errno
import os
import select
import signal
import threading
from collections.abc import Generator
from contextlib import contextmanager

_SIGNALS = [number for name in ("SIGTERM", "SIGHUP") if (number := getattr(signal, name, None)) is not None]


class Stopped(KeyboardInterrupt):
    """A scheduler, or the terminal as it closed, has told us to end: it is passed on like Ctrl-C.

    Args:
        name: Of the signal.
    """

    def __init__(self, name: str):
        super().__init__(name)
        self.name = name


@contextmanager
def told_to_end() -> Generator[None]:
    """Inside, SIGTERM and SIGHUP are raised as ``Stopped``; one that is ignored, as under nohup, stays ignored.

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
        silence_closed()
        raise Stopped(signal.Signals(number).name)

    for number in numbers:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number in numbers:
            signal.signal(number, signal.SIG_DFL)


def silence_closed() -> None:
    """Let what would go to a terminal that was closed go nowhere: every write to it would be an error."""
    if not hasattr(select, "poll"):
        return
    for descriptor in (1, 2):
        poll = select.poll()
        poll.register(descriptor, 0)
        if any(event & (select.POLLHUP | select.POLLERR) for _, event in poll.poll(0)):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, descriptor)
            os.close(nowhere)


def is_closed(error: OSError) -> bool:
    """Whether an error says that the terminal was closed.

    Returns:
        False for any other error.
    """
    return error.errno == errno.EIO
