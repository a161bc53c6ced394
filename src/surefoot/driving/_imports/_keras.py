from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from surefoot.driving._imports._recorded import fits, from_values, recorded, whole
from surefoot.errors import BadInput
from surefoot.schedules import (
    Schedule,
    constant,
    cosine,
    inverse_time,
    linear,
    piecewise,
    polynomial,
    polynomial_cycles,
    restarts,
    step,
)


def from_keras(schedule: Any, horizon: int | None = None) -> Schedule:
    """A ``LearningRateSchedule`` of Keras as ours, equal at every step within its float32.

    Keras' own become shapes. Its ``decay_steps`` don't hold the warmup, and a boundary still has the value before it;
    both are kept. Recorded as a table are schedules of other people, inverse time in stairs, and restarts that grow or
    decay, whose float32 logarithm misplaces some by a step.

    Args:
        schedule: What an optimizer of Keras takes as its ``learning_rate``.
        horizon: Length of the training in updates; only needed, and asked for, where values are recorded.

    Returns:
        The schedule. The multiplier 1 is ``initial_learning_rate``, ``warmup_target`` where there is a warmup, or the
        highest value.

    Raises:
        BadInput: It is no such schedule, or it needs a horizon and has none.
    """
    name = type(schedule).__name__
    if not (callable(schedule) and hasattr(schedule, "get_config")):
        raise BadInput(f"from_keras: expected a keras.optimizers.schedules.LearningRateSchedule, given {name!r}")
    horizon = whole(horizon, "from_keras")
    known = _KNOWN.get(name) if type(schedule).__module__.startswith("keras.") else None
    ours = known(cast("Any", schedule).get_config()) if known else None
    if ours is not None and fits(ours, horizon):
        return ours
    return from_values(recorded(schedule, horizon, f"from_keras({name})"))


def _exponential(c: dict[str, Any]) -> Schedule | None:
    rate, steps = c["decay_rate"], c["decay_steps"]
    if not 0 < rate < 1:
        return constant() if rate == 1 else None
    return step(steps, factor=rate) if c["staircase"] else step(1, factor=rate ** (1 / steps))


def _piecewise(c: dict[str, Any]) -> Schedule | None:
    places, levels = [int(place) + 1 for place in c["boundaries"]], [float(level) for level in c["values"]]
    top = max(levels)
    return piecewise(places, [level / top for level in levels]) if top > 0 and places[0] >= 1 else None


def _polynomial(c: dict[str, Any]) -> Schedule | None:
    to = c["end_learning_rate"] / c["initial_learning_rate"]
    if not 0 <= to < 1 or not c["power"] > 0:
        return None
    made = polynomial_cycles if c["cycle"] else polynomial
    return made(c["decay_steps"], power=c["power"], to=to)


def _inverse_time(c: dict[str, Any]) -> Schedule | None:
    return None if c["staircase"] else inverse_time(c["decay_steps"], rate=c["decay_rate"])


def _cosine(c: dict[str, Any]) -> Schedule | None:
    if not 0 <= c["alpha"] < 1:
        return None
    fall = cosine(c["decay_steps"], to=c["alpha"])
    target, steps = c["warmup_target"], c["warmup_steps"]
    if target is None or not steps:
        return fall if target is None else None
    start = c["initial_learning_rate"] / target
    return linear(steps, start=start, end=1.0) >> fall if start != 1 else None


def _restarts(c: dict[str, Any]) -> Schedule | None:
    if c["t_mul"] != 1 or c["m_mul"] != 1 or not 0 <= c["alpha"] < 1:
        return None
    return restarts(c["first_decay_steps"], to=c["alpha"])


_KNOWN: dict[str, Callable[[dict[str, Any]], Schedule | None]] = {
    "ExponentialDecay": _exponential,
    "PiecewiseConstantDecay": _piecewise,
    "PolynomialDecay": _polynomial,
    "InverseTimeDecay": _inverse_time,
    "CosineDecay": _cosine,
    "CosineDecayRestarts": _restarts,
}
