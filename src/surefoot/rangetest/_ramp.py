from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from numbers import Real
from typing import Any

from surefoot.errors import BadInput
from surefoot.rangetest._curve import risen

_BEYOND = 100.0  # how far a ramp goes above the range that find looks at first: it stops by itself before
_SPAN = 1e6  # of the ramp, where one end was given beyond the usual other one


def ramp_range(usual: tuple[float, float], lr_min: Any, lr_max: Any) -> tuple[float, float]:
    """Where a ramp starts and ends.

    Args:
        usual: Range of rates to look at first, by the kind of optimizer.
        lr_min: Asked for; ``None`` for the usual.
        lr_max: The same.

    Returns:
        Lowest and highest rate.

    Raises:
        BadInput: They are no rates, or the wrong way round.
    """
    for name, rate in (("lr_min", lr_min), ("lr_max", lr_max)):
        number = isinstance(rate, Real) and not isinstance(rate, bool)
        if rate is not None and not (number and 0 < float(rate) < math.inf):
            raise BadInput(f"{name}={rate!r}: expected a rate above 0, for example 1e-5")
    low = usual[0] if lr_min is None else float(lr_min)
    high = usual[1] * _BEYOND if lr_max is None else float(lr_max)
    if low < high:
        return low, high
    if lr_min is not None and lr_max is not None:
        raise BadInput(f"lr_min={low:g} and lr_max={high:g}: expected lr_min below lr_max")
    return (low, low * _SPAN) if lr_max is None else (high / _SPAN, high)


def ladder(low: float, high: float, steps: int) -> list[float]:
    """Rates that rise by the same factor from each update to the next.

    Args:
        low: The first.
        high: The last.
        steps: How many, at least 2.

    Returns:
        The rates; both ends are exact.

    >>> ladder(1e-5, 1e-1, 5)
    [1e-05, 0.0001, 0.001, 0.01, 0.1]
    """
    factor = high / low
    return [low, *(low * factor ** (step / (steps - 1)) for step in range(1, steps - 1)), high]


def climb(train: Callable[[float], float], rates: Sequence[float]) -> list[float]:
    """Do one update at each rate until nothing more can be learned.

    Args:
        train: Does an update at a rate; returns the loss before it.
        rates: Ascending.

    Returns:
        The losses; the last may be NaN or infinite.
    """
    losses: list[float] = []
    for rate in rates:
        losses.append(train(rate))
        if risen(losses, len(rates)):
            break
    return losses
