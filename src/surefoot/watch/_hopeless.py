from __future__ import annotations

import math
from collections import deque
from itertools import pairwise
from statistics import median

from surefoot.records import Verdict
from surefoot.watch._curve import Curve
from surefoot.watch._judge import Context, judge

_LOOKS = (0.3, 0.5, 0.7, 0.85)  # shares of the segment at which it is judged: few looks, few false alarms
_WINDOW = 20  # updates: 20 losses above the first three happen by chance in 1 of 1,771 flat runs, a look
_ROUNDING = 1e-6  # of a float32 loss; a rise within it is none
_THROWN = 20.0  # robust sds above the start; measured on 4 DeepOBS problems: 1 of 356 looks at good runs was ended


class Hopeless:
    """Notices a trial that cannot come to anything, from its losses alone. Has state: the losses seen.

    Independent of the sign and scale of the loss. Three ways to be hopeless: a loss that is NaN or infinite
    (at once); leaving the start upward for good; having been thrown up and come to rest where it began,
    which is how Adam dies without ever blowing up. A rise that is recovered from is healthy, so those two are
    looked at only after 30 % (50 %) of the segment.

    Args:
        updates: Length of the segment.
    """

    def __init__(self, updates: int):
        self._looks = frozenset(max(_WINDOW + 3, round(share * updates)) for share in _LOOKS)
        self._halfway = updates // 2
        self._recent: deque[float] = deque(maxlen=max(_WINDOW, min(updates // 10, 200)))
        self._start: list[float] = []
        self._highest = -math.inf
        self._count = 0
        self._updates = updates
        self._curve = Curve()
        self._lr = 0.0

    def verdict(self) -> Verdict:
        """What the losses say about the rate in a training as long as the segment.

        Returns:
            The verdict; it may say more than that the trial is hopeless, and costs more to be wrong about.
        """
        context = Context(self._lr or None, share=min(1.0, self._curve.count / self._updates), updates=self._updates)
        return judge(self._curve.signals(), context, self._curve.bad_at, self._curve.count)

    def observe(self, loss: float, lr: float = 1.0) -> str | None:
        """Take the next loss.

        Args:
            loss: The training loss of one update.
            lr: The rate of that update.

        Returns:
            Why the trial is hopeless, in words, or ``None``.
        """
        self._curve.observe(loss, lr)
        self._lr = max(self._lr, lr)
        if not math.isfinite(loss):
            return f"the loss was {loss} at update {self._count}"
        self._count += 1
        if self._count <= 3:
            self._start.append(loss)
        self._recent.append(loss)
        self._highest = max(self._highest, loss)
        return self._look() if self._count in self._looks else None

    def _look(self) -> str | None:
        recent = list(self._recent)
        start = median(self._start)
        level = median(recent)
        # From successive differences, so that a steady fall is no noise: 1.4826 / sqrt(2) times their median size.
        noise = 1.048 * median(abs(after - before) for before, after in pairwise(recent))
        half = len(recent) // 2
        falling = median(recent[:half]) - median(recent[half:]) > noise / 2
        if min(recent) > max(self._start) and not falling:
            return (
                f"the loss left its start upward for good: {start:.4g} at first,"
                f" {level:.4g} after {self._count} updates"
            )
        thrown = self._highest - start > _THROWN * max(noise, abs(start) * _ROUNDING)
        if self._count >= self._halfway and thrown and not falling and level >= min(self._start) - noise:
            return (
                f"the loss was thrown up to {self._highest:.4g} and came to rest at {level:.4g},"
                f" no better than its start at {start:.4g}"
            )
        return None
