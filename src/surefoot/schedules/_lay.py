"""How lengths become whole updates."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from surefoot.errors import BadSchedule
from surefoot.schedules._maths import Curve

if TYPE_CHECKING:
    from surefoot.schedules._schedule import Schedule

HALF = Fraction(1, 2)
LONGEST = 300  # characters of a schedule in an error
FINEST = 1_000_000  # keeps update times denominator within int64 for 9e12 updates


def exact(number: float) -> Fraction:
    """The number as it is written: 0.05 is 1/20, so that shares add up.

    Returns:
        An exact fraction.
    """
    return Fraction(repr(number))


def whole(number: Fraction) -> int:
    """Rounded, halves up.

    Returns:
        The nearest whole number.
    """
    return math.floor(number + HALF)


@dataclass(frozen=True, slots=True)
class Lay:
    """The horizon that a schedule is being laid over.

    Attributes:
        horizon: Updates of the whole training.
        ratio: What lengths in updates are multiplied with; below 1 when a course is shrunk.
    """

    horizon: int
    ratio: Fraction = Fraction(1)

    def updates(self, length: float | None) -> Fraction | None:
        """A length in updates, not yet whole.

        Returns:
            ``None`` for what is left.
        """
        if length is None:
            return None
        return length * self.ratio if isinstance(length, int) else exact(length) * self.horizon

    def timescale(self, length: float) -> Fraction:
        """A length inside a shape, that need not be whole.

        Returns:
            Updates, at least one.
        """
        return max(self.updates(length) or Fraction(1), Fraction(1)).limit_denominator(FINEST)

    def split(self, schedule: Schedule, sizes: Sequence[Fraction | None], span: int) -> list[int]:
        """Ends of consecutive pieces within ``span`` updates: rounded, each piece at least one update.

        Returns:
            For each piece the index one past its last update.

        Raises:
            BadSchedule: They do not fit.
        """
        fixed = sum((size for size in sizes if size is not None), Fraction(0))
        if self.ratio == 1:  # a shrunk course was checked before it was shrunk
            self._check_fit(schedule, fixed, None in sizes, span)
        if len(sizes) > span:
            raise BadSchedule(
                f"{_brief(schedule)} has {len(sizes)} pieces of at least one update each and only {span} updates. "
                "Use a longer horizon or fewer pieces."
            )
        squeeze = min(Fraction(1), span / fixed) if fixed else Fraction(1)
        left = max(span - fixed, Fraction(0))
        ends: list[int] = []
        position = Fraction(0)
        for size in sizes:
            position += left if size is None else size * squeeze
            ends.append(max(whole(position), (ends[-1] if ends else 0) + 1))
        for i in range(len(ends)):
            ends[-1 - i] = min(ends[-1 - i], span - i)
        return ends

    def place(self, schedule: Schedule, span: int, entry: float) -> Curve:
        """A schedule with ``span`` updates to itself; where it is shorter, it holds its last value.

        Returns:
            Its curve.
        """
        size = schedule.size(self)
        return schedule.curve(self, span if size is None else self.split(schedule, [size], span)[0], entry)

    def _check_fit(self, schedule: Schedule, fixed: Fraction, opened: bool, span: int) -> None:
        # A part of a part was given whole updates, which may be up to half an update less than its length.
        slack = 0 if span == self.horizon else 1
        advice = "Shorten a length, write it as a share such as 0.05, or train longer."
        if fixed > span and fixed - span >= slack:
            raise BadSchedule(f"{_brief(schedule)} takes {float(fixed):g} updates but has only {span}. {advice}")
        if opened and fixed >= span:
            raise BadSchedule(
                f"{_brief(schedule)} leaves no update to the piece without a length: "
                f"the others take {float(fixed):g} of {span}. {advice}"
            )


def _brief(schedule: Schedule) -> str:
    # A table may have thousands of entries.
    text = str(schedule)
    return text if len(text) <= LONGEST else f"{text[: LONGEST // 2]} … {text[-LONGEST // 2 :]}"


SHARES = Lay(horizon=1, ratio=Fraction(0))
"""Sees only shares: for the checks that need no horizon."""
