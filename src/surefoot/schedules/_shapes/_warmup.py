"""Linear warmup."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from fractions import Fraction
from typing import final

from surefoot.schedules._checks import Floor, Length
from surefoot.schedules._lay import Lay
from surefoot.schedules._maths import Curve, between, progress
from surefoot.schedules._schedule import Schedule


@final
@dataclass(frozen=True, slots=True, repr=False)
class warmup(Schedule):  # noqa: N801  (a word of the language)
    """Rises in a straight line to the peak: ``start + (1 - start) (t + 1) / W``.

    First value ``start + (1 - start) / W``, so that no update is done at rate 0; last and later values 1.

    Args:
        length: W: updates, share of the horizon, or ``None`` for what is left.
        start: Multiple of the peak rate from which it rises, one update before the first; below 1.

    Use it before nearly everything: large first steps of adaptive optimizers do harm. Source: Goyal et al.
    2017, https://arxiv.org/abs/1706.02677; for Adam, Ma and Yarats 2019, https://arxiv.org/abs/1910.04209.

    Departs from transformers, Composer and optax, which give ``t / W`` and so do the first update at rate 0.

    >>> from surefoot.schedules import warmup
    >>> warmup(4).over(10)([0, 1, 2, 3, 4, 9]).tolist()
    [0.25, 0.5, 0.75, 1.0, 1.0, 1.0]
    """

    length: Length = None
    _: KW_ONLY
    start: Floor = 0.0

    def size(self, lay: Lay) -> Fraction | None:
        return lay.updates(self.length)

    def curve(self, lay: Lay, span: int, entry: float) -> Curve:
        return lambda t, maths: between(self.start, 1.0, progress(t + 1, span, maths))
