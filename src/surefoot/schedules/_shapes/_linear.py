"""A straight line."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from fractions import Fraction
from typing import final

from surefoot.errors import BadSchedule
from surefoot.schedules._checks import Length, Multiplier
from surefoot.schedules._lay import Lay
from surefoot.schedules._maths import Curve, between, progress
from surefoot.schedules._schedule import Schedule


@final
@dataclass(frozen=True, slots=True, repr=False)
class linear(Schedule):  # noqa: N801  (a word of the language)
    """A straight line from ``start`` to ``end``: ``start + (end - start) t / N``.

    First value ``start``; last ``end + (start - end) / N``; ``end`` one update later and from there on.

    Args:
        length: N: updates, share of the horizon, or ``None`` for what is left.
        start: Multiple of the peak rate at the first update.
        end: Multiple of the peak rate one past the last update.

    Use ``warmup(0.05) >> linear()`` when the length of the training is known: linear to zero is hard to
    beat there. Sources: torch's ``LinearLR``,
    https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.LinearLR.html (same formula, other
    defaults); Bergsma et al. 2025, https://arxiv.org/abs/2502.15938

    >>> from surefoot.schedules import linear
    >>> linear().over(4)([0, 1, 2, 3, 4]).tolist()
    [1.0, 0.75, 0.5, 0.25, 0.0]
    """

    length: Length = None
    _: KW_ONLY
    start: Multiplier = 1.0
    end: Multiplier = 0.0

    def _check(self) -> None:
        if self.start == self.end:
            raise BadSchedule(
                f"linear: start and end are both {self.end!r}, so nothing would change. "
                f"Write constant(value={self.end!r}), or give them different values."
            )

    def size(self, lay: Lay) -> Fraction | None:
        return lay.updates(self.length)

    def curve(self, lay: Lay, span: int, entry: float) -> Curve:
        return lambda t, maths: between(self.start, self.end, progress(t, span, maths))
