from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from surefoot.driving._driver import Driver, Key, Resume

if TYPE_CHECKING:
    from surefoot.schedules import Course


def drive(course: Course, optimizers: Iterable[Any], resume: Resume | None = None, key: Key = "lr") -> Driver:
    """Put a course to work.

    Args:
        course: The schedule, laid over the training.
        optimizers: Whose groups are driven.
        resume: What loading does with a state of another horizon.
        key: What is driven.

    Returns:
        A driver; one of torch's optimizers is an ``LRScheduler`` too. Torch is not imported for it.
    """
    optimizers = tuple(optimizers)
    torch = sys.modules.get("torch")
    if torch is not None and all(isinstance(one, torch.optim.Optimizer) for one in optimizers):
        from surefoot.driving._scheduler import SchedulerDriver

        return SchedulerDriver(course, optimizers, resume, key)
    return Driver(course, optimizers, resume, key)
