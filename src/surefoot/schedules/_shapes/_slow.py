"""Falls without an end: they need no horizon."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from fractions import Fraction
from typing import Any, final

from surefoot.schedules._checks import Length, Positive, Span
from surefoot.schedules._lay import Lay
from surefoot.schedules._maths import Curve, Maths
from surefoot.schedules._schedule import Schedule


@final
@dataclass(frozen=True, slots=True, repr=False)
class inverse_time(Schedule):  # noqa: N801  (a word of the language)
    """Falls with one over time: ``1 / (1 + rate t / every)``.

    First value 1; last ``1 / (1 + rate (N - 1) / every)``; ``1 / (1 + rate N / every)`` one update later and from
    there on.

    Args:
        every: Updates, or their share of the horizon, in which ``rate`` is counted.
        rate: Above 0; with 1 the rate is halved after ``every``.
        length: N: updates, share of the horizon, or ``None`` for what is left.

    Use it for SGD on convex problems, where theory asks for it. Sources: Robbins and Monro 1951,
    https://doi.org/10.1214/aoms/1177729586; Keras' ``InverseTimeDecay``,
    https://keras.io/api/optimizers/learning_rate_schedules/inverse_time_decay/

    Departs from Keras in that ``every`` may be a share of the horizon.

    >>> from surefoot.schedules import inverse_time
    >>> inverse_time(10).over(100)([0, 10, 40, 90]).tolist()
    [1.0, 0.5, 0.2, 0.1]
    """

    every: Span
    _: KW_ONLY
    rate: Positive = 1.0
    length: Length = None

    def size(self, lay: Lay) -> Fraction | None:
        return lay.updates(self.length)

    def curve(self, lay: Lay, span: int, entry: float) -> Curve:
        every = float(lay.timescale(self.every))
        return lambda t, maths: 1 / (1 + self.rate * (maths.minimum(t, span) / every))


@final
@dataclass(frozen=True, slots=True, repr=False)
class inverse_sqrt(Schedule):  # noqa: N801  (a word of the language)
    """Falls with one over the root of time: ``sqrt(s / (t + s))``.

    First value 1; last ``sqrt(s / (N - 1 + s))``; ``sqrt(s / (N + s))`` one update later and from there on.

    Args:
        timescale: s: updates, or their share of the horizon; after 3 s the rate is halved. Usually the length of the
            warmup before it.
        length: N: updates, share of the horizon, or ``None`` for what is left.

    Use ``warmup(4000) >> inverse_sqrt(4000)`` when the length of the training is unknown; end it with
    ``>> decay(0.2)``. Sources: Vaswani et al. 2017, https://arxiv.org/abs/1706.03762; Zhai et al. 2021,
    https://arxiv.org/abs/2106.04560; transformers' ``get_inverse_sqrt_schedule``,
    https://github.com/huggingface/transformers/blob/main/src/transformers/optimization.py

    Departs from transformers in the warmup before it only: see ``warmup``.

    >>> from surefoot.schedules import inverse_sqrt, warmup
    >>> (warmup(10) >> inverse_sqrt(10)).over(1000)([0, 9, 10, 40, 90]).round(4).tolist()
    [0.1, 1.0, 1.0, 0.5, 0.3333]
    """

    timescale: Span
    _: KW_ONLY
    length: Length = None

    def size(self, lay: Lay) -> Fraction | None:
        return lay.updates(self.length)

    def curve(self, lay: Lay, span: int, entry: float) -> Curve:
        scale = float(lay.timescale(self.timescale))
        return lambda t, maths: maths.sqrt(scale / (maths.minimum(t, span) + scale))


@final
@dataclass(frozen=True, slots=True, repr=False)
class noam(Schedule):  # noqa: N801  (a word of the language)
    """The Transformer's own: ``min(n / W, sqrt(W / n))`` with ``n = t + 1``.

    First value 1 / W; 1 at the W-th update; last ``sqrt(W / N)``, held from there on.

    Args:
        warmup: W: updates, or their share of the horizon, to the peak.
        length: N: updates, share of the horizon, or ``None`` for what is left.

    Use it to repeat "Attention is all you need"; its peak rate is ``1 / sqrt(d_model W)``. Source: Vaswani et al. 2017,
    https://arxiv.org/abs/1706.03762

    Departs from the source in that it gives multiples of the peak. ``warmup(W) >> inverse_sqrt(W)`` is one update
    later after the peak.

    >>> from surefoot.schedules import noam
    >>> noam(10).over(1000)([0, 9, 39, 999]).round(4).tolist()
    [0.1, 1.0, 0.5, 0.1]
    """

    warmup: Span
    _: KW_ONLY
    length: Length = None

    def size(self, lay: Lay) -> Fraction | None:
        return lay.updates(self.length)

    def curve(self, lay: Lay, span: int, entry: float) -> Curve:
        scale = float(lay.timescale(self.warmup))

        def rising_and_falling(t: Any, maths: Maths) -> Any:
            n = maths.minimum(t + 1, span)
            return maths.minimum(n / scale, maths.sqrt(scale / n))

        return rising_and_falling


@final
@dataclass(frozen=True, slots=True, repr=False)
class power_law(Schedule):  # noqa: N801  (a word of the language)
    """Falls with a power of time: ``(s / (t + s))^exponent``.

    First value 1; last ``(s / (N - 1 + s))^exponent``; that at N one update later and from there on.

    Args:
        timescale: s: updates, or their share of the horizon.
        exponent: Above 0.
        length: N: updates, share of the horizon, or ``None`` for what is left.

    Use ``warmup(0.01) >> hold(s) >> power_law(s) >> decay(0.1, "exponential")`` for a peak that is to hold for all
    lengths. Source: the power scheduler of Shen et al. 2024, https://arxiv.org/abs/2408.13359, whose rate is
    ``min(peak, a n^-0.51)`` after n tokens.

    Departs from the source in that s, where its two branches meet, is given instead of a: ``s = (a / peak)^(1 / 0.51)``
    in tokens, divided by the tokens of a batch.

    >>> from surefoot.schedules import power_law
    >>> power_law(10, exponent=2).over(1000)([0, 10, 40, 90]).round(4).tolist()
    [1.0, 0.25, 0.04, 0.01]
    """

    timescale: Span
    _: KW_ONLY
    exponent: Positive = 0.51  # measured by its authors
    length: Length = None

    def size(self, lay: Lay) -> Fraction | None:
        return lay.updates(self.length)

    def curve(self, lay: Lay, span: int, entry: float) -> Curve:
        scale = float(lay.timescale(self.timescale))
        return lambda t, maths: (scale / (maths.minimum(t, span) + scale)) ** self.exponent
