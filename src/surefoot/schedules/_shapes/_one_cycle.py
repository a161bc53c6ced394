"""One cycle."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from fractions import Fraction
from math import ceil, pi
from typing import Any, Literal, final

from surefoot.errors import BadSchedule
from surefoot.schedules._checks import Floor, Length, Span
from surefoot.schedules._lay import Lay
from surefoot.schedules._maths import Curve, Maths, between
from surefoot.schedules._schedule import Schedule


@final
@dataclass(frozen=True, slots=True, repr=False)
class one_cycle(Schedule):  # noqa: N801  (a word of the language)
    """Up from ``start`` to the peak in ``rise`` updates, and down to ``end``: along half cosines or straight lines.

    In three phases it falls back to ``start`` as fast as it rose, and from there to ``end``.

    First value ``start``; 1 at t = ``rise``; last above ``end``; ``end`` one update later and from there on.

    Args:
        length: N: updates, share of the horizon, or ``None`` for what is left.
        rise: Updates to the peak, or their share of the horizon; need not be whole.
        start: Multiple of the peak rate at the first update; below 1.
        end: Multiple of the peak rate that it falls to; below 1.
        shape: Of rise and fall.
        phases: 2, or 3 as in the paper.

    Use it where the length of the training is known and a high peak is to be reached; with SGD let the momentum go the
    other way, a schedule of its own, of the highest momentum:
    ``one_cycle(start=0, end=0).opposite(0.85 / 0.95)``. Sources: Smith and Topin 2017,
    https://arxiv.org/abs/1708.07120; torch's ``OneCycleLR``, whose values are the defaults,
    https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.OneCycleLR.html; optax's
    ``cosine_onecycle_schedule``, https://optax.readthedocs.io/en/latest/api/optimizer_schedules.html

    Departs from torch, where the peak comes one update earlier and ``end`` is reached with the last update, and which
    extrapolates one update further, below 0 where it falls in a line: here ``end`` is held.

    >>> from surefoot.schedules import one_cycle
    >>> one_cycle(rise=4, start=0.2, end=0).over(10)([0, 2, 4, 7, 10, 11]).round(4).tolist()
    [0.2, 0.6, 1.0, 0.5, 0.0, 0.0]
    >>> one_cycle(rise=4, start=0.2, end=0, shape="linear", phases=3).over(10)([0, 4, 8, 9, 10]).round(4).tolist()
    [0.2, 1.0, 0.2, 0.1, 0.0]
    """

    length: Length = None
    _: KW_ONLY
    rise: Span = 0.3
    start: Floor = 1 / 25
    end: Floor = 1 / 25e4
    shape: Literal["cosine", "linear"] = "cosine"
    phases: Literal[2, 3] = 2

    def size(self, lay: Lay) -> Fraction | None:
        return lay.updates(self.length)

    def curve(self, lay: Lay, span: int, entry: float) -> Curve:
        rise = lay.updates(self.rise) or Fraction(0)
        turns = [Fraction(0), rise, 2 * rise][: self.phases]
        if turns[-1] >= span:
            if lay.ratio == 1:
                raise BadSchedule(
                    f"{self} has {span} updates, and nothing is left for the last fall, from {float(turns[-1]):g} on. "
                    "Shorten rise."
                )
            turns = [turn * span / (turns[-1] + 1) for turn in turns]  # rounding of a shrunk course
        values = [self.start, 1.0, self.start][: self.phases]
        ends = zip(turns, [*turns[1:], Fraction(span)], values, [*values[1:], self.end], strict=True)
        curves = [self._between(*one) for one in ends]
        starts = [ceil(turn) for turn in turns]
        return lambda t, maths: maths.pick(maths.minimum(t, span), starts, curves)

    def _between(self, begin: Fraction, stop: Fraction, low: float, high: float) -> Curve:
        late, size = float(ceil(begin) - begin), float(stop - begin)  # an update may lie beyond the turn

        def curve(t: Any, maths: Maths) -> Any:
            share = maths.minimum((t + late) / size, 1.0)
            return between(low, high, 0.5 * (1 - maths.cos(pi * share)) if self.shape == "cosine" else share)

        return curve
