from __future__ import annotations

import copy
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from surefoot.driving._imports._recorded import fits, from_values, recorded, whole
from surefoot.driving._imports._torch_known import KNOWN, peaks
from surefoot.errors import BadInput
from surefoot.schedules import Schedule

if TYPE_CHECKING:
    from torch.optim.lr_scheduler import LRScheduler

_SAME = 1e-9  # groups whose multipliers differ by less have one schedule; far above rounding, far below any meaning


def from_torch(scheduler: LRScheduler, horizon: int | None = None) -> Schedule:
    """A scheduler of torch's as a schedule of ours, equal at every update; the scheduler is only looked at.

    ================================================ ===========================================================
    ``ConstantLR``, ``LinearLR``, ``PolynomialLR``   ``constant >> constant``, ``linear``, ``polynomial``
    ``StepLR``, ``MultiStepLR``, ``ExponentialLR``   ``step``, ``multistep``, ``step(1)``
    ``CosineAnnealingLR``                            ``cosine``; ``cosine_wave`` where horizon is beyond ``T_max``
    ``CosineAnnealingWarmRestarts``                  ``restarts``
    ``OneCycleLR``                                   ``one_cycle``, an update shorter: torch's last one is the end
    ``CyclicLR``                                     ``triangular``, ``triangular2``, ``exp_range``
    ``SequentialLR``, ``ChainedScheduler``           ``>>``, ``*`` of what they hold
    anything else, what these cannot say exactly     ``values([...], horizon)``, its values one by one
    ================================================ ===========================================================

    The multiplier 1 is the groups' ``initial_lr``, the rate that the optimizer was built with; for ``OneCycleLR`` and
    ``CyclicLR``, which overwrite that, their ``max_lr``. Floors that torch has as rates become multiples of it. One
    ``step()`` of the scheduler is one update: for one that is stepped once an epoch write
    ``from_torch(scheduler).stretch(updates_per_epoch)``, which makes its stairs smooth.

    Args:
        scheduler: Any but those that follow a metric.
        horizon: Length of the training in its steps. Only needed, and asked for, where values are recorded, or where a
            curve without an end has to be said by its end.

    Returns:
        The schedule. Where torch rises again after its end, or extrapolates, it holds its last value.

    Raises:
        BadInput: It is no such scheduler; its groups have different curves; or it has to be recorded and there is no
            horizon, or it was stepped already.

    >>> import torch
    >>> from torch.optim.lr_scheduler import CosineAnnealingLR, LinearLR, SequentialLR
    >>> from surefoot.driving import from_torch
    >>> optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=0.1)
    >>> parts = [LinearLR(optimizer, 0.1, total_iters=5), CosineAnnealingLR(optimizer, 95, eta_min=0.001)]
    >>> from_torch(SequentialLR(optimizer, parts, milestones=[5]))
    linear(5, start=0.1, end=1.0) >> cosine(95, to=0.01)
    """
    if not hasattr(scheduler, "optimizer") or not hasattr(scheduler, "get_last_lr"):
        raise BadInput(
            f"from_torch: expected a scheduler of torch.optim.lr_scheduler, given {type(scheduler).__name__!r}. Others:"
            " from_timm, from_transformers, from_keras, from_optax, from_values"
        )
    if type(scheduler).__name__ == "ReduceLROnPlateau":
        raise BadInput(
            "from_torch: ReduceLROnPlateau follows a metric, so it is no function of the update. Bind a schedule and"
            " let such a rule multiply it: schedule.bind(optimizer, horizon=…).factor('plateau')"
        )
    horizon = whole(horizon, "from_torch")
    known = KNOWN.get(type(scheduler).__name__)
    ours = type(scheduler).__module__ == "torch.optim.lr_scheduler"  # a subclass may do something else
    schedule = known(scheduler, horizon) if known and ours else None
    return schedule if schedule is not None and fits(schedule, horizon) else _recorded(scheduler, horizon)


def _recorded(scheduler: Any, horizon: int | None) -> Schedule:
    who = f"from_torch({type(scheduler).__name__})"
    walker = _copy(scheduler, who)
    tops = peaks(scheduler)
    seen: list[list[float]] = []

    def first_group(update: int) -> float:
        if update:
            walker.step()
        seen.append([float(group["lr"]) / top for group, top in zip(walker.optimizer.param_groups, tops, strict=True)])
        return seen[-1][0]

    multipliers = recorded(first_group, horizon or getattr(scheduler, "total_steps", None), who)
    if any(abs(one - row[0]) > _SAME for row in seen for one in row):
        raise BadInput(f"{who}: its parameter groups have different curves, and a schedule is one for all groups")
    return from_values(multipliers, peak_lr=1.0)


def _copy(scheduler: Any, who: str) -> Any:
    """A scheduler that can be walked through without the user's optimizer noticing.

    Returns:
        A deep copy, at the same place, with its hyperparameters in groups of its own.

    Raises:
        BadInput: It is not at its beginning.
    """
    if _steps(scheduler) != 0:
        raise BadInput(f"{who}: its values have to be recorded, and it was stepped already. Give a fresh one")

    def step() -> None:
        """Stands for an update."""

    step._wrapped_by_lr_sched = True  # pyright: ignore[reportFunctionMemberAccess]  (so torch sees that it is counted)
    groups = [
        {name: copy.deepcopy(value) for name, value in group.items() if name != "params"}
        for group in scheduler.optimizer.param_groups
    ]
    stand_in = SimpleNamespace(param_groups=groups, step=step, _opt_called=True)
    return copy.deepcopy(scheduler, {id(scheduler.optimizer): stand_in})


def _steps(scheduler: Any) -> int:
    return scheduler.last_epoch if hasattr(scheduler, "last_epoch") else _steps(scheduler._schedulers[0])
