from __future__ import annotations

from collections.abc import Callable
from typing import Any

from surefoot.checkpoints import Checkpoints
from surefoot.records import Checkpoint, Segment, Stage, Task, Tick


class Inline:
    """Runs segments one after the other in this process.

    Args:
        task: Whose segments they are.
        assess_batches: Forward-only batches of an assessment.
        on_tick: Called with a segment and each of its recorded updates.
        checkpoints: Where the states of its trials are kept.
    """

    def __init__(
        self,
        task: Task,
        assess_batches: int,
        on_tick: Callable[[Segment, Tick], None],
        checkpoints: Checkpoints,
    ):
        self._task = task
        self._assess_batches = assess_batches
        self._on_tick = on_tick
        self._checkpoints = checkpoints

    def run(self, segment: Segment) -> tuple[Stage, list[Tick]]:
        """Run one segment.

        Args:
            segment: What to run.

        Returns:
            What came of it, and its recorded updates.
        """
        host = _Host(segment, self._assess_batches, self._on_tick, self._checkpoints)
        return self._task.run(segment, host), host.ticks


class _Host:
    def __init__(
        self,
        segment: Segment,
        assess_batches: int,
        on_tick: Callable[[Segment, Tick], None],
        checkpoints: Checkpoints,
    ):
        self.assess_batches = assess_batches
        self.ticks: list[Tick] = []
        self._segment = segment
        self._on_tick = on_tick
        self._checkpoints = checkpoints

    def tick(self, tick: Tick) -> None:
        self.ticks.append(tick)
        self._on_tick(self._segment, tick)

    def save(self, state: Any, step: int) -> Checkpoint:
        return self._checkpoints.save(state, step)

    def load(self, checkpoint: Checkpoint) -> Any:
        return self._checkpoints.load(checkpoint)
