"""Falls with a late knee."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from fractions import Fraction
from typing import Any, final

from surefoot.errors import BadSchedule
from surefoot.schedules._checks import Floor, Length, Number, Share, Span
from surefoot.schedules._lay import Lay
from surefoot.schedules._maths import Curve, Maths, between, progress
from surefoot.schedules._schedule import Schedule


@final
@dataclass(frozen=True, slots=True, repr=False)
class rex(Schedule):  # noqa: N801  (a word of the language)
    """Falls slowly, then fast: ``to + (1 - to) (1 - p) / (1 - p / 2)`` with ``p = t / N``.

    First value 1; last above ``to``; ``to`` one update later and from there on.

    Args:
        length: N: updates, share of the horizon, or ``None`` for what is left.
        to: Multiple of the peak rate that it falls to; below 1.

    Use it where the budget is small and known. Source: Chen, Wolfe and Kyrillidis 2021 (REX),
    https://arxiv.org/abs/2107.04197

    Departs from the source in nothing.

    >>> from surefoot.schedules import rex
    >>> rex().over(4)([0, 1, 2, 3, 4]).round(4).tolist()
    [1.0, 0.8571, 0.6667, 0.4, 0.0]
    """

    length: Length = None
    _: KW_ONLY
    to: Floor = 0.0

    def size(self, lay: Lay) -> Fraction | None:
        return lay.updates(self.length)

    def curve(self, lay: Lay, span: int, entry: float) -> Curve:
        def falling(p: Any) -> Any:
            return (1 - p) / (1 - p / 2)

        return lambda t, maths: between(self.to, 1.0, falling(progress(t, span, maths)))


@final
@dataclass(frozen=True, slots=True, repr=False)
class tanh(Schedule):  # noqa: N801  (a word of the language)
    """A hyperbolic tangent from ``lower`` to ``upper``: ``to + (1 - to) (1 - tanh(lower (1 - p) + upper p)) / 2``.

    ``p = t / N``. First value just below 1; last, and held from t = N on, just above ``to``: a share
    (1 - tanh(upper)) / 2 of the way is left, 0.0025 with 3.

    Args:
        length: N: updates, share of the horizon, or ``None`` for what is left.
        lower: Where on the tangent it begins; below 0 and below ``upper``.
        upper: Where it ends.
        to: Multiple of the peak rate that it falls to; below 1.

    Use it where a cosine falls too early. Sources: Hsueh et al. 2018 (HTD), https://arxiv.org/abs/1806.01593; timm's
    ``TanhLRScheduler``, whose bounds are the defaults,
    https://github.com/huggingface/pytorch-image-models/blob/main/timm/scheduler/tanh_lr.py

    Departs from timm in that the end is held: there it jumps to the floor.

    >>> from surefoot.schedules import tanh
    >>> tanh().over(10)([0, 5, 7, 9, 10]).round(4).tolist()
    [1.0, 0.982, 0.5, 0.018, 0.0025]
    """

    length: Length = None
    _: KW_ONLY
    lower: Number = -7.0
    upper: Number = 3.0
    to: Floor = 0.0

    def _check(self) -> None:
        if self.lower >= self.upper:
            raise BadSchedule(
                f"tanh: lower is {self.lower!r}, not below upper, {self.upper!r}. Write the lower one first."
            )

    def size(self, lay: Lay) -> Fraction | None:
        return lay.updates(self.length)

    def curve(self, lay: Lay, span: int, entry: float) -> Curve:
        def falling(p: Any, maths: Maths) -> Any:
            return 0.5 * (1 - maths.tanh(between(self.lower, self.upper, p)))

        return lambda t, maths: between(self.to, 1.0, falling(progress(t, span, maths), maths))


def _hyperbola(schedule: hyperbolic | exp_hyperbolic, lay: Lay, span: int) -> Curve:
    # f(t) - f(0), falling from 0; to -1 where the bound is the length itself.
    bound = float(lay.timescale(schedule.bound))
    if bound < span and lay.ratio == 1:
        raise BadSchedule(
            f"{schedule} has {span} updates, and its bound is {bound:g}. Give a bound that no training exceeds."
        )
    bound = max(bound, span)  # rounding of a shrunk course

    def height(t: Any, maths: Maths) -> Any:
        return maths.sqrt((span - t) / bound * (2 - (span + t) / bound))

    first = (span / bound * (2 - span / bound)) ** 0.5
    return lambda t, maths: height(maths.minimum(t, span), maths) - first


@final
@dataclass(frozen=True, slots=True, repr=False)
class hyperbolic(Schedule):  # noqa: N801  (a word of the language)
    """Along a hyperbola: ``1 + (1 - to) (f(t) - f(0))``, ``f(t) = sqrt((N - t) / U (2 - (N + t) / U))``.

    First value 1; last just above that at t = N, which is held: ``1 - (1 - to) f(0)``, and that is ``to`` where U = N
    and more where U is longer.

    Args:
        length: N: updates, share of the horizon, or ``None`` for what is left.
        bound: U: updates (or a share of the horizon) that no training exceeds; keep it the same for all lengths. With
            U = N it is a straight line.
        to: Multiple of the peak rate that it falls to at U; below 1.

    Use it with a fixed U where trainings of several lengths are to begin alike. Source: Kim 2024,
    https://arxiv.org/abs/2407.15200

    Departs from the source in nothing but the floor, which is a share of the peak.

    >>> from surefoot.schedules import hyperbolic
    >>> hyperbolic(bound=8).over(4)([0, 1, 2, 3, 4]).round(4).tolist()
    [1.0, 0.852, 0.693, 0.509, 0.134]
    """

    length: Length = None
    _: KW_ONLY
    bound: Span
    to: Floor = 0.0

    def size(self, lay: Lay) -> Fraction | None:
        return lay.updates(self.length)

    def curve(self, lay: Lay, span: int, entry: float) -> Curve:
        falling = _hyperbola(self, lay, span)
        return lambda t, maths: between(self.to, 1.0, 1 + falling(t, maths))


@final
@dataclass(frozen=True, slots=True, repr=False)
class exp_hyperbolic(Schedule):  # noqa: N801  (a word of the language)
    """Along a hyperbola of the logarithm: ``(1 / to)^(f(t) - f(0))``, f as in ``hyperbolic``.

    First value 1; last just above that at t = N, which is held: ``to^f(0)``, and that is ``to`` where U = N and more
    where U is longer.

    Args:
        length: N: updates, share of the horizon, or ``None`` for what is left.
        bound: U: updates (or a share of the horizon) that no training exceeds; keep it the same for all lengths. With
            U = N it is an exponential.
        to: Multiple of the peak rate that it falls to at U; above 0 and below 1.

    Use it like ``hyperbolic``, where the rate has to pass through decades. Source: Kim 2024,
    https://arxiv.org/abs/2407.15200

    Departs from the source in nothing but the floor, which is a share of the peak.

    >>> from surefoot.schedules import exp_hyperbolic
    >>> exp_hyperbolic(bound=8, to=0.01).over(4)([0, 1, 2, 3, 4]).round(4).tolist()
    [1.0, 0.5059, 0.2432, 0.1042, 0.0185]
    """

    length: Length = None
    _: KW_ONLY
    bound: Span
    to: Share = 0.01

    def size(self, lay: Lay) -> Fraction | None:
        return lay.updates(self.length)

    def curve(self, lay: Lay, span: int, entry: float) -> Curve:
        falling = _hyperbola(self, lay, span)
        return lambda t, maths: (1 / self.to) ** falling(t, maths)
