from __future__ import annotations

from typing import TYPE_CHECKING, Any

from surefoot.driving._exports._common import framework
from surefoot.driving._rates import group_rates
from surefoot.schedules import Schedule, parse

if TYPE_CHECKING:
    from torch.optim import Optimizer


def to_timm(schedule: Schedule | str, optimizer: Optimizer, *, horizon: int) -> Any:
    """A schedule as timm's ``Scheduler``: call ``step_update(updates)`` after each update; ``step`` changes nothing.

    Args:
        schedule: The schedule, or its text.
        optimizer: Its groups' present rates are the peaks.
        horizon: Length of the training in updates.

    Returns:
        The scheduler; the first rate is set already.

    Raises:
        BadInput: The schedule is none or does not fit the horizon, or the optimizer has no groups with a rate.
        MissingExtra: timm is not installed.
    """
    course = parse(schedule).over(horizon)
    group_rates((optimizer,))
    base: Any = framework("timm.scheduler.scheduler", "to_timm").Scheduler

    class SurefootScheduler(base):
        def _get_lr(self, t: int) -> list[float]:
            return [peak * course(t) for peak in self.base_values]

    exported = SurefootScheduler(optimizer, "lr", t_in_epochs=False)
    exported.step_update(0)
    return exported
