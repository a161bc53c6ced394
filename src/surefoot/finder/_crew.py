from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral

from surefoot.engines import Engine, Inline, Packed, Processes, Work, cores, pack, threads_each
from surefoot.errors import BadInput
from surefoot.records import Facts, Task

ENGINES = ("inline", "processes")


@dataclass(frozen=True, slots=True)
class Crew:
    """Who trains: this process, or workers beside it.

    Attributes:
        workers: How many train at the same time.
        packed: The task, ready to travel to them; ``None`` where this process trains itself.
    """

    workers: int = 1
    packed: Packed | None = None

    @staticmethod
    def of(task: Task, engine: str | None, workers: int) -> Crew:
        """The crew that was asked for.

        Args:
            task: What is trained.
            engine: ``inline`` or ``processes``; ``None`` for ``processes`` where there are several workers.
            workers: How many train at the same time.

        Returns:
            It.

        Raises:
            BadInput: One of them cannot work.
        """
        if isinstance(workers, bool) or not isinstance(workers, Integral) or workers < 1:
            raise BadInput(f"workers={workers!r}: expected how many train at the same time, 1 or more")
        if engine is not None and engine not in ENGINES:
            raise BadInput(f"engine={engine!r}: expected one of {', '.join(ENGINES)}")
        if engine == "inline" and workers > 1:
            raise BadInput(f"engine='inline' with workers={workers}: it is this process alone. Use engine='processes'")
        processes = engine == "processes" or workers > 1
        return Crew(int(workers), pack(task) if processes else None)

    def threads(self, task: Task, begun: Facts | None) -> int | None:
        """Threads of each trial: as the study began, or it would not end as it would have; else a share of the cores.

        Args:
            task: What is trained.
            begun: What preflight found when the study began; ``None`` for a new one.

        Returns:
            How many; ``None`` for as many as this process has.
        """
        recorded = None if begun is None else begun.environment.get("threads")
        if recorded is not None:
            return min(int(recorded), cores())
        return None if self.packed is None else threads_each(task, self.workers)

    def engine(self, work: Work) -> Engine:
        """What runs the segments.

        Args:
            work: What they have in common.

        Returns:
            An engine.
        """
        return Inline(work) if self.packed is None else Processes(work, self.packed, self.workers)
