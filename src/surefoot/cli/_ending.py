from __future__ import annotations

import errno
import os
import select


class Stopped(KeyboardInterrupt):
    """A scheduler, or the terminal as it closed, has told us to end: it is passed on like Ctrl-C.

    Args:
        name: Of the signal.
    """

    def __init__(self, name: str):
        super().__init__(name)
        self.name = name
        silence_closed()


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
