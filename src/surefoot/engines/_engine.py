from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from surefoot.checkpoints import Checkpoints
from surefoot.records import Checkpoint, Facts, Segment, Stage, Task, Tick


@dataclass(frozen=True, slots=True)
class Work:
    """What all segments of a study have in common.

    Attributes:
        task: Whose segments they are.
        facts: What preflight found of it.
        seed: Of the study.
        assess_batches: Forward-only batches of an assessment.
        checkpoints: Where the states of its trials are kept.
        folder: Where files of the study lie; ``None`` for nowhere.
        began: Called with each segment when it begins to run.
        ticked: Called with a segment and each of its recorded updates.
    """

    task: Task
    facts: Facts
    seed: int
    assess_batches: int
    checkpoints: Checkpoints
    folder: Path | None
    began: Callable[[Segment], None]
    ticked: Callable[[Segment, Tick], None]


class Engine(Protocol):
    """Runs segments, whose results may come back in any order."""

    def submit(self, segment: Segment) -> None:
        """Have a segment run."""
        ...

    def wait(self) -> tuple[Stage, list[Tick]]:
        """Wait for the next segment that is done, of those that were submitted.

        Returns:
            What came of it, and its recorded updates.
        """
        ...

    def cancel(self) -> None:
        """Drop what was submitted and is not back; nothing runs any more after that."""
        ...


class SegmentHost:
    """What a running segment may ask of its engine.

    Args:
        assess_batches: Forward-only batches of an assessment.
        checkpoints: Where its state is kept.
        folder: Where files of the study lie; ``None`` for nowhere.
        tick: Takes each recorded update.
    """

    slot = 0  # a worker sees its own share of the GPUs and no other

    def __init__(
        self, assess_batches: int, checkpoints: Checkpoints, folder: Path | None, tick: Callable[[Tick], None]
    ):
        self.assess_batches = assess_batches
        self.folder = folder
        self._checkpoints = checkpoints
        self._tick = tick

    def tick(self, tick: Tick) -> None:
        """Record one update."""
        self._tick(tick)

    def save(self, state: Any, step: int) -> Checkpoint:
        """Keep a state.

        Returns:
            What fetches it again.
        """
        return self._checkpoints.save(state, step)

    def load(self, checkpoint: Checkpoint) -> Any:
        """Fetch a state that was kept.

        Returns:
            The state.
        """
        return self._checkpoints.load(checkpoint)
