from __future__ import annotations

from collections.abc import Callable
from typing import Any

from surefoot.driving._exports._common import checked_peak, framework, table
from surefoot.schedules import Schedule


def to_optax(schedule: Schedule | str, *, peak_lr: float, horizon: int) -> Callable[[Any], Any]:
    """A schedule as optax's: a function of the update count, for ``optax.adamw(to_optax(…))``; needs only JAX.

    It may be compiled. It holds a table of float32, four bytes an update.

    Args:
        schedule: The schedule, or its text.
        peak_lr: The rate where the multiplier is 1.
        horizon: Length of the training in updates.

    Returns:
        ``count -> rate``; after the horizon the last value is held.

    Raises:
        BadInput: The schedule is none or does not fit, or ``peak_lr`` is no number above 0.
        MissingExtra: JAX is not installed.
    """
    table_of_rates = checked_peak(peak_lr) * table(schedule, horizon)
    jnp = framework("jax.numpy", "to_optax")
    rates = jnp.asarray(table_of_rates)

    def rate(count: Any) -> Any:
        return rates[jnp.clip(count, 0, horizon)]

    return rate
