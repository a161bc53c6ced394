from __future__ import annotations

import copy
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from surefoot.driving._imports._recorded import fits, from_values, recorded, whole
from surefoot.errors import BadInput
from surefoot.schedules import (
    Schedule,
    constant,
    cosine,
    decay,
    k_decay,
    linear,
    multistep,
    polynomial,
    restarts,
    step,
    tanh,
)


def from_timm(scheduler: Any, horizon: int | None = None) -> Schedule:
    """A scheduler of timm's as a schedule of ours, equal at every ``t``; the scheduler is only looked at.

    Cosine, poly, tanh, step, multistep and warmup-stable-decay become shapes. timm's multistep drops one ``t`` before
    its milestones; that is kept. Where the warmup overlaps the curve (``warmup_prefix=False``), cycles grow, noise is
    on, or no shape says the same, the values are recorded one by one.

    One ``t`` is one update: for a scheduler in epochs (timm's default) write
    ``from_timm(scheduler).stretch(updates_per_epoch)``, which makes its stairs smooth. The multiplier 1 is the rate
    that the optimizer was built with; ``lr_min`` and ``warmup_lr_init`` become multiples of it.

    Args:
        scheduler: Any but the one that follows a metric.
        horizon: Length of the training in ``t``; for those with a cycle it is known.

    Returns:
        The schedule.

    Raises:
        BadInput: It is no such scheduler, its groups have different curves, or it needs a horizon and has none.
    """
    name = type(scheduler).__name__
    if not all(hasattr(scheduler, part) for part in ("step_update", "base_values", "t_in_epochs")):
        raise BadInput(f"from_timm: expected a scheduler of timm.scheduler, given {name!r}")
    if name == "PlateauLRScheduler":
        raise BadInput("from_timm: PlateauLRScheduler follows a metric, so it is no function of the update")
    horizon = whole(horizon, "from_timm")
    schedule = _known(scheduler, horizon)
    return schedule if schedule is not None and fits(schedule, horizon) else _recorded(scheduler, horizon)


def _known(s: Any, horizon: int | None) -> Schedule | None:
    known = _KNOWN.get(type(s).__name__)
    noisy = s.noise_range_t is not None
    overlapping = s.warmup_t and not getattr(s, "warmup_prefix", True)
    if known is None or noisy or overlapping or not type(s).__module__.startswith("timm."):
        return None
    body = known(s, horizon - s.warmup_t if horizon else None)
    if body is None or not s.warmup_t:
        return body
    start = _share(s, s.warmup_lr_init)
    return None if start == 1 else linear(s.warmup_t, start=start, end=1.0) >> body


def _share(s: Any, rate: float) -> float:
    shares = [rate / base for base in s.base_values]
    if max(shares) - min(shares) > 1e-9 * max(shares):
        raise BadInput(
            f"from_timm({type(s).__name__}): {rate:g} is another multiple of the rate of each parameter group, and a"
            " schedule is one for all groups"
        )
    return shares[0]


def _cosine(s: Any, left: int | None) -> Schedule | None:
    to = _share(s, s.lr_min)
    if s.cycle_limit == 1:
        return k_decay(s.t_initial, k=s.k_decay, to=to) if s.k_decay != 1 else cosine(s.t_initial, to=to)
    if s.k_decay != 1 or s.cycle_mul != 1 or not to <= s.cycle_decay ** (s.cycle_limit - 1) <= 1:
        return None
    return restarts(s.t_initial, cycles=s.cycle_limit, decay=s.cycle_decay, to=to)


def _poly(s: Any, left: int | None) -> Schedule | None:
    if s.cycle_limit != 1:
        return None
    to = _share(s, s.lr_min)
    if s.k_decay != 1:
        return k_decay(s.t_initial, "polynomial", k=s.k_decay, power=s.power, to=to)
    return polynomial(s.t_initial, power=s.power, to=to)


def _tanh(s: Any, left: int | None) -> Schedule | None:
    if s.cycle_limit != 1:
        return None
    to = _share(s, s.lr_min)
    curve = tanh(s.t_initial, lower=s.lb, upper=s.ub, to=to)
    return curve >> constant(value=to) if left and left > s.t_initial else curve  # it jumps to the floor


def _step(s: Any, left: int | None) -> Schedule | None:
    if s.decay_rate == 1 or (left and s.decay_t >= left):
        return constant()
    return step(s.decay_t, factor=s.decay_rate) if isinstance(s.decay_t, int) and s.decay_rate < 1 else None


def _multistep(s: Any, left: int | None) -> Schedule | None:
    places = [place - 1 for place in s.decay_t if not left or place - 1 < left]
    if s.decay_rate == 1 or not places:
        return constant()
    rising = all(isinstance(place, int) for place in places) and places == sorted(set(places))
    return multistep(places, factor=s.decay_rate) if rising and places[0] >= 1 and s.decay_rate < 1 else None


def _stable(s: Any, left: int | None) -> Schedule | None:
    if s.stable_fn != "constant" or s.decay_fn not in {"linear", "cosine", "1-sqrt"} or s.decay_t >= s.t_initial:
        return None
    fall = decay(s.decay_t, s.decay_fn, to=_share(s, s.lr_min))
    return constant(length=s.t_initial - s.decay_t) >> fall


_KNOWN: dict[str, Callable[[Any, int | None], Schedule | None]] = {
    "CosineLRScheduler": _cosine,
    "PolyLRScheduler": _poly,
    "TanhLRScheduler": _tanh,
    "StepLRScheduler": _step,
    "MultiStepLRScheduler": _multistep,
    "WSDLRScheduler": _stable,
}


def _recorded(scheduler: Any, horizon: int | None) -> Schedule:
    who = f"from_timm({type(scheduler).__name__})"
    if horizon is None and hasattr(scheduler, "get_cycle_length"):
        horizon = scheduler.get_cycle_length()
    groups = [
        {key: value for key, value in group.items() if key != "params"} for group in scheduler.optimizer.param_groups
    ]
    walker = copy.deepcopy(scheduler, {id(scheduler.optimizer): SimpleNamespace(param_groups=copy.deepcopy(groups))})
    scales = [base * group.get("lr_scale", 1.0) for base, group in zip(scheduler.base_values, groups, strict=True)]

    def multiplier(update: int) -> float:
        (walker.step if walker.t_in_epochs else walker.step_update)(update)
        found = [group["lr"] / scale for group, scale in zip(walker.optimizer.param_groups, scales, strict=True)]
        if max(found) - min(found) > 1e-9:
            raise BadInput(f"{who}: its parameter groups have different curves, and a schedule is one for all groups")
        return found[0]

    return from_values(recorded(multiplier, horizon, who), peak_lr=1.0)
