from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from statistics import median
from time import perf_counter
from typing import Literal

from surefoot.records import Checkpoint, Cost, Losses, Segment, Stage, State, Tick
from surefoot.watch import Hopeless

_TICKS = 250  # kept of one segment
_TICKS_OF_TRIAL = 1_000  # kept of all segments of a full training

Phase = Literal["starting", "training", "assessing"]


class Recorder:
    """Takes the losses of one segment and makes its stage. Has state: what was seen so far.

    Args:
        segment: What is being run.
        rates: The rate of each update of the segment.
        tick: Takes every recorded update.
    """

    def __init__(self, segment: Segment, rates: Sequence[float], tick: Callable[[Tick], None]):
        self.segment = segment
        self.updates = 0
        self.reason: str | None = None
        self._failed = False
        self._rates = rates
        self._tick = tick
        # Where a trial goes on it has no start to be held against: it is given up only when it is no number any more.
        self._watch = Hopeless(segment.updates) if not segment.start else None
        self._stride = max(-(-segment.updates // _TICKS), -(-segment.schedule_horizon // _TICKS_OF_TRIAL))
        self._losses = array("d")  # 8 bytes an update: there may be ten million
        self._began = self._lap = perf_counter()
        self._seconds: dict[Phase, float] = {"starting": 0.0, "training": 0.0, "assessing": 0.0}

    def ends(self, phase: Phase) -> None:
        """The time since the last call was spent in ``phase``."""
        now = perf_counter()
        self._seconds[phase] += now - self._lap
        self._lap = now

    def observe(self, loss: float) -> bool:
        """Take the loss of one update, after it was done.

        Args:
            loss: The training loss.

        Returns:
            Whether to go on.
        """
        step = self.updates
        self.updates = step + 1
        self._losses.append(loss)
        if not step % self._stride:
            self._tick(Tick(self.segment.start + step, self._rates[step], loss, perf_counter() - self._began))
        if self._watch is not None:
            self.reason = self._watch.observe(loss, self._rates[step])
        elif not is_finite(loss):
            self.reason = f"the loss was {loss} at update {self.segment.start + step}"
        if self.reason is None:
            return True
        self._failed = not is_finite(loss)
        return False

    def fail(self, reason: str) -> None:
        """The rate failed in another way than by its loss."""
        self.reason, self._failed = reason, True

    def stage(self, score: float | None = None, forwards: int = 0, checkpoint: Checkpoint | None = None) -> Stage:
        """What came of the segment.

        Args:
            score: Its assessment; ``None`` when it was given up or is not to be assessed.
            forwards: Forward-only batches that the assessment took.
            checkpoint: Where its end is kept.

        Returns:
            The stage; a score that is not finite makes it a failed one.
        """
        if self.reason is None and score is not None and not is_finite(score):
            self.fail(f"the score was {score} after {self.updates} updates")
        state: State = "ok" if self.reason is None else "failed" if self._failed else "ended"
        seconds = self._seconds
        cost = Cost(self.updates, forwards, seconds["training"], seconds["assessing"], seconds["starting"])
        if state != "ok":
            score = checkpoint = None
        watched = None if self._watch is None else self._watch.verdict()
        losses = summary(self._losses)
        return Stage(self.segment, state, score, losses, cost, checkpoint, self.reason or "", watched)


def is_finite(value: float) -> bool:
    """Whether a number is neither NaN nor infinite.

    Returns:
        True when it is finite.
    """
    return value - value == 0


def summary(losses: Sequence[float]) -> Losses | None:
    """Summary of a segment's losses.

    Args:
        losses: In order.

    Returns:
        First, last, lowest, highest and count of the finite ones; ``None`` if none was finite.
    """
    finite = losses if all(map(is_finite, losses)) else [loss for loss in losses if is_finite(loss)]
    if not finite:
        return None
    tail = finite[-max(1, len(finite) // 10) :]
    return Losses(finite[0], median(tail), min(finite), max(finite), len(losses))


def largest_difference(values: Sequence[float], again: Sequence[float]) -> float:
    """How far two repeats of the same numbers lie apart.

    Args:
        values: Of one repeat.
        again: Of the other.

    Returns:
        Largest relative difference; 0 where they repeat exactly. Numbers that are not finite are left out.
    """
    pairs = [(a, b) for a, b in zip(values, again, strict=True) if is_finite(a) and is_finite(b)]
    return max((abs(a - b) / max(abs(a), 1e-12) for a, b in pairs if a != b), default=0.0)
