"""Half a cosine, bent, and whole ones."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from fractions import Fraction
from math import pi
from typing import Any, Literal, final

from surefoot.errors import BadSchedule
from surefoot.schedules._checks import Floor, Length, Positive
from surefoot.schedules._lay import Lay
from surefoot.schedules._maths import Curve, Maths, between, progress
from surefoot.schedules._schedule import Schedule


@final
@dataclass(frozen=True, slots=True, repr=False)
class cosine_power(Schedule):  # noqa: N801  (a word of the language)
    """A power of half a cosine: ``to + (1 - to) ((1 + cos(pi t / N)) / 2)^exponent``.

    First value 1; last above ``to``; ``to`` one update later and from there on.

    Args:
        length: N: updates, share of the horizon, or ``None`` for what is left.
        exponent: Above 0: above 1 the rate falls earlier than a cosine, below 1 later.
        to: Multiple of the peak rate that it falls to; below 1.

    Use it where a cosine stays high for too long. Source: optax's ``cosine_decay_schedule`` with ``exponent``,
    https://optax.readthedocs.io/en/latest/api/optimizer_schedules.html

    Departs from the source in nothing.

    >>> from surefoot.schedules import cosine_power
    >>> cosine_power(exponent=2).over(4)([0, 1, 2, 3, 4]).round(4).tolist()
    [1.0, 0.7286, 0.25, 0.0214, 0.0]
    """

    length: Length = None
    _: KW_ONLY
    exponent: Positive
    to: Floor = 0.0

    def size(self, lay: Lay) -> Fraction | None:
        return lay.updates(self.length)

    def curve(self, lay: Lay, span: int, entry: float) -> Curve:
        return lambda t, maths: between(
            self.to, 1.0, (0.5 * (1 + maths.cos(pi * progress(t, span, maths)))) ** self.exponent
        )


@final
@dataclass(frozen=True, slots=True, repr=False)
class k_decay(Schedule):  # noqa: N801  (a word of the language)
    """A cosine or a polynomial whose progress is raised to a power: ``f((t / N)^k)``.

    ``f(p)`` falls from 1 to ``to``: ``cosine`` (1 + cos(pi p)) / 2, ``polynomial`` (1 - p)^power.

    First value 1; last above ``to``; ``to`` one update later and from there on.

    Args:
        length: N: updates, share of the horizon, or ``None`` for what is left.
        shape: Which f.
        k: Above 0: above 1 the rate stays high for longer and falls faster in the end.
        power: Of the polynomial; 1 makes it a straight line before it is bent.
        to: Multiple of the peak rate that it falls to; below 1.

    Use it as a cosine whose fall can be moved. Sources: Zhang and Li 2020, https://arxiv.org/abs/2004.05909; timm's
    ``k_decay``, https://github.com/huggingface/pytorch-image-models/blob/main/timm/scheduler/cosine_lr.py

    Departs from timm in nothing but the floor, which is a share of the peak.

    >>> from surefoot.schedules import k_decay
    >>> k_decay(k=2).over(4)([0, 1, 2, 3, 4]).round(4).tolist()
    [1.0, 0.9904, 0.8536, 0.4025, 0.0]
    """

    length: Length = None
    shape: Literal["cosine", "polynomial"] = "cosine"
    _: KW_ONLY
    k: Positive
    power: Positive = 1.0
    to: Floor = 0.0

    def _check(self) -> None:
        if self.shape == "cosine" and self.power != 1:
            raise BadSchedule(f"k_decay: power={self.power!r} is of the polynomial. Write shape='polynomial' with it.")

    def size(self, lay: Lay) -> Fraction | None:
        return lay.updates(self.length)

    def curve(self, lay: Lay, span: int, entry: float) -> Curve:
        def falling(p: Any, maths: Maths) -> Any:
            return 0.5 * (1 + maths.cos(pi * p)) if self.shape == "cosine" else (1 - p) ** self.power

        return lambda t, maths: between(self.to, 1.0, falling(progress(t, span, maths) ** self.k, maths))


@final
@dataclass(frozen=True, slots=True, repr=False)
class cosine_wave(Schedule):  # noqa: N801  (a word of the language)
    """Down and up again, several times: ``to + (1 - to) (1 + cos(2 pi cycles t / N)) / 2``.

    First value 1; last that of the formula; held from t = N on: ``to`` after half a cycle, 1 after a whole one.

    Args:
        length: N: updates, share of the horizon, or ``None`` for what is left.
        cycles: How many; half a cycle is a cosine.
        to: Multiple of the peak rate at the bottom; below 1.

    Use it for what torch's ``CosineAnnealingLR`` does after ``T_max``, and transformers' cosine with other
    ``num_cycles`` than 0.5. Source: torch's ``CosineAnnealingLR``,
    https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.CosineAnnealingLR.html

    Departs from torch by the end: there it goes on for ever.

    >>> from surefoot.schedules import cosine_wave
    >>> cosine_wave(cycles=1.5).over(12)([0, 2, 4, 8, 10, 12, 20]).round(4).tolist()
    [1.0, 0.5, 0.0, 1.0, 0.5, 0.0, 0.0]
    """

    length: Length = None
    _: KW_ONLY
    cycles: Positive
    to: Floor = 0.0

    def size(self, lay: Lay) -> Fraction | None:
        return lay.updates(self.length)

    def curve(self, lay: Lay, span: int, entry: float) -> Curve:
        turn = 2 * pi * self.cycles
        return lambda t, maths: between(self.to, 1.0, 0.5 * (1 + maths.cos(turn * progress(t, span, maths))))
