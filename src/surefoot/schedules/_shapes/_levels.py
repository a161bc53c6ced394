"""Levels that change at chosen updates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from fractions import Fraction
from itertools import pairwise
from typing import final

from surefoot.errors import BadSchedule
from surefoot.schedules._checks import Length, Multipliers, Positions, Share
from surefoot.schedules._lay import Lay
from surefoot.schedules._maths import Curve
from surefoot.schedules._schedule import Schedule


def _levels(lay: Lay, schedule: multistep | piecewise, at: Positions, values: Sequence[float], span: int) -> Curve:
    places = [lay.updates(place) or Fraction(0) for place in at]
    if any(after <= before for before, after in pairwise(places)):
        raise BadSchedule(f"{schedule}: its places must come one after the other, given {list(at)}. Sort them.")
    ends = lay.split(schedule, [*(b - a for a, b in pairwise([Fraction(0), *places])), None], span)
    levels: list[Curve] = [lambda t, maths, value=value: value for value in values]
    starts = [0, *ends[:-1]]
    return lambda t, maths: maths.pick(t, starts, levels)


@final
@dataclass(frozen=True, slots=True, repr=False)
class multistep(Schedule):  # noqa: N801  (a word of the language)
    """Drops by a factor at each milestone: ``factor^(number of milestones <= t)``.

    First value 1; last and later values ``factor`` to the number of milestones.

    Args:
        milestones: First updates after each drop, or shares of the horizon; counted from the start of the piece,
            rising, before its end.
        factor: What each drop multiplies with; below 1.
        length: Updates, share of the horizon, or ``None`` for what is left.

    Use ``multistep([0.5, 0.75])`` for CIFAR recipes that name their drops. Source: torch's ``MultiStepLR``,
    https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.MultiStepLR.html

    Departs from torch in that milestones that are never reached are refused; from Keras and timm, which drop an update
    later and earlier.

    >>> from surefoot.schedules import multistep
    >>> multistep([0.3, 0.6, 90]).over(100)([0, 29, 30, 60, 90, 100]).round(4).tolist()
    [1.0, 1.0, 0.1, 0.01, 0.001, 0.001]
    """

    milestones: Positions
    _: KW_ONLY
    factor: Share = 0.1
    length: Length = None

    def size(self, lay: Lay) -> Fraction | None:
        return lay.updates(self.length)

    def curve(self, lay: Lay, span: int, entry: float) -> Curve:
        values = [self.factor**drops for drops in range(len(self.milestones) + 1)]
        return _levels(lay, self, self.milestones, values, span)


@final
@dataclass(frozen=True, slots=True, repr=False)
class piecewise(Schedule):  # noqa: N801  (a word of the language)
    """A level of its own between any two places: ``values[number of places <= t]``.

    First value ``values[0]``; last and later values ``values[-1]``.

    Args:
        at: First updates of every level but the first, or shares of the horizon; counted from the start of the piece,
            rising, before its end.
        values: Multiples of the peak rate, one more than places.
        length: Updates, share of the horizon, or ``None`` for what is left.

    Use it for a recipe that gives its rates one by one. Sources: optax's ``piecewise_constant_schedule``,
    https://optax.readthedocs.io/en/latest/api/optimizer_schedules.html; Keras' ``PiecewiseConstantDecay``,
    https://keras.io/api/optimizers/learning_rate_schedules/piecewise_constant_decay/

    Departs from Keras, where a place still has the level before it: add 1 there.

    >>> from surefoot.schedules import piecewise
    >>> piecewise([10, 0.5], [0.2, 1, 0.1]).over(100)([0, 9, 10, 49, 50, 100]).tolist()
    [0.2, 0.2, 1.0, 1.0, 0.1, 0.1]
    """

    at: Positions
    values: Multipliers
    _: KW_ONLY
    length: Length = None

    def _check(self) -> None:
        if len(self.values) != len(self.at) + 1:
            raise BadSchedule(
                f"piecewise: {len(self.at)} places need {len(self.at) + 1} values, given {len(self.values)}. "
                "The first value is that before the first place."
            )

    def size(self, lay: Lay) -> Fraction | None:
        return lay.updates(self.length)

    def curve(self, lay: Lay, span: int, entry: float) -> Curve:
        return _levels(lay, self, self.at, self.values, span)
