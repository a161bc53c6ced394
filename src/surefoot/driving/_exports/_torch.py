from __future__ import annotations

from typing import TYPE_CHECKING, Any

from surefoot.driving._rates import group_rates
from surefoot.schedules import Schedule, parse

if TYPE_CHECKING:
    from torch.optim import Optimizer
    from torch.optim.lr_scheduler import LambdaLR


def to_torch(schedule: Schedule | str, optimizer: Optimizer, *, horizon: int) -> LambdaLR:
    """A schedule as torch's ``LambdaLR``: call its ``step()`` after each update.

    Rather use ``schedule.bind(optimizer, horizon=)``, whose state says which schedule it is of. This is for programs
    that want a scheduler of torch's.

    Args:
        schedule: The schedule, or its text.
        optimizer: Its groups' present rates are the peaks.
        horizon: Length of the training in updates.

    Returns:
        The scheduler; the first rate is set already.

    Raises:
        BadInput: The schedule is none or does not fit the horizon, or the optimizer has no groups with a rate.

    >>> import torch
    >>> from surefoot.driving import to_torch
    >>> optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=0.5)
    >>> scheduler = to_torch("warmup(2) >> cosine()", optimizer, horizon=10)
    >>> scheduler.get_last_lr()
    [0.25]
    """
    from torch.optim.lr_scheduler import LambdaLR

    course = parse(schedule).over(horizon)
    group_rates((optimizer,))
    return LambdaLR(optimizer, lambda update: course(update))  # LambdaLR saves what is not a plain function


def to_lightning(schedule: Schedule | str, optimizer: Optimizer, *, horizon: int) -> dict[str, Any]:
    """A schedule as what ``configure_optimizers`` of a ``LightningModule`` returns.

    Args:
        schedule: The schedule, or its text.
        optimizer: Its groups' present rates are the peaks.
        horizon: Length of the training in updates: ``self.trainer.estimated_stepping_batches``.

    Returns:
        Optimizer and scheduler, stepped once an update.

    Raises:
        BadInput: The schedule is none or does not fit the horizon, or the optimizer has no groups with a rate.
    """
    scheduler = to_torch(schedule, optimizer, horizon=horizon)
    return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "interval": "step", "frequency": 1}}


def to_transformers(schedule: Schedule | str, optimizer: Optimizer, *, horizon: int) -> tuple[Optimizer, LambdaLR]:
    """A schedule as what the ``Trainer`` of transformers takes: ``Trainer(…, optimizers=to_transformers(…))``.

    Args:
        schedule: The schedule, or its text.
        optimizer: Its groups' present rates are the peaks.
        horizon: Length of the training in updates: the ``max_steps`` of the trainer.

    Returns:
        Optimizer and scheduler.

    Raises:
        BadInput: The schedule is none or does not fit the horizon, or the optimizer has no groups with a rate.
    """
    return optimizer, to_torch(schedule, optimizer, horizon=horizon)
