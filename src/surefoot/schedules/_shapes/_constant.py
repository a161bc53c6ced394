"""Schedules that do not change."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from fractions import Fraction
from typing import ClassVar, final

from surefoot.schedules._checks import Length, Multiplier
from surefoot.schedules._lay import Lay
from surefoot.schedules._maths import Curve
from surefoot.schedules._schedule import Schedule


@final
@dataclass(frozen=True, slots=True, repr=False)
class constant(Schedule):  # noqa: N801  (a word of the language)
    """The same multiplier at every update: ``value``.

    Both arguments are given by name, because ``constant(0.5)`` could mean either.

    First, last and later values: ``value``.

    Args:
        value: Multiple of the peak rate, 0 or more.
        length: Updates, share of the horizon, or ``None`` for what is left.

    Use it as a baseline, or where the end of the training is open.

    Departs from torch's ``ConstantLR``, which is a third of the rate for 5 updates and then the whole rate:
    ``constant(value=1/3, length=5) >> constant()``. Source:
    https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ConstantLR.html

    >>> from surefoot.schedules import constant
    >>> constant().over(100)(99)
    1.0
    """

    flat: ClassVar[bool] = True
    _: KW_ONLY
    value: Multiplier = 1.0
    length: Length = None

    def size(self, lay: Lay) -> Fraction | None:
        return lay.updates(self.length)

    def curve(self, lay: Lay, span: int, entry: float) -> Curve:
        return lambda t, maths: self.value


@final
@dataclass(frozen=True, slots=True, repr=False)
class hold(Schedule):  # noqa: N801  (a word of the language)
    """Stays where the piece before it ended; at 1 when there is none.

    First, last and later values: the multiplier with which the piece before ended. Inside ``*``,
    ``minimum`` and ``maximum`` nothing comes before, so it is 1.

    Args:
        length: Updates, share of the horizon, or ``None`` for what is left.

    Use it as the trunk of ``warmup(500) >> hold() >> decay(0.2)`` (WSD): a training of unknown length can
    go on from it. Source: Hu et al. 2024, https://arxiv.org/abs/2404.06395

    >>> from surefoot.schedules import hold, linear
    >>> (linear(50, end=0.5) >> hold()).over(100)([0, 25, 50, 99]).tolist()
    [1.0, 0.75, 0.5, 0.5]
    """

    flat: ClassVar[bool] = True
    length: Length = None

    def size(self, lay: Lay) -> Fraction | None:
        return lay.updates(self.length)

    def curve(self, lay: Lay, span: int, entry: float) -> Curve:
        return lambda t, maths: entry
