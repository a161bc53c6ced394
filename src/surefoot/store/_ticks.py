from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress

from surefoot.errors import StoreError
from surefoot.records import Segment, Tick

Write = Callable[[Segment, Sequence[Tick]], None]


class Later:
    """Writes updates behind the back of the training. Has state: a thread, and what waits for it.

    What the database refuses is dropped: a picture of a training is not worth the training.

    Args:
        write: Writes the updates of a segment, and may take its time.
    """

    def __init__(self, write: Write):
        self._write = write
        self._waiting: queue.Queue[tuple[Segment, Sequence[Tick]] | None] = queue.Queue()
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def put(self, segment: Segment, ticks: Sequence[Tick]) -> None:
        """Have updates written soon."""
        self._waiting.put((segment, ticks))

    def wait(self) -> None:
        """Wait until all of it is written."""
        self._waiting.join()

    def close(self) -> None:
        """Write what still waits, and end."""
        self._waiting.put(None)
        self._thread.join()

    def _work(self) -> None:
        while (given := self._waiting.get()) is not None:
            with suppress(StoreError):
                self._write(*given)
            self._waiting.task_done()
