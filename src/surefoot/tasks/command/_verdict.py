from __future__ import annotations

import math
import re
import time

from surefoot.logs import Row
from surefoot.records import Host, Segment, Tick
from surefoot.watch import Hopeless

_TICKS = 250  # kept of one segment, as of other tasks
_DIVERGED = re.compile(
    r"\b(nan|nans|inf|infs|infinite|infinity|non-?finite|overflow\w*|diverge\w*|math (domain|range) error)\b",
    re.IGNORECASE,
)


class LossWatch:
    """The losses of one trial as they are logged, and whether it is hopeless. Has state.

    What it says hangs on the losses alone, never on when they came: what was logged after the verdict does not count.

    Args:
        segment: What is being run.
        start: Updates that an earlier run did, where this one goes on.
        per_update: Losses that the program logs for an update.
        host: Where ticks go.
    """

    def __init__(self, segment: Segment, start: int, per_update: float, host: Host):
        self.losses: list[float] = []
        self.reason = ""
        self.failed = False
        self.began: float | None = None
        self._segment, self._start, self._host = segment, start, host
        self._expected = max(1, round((segment.stop - start) * per_update))
        self._hopeless = Hopeless(self._expected)
        self._stride = -(-self._expected // _TICKS)

    @property
    def done(self) -> int:
        """Updates done in this run, as far as the losses tell."""
        length = self._segment.stop - self._start
        return max(1, min(length, round(length * len(self.losses) / self._expected)))

    def take(self, row: Row, loss: float) -> None:
        """Take the next loss.

        Args:
            row: What was logged with it.
            loss: The training loss.
        """
        if self.reason:
            return
        if self.began is None:
            self.began = time.monotonic()
        index = len(self.losses)
        self.losses.append(loss)
        if not index % self._stride:
            seconds = time.monotonic() - self.began
            step = self._start + (self.done if index else 0)
            self._host.tick(Tick(step, _rate(row, self._segment.trial.lr), loss, seconds))
        reason = self._hopeless.observe(loss)
        if reason is None:
            return
        self.failed = not math.isfinite(loss)
        at = f"after about {self.done} updates"
        self.reason = f"the loss was {loss} {at}" if self.failed else reason.replace(f"after {index + 1} updates", at)


def _rate(row: Row, lr: float) -> float:
    names = {name.lower().rpartition("/")[2]: value for name, value in row.values.items()}
    return next((names[name] for name in ("lr", "learning_rate") if math.isfinite(names.get(name, math.nan))), lr)


def diverged(losses: list[float], scores: list[float], last_lines: list[str]) -> bool:
    """Whether a program that ended without a score did so because its numbers left the finite ones.

    Args:
        losses: What it logged.
        scores: What it logged.
        last_lines: Of its output.

    Returns:
        True when its last loss or score is not finite, or its last words say so.
    """
    lasts = [values[-1] for values in (losses, scores) if values]
    return any(not math.isfinite(value) for value in lasts) or any(_DIVERGED.search(line) for line in last_lines)
