from __future__ import annotations

import contextlib
import json
import os
import pickle
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Mapping
from multiprocessing.connection import Pipe
from typing import Any

from surefoot.ending import kill_all
from surefoot.records import Cost, Segment, Tick

_MARK = "SUREFOOT_WORKER"  # in the environment of a worker and of all it starts
GRACE = 5.0  # seconds that a worker is given to end by itself
_CODE = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]);"
    " from surefoot.engines._serve import serve; serve(int(sys.argv[2]))"
)


class Worker:
    """A worker process as the conductor sees it. Has state: what it is at.

    It begins a session of its own, so that a Ctrl-C in the terminal is the conductor's to answer. Its main module is
    ours: a script that calls ``find`` needs no ``if __name__ == "__main__"``.

    Args:
        slot: Which of the workers it is, from 0.
        environment: What to set in its environment beside ours.
    """

    def __init__(self, slot: int, environment: Mapping[str, str]):
        self.slot = slot
        self.mark = f"{_MARK}={uuid.uuid4().hex}"
        self.ready = False
        self.segment: Segment | None = None
        self.ticks: list[Tick] = []
        self.began = self.heard = self.moved = time.monotonic()
        self.connection, theirs = Pipe()
        name, _, value = self.mark.partition("=")
        # A hash seed of their own each would let workers walk through sets in orders of their own.
        environment = {"PYTHONHASHSEED": "0", **os.environ, **environment, name: value}
        with theirs:
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    *(f"-W{option}" for option in sys.warnoptions),
                    "-c",
                    _CODE,
                    json.dumps(sys.path),
                    str(theirs.fileno()),
                ],
                stdin=subprocess.DEVNULL,
                env=environment,
                start_new_session=True,
                pass_fds=[theirs.fileno()],
            )

    def tell(self, message: bytes) -> None:
        """Send it something; whether it is still there will be seen."""
        with contextlib.suppress(OSError):
            self.connection.send_bytes(message)

    def take(self, segment: Segment) -> None:
        """Give it a segment to run."""
        self.segment, self.ticks = segment, []
        self.began = self.heard = self.moved = time.monotonic()
        self.tell(pickle.dumps(segment))

    def cost(self) -> Cost:
        """What its segment has cost so far, as far as is known.

        Returns:
            Updates and seconds.
        """
        done = self.ticks[-1].step + 1 - self.segment.start if self.ticks and self.segment else 0
        return Cost(updates=done, training=time.monotonic() - self.began)

    def hear(self) -> tuple[str, Any] | None:
        """Its next words, which must be there.

        Returns:
            What it says; ``None`` when it has hung up.
        """
        try:
            kind, value = self.connection.recv()
        except (EOFError, OSError):
            return None
        self.heard = time.monotonic()
        if kind != "beat":
            self.moved = self.heard
        return kind, value

    @property
    def ended(self) -> bool:
        """Whether the process has ended."""
        return self._process.poll() is not None

    def end(self, grace: float = GRACE) -> str:
        """End it and all that it started.

        Args:
            grace: Seconds that it is given to end by itself, now that the conductor has hung up.

        Returns:
            How it ended.
        """
        self.connection.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(grace)
        status = self._process.poll()
        kill_all(self._process, self.mark)
        return _how(status)


def _how(status: int | None) -> str:
    if status is None:
        return "was ended"
    if status >= 0:
        return f"ended with status {status}"
    name = signal.Signals(-status).name if -status in set(signal.Signals) else f"signal {-status}"
    return f"was killed by {name}" + (" (out of memory?)" if name == "SIGKILL" else "")
