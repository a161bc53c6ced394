"""A table of values."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import final

from surefoot.schedules._checks import Length, Multipliers
from surefoot.schedules._lay import Lay
from surefoot.schedules._maths import Curve
from surefoot.schedules._schedule import Schedule


@final
@dataclass(frozen=True, slots=True, repr=False)
class values(Schedule):  # noqa: N801  (a word of the language)
    """A table, spread evenly over the length: ``table[floor(t n / N)]`` for n entries.

    Over as many updates as it has entries that is one entry an update. Over more, entries stay for several updates;
    over fewer, some are left out.

    First value ``table[0]``; last, where the length is at least n, and later ``table[-1]``.

    Args:
        table: Multiples of the peak rate.
        length: N: updates, share of the horizon, or ``None`` for what is left.

    Use it for a curve that no other shape has: what another library or a paper's code computes, or what was drawn by
    hand. ``surefoot.driving.from_values`` makes one of rates. Source: what torch's ``LambdaLR`` does with a function,
    https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.LambdaLR.html, as data.

    >>> from surefoot.schedules import values
    >>> values([1, 0.5, 0.1]).over(6)([0, 1, 2, 3, 4, 5, 6]).tolist()
    [1.0, 1.0, 0.5, 0.5, 0.1, 0.1, 0.1]
    >>> values([1, 0.5, 0.1]).over(2)([0, 1]).tolist()
    [1.0, 0.5]
    """

    table: Multipliers
    length: Length = None

    def size(self, lay: Lay) -> Fraction | None:
        return lay.updates(self.length)

    def curve(self, lay: Lay, span: int, entry: float) -> Curve:
        entries = len(self.table)
        return lambda t, maths: maths.look_up(self.table, maths.minimum(t * entries // span, entries - 1))
