from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from functools import reduce
from operator import rshift
from typing import Any, Literal, cast

from surefoot.errors import BadInput
from surefoot.schedules import (
    Schedule,
    constant,
    cosine,
    cosine_wave,
    decay,
    inverse_sqrt,
    linear,
    polynomial,
    restarts,
    values,
)

_METRIC = ("reduce_lr_on_plateau", "greedy")
Wave = Literal["linear", "cosine", "1-sqrt"]


def from_transformers(name: str, **arguments: Any) -> Schedule:
    """A schedule of transformers' ``get_scheduler`` as ours, equal at every update; transformers is not needed.

    Args:
        name: ``linear``, ``cosine``, ``cosine_with_restarts``, ``polynomial``, ``constant``, ``constant_with_warmup``,
            ``inverse_sqrt``, ``cosine_with_min_lr``, ``cosine_warmup_with_min_lr`` or ``warmup_stable_decay``: the
            ``lr_scheduler_type`` of ``TrainingArguments``.
        **arguments: As there: ``num_warmup_steps=``, ``num_training_steps=`` (with the warmup, as everywhere in
            transformers) and what is special to the name, with the defaults from there; and ``lr=``, the rate of the
            optimizer, where a floor is given as a rate (``lr_end``, ``min_lr``).

    Returns:
        The schedule. The first update of a warmup is done at rate 0, as there. After the end it holds the last value,
        where transformers' cosine rises again. A warmup of other form than a line is kept as a table.

    Raises:
        BadInput: There is no such schedule, or an argument is missing, unknown or does not fit.

    >>> from surefoot.driving import from_transformers
    >>> from_transformers("cosine", num_warmup_steps=100, num_training_steps=1000)
    linear(100, start=0.0, end=1.0) >> cosine(900)
    >>> from_transformers("polynomial", num_training_steps=1000, lr=1e-3, lr_end=1e-5, power=2)
    polynomial(1000, power=2.0, to=0.01)
    """
    if name in _METRIC:
        raise BadInput(f"from_transformers: {name!r} follows a metric, so it is no function of the update")
    if name not in _KNOWN:
        raise BadInput(f"from_transformers: there is no {name!r}. Known: {', '.join(_KNOWN)}")
    made = _KNOWN[name]
    try:
        inspect.signature(made).bind(**arguments)
    except TypeError as error:
        takes = ", ".join(f"{word}=" for word in inspect.signature(made).parameters)
        raise BadInput(f"from_transformers({name!r}): {error}. It takes {takes}") from None
    for argument in ("num_warmup_steps", "num_training_steps"):
        if not isinstance(arguments.get(argument, 0), int) or arguments.get(argument, 0) < 0:
            raise BadInput(f"from_transformers: {argument} must be a whole number, given {arguments[argument]!r}")
    return made(**arguments)


def _chain(*parts: Schedule | None) -> Schedule:
    return reduce(rshift, [part for part in parts if part is not None])


def _rise(steps: int, start: float = 0.0) -> Schedule | None:
    return linear(steps, start=start, end=1.0) if steps else None


def _left(num_training_steps: int, num_warmup_steps: int) -> int:
    if num_training_steps > num_warmup_steps:
        return num_training_steps - num_warmup_steps
    raise BadInput(
        f"from_transformers: num_training_steps={num_training_steps} holds the warmup of {num_warmup_steps} updates and"
        " must be longer"
    )


def _ratio(rate: float, lr: float | None, what: str) -> float:
    if lr is None or not lr > 0:
        raise BadInput(f"from_transformers: {what}={rate!r} is a rate: also give lr=, the rate of the optimizer")
    return rate / lr


def _wave(steps: int, cycles: float, to: float = 0.0) -> Schedule:
    return cosine(steps, to=to) if cycles == 0.5 else cosine_wave(steps, cycles=cycles, to=to)


def _constant(num_warmup_steps: int = 0, num_training_steps: int | None = None) -> Schedule:
    return constant()


def _constant_with_warmup(num_warmup_steps: int, num_training_steps: int | None = None) -> Schedule:
    return _chain(_rise(num_warmup_steps), constant())


def _linear(num_training_steps: int, num_warmup_steps: int = 0) -> Schedule:
    return _chain(_rise(num_warmup_steps), linear(_left(num_training_steps, num_warmup_steps)))


def _cosine(num_training_steps: int, num_warmup_steps: int = 0, num_cycles: float = 0.5) -> Schedule:
    return _chain(_rise(num_warmup_steps), _wave(_left(num_training_steps, num_warmup_steps), num_cycles))


def _with_restarts(num_training_steps: int, num_warmup_steps: int = 0, num_cycles: int = 1) -> Schedule:
    left = _left(num_training_steps, num_warmup_steps)
    shares = [num_cycles * (step / left) % 1.0 for step in range(left)]
    # Where float arithmetic ends a cycle an update late, there is a rate near 0 there instead of the peak.
    late = any(shares[step] > 0.5 for step in range(1, left) if step * num_cycles % left == 0)
    if late or num_cycles != int(num_cycles) or num_cycles > left:
        return _chain(_rise(num_warmup_steps), values([0.5 * (1 + math.cos(math.pi * x)) for x in shares], left))
    return _chain(_rise(num_warmup_steps), restarts(cycles=int(num_cycles), length=left))


def _polynomial(
    num_training_steps: int,
    num_warmup_steps: int = 0,
    lr_end: float = 1e-7,
    power: float = 1.0,
    lr: float | None = None,
) -> Schedule:
    left = _left(num_training_steps, num_warmup_steps)
    return _chain(_rise(num_warmup_steps), polynomial(left, power=power, to=_ratio(lr_end, lr, "lr_end")))


def _inverse_sqrt(
    num_warmup_steps: int, num_training_steps: int | None = None, timescale: int | None = None
) -> Schedule:
    return _chain(_rise(num_warmup_steps), inverse_sqrt(timescale or num_warmup_steps or 10_000))


def _floor(min_lr: float | None, min_lr_rate: float | None, lr: float | None) -> float:
    if (min_lr is None) == (min_lr_rate is None):
        raise BadInput("from_transformers: give either min_lr or min_lr_rate")
    return cast("float", min_lr_rate) if min_lr is None else _ratio(min_lr, lr, "min_lr")


def _with_min_lr(
    num_training_steps: int,
    num_warmup_steps: int = 0,
    num_cycles: float = 0.5,
    min_lr: float | None = None,
    min_lr_rate: float | None = None,
    lr: float | None = None,
) -> Schedule:
    left, to = _left(num_training_steps, num_warmup_steps), _floor(min_lr, min_lr_rate, lr)
    return _chain(_rise(num_warmup_steps), _wave(left, num_cycles, to))


def _warmup_with_min_lr(
    num_training_steps: int,
    num_warmup_steps: int = 0,
    num_cycles: float = 0.5,
    min_lr: float | None = None,
    min_lr_rate: float | None = None,
    warmup_lr_rate: float | None = None,
    lr: float | None = None,
) -> Schedule:
    # Warmup is (t + 1) / W here, and the fall begins with its last update: the floor is met by the last update.
    left, to = _left(num_training_steps, num_warmup_steps), _floor(min_lr, min_lr_rate, lr)
    if num_warmup_steps > 1:
        start = 1 / num_warmup_steps if warmup_lr_rate is None else warmup_lr_rate
        return _chain(_rise(num_warmup_steps - 1, start), _wave(left, num_cycles, to))
    turn = 2 * math.pi * num_cycles / left
    fall = values([to + (1 - to) * 0.5 * (1 + math.cos(turn * (step + 1))) for step in range(left)], left)
    first = constant(value=1.0 if warmup_lr_rate is None else warmup_lr_rate, length=1) if num_warmup_steps else None
    return _chain(first, fall)


def _stable(
    num_warmup_steps: int,
    num_decay_steps: int,
    num_training_steps: int | None = None,
    num_stable_steps: int | None = None,
    warmup_type: Wave = "linear",
    decay_type: Wave = "cosine",
    min_lr_ratio: float = 0.0,
    num_cycles: float = 0.5,
) -> Schedule:
    if num_stable_steps is None:
        if num_training_steps is None:
            raise BadInput("from_transformers: give num_training_steps or num_stable_steps")
        num_stable_steps = num_training_steps - num_warmup_steps - num_decay_steps
    if num_stable_steps < 0 or num_decay_steps < 1:
        raise BadInput(
            f"from_transformers: warmup, {num_stable_steps} stable and {num_decay_steps} updates of decay do not fit"
        )
    rise = _rise(num_warmup_steps, min_lr_ratio)
    if warmup_type != "linear" and num_warmup_steps:
        heights: dict[str, Callable[[float], float]] = {
            "cosine": lambda p: 0.5 * (1 - math.cos(math.pi * p)),
            "1-sqrt": lambda p: 1 - math.sqrt(1 - p),
        }
        if warmup_type not in heights:
            raise BadInput(f"from_transformers: warmup_type {warmup_type!r}. Known: linear, {', '.join(heights)}")
        shares = [heights[warmup_type](step / num_warmup_steps) for step in range(num_warmup_steps)]
        rise = values([min_lr_ratio + (1 - min_lr_ratio) * share for share in shares], num_warmup_steps)
    stable = constant(length=num_stable_steps) if num_stable_steps else None
    if decay_type == "cosine":
        after = None if num_cycles == 0.5 else constant(value=min_lr_ratio)  # there a wave may end elsewhere
        return _chain(rise, stable, _wave(num_decay_steps, num_cycles, min_lr_ratio), after)
    fall = decay(num_decay_steps, decay_type, to=min_lr_ratio)
    if isinstance(rise, values) and stable is None:  # a table ends below the peak: as a factor it falls from 1
        fall = constant(length=num_decay_steps) * fall
    return _chain(rise, stable, fall)


_KNOWN: dict[str, Callable[..., Schedule]] = {
    "linear": _linear,
    "cosine": _cosine,
    "cosine_with_restarts": _with_restarts,
    "polynomial": _polynomial,
    "constant": _constant,
    "constant_with_warmup": _constant_with_warmup,
    "inverse_sqrt": _inverse_sqrt,
    "cosine_with_min_lr": _with_min_lr,
    "cosine_warmup_with_min_lr": _warmup_with_min_lr,
    "warmup_stable_decay": _stable,
}
