"""Half a cosine."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from fractions import Fraction
from math import pi
from typing import final

from surefoot.schedules._checks import Floor, Length
from surefoot.schedules._lay import Lay
from surefoot.schedules._maths import Curve, between, progress
from surefoot.schedules._schedule import Schedule


@final
@dataclass(frozen=True, slots=True, repr=False)
class cosine(Schedule):  # noqa: N801  (a word of the language)
    """From the peak down half a cosine: ``to + (1 - to) (1 + cos(pi t / N)) / 2``.

    First value 1; last above ``to``; ``to`` one update later and from there on.

    Args:
        length: N: updates, share of the horizon, or ``None`` for what is left.
        to: Multiple of the peak rate that it falls to; below 1.

    Use ``warmup(0.05) >> cosine()`` when the length of the training is known, ``cosine().repeat(4)`` for warm
    restarts. Source: Loshchilov and Hutter 2016, https://arxiv.org/abs/1608.03983

    Departs from torch and transformers, whose cosine rises again after its end: this one stays down. The
    floor is a share of the peak, not a rate.

    >>> from surefoot.schedules import cosine
    >>> cosine(to=0.1).over(4)([0, 1, 2, 3, 4]).round(4).tolist()
    [1.0, 0.8682, 0.55, 0.2318, 0.1]
    """

    length: Length = None
    _: KW_ONLY
    to: Floor = 0.0

    def size(self, lay: Lay) -> Fraction | None:
        return lay.updates(self.length)

    def curve(self, lay: Lay, span: int, entry: float) -> Curve:
        return lambda t, maths: between(self.to, 1.0, 0.5 * (1 + maths.cos(pi * progress(t, span, maths))))
