from __future__ import annotations

import numbers
from collections.abc import Callable, Iterable
from typing import Any

from surefoot.errors import BadInput, BadSchedule
from surefoot.schedules import Schedule, values

_PROBES = 10  # values that are asked for one by one, to see whether a function of arrays is the same


def from_values(rates: Iterable[float], *, peak_lr: float | None = None) -> Schedule:
    """A list of rates, one an update, as a schedule: the table ``values([...])``.

    Args:
        rates: The rate of every update, 0 or more.
        peak_lr: What is to have the multiplier 1; by default the highest of them.

    Returns:
        ``values(rates / peak_lr, number of rates)``: over as many updates it gives them back, and holds the last one.

    Raises:
        BadInput: They are no rates, or all are 0.

    >>> from surefoot.driving import from_values
    >>> from_values([0.1, 0.2, 0.2, 0.05])
    values([0.5, 1.0, 1.0, 0.25], 4)
    """
    try:
        listed = [float(rate) for rate in rates]
    except (TypeError, ValueError):
        raise BadInput(f"from_values: expected rates, one an update, such as [0.1, 0.2], given {rates!r}") from None
    peak = max(listed, default=0.0) if peak_lr is None else peak_lr
    if not (isinstance(peak, int | float) and 0 < peak < float("inf")):
        what = f"peak_lr = {peak_lr!r}" if peak_lr is not None else f"{len(listed)} rates without one above 0"
        raise BadInput(f"from_values: {what}. Expected finite rates, at least one above 0")
    return values([rate / peak for rate in listed], len(listed))


def from_optax(schedule: Callable[[Any], Any], horizon: int) -> Schedule:
    """A schedule of optax, or any function of the update index that gives the rate, as ours.

    Such a function tells nothing but its values, so they are kept as a table; multiples of the highest one.

    Args:
        schedule: ``count -> rate``.
        horizon: Length of the training in updates. Where optax counts the warmup to ``decay_steps``, that is it.

    Returns:
        ``values([...], horizon)``, to the rounding of optax's float32.

    Raises:
        BadInput: It is no function, its values are no rates, or the horizon is none.

    >>> from surefoot.driving import from_optax
    >>> from_optax(lambda count: 0.5 / (count + 1), horizon=4)
    values([1.0, 0.5, 0.3333333333333333, 0.25], 4)
    """
    if not callable(schedule):
        raise BadInput(f"from_optax: expected a function of the update index that gives the rate, given {schedule!r}")
    length = whole(horizon, "from_optax")
    at_once = _at_once(schedule, length) if length else None
    return from_values(at_once or recorded(schedule, length, "from_optax"))


def _at_once(rate: Callable[[Any], Any], horizon: int) -> list[float] | None:
    # JAX takes milliseconds for one value and no longer for all. Only where the function is one of arrays too.
    import numpy as np

    try:
        rates = np.asarray(rate(np.arange(horizon)), dtype=np.float64)
        spread = range(0, horizon, max(1, horizon // _PROBES))
        fine = rates.shape == (horizon,) and np.allclose([float(rate(update)) for update in spread], rates[spread])
    except (TypeError, ValueError, IndexError):
        return None
    return rates.tolist() if fine else None


def whole(horizon: Any, who: str) -> int | None:
    """A horizon as a plain int.

    Returns:
        ``None`` where there is none.

    Raises:
        BadInput: It is no length of a training.
    """
    if horizon is None:
        return None
    if isinstance(horizon, numbers.Integral) and not isinstance(horizon, bool) and int(horizon) >= 1:
        return int(horizon)
    raise BadInput(f"{who}: horizon must be the length of the training in updates, a whole number, given {horizon!r}")


def recorded(rate: Callable[[int], Any], horizon: int | None, who: str) -> list[float]:
    """The values of a function at every update.

    Returns:
        As floats.

    Raises:
        BadInput: There is no horizon, or the function gives no numbers.
    """
    if horizon is None:
        raise BadInput(
            f"{who}: only the values of this schedule can be had, so it needs the length of the training:"
            " horizon=10_000"
        )
    try:
        return [float(rate(update)) for update in range(horizon)]
    except (TypeError, ValueError) as error:
        raise BadInput(f"{who}: expected one rate an update; {type(error).__name__}: {error}") from error


def fits(schedule: Schedule, horizon: int | None) -> bool:
    """Whether the training is as long as the schedule; others let theirs be cut off, ours are never.

    Returns:
        True too where there is no horizon.
    """
    try:
        return horizon is None or bool(schedule.over(horizon))
    except BadSchedule:
        return False
