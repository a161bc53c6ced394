"""Chebyshev's steps."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from fractions import Fraction
from math import pi
from typing import Any, final

from surefoot.schedules._checks import Length, Share
from surefoot.schedules._lay import Lay
from surefoot.schedules._maths import Curve, Maths
from surefoot.schedules._schedule import Schedule


@final
@dataclass(frozen=True, slots=True, repr=False)
class chebyshev(Schedule):  # noqa: N801  (a word of the language)
    """Chebyshev's steps in fractal order: ``low / (1 + low - (1 - low) cos(pi (k + 1/2) / M)) * 2``.

    M is the smallest power of 2 that is N or more; k runs through 0 to M - 1 in the order that is built by doubling:
    ``[0]``, and each k of the list for M / 2 followed by M - 1 - k.

    First value about 1; all values between ``low`` and 1, high and low ones in turn; the last is held.

    Args:
        length: N: updates, share of the horizon, or ``None`` for what is left; a power of 2 makes it exact.
        low: The smallest step as a multiple of the largest: the smallest curvature by the largest, of a quadratic
            problem.

    Use it for gradient descent without momentum on what is nearly quadratic; elsewhere nothing speaks for it. Sources:
    Agarwal, Goel and Zhang 2021, https://arxiv.org/abs/2103.01338; pytorch_optimizer's ``get_chebyshev_schedule``,
    https://github.com/kozistr/pytorch_optimizer

    Departs from pytorch_optimizer in that values are multiples of the largest step, not of one over the largest
    curvature, and in that there the first step is taken three times.

    >>> from surefoot.schedules import chebyshev
    >>> chebyshev(low=0.1).over(4)([0, 1, 2, 3, 4]).round(4).tolist()
    [0.7449, 0.1035, 0.2647, 0.1385, 0.1385]
    """

    length: Length = None
    _: KW_ONLY
    low: Share = 0.05

    def size(self, lay: Lay) -> Fraction | None:
        return lay.updates(self.length)

    def curve(self, lay: Lay, span: int, entry: float) -> Curve:
        doublings = (span - 1).bit_length()
        nodes = 2**doublings

        def steps(t: Any, maths: Maths) -> Any:
            t = maths.minimum(t, span - 1)
            k = 0 * t
            for done in range(doublings):
                odd = t >> (doublings - 1 - done) & 1
                k = k + odd * (2 ** (done + 1) - 1 - 2 * k)
            return 2 * self.low / (1 + self.low - (1 - self.low) * maths.cos(pi * (k + 0.5) / nodes))

        return steps
