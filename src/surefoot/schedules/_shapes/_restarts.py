"""Warm restarts."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from fractions import Fraction
from math import ceil, log, log1p, pi
from typing import Any, final

from surefoot.errors import BadSchedule
from surefoot.schedules._checks import Floor, Growth, Length, OptionalCount, Positive
from surefoot.schedules._lay import Lay, exact
from surefoot.schedules._maths import Curve, Maths, between
from surefoot.schedules._schedule import Schedule
from surefoot.schedules._shapes._cycles import cycle

MOST = 10_000  # growing cycles, each of which has a curve of its own
EXACT = 10**12  # largest denominator of a start: exact for what people write, and no numbers of a thousand digits


@final
@dataclass(frozen=True, slots=True, repr=False)
class restarts(Schedule):  # noqa: N801  (a word of the language)
    """A cosine that starts again, each time longer or lower: ``to + (peak - to) (1 + cos(pi x / T)) / 2``.

    Cycle i, counted from 0, has ``T = first growth^i`` updates and ``peak = decay^i``, at least ``to``; x counts from
    its start.

    First value 1; last that of the formula; where the last cycle is whole, ``to`` one update later and from there on.

    Args:
        first: Updates of the first cycle, or their share of the horizon; ``None`` makes ``cycles`` fill the length.
        cycles: How many; ``None`` goes on to the end of the length.
        growth: What each cycle is longer than the one before; 1 or more.
        decay: What each peak is of the one before; above 0 and at most 1.
        to: Multiple of the peak rate that each cycle falls to; below 1.
        length: Updates, share of the horizon, or ``None`` for what is left. With ``first`` and ``cycles`` it is known.

    Use ``restarts(cycles=4)`` for a model at the end of each of four cycles (snapshots, averaging). Sources: Loshchilov
    and Hutter 2016 (SGDR), https://arxiv.org/abs/1608.03983; timm's ``CosineLRScheduler``,
    https://github.com/huggingface/pytorch-image-models/blob/main/timm/scheduler/cosine_lr.py

    Departs from torch, where growth is a whole number and peaks do not decay; from timm, where a peak below the floor
    makes the rate rise to it; from Keras, whose decaying peaks are counted from the floor.

    >>> from surefoot.schedules import restarts
    >>> restarts(4, growth=2, decay=0.5).over(12)([0, 2, 4, 8, 12]).round(4).tolist()
    [1.0, 0.5, 0.5, 0.25, 0.0]
    >>> restarts(cycles=3).over(12)([0, 3, 4, 8, 11, 12]).round(4).tolist()
    [1.0, 0.1464, 1.0, 1.0, 0.1464, 0.0]
    """

    first: Length = None
    _: KW_ONLY
    cycles: OptionalCount = None
    growth: Growth = 1.0
    decay: Positive = 1.0
    to: Floor = 0.0
    length: Length = None

    def _check(self) -> None:
        if self.first is None and self.cycles is None:
            raise BadSchedule("restarts: give the length of the first cycle or their number, as in restarts(cycles=4).")
        if self.first is not None and self.cycles is not None and self.length is not None:
            raise BadSchedule("restarts: first and cycles say how long it takes. Leave length out, or one of them.")
        if self.cycles is not None and self.growth > 1 and self.cycles > min(MOST, 50 / log(self.growth)):
            raise BadSchedule(
                f"restarts: {self.cycles} cycles that grow by {self.growth!r} are longer than any training. Use fewer."
            )
        if self.decay > 1:
            raise BadSchedule(
                f"restarts: decay must be above 0 and at most 1, given {self.decay!r}: peaks do not grow."
            )

    def size(self, lay: Lay) -> Fraction | None:
        first = lay.updates(self.first)
        if first is None or self.cycles is None:
            return lay.updates(self.length)
        return first * self._firsts(self.cycles)

    def curve(self, lay: Lay, span: int, entry: float) -> Curve:
        if self.cycles is not None and self.cycles > span:  # before a list of that length is made
            raise BadSchedule(f"{self} needs at least {self.cycles} updates but has {span}. Restart it less often.")
        if self.cycles is not None:
            first = span / self._firsts(self.cycles)
        else:
            assert self.first is not None  # _check
            first = lay.timescale(self.first)
        return self._equal(span, first) if self.growth == 1 else self._growing(span, first)

    def _firsts(self, cycles: int) -> Fraction:
        # How many first cycles as many cycles are long.
        growth = exact(self.growth)
        return Fraction(cycles) if growth == 1 else (growth**cycles - 1) / (growth - 1)

    def _equal(self, span: int, first: Fraction) -> Curve:
        def curve(t: Any, maths: Maths) -> Any:
            index, x = cycle(t, span, first, maths)
            return self._in_cycle(index, x / float(first), maths)

        return curve

    def _growing(self, span: int, first: Fraction) -> Curve:
        if log1p(span / first * (self.growth - 1)) > MOST * log(self.growth):
            raise BadSchedule(f"{self} has more than {MOST:,} growing cycles. Make the first longer, or growth 1.")
        growth = exact(self.growth)
        starts: list[int] = []
        curves: list[Curve] = []
        start, size = Fraction(0), first
        while ceil(start) < span:
            # An update at the end of a cycle begins the next one; one between two updates begins at the later.
            late = float(ceil(start) - start)
            cycle_size, index = float(size), len(starts)

            def curve(t: Any, maths: Maths, late: float = late, size: float = cycle_size, index: int = index) -> Any:
                return self._in_cycle(index, maths.minimum((maths.minimum(t, span) + late) / size, 1.0), maths)

            starts.append(ceil(start))
            curves.append(curve)
            start, size = (start + size).limit_denominator(EXACT), (size * growth).limit_denominator(EXACT)
        return lambda t, maths: maths.pick(maths.minimum(t, span), starts, curves)

    def _in_cycle(self, index: Any, share: Any, maths: Maths) -> Any:
        peak = maths.maximum(self.decay**index, self.to)
        return between(self.to, peak, 0.5 * (1 + maths.cos(pi * share)))
