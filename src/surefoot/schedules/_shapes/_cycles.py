"""Up and down again at regular intervals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass
from fractions import Fraction
from typing import Any, final

from surefoot.schedules._checks import Floor, Length, Positive, Share, Span
from surefoot.schedules._lay import FINEST, Lay
from surefoot.schedules._maths import Curve, Maths, between, progress
from surefoot.schedules._schedule import Schedule


def cycle(t: Any, span: int, period: Fraction, maths: Maths) -> tuple[Any, Any]:
    """Where in a row of equal cycles an update is; at the end it stays in the cycle of the last update.

    Returns:
        Index of the cycle, and updates since its start.
    """
    period = period.limit_denominator(FINEST)
    size, per = period.numerator, period.denominator
    index = maths.minimum(t, span - 1) * per // size
    return index, (maths.minimum(t, span) * per - index * size) / per


def _triangles(
    schedule: triangular | triangular2 | exp_range, lay: Lay, span: int, height: Callable[[Any, Any, Maths], Any]
) -> Curve:
    # height(index of the cycle, t, maths): how much of each rise is left
    up = lay.timescale(schedule.up)
    down = up if schedule.down is None else lay.timescale(schedule.down)

    def triangle(t: Any, maths: Maths) -> Any:
        index, x = cycle(t, span, up + down, maths)
        side = maths.minimum(x / float(up), (float(up + down) - x) / float(down))
        return between(schedule.low, 1.0, side * height(index, t, maths))

    return triangle


@final
@dataclass(frozen=True, slots=True, repr=False)
class triangular(Schedule):  # noqa: N801  (a word of the language)
    """Rises in a straight line from ``low`` to the peak, falls back, and again: ``low + (1 - low) tri(t)``.

    ``tri`` rises from 0 to 1 in ``up`` updates and falls back to 0 in ``down``.

    First value ``low``; last that of the formula; that at t = N one update later and from there on.

    Args:
        up: Updates, or their share of the horizon, of each rise.
        down: The same of each fall; ``None`` is as long as the rise.
        low: Multiple of the peak rate at the bottom; below 1. Smith: a third or a quarter.
        length: N: updates, share of the horizon, or ``None`` for what is left.

    Use it to look at several rates in one training; the rate should be low at its end, so let it be a multiple of the
    cycle. Sources: Smith 2015, https://arxiv.org/abs/1506.01186; torch's ``CyclicLR``,
    https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.CyclicLR.html

    Departs from torch in the momentum, which is a schedule of its own there:
    ``triangular(2000, low=0).opposite(0.8 / 0.9)`` of the highest momentum.

    >>> from surefoot.schedules import triangular
    >>> triangular(2, low=0.5).over(8)([0, 1, 2, 3, 4, 6, 8]).tolist()
    [0.5, 0.75, 1.0, 0.75, 0.5, 1.0, 0.5]
    """

    up: Span
    _: KW_ONLY
    down: Length = None
    low: Floor = 0.25
    length: Length = None

    def size(self, lay: Lay) -> Fraction | None:
        return lay.updates(self.length)

    def curve(self, lay: Lay, span: int, entry: float) -> Curve:
        return _triangles(self, lay, span, lambda index, t, maths: 1.0)


@final
@dataclass(frozen=True, slots=True, repr=False)
class triangular2(Schedule):  # noqa: N801  (a word of the language)
    """Triangles that halve: ``low + (1 - low) tri(t) / 2^c`` in cycle c, counted from 0.

    First value ``low``; last that of the formula; that at t = N one update later and from there on.

    Args:
        up: Updates, or their share of the horizon, of each rise.
        down: The same of each fall; ``None`` is as long as the rise.
        low: Multiple of the peak rate at the bottom; below 1.
        length: N: updates, share of the horizon, or ``None`` for what is left.

    Use it where ``triangular`` ends too high. Sources: Smith 2015, https://arxiv.org/abs/1506.01186; torch's
    ``CyclicLR``, https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.CyclicLR.html

    Departs from torch in the momentum: see ``triangular``.

    >>> from surefoot.schedules import triangular2
    >>> triangular2(2, low=0.5).over(8)([0, 1, 2, 3, 4, 6, 8]).tolist()
    [0.5, 0.75, 1.0, 0.75, 0.5, 0.75, 0.5]
    """

    up: Span
    _: KW_ONLY
    down: Length = None
    low: Floor = 0.25
    length: Length = None

    def size(self, lay: Lay) -> Fraction | None:
        return lay.updates(self.length)

    def curve(self, lay: Lay, span: int, entry: float) -> Curve:
        return _triangles(self, lay, span, lambda index, t, maths: 0.5**index)


@final
@dataclass(frozen=True, slots=True, repr=False)
class exp_range(Schedule):  # noqa: N801  (a word of the language)
    """Triangles under an exponential: ``low + (1 - low) tri(t) to^(t / N)``.

    First value ``low``; last that of the formula; that at t = N one update later and from there on.

    Args:
        up: Updates, or their share of the horizon, of each rise.
        down: The same of each fall; ``None`` is as long as the rise.
        low: Multiple of the peak rate at the bottom; below 1.
        to: Share of the height of a triangle that is left at t = N; above 0 and below 1.
        length: N: updates, share of the horizon, or ``None`` for what is left.

    Use it where ``triangular2`` falls too fast. Sources: Smith 2015, https://arxiv.org/abs/1506.01186; torch's
    ``CyclicLR``, https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.CyclicLR.html

    Departs from the source in that the fall is said by its end, ``to = gamma^N``, as in ``exponential``; and in the
    momentum: see ``triangular``.

    >>> from surefoot.schedules import exp_range
    >>> exp_range(2, low=0.5, to=0.25).over(8)([0, 2, 4, 6, 8]).round(4).tolist()
    [0.5, 0.8536, 0.5, 0.6768, 0.5]
    """

    up: Span
    _: KW_ONLY
    down: Length = None
    low: Floor = 0.25
    to: Share = 0.1
    length: Length = None

    def size(self, lay: Lay) -> Fraction | None:
        return lay.updates(self.length)

    def curve(self, lay: Lay, span: int, entry: float) -> Curve:
        return _triangles(self, lay, span, lambda index, t, maths: self.to ** progress(t, span, maths))


@final
@dataclass(frozen=True, slots=True, repr=False)
class polynomial_cycles(Schedule):  # noqa: N801  (a word of the language)
    """A polynomial that starts again on its own line: ``to + (1 - to) (1 - t / (c every))^power``.

    ``c = ceil(t / every)``, at least 1: the end is moved out by ``every`` whenever it is passed, so that the c-th
    restart comes back to ``to + (1 - to) (1 / (c + 1))^power``.

    First value 1; last that of the formula; that at t = N one update later and from there on.

    Args:
        every: Updates of each cycle, or their share of the horizon.
        power: Above 0; 1 is a straight line.
        to: Multiple of the peak rate that each cycle falls to; below 1.
        length: N: updates, share of the horizon, or ``None`` for what is left.

    Use it to repeat TensorFlow recipes with ``cycle=True``. Source: Keras' ``PolynomialDecay``,
    https://keras.io/api/optimizers/learning_rate_schedules/polynomial_decay/

    Departs from the source in nothing.

    >>> from surefoot.schedules import polynomial_cycles
    >>> polynomial_cycles(4, power=1).over(8)([0, 2, 4, 5, 6, 8]).tolist()
    [1.0, 0.5, 0.0, 0.375, 0.25, 0.0]
    """

    every: Span
    _: KW_ONLY
    power: Positive
    to: Floor = 0.0
    length: Length = None

    def size(self, lay: Lay) -> Fraction | None:
        return lay.updates(self.length)

    def curve(self, lay: Lay, span: int, entry: float) -> Curve:
        every = lay.timescale(self.every)

        def falling(t: Any, maths: Maths) -> Any:
            t = maths.minimum(t, span)
            cycles = maths.maximum(-(-t * every.denominator // every.numerator), 1)
            return maths.maximum(1 - t / (cycles * float(every)), 0.0) ** self.power

        return lambda t, maths: between(self.to, 1.0, falling(t, maths))
