from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from surefoot.errors import BadInput, BadSchedule
from surefoot.schedules import Schedule, values


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
        ``values([...], horizon)``, in optax's float32.

    Raises:
        BadInput: It is no function, its values are no rates, or the horizon is none.

    >>> from surefoot.driving import from_optax
    >>> from_optax(lambda count: 0.5 / (count + 1), horizon=4)
    values([1.0, 0.5, 0.3333333333333333, 0.25], 4)
    """
    if not callable(schedule):
        raise BadInput(f"from_optax: expected a function of the update index that gives the rate, given {schedule!r}")
    return from_values(recorded(schedule, horizon, "from_optax"))


def recorded(rate: Callable[[int], Any], horizon: int | None, who: str) -> list[float]:
    """The values of a function at every update.

    Returns:
        As floats.

    Raises:
        BadInput: There is no horizon, or the function gives no numbers.
    """
    if not isinstance(horizon, int) or horizon < 1:
        raise BadInput(
            f"{who}: only the values of this schedule can be had, so it needs the length of the training:"
            f" horizon=10_000; given {horizon!r}"
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
