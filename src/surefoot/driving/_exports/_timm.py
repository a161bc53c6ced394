from __future__ import annotations

from typing import TYPE_CHECKING, Any

from surefoot.errors import MissingExtra
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
        BadInput: The schedule is none, or does not fit the horizon.
        MissingExtra: timm is not installed.
    """
    course = parse(schedule).over(horizon)
    try:
        from timm.scheduler.scheduler import Scheduler
    except ModuleNotFoundError as missing:
        raise MissingExtra("to_timm", "timm", "frameworks") from missing

    class SurefootScheduler(Scheduler):
        def _get_lr(self, t: int) -> list[float]:
            return [peak * course(t) for peak in self.base_values]

    scheduler = SurefootScheduler(optimizer, "lr", t_in_epochs=False)
    scheduler.step_update(0)
    return scheduler
