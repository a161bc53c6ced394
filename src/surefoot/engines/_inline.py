from __future__ import annotations

from collections import deque

from surefoot.engines._engine import SegmentHost, Work
from surefoot.records import Segment, Stage, Tick


class Inline:
    """Runs segments one after the other in this process. Has state: what is still to be run.

    Args:
        work: What they have in common.
    """

    def __init__(self, work: Work):
        self._work = work
        self._queue: deque[Segment] = deque()

    def submit(self, segment: Segment) -> None:
        """Have a segment run."""
        self._queue.append(segment)

    def wait(self) -> tuple[Stage, list[Tick]]:
        """Run the next segment.

        Returns:
            What came of it, and its recorded updates.
        """
        work, segment, ticks = self._work, self._queue.popleft(), list[Tick]()

        def take(tick: Tick) -> None:
            ticks.append(tick)
            work.ticked(segment, tick)

        work.began(segment)
        return work.task.run(segment, SegmentHost(work.assess_batches, work.checkpoints, work.folder, take)), ticks

    def cancel(self) -> None:
        """Drop what was submitted and is not back."""
        self._queue.clear()
