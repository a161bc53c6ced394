"""Warmups that are not straight."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from fractions import Fraction
from math import pi
from typing import Any, final

from surefoot.errors import BadSchedule
from surefoot.schedules._checks import Floor, Length, Share, Span
from surefoot.schedules._lay import Lay
from surefoot.schedules._maths import Curve, Maths, between, progress
from surefoot.schedules._schedule import Schedule


@final
@dataclass(frozen=True, slots=True, repr=False)
class warmup_cosine(Schedule):  # noqa: N801  (a word of the language)
    """Rises to the peak along half a cosine: ``start + (1 - start) (1 - cos(pi (t + 1) / W)) / 2``.

    First value that formula at t = 0, above ``start``; last and later values 1.

    Args:
        length: W: updates, share of the horizon, or ``None`` for what is left.
        start: Multiple of the peak rate from which it rises, one update before the first; below 1.

    Use it where a warmup should begin and end gently. Source: transformers' WSD schedule with ``warmup_type="cosine"``,
    https://github.com/huggingface/transformers/blob/main/src/transformers/optimization.py

    Departs from the source, which gives the formula at t / W and so does the first update at rate 0.

    >>> from surefoot.schedules import warmup_cosine
    >>> warmup_cosine(4).over(10)([0, 1, 2, 3, 9]).round(4).tolist()
    [0.1464, 0.5, 0.8536, 1.0, 1.0]
    """

    length: Length = None
    _: KW_ONLY
    start: Floor = 0.0

    def size(self, lay: Lay) -> Fraction | None:
        return lay.updates(self.length)

    def curve(self, lay: Lay, span: int, entry: float) -> Curve:
        return lambda t, maths: between(self.start, 1.0, 0.5 * (1 - maths.cos(pi * progress(t + 1, span, maths))))


@final
@dataclass(frozen=True, slots=True, repr=False)
class warmup_quadratic(Schedule):  # noqa: N801  (a word of the language)
    """Rises to the peak with the square of the update: ``start + (1 - start) ((t + 1) / W)^2``.

    First value that formula at t = 0, above ``start``; last and later values 1.

    Args:
        length: W: updates, share of the horizon, or ``None`` for what is left.
        start: Multiple of the peak rate from which it rises, one update before the first; below 1.

    Use it where a straight warmup still begins too fast. Source: pytorch-scheduler, which calls it exponential,
    https://github.com/Axect/pytorch-scheduler

    Departs from the source, which gives the formula at t / W and so does the first update at rate 0.

    >>> from surefoot.schedules import warmup_quadratic
    >>> warmup_quadratic(4).over(10)([0, 1, 2, 3, 9]).round(4).tolist()
    [0.0625, 0.25, 0.5625, 1.0, 1.0]
    """

    length: Length = None
    _: KW_ONLY
    start: Floor = 0.0

    def size(self, lay: Lay) -> Fraction | None:
        return lay.updates(self.length)

    def curve(self, lay: Lay, span: int, entry: float) -> Curve:
        return lambda t, maths: between(self.start, 1.0, progress(t + 1, span, maths) ** 2)


@final
@dataclass(frozen=True, slots=True, repr=False)
class warmup_sqrt(Schedule):  # noqa: N801  (a word of the language)
    """Rises to the peak slowly, then steeply: ``start + (1 - start) (1 - sqrt(1 - (t + 1) / W))``.

    First value that formula at t = 0, above ``start``; last and later values 1.

    Args:
        length: W: updates, share of the horizon, or ``None`` for what is left.
        start: Multiple of the peak rate from which it rises, one update before the first; below 1.

    Use it as the mirror of a 1-sqrt decay. Source: transformers' WSD schedule with ``warmup_type="1-sqrt"``,
    https://github.com/huggingface/transformers/blob/main/src/transformers/optimization.py

    Departs from the source, which gives the formula at t / W and so does the first update at rate 0.

    >>> from surefoot.schedules import warmup_sqrt
    >>> warmup_sqrt(4).over(10)([0, 1, 2, 3, 9]).round(4).tolist()
    [0.134, 0.2929, 0.5, 1.0, 1.0]
    """

    length: Length = None
    _: KW_ONLY
    start: Floor = 0.0

    def size(self, lay: Lay) -> Fraction | None:
        return lay.updates(self.length)

    def curve(self, lay: Lay, span: int, entry: float) -> Curve:
        return lambda t, maths: between(self.start, 1.0, 1 - maths.sqrt(1 - progress(t + 1, span, maths)))


@final
@dataclass(frozen=True, slots=True, repr=False)
class warmup_exponential(Schedule):  # noqa: N801  (a word of the language)
    """Comes closer and closer to the peak: ``1 - exp(-(t + 1) / tau)``.

    First value ``1 - exp(-1 / tau)``; last ``1 - exp(-N / tau)``, held from there on: it never quite is 1.

    Args:
        tau: Updates, or their share of the horizon, after which 63 % of the peak is reached.
        length: N: updates, share of the horizon, or ``None`` for what is left.

    Use it as a factor, ``warmup_exponential(1000) * cosine()``: it has no end to join at. Source: Ma and Yarats 2019,
    https://arxiv.org/abs/1910.04209, who take tau = 1 / (1 - beta2) for Adam: ``warmup_untuned(0.999, "exponential")``.

    Departs from the source in nothing.

    >>> from surefoot.schedules import warmup_exponential
    >>> warmup_exponential(4).over(100)([0, 3, 39, 99]).round(4).tolist()
    [0.2212, 0.6321, 1.0, 1.0]
    """

    tau: Span
    _: KW_ONLY
    length: Length = None

    def size(self, lay: Lay) -> Fraction | None:
        return lay.updates(self.length)

    def curve(self, lay: Lay, span: int, entry: float) -> Curve:
        tau = float(lay.timescale(self.tau))
        return lambda t, maths: 1 - maths.exp(-maths.minimum(t + 1, span) / tau)


@final
@dataclass(frozen=True, slots=True, repr=False)
class warmup_radam(Schedule):  # noqa: N801  (a word of the language)
    """RAdam's rectification as a warmup: ``sqrt((r - 4) (r - 2) R / ((R - 4) (R - 2) r))``.

    ``R = 2 / (1 - beta2) - 1`` and ``r = R - 2 n beta2^n / (1 - beta2^n)`` at ``n = t + d``, where d is the first n
    with r > 4.

    First value that formula at n = d; last at n = N - 1 + d, held from there on: it never quite is 1.

    Args:
        length: N: updates, share of the horizon, or ``None`` for what is left.
        beta2: Adam's, above 0.6. In a shrunk course the formula runs through in proportion.

    Use it as a factor, ``warmup_radam() * cosine()``, where Adam is used and no warmup is to be chosen. Sources: Liu et
    al. 2019, https://arxiv.org/abs/1908.03265; started at d as in Ma and Yarats 2019,
    https://arxiv.org/abs/1910.04209, and in pytorch-warmup, https://github.com/Tony-Y/pytorch_warmup

    Departs from RAdam the optimizer, which does its first d - 1 updates without the second moment.

    >>> from surefoot.schedules import warmup_radam
    >>> warmup_radam().over(10_000)([0, 100, 1000, 9_999]).round(4).tolist()
    [0.0173, 0.2209, 0.6466, 0.9998]
    """

    length: Length = None
    _: KW_ONLY
    beta2: Share = 0.999

    def _check(self) -> None:
        if self.beta2 <= 0.6:
            raise BadSchedule(
                f"warmup_radam: beta2 must be above 0.6, given {self.beta2!r}: below, RAdam never adapts."
            )

    def size(self, lay: Lay) -> Fraction | None:
        return lay.updates(self.length)

    def curve(self, lay: Lay, span: int, entry: float) -> Curve:
        most = 2 / (1 - self.beta2) - 1

        def length(n: Any) -> Any:  # of the average that Adam's second moment is
            power = self.beta2**n
            return most - 2 * n * power / (1 - power)

        first = next(n for n in range(1, 100) if length(n) > 4)  # 5 at most for beta2 above 0.8
        scale = most / ((most - 4) * (most - 2))

        def rectification(t: Any, maths: Maths) -> Any:
            r = length(maths.minimum(t, span - 1) / float(lay.ratio) + first)
            return maths.sqrt((r - 4) * (r - 2) / r * scale)

        return rectification
