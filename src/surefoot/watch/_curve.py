from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean as mean
from statistics import median
from typing import Any

EARLY = 64  # losses kept exactly: what the first updates did is lost in any average
_BINS = 128  # 128 stretches of equal length show the shape; when they are full, neighbours are joined
_ROUNDING = 1e-7  # of a float32 loss
_SD_OF_CHANGE = 0.886  # the mean |x - y| of two normal ones is 2 / sqrt(pi) sds
_HIDDEN = 5.0  # noises of descent below which the noise hides the start
_SETTLED = 20  # updates before which being thrown up is no late event
_GROWTH = 1.25  # stretches that grow with time show the beginning of however long a training: 50 for a million
_QUARTER = 0.25  # of the descent
_FIRST = 10  # updates whose single jumps count: the weights have just been moved, no later batch explains them


@dataclass(frozen=True, slots=True)
class Signals:
    """What the losses seen so far say, as numbers that do not depend on their sign, scale or offset.

    Heights are given over ``gained``: from the start down to the lowest level, or ten calm noises if that
    is more.

    Attributes:
        count: Losses seen.
        bad: How many of them were NaN or infinite.
        bad_at: Index of the first such; ``None`` if all were finite.
        ends_bad: Whether the last one was.
        start: Level before training moved it.
        level: Level of the last tenth.
        lowest: Lowest level of a tenth.
        lowest_at: Index at which that was reached.
        noise: Standard deviation from one update to the next around the level, robust.
        calm: The same in the quietest tenth.
        jump: What the first update added, over gained (in a training that came to nothing over the first loss).
        thrown: Highest above the start that it was thrown for two updates (one, in the first ten), over gained.
        thrown_at: Index of that.
        late: The same after the first tenth, in noises.
        lost: Share of what was gained that is lost again at the end.
        remaining: Mean over the time seen of the part of the descent that was still ahead: 1/2 for a straight
            line, 1/3 where progress grows with the square root of time, near 0 where most came at once.
        quarter: Updates (at the highest rate, where it varies) after which a quarter of the descent was made for good.
        awoken: Noise of the last three tenths over that of the first: an output that is still as it began is quiet.
        falling: Noises by which the last tenth lies below the one before.
        drift: Descent from the first tenth to the last, in standard errors.
        rebound: Noises by which it rests above what the first updates had reached; 0 while it still moves.
        outlier: Noises by which the worst single loss stood out between its neighbours.
        outlier_at: Index of that.
        smooth: Mean change over two updates over that over one: 1 for noise, 2 for a smooth curve.
        fading: Mean change in the last half over that in the first: 1 for steady noise.
    """

    count: int
    bad: int
    bad_at: int | None
    ends_bad: bool
    start: float
    level: float
    lowest: float
    lowest_at: int
    noise: float
    calm: float
    jump: float
    thrown: float
    thrown_at: int
    late: float
    lost: float
    falling: float
    drift: float
    remaining: float
    quarter: float
    awoken: float
    rebound: float
    outlier: float
    outlier_at: int
    smooth: float
    fading: float

    @property
    def descent(self) -> float:
        """Noises by which the level has come down since the start."""
        return (self.start - self.level) / self.noise


def _over(value: float, other: float) -> float:
    """A ratio that is 1 where there is nothing to compare."""
    return value / other if other else 1.0


class _Bin:
    __slots__ = ("change", "clock", "count", "top", "total")

    def __init__(self) -> None:
        self.count = 0
        self.total = 0.0  # of losses freed of single outliers
        self.change = 0.0  # of the size of the change from one loss to the next
        self.clock = 0.0  # of rates: the time that training itself feels
        self.top = -math.inf  # held for two updates

    def join(self, other: _Bin) -> None:
        self.count += other.count
        self.total += other.total
        self.change += other.change
        self.clock += other.clock
        self.top = max(self.top, other.top)


class Curve:
    """The losses of a training in bounded memory: 64 exactly, then 128 stretches. Has state: that.

    Single outliers are taken out by a median of three before they reach a level, so that one bad batch
    moves nothing.
    """

    def __init__(self) -> None:
        self.count = 0
        self.bad = 0
        self.bad_at: int | None = None
        self.bad_in_a_row = 0
        self._early: list[float] = []
        self._bins = [_Bin()]
        self._width = 1
        self._growing: list[list[float]] = []  # [losses, their sum, sum of rates] of stretches that grow
        self._ends = 0  # index at which the last of them is full
        self._last = self._before = math.nan
        self._top = -math.inf
        self._top_at = 0
        self._outlier = 0.0
        self._outlier_at = 0
        self._one = self._two = 0.0

    def observe(self, loss: float, lr: float = 1.0) -> None:
        """Take the next loss.

        Args:
            loss: Of one update, in order.
            lr: The rate of that update, in any unit.
        """
        index, self.count = self.count, self.count + 1
        if loss - loss != 0:
            self.bad += 1
            self.bad_in_a_row += 1
            if self.bad_at is None:
                self.bad_at = index
            return
        self.bad_in_a_row = 0
        last, before = self._last, self._before
        self._last, self._before = loss, last
        if len(self._early) < EARLY:
            self._early.append(loss)
        held = loss if index < _FIRST or last != last else min(loss, last)
        if held > self._top:
            self._top, self._top_at = held, index
        current = self._bins[-1]
        if current.count >= self._width:
            current = self._next_bin()
        current.count += 1
        current.clock += lr
        if held > current.top:
            current.top = held
        grown = self._growing[-1] if index < self._ends else self._grow(index)
        grown[0] += 1
        grown[2] += lr
        if before != before:
            current.total += loss
            grown[1] += loss
            current.change += 0.0 if last != last else abs(loss - last)
            return
        low, high = (last, before) if last < before else (before, last)
        freed = low if loss < low else high if loss > high else loss
        current.total += freed
        grown[1] += freed
        stands = last - (loss if loss > before else before)
        if stands > self._outlier and index > _FIRST:
            self._outlier, self._outlier_at = stands, index - 1
        change = abs(loss - last)
        current.change += change
        self._one += change
        self._two += abs(loss - before)

    def _next_bin(self) -> _Bin:
        if len(self._bins) == _BINS:
            for left, right in zip(self._bins[::2], self._bins[1::2], strict=True):
                left.join(right)
            self._bins = self._bins[::2]
            self._width *= 2
        self._bins.append(_Bin())
        return self._bins[-1]

    def _grow(self, index: int) -> list[float]:
        self._ends = max(index + 1, int(index * _GROWTH))
        self._growing.append([0, 0.0, 0.0])
        return self._growing[-1]

    def signals(self) -> Signals | None:
        """What the losses say so far.

        Returns:
            The signals; ``None`` while fewer than three finite losses were seen.
        """
        if len(self._early) < 3:
            return None
        bins = [b for b in self._bins if b.count]
        if len(bins) > 1 and bins[-1].count < self._width:
            bins = bins[:-1]
        levels = [b.total / b.count for b in bins]
        changes = [b.change / b.count for b in bins]
        noise = _SD_OF_CHANGE * median(changes)
        tenth, half = max(1, len(bins) // 10), len(bins) // 2
        start = self._start(noise)
        level = median(levels[-tenth:])
        least = max(_ROUNDING * abs(level), sys.float_info.min)
        noise = max(noise, least)
        tenths = [mean(changes[i : i + tenth]) for i in range(0, len(changes), tenth)]
        calm = max(_SD_OF_CHANGE * min(tenths[:-1] or tenths), least)
        lows = [median(levels[i : i + tenth]) for i in range(0, len(levels), tenth)]
        lowest = min(lows)
        gained = max(start - lowest, 10 * calm)
        seen = sum(b.clock for b in bins)
        ahead = sum((value - level) * b.clock for value, b in zip(levels, bins, strict=True)) / seen if seen else 0.0
        first_tenth = mean(levels[:tenth])
        hidden = start - level < _HIDDEN * noise  # one loss says too little about where it began: the first tenth then
        whole = (min(start, first_tenth) if hidden else start) - level
        still = abs(median(levels[half // 5 : half] or levels) - median(levels[half:])) < noise / 2
        first = self._early
        reached = min(first[: max(3, min(EARLY, self.count // 20))])
        above = max(start, first[0])
        late = max((b.top for b in bins[max(tenth, -(-_SETTLED // self._width)) :]), default=-math.inf)
        return Signals(
            count=self.count,
            bad=self.bad,
            bad_at=self.bad_at,
            ends_bad=self.bad_in_a_row > 0,
            start=start,
            level=level,
            lowest=lowest,
            lowest_at=lows.index(lowest) * tenth * self._width,
            noise=noise,
            calm=min(calm, noise),
            jump=(first[1] - first[0]) / (gained if start > lowest and not self.bad else abs(first[0]) or noise),
            thrown=(self._top - above) / gained,
            thrown_at=self._top_at,
            late=(late - max(above, *first[:_FIRST])) / noise,
            lost=(level - lowest) / gained,
            falling=(median(levels[-2 * tenth : -tenth] or levels) - level) / noise,
            drift=(first_tenth - level) / (noise * math.sqrt(20 / self.count)),
            remaining=ahead / whole if whole > 0 else 0.0,
            quarter=self._quarter(start, level),
            awoken=_over(mean(changes[-3 * tenth :]), mean(changes[:tenth])),
            rebound=(level - reached) / noise if still else 0.0,
            outlier=self._outlier / noise,
            outlier_at=self._outlier_at,
            smooth=_over(self._two, self._one),
            fading=_over(mean(changes[half:]), mean(changes[:half] or changes)),
        )

    def _quarter(self, start: float, level: float) -> float:
        """Where the curve passes a quarter of the way from start to level for the last time."""
        passed = start - _QUARTER * (start - level)
        clock, at, value, found = 0.0, 0.0, start, 0.0
        highest = max(rates / count for count, _, rates in self._growing)
        for count, total, rates in self._growing:
            here, now = clock + rates / 2, total / count
            if now > passed:
                found = here
            elif value > passed:
                found = at + (here - at) * (value - passed) / (value - now)
            clock, at, value = clock + rates, here, now
        return found / highest if highest else 0.0

    def _start(self, noise: float) -> float:
        first = self._early[0]
        near = median(self._early[:5])
        return near if abs(first - near) <= 3 * noise else first

    def shape(self) -> list[tuple[float, float]]:
        """The curve to draw: middle index and level of each stretch.

        Returns:
            At most 128 pairs.
        """
        index, points = 0, list[tuple[float, float]]()
        for b in self._bins:
            if b.count:
                points.append((index + (b.count - 1) / 2, b.total / b.count))
                index += b.count
        return points

    def state(self) -> dict[str, Any]:
        """Everything, as plain values.

        Returns:
            A dictionary that :meth:`load` takes.
        """
        kept = {name: value for name, value in vars(self).items() if name not in {"_bins", "_early", "_growing"}}
        return {
            **kept,
            "_early": list(self._early),
            "_growing": [list(grown) for grown in self._growing],
            "_bins": [[b.count, b.total, b.change, b.clock, b.top] for b in self._bins],
        }

    def load(self, state: dict[str, Any]) -> None:
        """Become what was saved.

        Args:
            state: From :meth:`state`.
        """
        rows: Sequence[Sequence[float]] = state["_bins"]
        plain = {name: value for name, value in state.items() if name not in {"_bins", "_early", "_growing"}}
        vars(self).update(plain)
        self._early = list(state["_early"])
        self._growing = [list(grown) for grown in state["_growing"]]
        self._bins = []
        for count, total, change, clock, top in rows:
            made = _Bin()
            made.count, made.total, made.change, made.clock, made.top = int(count), total, change, clock, top
            self._bins.append(made)
