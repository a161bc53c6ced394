from __future__ import annotations

import pickle
import time
from collections import defaultdict, deque
from collections.abc import Callable
from multiprocessing.connection import wait

from surefoot.engines._engine import Work
from surefoot.engines._messages import Raised, Start, frameworks
from surefoot.engines._share import devices
from surefoot.engines._travel import Packed
from surefoot.engines._worker import GRACE, Worker
from surefoot.errors import UserCodeError
from surefoot.records import Cost, Segment, Stage, Tick

LIVES = (
    3  # workers that a segment may kill before its trial counts as failed; a machine may fail by chance (assumption)
)
_STARTS = 6  # workers in a row that may die before they are ready; assumption
_LOOK = 0.2  # seconds between two looks at whether the workers still live
_SILENT = 120.0  # seconds without a sign of life after which a worker hangs: its interpreter stands still; assumption
_STUCK = 1800.0  # seconds without an update after which it hangs, as a program that says nothing; assumption
_STARTING = 1800.0  # seconds that a worker may take to be ready: it reads the task and checks it; assumption
_SLOW = 20.0  # times longer than a whole segment should take: a slow one does not hang; assumption


class Processes:
    """Runs segments in several worker processes, which stay warm from one to the next. Has state: the workers.

    A worker that dies, hangs or runs out of memory is replaced, and its segment is run again; the last time alone.

    Args:
        work: What the segments have in common.
        packed: The task, ready to travel.
        workers: How many run at the same time.
    """

    def __init__(self, work: Work, packed: Packed, workers: int):
        self._work = work
        self._packed = packed
        self._count = workers
        self._workers: list[Worker] = []
        self._queue: deque[Segment] = deque()
        self._lost: defaultdict[Segment, list[Cost]] = defaultdict(list)  # what it cost when it killed its worker
        self._stillborn = 0

    def submit(self, segment: Segment) -> None:
        """Have a segment run."""
        self._queue.append(segment)
        self._staff()
        self._hand_out()

    def wait(self) -> tuple[Stage, list[Tick]]:
        """Wait for the next segment that is done.

        Returns:
            What came of it, and its recorded updates.
        """
        while True:
            self._staff()
            self._hand_out()
            speaking = wait([worker.connection for worker in self._workers], _LOOK)
            for worker in list(self._workers):
                back = self._hear(worker) if worker.connection in speaking else self._look_after(worker)
                if back is not None:
                    self._hand_out()
                    return back

    def cancel(self) -> None:
        """Drop what was submitted and is not back, and end all workers."""
        self._queue.clear()
        workers, self._workers = self._workers, []
        for worker in workers:
            worker.connection.close()
        for worker in workers:
            worker.end(GRACE if worker.ready and worker.segment is None else 0)

    def _staff(self) -> None:
        """Have as many workers as there is work for."""
        busy = sum(worker.segment is not None for worker in self._workers)
        while len(self._workers) < min(self._count, busy + len(self._queue)):
            slot = next(slot for slot in range(self._count) if slot not in {w.slot for w in self._workers})
            work, worker = self._work, Worker(slot, devices(self._work.task, slot))
            self._workers.append(worker)
            start = Start(
                self._packed,
                work.facts,
                work.seed,
                work.assess_batches,
                work.checkpoints,
                work.folder,
                frameworks(),
                worker.mark,
            )
            worker.tell(pickle.dumps(start))

    def _hand_out(self) -> None:
        """Give the idle workers what is next; what may kill its worker a last time runs alone, with all the memory."""
        for worker in self._workers:
            busy = [other.segment for other in self._workers if other.segment is not None]
            if not self._queue or any(map(self._last_chance, busy)):
                return
            if busy and self._last_chance(self._queue[0]):
                return
            if worker.ready and worker.segment is None:
                segment = self._queue.popleft()
                worker.take(segment)
                self._work.began(segment)

    def _last_chance(self, segment: Segment) -> bool:
        return len(self._lost[segment]) == LIVES - 1

    def _hear(self, worker: Worker) -> tuple[Stage, list[Tick]] | None:
        """Take a worker's next words.

        Returns:
            What came of its segment, if they say so.
        """
        heard = worker.hear()
        if heard is None:
            return self._replace(worker, worker.end())
        kind, value = heard
        if kind == "ready":
            worker.ready, self._stillborn = True, 0
        elif kind == "tick" and worker.segment is not None:
            worker.ticks.append(value)
            self._work.ticked(worker.segment, value)
        elif kind == "raised":
            return self._raised(worker, value)
        elif kind == "stage":
            worker.segment = None
            return self._back(value, worker.ticks)
        return None

    def _back(self, stage: Stage, ticks: list[Tick]) -> tuple[Stage, list[Tick]]:
        check: Callable[[Stage], None] | None = getattr(self._work.task, "check", None)
        if check is not None:  # what only all results together show, of which each worker sees a part
            check(stage)
        return stage, ticks

    def _raised(self, worker: Worker, raised: Raised) -> tuple[Stage, list[Tick]] | None:
        if not raised.memory or worker.segment is None or self._last_chance(worker.segment):
            raise raised.error()
        return self._replace(worker, "ran out of memory", 0)

    def _look_after(self, worker: Worker) -> tuple[Stage, list[Tick]] | None:
        """Replace a worker that says nothing, where it has ended or hangs.

        Returns:
            What came of its segment, where that is to be tried no more.
        """
        now = time.monotonic()
        if worker.ended:
            return self._replace(worker, worker.end())
        if worker.ready and now - worker.heard > _SILENT:
            return self._replace(worker, f"gave no sign of life for {now - worker.heard:.0f} seconds", 0)
        busy = not worker.ready or worker.segment is not None
        if busy and now - worker.moved > self._patience(worker.segment):
            return self._replace(worker, f"did no update for {now - worker.moved:.0f} seconds", 0)
        return None

    def _patience(self, segment: Segment | None) -> float:
        if segment is None:
            return _STARTING
        facts = self._work.facts
        return max(_STUCK, _SLOW * (segment.updates * facts.update_seconds + facts.assess_seconds))

    def _replace(self, worker: Worker, how: str, grace: float | None = None) -> tuple[Stage, list[Tick]] | None:
        if grace is not None:
            worker.end(grace)
        self._workers.remove(worker)
        segment = worker.segment
        if segment is None:
            self._stillborn += not worker.ready
            if self._stillborn == _STARTS:
                raise UserCodeError(
                    f"a worker process {how} before it could begin, {_STARTS} times in a row: does reading the task's"
                    " file end the process, or is there too little memory for --workers so many? Try --engine inline"
                )
            return None
        lost = self._lost[segment]
        lost.append(worker.cost())
        if len(lost) < LIVES:
            self._queue.appendleft(segment)
            return None
        reason = f"it killed its worker process {LIVES} times, which the last time {how}"
        return Stage(segment, "failed", None, None, Cost.total(lost), reason=reason), []
