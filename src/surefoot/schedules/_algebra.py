"""Schedules made of schedules: one after another, at once, changed."""

from __future__ import annotations

import functools
import operator
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import final

from surefoot.errors import BadSchedule
from surefoot.schedules._checks import Count, Floor, Limit, Positive, Span
from surefoot.schedules._lay import SHARES, Lay
from surefoot.schedules._maths import ONE, Curve, Maths, between
from surefoot.schedules._schedule import Schedule


def minimum(*parts: Schedule) -> Schedule:
    """The lowest of several schedules at every update.

    Each part starts at the first update. It takes as long as the longest part; the others hold their last
    value.

    Args:
        *parts: Two or more.

    Returns:
        The lower envelope.

    >>> from surefoot.schedules import cosine, linear, minimum
    >>> minimum(cosine(), linear()).over(100)([0, 25, 50, 75]).round(3).tolist()
    [1.0, 0.75, 0.5, 0.146]
    """
    return Minimum(parts)


def maximum(*parts: Schedule) -> Schedule:
    """The highest of several schedules at every update; see :func:`minimum`.

    Args:
        *parts: Two or more.

    Returns:
        The upper envelope.

    >>> from surefoot.schedules import cosine, linear, maximum
    >>> maximum(cosine(), linear()).over(100)([0, 25, 50, 75]).round(3).tolist()
    [1.0, 0.854, 0.5, 0.25]
    """
    return Maximum(parts)


@final
@dataclass(frozen=True, slots=True, repr=False)
class Then(Schedule):
    """One after another; where one piece ends, the next begins. A chain in a chain is one chain."""

    parts: tuple[Schedule, ...]

    def _check(self) -> None:
        _flatten(self)
        sizes = [part.size(SHARES) for part in self.parts]
        if sizes.count(None) > 1:
            raise BadSchedule(
                f"{self} has {sizes.count(None)} pieces without a length; only one can take what is left. "
                "Give the others a length, as in hold(0.3)."
            )
        shares = sum((size for size in sizes if size is not None), Fraction(0))
        if shares > 1:
            raise BadSchedule(f"{self} takes {float(shares):g} of the horizon. Let the shares add up to 1 at most.")

    def size(self, lay: Lay) -> Fraction | None:
        sizes = [part.size(lay) for part in self.parts]
        return None if None in sizes else sum((size for size in sizes if size is not None), Fraction(0))

    def ends(self, lay: Lay, span: int) -> list[int]:
        """Ends of its pieces when it fills ``span`` updates.

        Returns:
            For each piece the index one past its last update.
        """
        return lay.split(self, [part.size(lay) for part in self.parts], span)

    def curve(self, lay: Lay, span: int, entry: float) -> Curve:
        return _in_a_row(lay, self.parts, self.ends(lay, span), entry)


@final
@dataclass(frozen=True, slots=True, repr=False)
class Product(Schedule):
    """All at once, multiplied."""

    parts: tuple[Schedule, ...]

    def _check(self) -> None:
        _flatten(self)

    def size(self, lay: Lay) -> Fraction | None:
        return _longest(self.parts, lay)

    def curve(self, lay: Lay, span: int, entry: float) -> Curve:
        curves = [lay.place(part, span, 1.0) for part in self.parts]
        return lambda t, maths: functools.reduce(operator.mul, (curve(t, maths) for curve in curves))


@final
@dataclass(frozen=True, slots=True, repr=False)
class Minimum(Schedule):
    """The lowest of all."""

    parts: tuple[Schedule, ...]

    def _check(self) -> None:
        _flatten(self)

    def size(self, lay: Lay) -> Fraction | None:
        return _longest(self.parts, lay)

    def curve(self, lay: Lay, span: int, entry: float) -> Curve:
        curves = [lay.place(part, span, 1.0) for part in self.parts]
        return lambda t, maths: functools.reduce(maths.minimum, (curve(t, maths) for curve in curves))


@final
@dataclass(frozen=True, slots=True, repr=False)
class Maximum(Schedule):
    """The highest of all."""

    parts: tuple[Schedule, ...]

    def _check(self) -> None:
        _flatten(self)

    def size(self, lay: Lay) -> Fraction | None:
        return _longest(self.parts, lay)

    def curve(self, lay: Lay, span: int, entry: float) -> Curve:
        curves = [lay.place(part, span, 1.0) for part in self.parts]
        return lambda t, maths: functools.reduce(maths.maximum, (curve(t, maths) for curve in curves))


@final
@dataclass(frozen=True, slots=True, repr=False)
class Scale(Schedule):
    """Values times a factor."""

    of: Schedule
    factor: Positive

    def size(self, lay: Lay) -> Fraction | None:
        return self.of.size(lay)

    def curve(self, lay: Lay, span: int, entry: float) -> Curve:
        curve = lay.place(self.of, span, entry)
        return lambda t, maths: self.factor * curve(t, maths)


@final
@dataclass(frozen=True, slots=True, repr=False)
class Clamp(Schedule):
    """Values kept between two limits."""

    of: Schedule
    low: Limit = None
    high: Limit = None

    def _check(self) -> None:
        if self.low is None and self.high is None:
            raise BadSchedule("clamp: a limit is missing. Write clamp(0.1), clamp(high=1) or clamp(0.1, 1).")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise BadSchedule(f"clamp: low is {self.low!r}, above high, {self.high!r}. Write the lower one first.")

    def size(self, lay: Lay) -> Fraction | None:
        return self.of.size(lay)

    def curve(self, lay: Lay, span: int, entry: float) -> Curve:
        curve = lay.place(self.of, span, entry)

        def clamped(t: object, maths: Maths) -> object:
            value = curve(t, maths)
            if self.low is not None:
                value = maths.maximum(value, self.low)
            return value if self.high is None else maths.minimum(value, self.high)

        return clamped


@final
@dataclass(frozen=True, slots=True, repr=False)
class Opposite(Schedule):
    """High where another is low."""

    of: Schedule
    low: Floor

    def size(self, lay: Lay) -> Fraction | None:
        return self.of.size(lay)

    def curve(self, lay: Lay, span: int, entry: float) -> Curve:
        curve = lay.place(self.of, span, entry)
        return lambda t, maths: between(1.0, self.low, maths.minimum(curve(t, maths), 1.0))


@final
@dataclass(frozen=True, slots=True, repr=False)
class Shift(Schedule):
    """Starts later, its first value held until then."""

    of: Schedule
    by: Span

    def size(self, lay: Lay) -> Fraction | None:
        size, by = self.of.size(lay), lay.updates(self.by)
        return None if size is None or by is None else by + size

    def curve(self, lay: Lay, span: int, entry: float) -> Curve:
        by, end = lay.split(self, [lay.updates(self.by), self.of.size(lay)], span)
        curve = self.of.curve(lay, end - by, entry)
        return lambda t, maths: curve(maths.maximum(t - by, 0), maths)


@final
@dataclass(frozen=True, slots=True, repr=False)
class Repeat(Schedule):
    """Several times in a row."""

    of: Schedule
    times: Count

    def size(self, lay: Lay) -> Fraction | None:
        size = self.of.size(lay)
        return None if size is None else size * self.times

    def curve(self, lay: Lay, span: int, entry: float) -> Curve:
        size = self.of.size(lay)
        if self.times > span:  # before a list of that length is made
            raise BadSchedule(f"{self} needs at least {self.times} updates but has {span}. Repeat it less often.")
        each = Fraction(span, self.times) if size is None else size
        return _in_a_row(lay, [self.of] * self.times, lay.split(self, [each] * self.times, span), entry)


NODES: dict[str, type[Schedule]] = {
    "then": Then, "product": Product, "minimum": Minimum, "maximum": Maximum,
    "scale": Scale, "clamp": Clamp, "shift": Shift, "repeat": Repeat, "opposite": Opposite,
}  # fmt: skip
"""Names in dicts."""


def _flatten(node: Then | Product | Minimum | Maximum) -> None:
    """What is associative has one form only."""
    flat = [inner for part in node.parts for inner in (part.parts if type(part) is type(node) else (part,))]
    object.__setattr__(node, "parts", tuple(flat))


def _longest(parts: Sequence[Schedule], lay: Lay) -> Fraction | None:
    sizes = [part.size(lay) for part in parts]
    return None if None in sizes else max(size for size in sizes if size is not None)


def _in_a_row(lay: Lay, parts: Sequence[Schedule], ends: Sequence[int], entry: float) -> Curve:
    # Each piece starts where the one before ended, in updates and in value.
    starts = [0, *ends[:-1]]
    curves: list[Curve] = []
    known: dict[tuple[int, int, float], Curve] = {}  # a repeated piece is laid once
    for part, start, end in zip(parts, starts, ends, strict=True):
        span = end - start
        key = (id(part), span, entry)
        if key not in known:
            known[key] = part.curve(lay, span, entry)
        curves.append(known[key])
        entry = curves[-1](span, ONE)
    return lambda t, maths: maths.pick(t, starts, curves)
