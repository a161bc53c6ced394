"""Drops at regular intervals."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from fractions import Fraction
from typing import final

from surefoot.errors import BadSchedule
from surefoot.schedules._checks import Length, Share, Span
from surefoot.schedules._lay import Lay
from surefoot.schedules._maths import Curve
from surefoot.schedules._schedule import Schedule


@final
@dataclass(frozen=True, slots=True, repr=False)
class step(Schedule):  # noqa: N801  (a word of the language)
    """Drops by a factor at regular intervals: ``factor^floor(t / every)``.

    First value 1; last ``factor^floor((N - 1) / every)``, held from there on: no drop comes after the end.

    Args:
        every: Updates between drops, or their share of the horizon. When it is no whole number of updates,
            the drops come at the first update at or after its multiples.
        factor: What each drop multiplies with; below 1.
        length: N: updates, share of the horizon, or ``None`` for what is left.

    Use ``step(0.3)`` for the classical ImageNet recipe of drops at 30, 60 and 90 %. Sources: torch's
    ``StepLR``, https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.StepLR.html;
    He et al. 2015, https://arxiv.org/abs/1512.03385

    >>> from surefoot.schedules import step
    >>> step(0.3).over(100)([0, 29, 30, 60, 90, 100]).round(4).tolist()
    [1.0, 1.0, 0.1, 0.01, 0.001, 0.001]
    """

    every: Span
    _: KW_ONLY
    factor: Share = 0.1
    length: Length = None

    def size(self, lay: Lay) -> Fraction | None:
        return lay.updates(self.length)

    def curve(self, lay: Lay, span: int, entry: float) -> Curve:
        every = lay.timescale(self.every)
        if every >= span and lay.ratio == 1:
            raise BadSchedule(
                f"{self} never drops: it has {span} updates, its first drop would come after "
                f"{float(every):g}. Make every shorter, or write it as a share such as step(0.3)."
            )
        return lambda t, maths: self.factor ** (maths.minimum(t, span - 1) * every.denominator // every.numerator)
