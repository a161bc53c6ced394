"""Which schedule each of torch's schedulers is; ``None`` where no shape says exactly the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import reduce
from itertools import accumulate, pairwise
from operator import mul, rshift
from typing import Any

from surefoot.errors import BadInput
from surefoot.schedules import (
    Schedule,
    constant,
    cosine,
    cosine_wave,
    exp_range,
    hold,
    linear,
    multistep,
    one_cycle,
    piecewise,
    polynomial,
    restarts,
    step,
    triangular,
    triangular2,
)

Known = Callable[[Any, int | None], Schedule | None]


def peaks(scheduler: Any) -> list[float]:
    """For every parameter group the rate that has the multiplier 1.

    Returns:
        ``max_lr`` where the scheduler has one, else the rate that the optimizer was built with.

    Raises:
        BadInput: One of them is 0.
    """
    groups = scheduler.optimizer.param_groups
    if hasattr(scheduler, "max_lrs"):
        rates = scheduler.max_lrs
    else:
        name = "max_lr" if type(scheduler).__name__ == "OneCycleLR" else "initial_lr"
        rates = [group[name] for group in groups]
    if not all(float(rate) > 0 for rate in rates):
        raise BadInput(f"from_torch: a parameter group has the rate {min(map(float, rates)):g}, expected one above 0")
    return [float(rate) for rate in rates]


def _share(scheduler: Any, rates: Sequence[float], what: str) -> float:
    # A rate of every group as a multiple of its peak, the same in all.
    shares = [float(rate) / top for rate, top in zip(rates, peaks(scheduler), strict=True)]
    if max(shares) - min(shares) > 1e-9 * max(shares):
        raise BadInput(
            f"from_torch({type(scheduler).__name__}): {what} is another multiple of the peak rate in each parameter"
            f" group ({', '.join(f'{share:g}' for share in shares)}), and a schedule is one for all groups"
        )
    return shares[0]


def _constant(s: Any, horizon: int | None) -> Schedule | None:
    if s.factor == 1 or s.total_iters == 0:
        return constant()
    return constant(value=s.factor, length=s.total_iters) >> constant()


def _linear(s: Any, horizon: int | None) -> Schedule | None:
    if s.start_factor == s.end_factor:
        return constant(value=s.end_factor)
    return linear(s.total_iters, start=s.start_factor, end=s.end_factor) if s.total_iters else None


def _polynomial(s: Any, horizon: int | None) -> Schedule | None:
    return polynomial(s.total_iters, power=s.power) if s.total_iters and s.power > 0 else None


def _step(s: Any, horizon: int | None) -> Schedule | None:
    if s.gamma == 1 or (horizon and s.step_size >= horizon):
        return constant()
    return step(s.step_size, factor=s.gamma) if 0 < s.gamma < 1 else None


def _exponential(s: Any, horizon: int | None) -> Schedule | None:
    if s.gamma == 1:
        return constant()
    return step(1, factor=s.gamma) if 0 < s.gamma < 1 else None


def _multistep(s: Any, horizon: int | None) -> Schedule | None:
    drops = Counter({place: times for place, times in s.milestones.items() if not horizon or place < horizon})
    places = sorted(drops)
    if not places:
        return constant()
    if places[0] < 1 or s.gamma <= 0:
        return None
    if set(drops.values()) == {1} and s.gamma < 1:
        return multistep(places, factor=s.gamma)
    return piecewise(places, [s.gamma**count for count in accumulate((drops[place] for place in places), initial=0)])


def _floor(s: Any) -> float:
    return _share(s, [s.eta_min] * len(s.optimizer.param_groups), "eta_min")


def _cosine(s: Any, horizon: int | None) -> Schedule | None:
    to = _floor(s)
    if to >= 1:
        return None
    if horizon and horizon > s.T_max:
        return cosine_wave(horizon, cycles=horizon / (2 * s.T_max), to=to)
    return cosine(s.T_max, to=to)


def _restarts(s: Any, horizon: int | None) -> Schedule | None:
    to = _floor(s)
    return restarts(s.T_0, growth=s.T_mult, to=to) if to < 1 else None


def _one_cycle(s: Any, horizon: int | None) -> Schedule | None:
    groups = s.optimizer.param_groups
    start, end = (_share(s, [group[name] for group in groups], name) for name in ("initial_lr", "min_lr"))
    rise = s._schedule_phases[0]["end_step"]
    if not (rise >= 1 and start < 1 and end < 1 and (horizon or rise == int(rise))):
        return None
    phases = len(s._schedule_phases)
    shape = {"cos": "cosine", "linear": "linear"}[s._anneal_func_type]
    last = s.total_steps - 1
    if (phases - 1) * rise >= last:
        return None
    up = int(rise) if rise == int(rise) or not horizon else rise / horizon  # a peak may lie between two updates
    return one_cycle(last, rise=up, start=start, end=end, shape=shape, phases=phases)  # pyright: ignore[reportArgumentType]


def _cyclic(s: Any, horizon: int | None) -> Schedule | None:
    low = _share(s, s.base_lrs, "base_lr")
    up = s.total_size * s.step_ratio
    down = s.total_size - up
    whole = [round(up), round(down)]
    if s._scale_fn_custom is not None or low >= 1 or max(abs(whole[0] - up), abs(whole[1] - down)) > 1e-9:
        return None
    sides = {"up": whole[0], "down": whole[1], "low": low}
    if s.mode != "exp_range" or s.gamma == 1:
        return {"triangular2": triangular2}.get(s.mode, triangular)(**sides)
    to = s.gamma**horizon if horizon else 0
    return exp_range(**sides, to=to, length=horizon) if 0 < to < 1 else None


def _sequential(s: Any, horizon: int | None) -> Schedule | None:
    edges = [0, *s._milestones]
    if any(after <= before for before, after in pairwise(edges)):
        return None
    lengths = [*(after - before for before, after in pairwise(edges)), None]
    left = horizon - edges[-1] if horizon else None
    parts = [_part(one, length, left) for one, length in zip(s._schedulers, lengths, strict=True)]
    return None if None in parts else reduce(rshift, (part for part in parts if part is not None))


def _part(s: Any, length: int | None, left: int | None) -> Schedule | None:
    # One of several in a row, over its own stretch exactly.
    known = KNOWN.get(type(s).__name__)
    if known is None or type(s).__name__ in _WITH_THEIR_OWN_RATES:
        return None
    schedule = known(s, length or left)
    if schedule is None or length is None:
        return schedule
    own = getattr(schedule, "length", None)
    if own is None:
        return replace(schedule, length=length) if hasattr(schedule, "length") else None  # pyright: ignore
    return schedule if own == length else schedule >> hold(length - own) if own < length else None


def _chained(s: Any, horizon: int | None) -> Schedule | None:
    names = [type(one).__name__ for one in s._schedulers]
    if not set(names) <= _MULTIPLYING or any(getattr(one, "eta_min", 0) for one in s._schedulers):
        return None
    ends = [one.T_max for one in s._schedulers if type(one).__name__ == "CosineAnnealingLR"]
    if ends and (not horizon or horizon > min(ends)):
        return None  # after its end a cosine rises without the others
    parts = [KNOWN[name](one, horizon) for name, one in zip(names, s._schedulers, strict=True)]
    return None if None in parts else reduce(mul, (part for part in parts if part is not None))


KNOWN: dict[str, Known] = {
    "ConstantLR": _constant,
    "LinearLR": _linear,
    "PolynomialLR": _polynomial,
    "StepLR": _step,
    "MultiStepLR": _multistep,
    "ExponentialLR": _exponential,
    "CosineAnnealingLR": _cosine,
    "CosineAnnealingWarmRestarts": _restarts,
    "OneCycleLR": _one_cycle,
    "CyclicLR": _cyclic,
    "SequentialLR": _sequential,
    "ChainedScheduler": _chained,
}
_WITH_THEIR_OWN_RATES = {"OneCycleLR", "CyclicLR", "SequentialLR", "ChainedScheduler"}  # or without a length
_MULTIPLYING = {
    "ConstantLR", "LinearLR", "PolynomialLR", "StepLR", "MultiStepLR", "ExponentialLR", "CosineAnnealingLR",
}  # fmt: skip
