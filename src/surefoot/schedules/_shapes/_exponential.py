"""Constant factor per update."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from fractions import Fraction
from typing import final

from surefoot.schedules._checks import Length, Share
from surefoot.schedules._lay import Lay
from surefoot.schedules._maths import Curve, progress
from surefoot.schedules._schedule import Schedule


@final
@dataclass(frozen=True, slots=True, repr=False)
class exponential(Schedule):  # noqa: N801  (a word of the language)
    """From the peak down by the same factor at every update: ``to^(t / N)``.

    First value 1; last above ``to``; ``to`` one update later and from there on.

    Args:
        length: N: updates, share of the horizon, or ``None`` for what is left.
        to: Multiple of the peak rate that it falls to; above 0, because it never reaches 0.

    Use it where the rate should spend equal time in every decade. Source: torch's ``ExponentialLR``,
    https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ExponentialLR.html, with
    ``to = gamma^N``: said by its end, because a factor per update means something else at every horizon.

    >>> from surefoot.schedules import exponential
    >>> exponential(to=0.0001).over(4)([0, 1, 2, 3, 4]).round(6).tolist()
    [1.0, 0.1, 0.01, 0.001, 0.0001]
    """

    length: Length = None
    _: KW_ONLY
    to: Share = 0.01

    def size(self, lay: Lay) -> Fraction | None:
        return lay.updates(self.length)

    def curve(self, lay: Lay, span: int, entry: float) -> Curve:
        return lambda t, maths: self.to ** progress(t, span, maths)
