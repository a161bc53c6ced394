"""What a worker does: it makes the task again, runs one segment after the other, and stays warm in between."""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import sys
import threading
from multiprocessing.connection import Connection
from typing import Any

from surefoot.ending import kill_marked
from surefoot.engines._engine import SegmentHost
from surefoot.engines._messages import Raised, Start, set_frameworks
from surefoot.errors import BadTask
from surefoot.records import Segment, Task
from surefoot.tasks import differences

BEAT = 1.0  # seconds between two signs of life


def serve(descriptor: int) -> None:
    """Be a worker until the conductor hangs up.

    Args:
        descriptor: Of the pipe to the conductor.
    """
    connection = Connection(descriptor)
    start: Start = pickle.loads(connection.recv_bytes())
    line = Line(connection, start.mark)
    threading.Thread(target=line.beat, args=(os.getppid(),), daemon=True).start()
    try:
        task = _task(start)
    except Exception as error:  # noqa: BLE001  (whatever it is, the conductor is to know)
        line.say("raised", Raised.of(error))
        return
    line.say("ready")
    while (segment := line.next()) is not None:
        host = SegmentHost(start.assess_batches, start.checkpoints, start.folder, lambda tick: line.say("tick", tick))
        try:
            line.say("stage", task.run(segment, host))
        except Exception as error:  # noqa: BLE001  (as above)
            line.say("raised", Raised.of(error))
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(0)  # at once: taking frameworks down takes seconds


def _task(start: Start) -> Task:
    """The task, and it is the one whose preflight the conductor saw."""
    task = start.packed.unpack()
    set_frameworks(start.frameworks)
    differs = differences(task, start.facts, start.seed, start.assess_batches)
    if differs:
        raise BadTask(
            "a worker's task is another one than the one that was checked. What differs:\n  "
            + "\n  ".join(differs)
            + "\nIs data or a model made with random numbers when the file is read? Seed them there"
            " (numpy.random.seed(0)), so that every process makes the same; or leave workers= out"
        )
    return task


class Line:
    """A worker's end of the pipe. Has state: the lock that keeps its words apart.

    Args:
        connection: To the conductor.
        mark: Carried in the environment by this process and all that it starts.
    """

    def __init__(self, connection: Connection, mark: str):
        self._connection = connection
        self._mark = mark
        self._speaking = threading.Lock()

    def say(self, kind: str, value: Any = None) -> None:
        """Tell the conductor something. When it has hung up, nobody wants what this worker is at."""
        try:
            self._send(kind, value)
        except OSError:
            self._vanish()

    def next(self) -> Segment | None:
        """Wait for the next segment.

        Returns:
            ``None`` when the conductor has hung up.
        """
        try:
            return self._connection.recv()
        except (EOFError, OSError):
            return None

    def beat(self, conductor: int) -> None:
        """Give signs of life for as long as the conductor lives."""
        gone = threading.Event()
        while not gone.wait(BEAT):
            if os.getppid() != conductor:
                self._vanish()
            with contextlib.suppress(OSError):
                self._send("beat", None)

    def _send(self, kind: str, value: Any) -> None:
        with self._speaking:
            self._connection.send((kind, value))

    def _vanish(self) -> None:
        kill_marked(self._mark)
        os.kill(os.getpid(), signal.SIGKILL)
