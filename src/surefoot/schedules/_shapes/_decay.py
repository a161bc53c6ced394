"""The end of a training: down from wherever it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass
from fractions import Fraction
from math import pi
from typing import Any, Literal, final

from surefoot.errors import BadSchedule
from surefoot.schedules._checks import Floor, Length
from surefoot.schedules._lay import Lay
from surefoot.schedules._maths import Curve, Maths, between, progress
from surefoot.schedules._schedule import Schedule

Fall = Literal["linear", "cosine", "1-sqrt", "square", "exponential"]

FALLS: dict[str, Callable[[Any, Maths], Any]] = {
    "linear": lambda p, maths: 1 - p,
    "cosine": lambda p, maths: 0.5 * (1 + maths.cos(pi * p)),
    "1-sqrt": lambda p, maths: 1 - maths.sqrt(p),
    "square": lambda p, maths: 1 - p * p,
    "exponential": lambda p, maths: 2 * 0.5**p - 1,
}


@final
@dataclass(frozen=True, slots=True, repr=False)
class decay(Schedule):  # noqa: N801  (a word of the language)
    """Falls from e, where the piece before it ended: ``e (to + (1 - to) f(t / N))``.

    ``f(p)`` falls from 1 to 0: ``linear`` 1 - p, ``cosine`` (1 + cos(pi p)) / 2, ``1-sqrt`` 1 - sqrt(p),
    ``square`` 1 - p^2, ``exponential`` 2 (1/2)^p - 1.

    First value e (1 at the start of a chain, and inside ``*``, ``minimum`` and ``maximum``); last value above
    ``e to``; ``e to`` one update later and from there on.

    Args:
        length: N: updates, share of the horizon, or ``None`` for what is left.
        shape: Which f.
        to: Share of e that it falls to; below 1.

    Use it to end a trunk: ``warmup(500) >> hold() >> decay(0.2, '1-sqrt')``. Sources: Hägele et al. 2024,
    https://arxiv.org/abs/2405.18392 (1-sqrt above linear above cosine above square; 10-20 % suffice);
    ``exponential`` as in Megatron-LM,
    https://github.com/NVIDIA/Megatron-LM/blob/main/megatron/core/optimizer_param_scheduler.py

    Departs from libraries whose floor is a rate: here it is a share, so that it never lies above the start.

    >>> from surefoot.schedules import decay, hold
    >>> (hold() >> decay(0.5)).over(8)([0, 4, 5, 6, 7, 8]).tolist()
    [1.0, 1.0, 0.75, 0.5, 0.25, 0.0]
    """

    length: Length = None
    shape: Fall = "linear"
    _: KW_ONLY
    to: Floor = 0.0

    def size(self, lay: Lay) -> Fraction | None:
        return lay.updates(self.length)

    def curve(self, lay: Lay, span: int, entry: float) -> Curve:
        if entry == 0:
            raise BadSchedule(
                f"{self} falls from where the piece before it ended, and that is 0. "
                "Use linear() or cosine(), which start from the peak again."
            )
        falling = FALLS[self.shape]
        return lambda t, maths: entry * between(self.to, 1.0, falling(progress(t, span, maths), maths))
