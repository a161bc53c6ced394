"""Schedules that are chains of others, by the names that people look for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from surefoot.schedules._checks import ChoiceCheck, NumberCheck
from surefoot.schedules._lay import exact, whole
from surefoot.schedules._schedule import Schedule
from surefoot.schedules._shapes import cosine, hold, linear, warmup_exponential
from surefoot.schedules._shapes import decay as fall
from surefoot.schedules._shapes import warmup as rise_to_peak
from surefoot.schedules._shapes._decay import Fall


def wsd(warmup: float = 0.05, decay: float = 0.2, shape: Fall = "1-sqrt", *, to: float = 0.0) -> Schedule:
    """Warmup, stable, decay: ``warmup(w) >> hold() >> decay(d, shape)``; also called trapezoid.

    First value 1 / W; 1 until the decay; last above ``to``; ``to`` one update later and from there on.

    Args:
        warmup: A length: updates or share of the horizon.
        decay: The same.
        shape: Of the decay.
        to: Multiple of the peak rate that it falls to; below 1.

    Returns:
        The chain.

    Use it where the training may be continued, or its length is not known: only the decay has to be done anew. Sources:
    Hu et al. 2024, https://arxiv.org/abs/2404.06395; shape and share as in Hägele et al. 2024,
    https://arxiv.org/abs/2405.18392

    Departs from transformers, whose first update is done at rate 0 and whose default decay is a cosine.

    >>> from surefoot.schedules import wsd
    >>> wsd(500, 0.1)
    warmup(500) >> hold() >> decay(0.1, '1-sqrt')
    >>> wsd(2, 4).over(10)([0, 1, 6, 7, 9, 10]).round(4).tolist()
    [0.5, 1.0, 1.0, 0.5, 0.134, 0.0]
    """
    return rise_to_peak(warmup) >> hold() >> fall(decay, shape, to=to)


def linear_to_zero(warmup: float = 0.05) -> Schedule:
    """Warmup, then a straight line to 0: ``warmup(w) >> linear()``; also called D2Z.

    First value 1 / W; last just above 0; 0 one update later and from there on.

    Args:
        warmup: A length: updates or share of the horizon.

    Returns:
        The chain.

    Use it where the length of the training is known. Sources: Bergsma et al. 2025, https://arxiv.org/abs/2502.15938;
    Defazio et al. 2023, https://arxiv.org/abs/2310.07831

    Departs from transformers' ``linear``, whose first update is done at rate 0.

    >>> from surefoot.schedules import linear_to_zero
    >>> linear_to_zero(2)
    warmup(2) >> linear()
    >>> linear_to_zero(2).over(10)([0, 1, 6, 9, 10]).tolist()
    [0.5, 1.0, 0.5, 0.125, 0.0]
    """
    return rise_to_peak(warmup) >> linear()


def flat_cosine(flat: float = 0.75, *, to: float = 0.0) -> Schedule:
    """The peak, then half a cosine: ``hold(flat) >> decay(shape="cosine")``.

    First value 1; last above ``to``; ``to`` one update later and from there on.

    Args:
        flat: A length: updates or share of the horizon.
        to: Multiple of the peak rate that it falls to; below 1.

    Returns:
        The chain.

    Use it with optimizers that need no warmup, such as RAdam. Source: fastai's ``fit_flat_cos``,
    https://docs.fast.ai/callback.schedule.html

    Departs from fastai, whose end is a share of the rate too, but reached with the last update.

    >>> from surefoot.schedules import flat_cosine
    >>> flat_cosine(0.5).over(8)([0, 4, 6, 7, 8]).round(4).tolist()
    [1.0, 1.0, 0.5, 0.1464, 0.0]
    """
    return hold(flat) >> fall(shape="cosine", to=to)


def knee(warmup: float = 0.05, explore: float = 0.5) -> Schedule:
    """Explore at the peak, then a straight line to 0: ``warmup(w) >> hold(e) >> decay()``.

    First value 1 / W; 1 until the fall; last just above 0; 0 one update later and from there on.

    Args:
        warmup: A length: updates or share of the horizon.
        explore: The same, of the time at the peak.

    Returns:
        The chain.

    Use it where wide minima matter more than a fast start: the knee is late compared with a cosine. Source: Iyer et al.
    2023, https://jmlr.org/papers/v24/21-0549.html

    Departs from the source in the warmup, which there only some trainings have.

    >>> from surefoot.schedules import knee
    >>> knee(2, 4).over(10)([0, 1, 5, 6, 8, 10]).tolist()
    [0.5, 1.0, 1.0, 1.0, 0.5, 0.0]
    """
    return rise_to_peak(warmup) >> hold(explore) >> fall()


def slanted_triangular(rise: float = 0.1, *, ratio: float = 32.0) -> Schedule:
    """A short rise and a long fall: ``linear(rise, start=1 / ratio, end=1) >> decay(to=1 / ratio)``.

    First value ``1 / ratio``; 1 at t = ``rise``; last above ``1 / ratio``; that one update later and from there on.

    Args:
        rise: A length: updates or share of the horizon.
        ratio: The peak by the lowest rate; above 1.

    Returns:
        The chain.

    Use it to fine-tune as ULMFiT does. Source: Howard and Ruder 2018, https://arxiv.org/abs/1801.06146

    Departs from the source in nothing.

    >>> from surefoot.schedules import slanted_triangular
    >>> slanted_triangular(2, ratio=4).over(8)([0, 1, 2, 5, 8]).tolist()
    [0.25, 0.625, 1.0, 0.625, 0.25]
    """
    NumberCheck("a finite number above 1", 1)(ratio, "slanted_triangular", "ratio")
    return linear(rise, start=1 / ratio, end=1) >> fall(to=1 / ratio)


def infinite(
    warmup: float = 0.01, cooldown: float = 0.25, anneal: float = 0.1, *, to: float = 0.5, shape: Fall = "1-sqrt"
) -> Schedule:
    """Warmup, a cosine to a constant, and an end: ``warmup(w) >> cosine(c, to=to) >> hold() >> decay(a, shape)``.

    First value 1 / W; 1 after the warmup; ``to`` from the end of the cosine on; last above 0; 0 one update later.

    Args:
        warmup: A length: updates or share of the horizon.
        cooldown: The same, of the cosine.
        anneal: The same, of the end.
        to: Multiple of the peak rate that is held; above 0 and below 1.
        shape: Of the end.

    Returns:
        The chain.

    Use it for pretraining that goes on whenever new data comes. Source: ``cos_inf`` of
    https://github.com/epfml/schedules-and-scaling

    Departs from the source by the shape of the end, which may be chosen.

    >>> from surefoot.schedules import infinite
    >>> infinite(2, 4, 2).over(12)([0, 1, 4, 6, 9, 11, 12]).round(4).tolist()
    [0.5, 1.0, 0.75, 0.5, 0.5, 0.1464, 0.0]
    """
    NumberCheck("a number strictly between 0 and 1", 0, 1)(to, "infinite", "to")
    return rise_to_peak(warmup) >> cosine(cooldown, to=to) >> hold() >> fall(anneal, shape)


def warmup_untuned(beta2: float = 0.999, shape: Literal["linear", "exponential"] = "linear") -> Schedule:
    """The warmup that Adam's second moment asks for: ``warmup(2 / (1 - beta2))``, or exponential of half that.

    First value (1 - beta2) / 2, or 1 - exp(beta2 - 1); last and later values as those shapes.

    Args:
        beta2: Adam's; from 0 and below 1.
        shape: ``exponential`` never ends: use it as a factor.

    Returns:
        The warmup.

    Use it before anything with Adam, where no warmup is to be chosen. Source: Ma and Yarats 2019,
    https://arxiv.org/abs/1910.04209

    Departs from the source in that, as every length, it shrinks with a shrunk course; from pytorch-warmup in that
    1 / (1 - 0.999) is 1000 here, and 999 there.

    >>> from surefoot.schedules import warmup_untuned
    >>> warmup_untuned(0.999), warmup_untuned(0.99, "exponential")
    (warmup(2000), warmup_exponential(100))
    >>> warmup_untuned(0.9).over(100)([0, 9, 19, 99]).tolist()
    [0.05, 0.5, 1.0, 1.0]
    """
    beta2 = NumberCheck("a number from 0 and below 1", 0, 1, low_too=True)(beta2, "warmup_untuned", "beta2") or 0.0
    if ChoiceCheck(("linear", "exponential"))(shape, "warmup_untuned", "shape") == "linear":
        return rise_to_peak(whole(2 / (1 - exact(beta2))))
    return warmup_exponential(whole(1 / (1 - exact(beta2))))


RECIPES: dict[str, Callable[..., Schedule]] = {
    recipe.__name__: recipe
    for recipe in (warmup_untuned, linear_to_zero, wsd, flat_cosine, knee, slanted_triangular, infinite)
}
"""Words that stand for a chain: in text they are read, and the chain is written."""
