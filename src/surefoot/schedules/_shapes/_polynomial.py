"""A power of what is left."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from fractions import Fraction
from typing import final

from surefoot.schedules._checks import Floor, Length, Positive
from surefoot.schedules._lay import Lay
from surefoot.schedules._maths import Curve, between, progress
from surefoot.schedules._schedule import Schedule


@final
@dataclass(frozen=True, slots=True, repr=False)
class polynomial(Schedule):  # noqa: N801  (a word of the language)
    """From the peak down a power of what is left: ``to + (1 - to) (1 - t / N)^power``.

    First value 1; last above ``to``; ``to`` one update later and from there on.

    Args:
        length: N: updates, share of the horizon, or ``None`` for what is left.
        power: Above 0. Libraries disagree about the default (1 in torch, 0.5 in timm), so it has to be given:
            above 1 the rate falls early, below 1 late.
        to: Multiple of the peak rate that it falls to; below 1.

    Use it with power 0.9 where segmentation recipes ask for "poly". Source: torch's ``PolynomialLR``,
    https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.PolynomialLR.html; Chen et al.
    2016, https://arxiv.org/abs/1606.00915

    >>> from surefoot.schedules import polynomial
    >>> polynomial(power=2).over(4)([0, 1, 2, 3, 4]).tolist()
    [1.0, 0.5625, 0.25, 0.0625, 0.0]
    """

    length: Length = None
    _: KW_ONLY
    power: Positive
    to: Floor = 0.0

    def size(self, lay: Lay) -> Fraction | None:
        return lay.updates(self.length)

    def curve(self, lay: Lay, span: int, entry: float) -> Curve:
        return lambda t, maths: between(self.to, 1.0, (1 - progress(t, span, maths)) ** self.power)
