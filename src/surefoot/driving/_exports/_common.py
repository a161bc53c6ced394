from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from surefoot.errors import BadInput, MissingExtra
from surefoot.schedules import Schedule, parse

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def table(schedule: Schedule | str, horizon: int) -> NDArray[np.float32]:
    """The multipliers of a training, for frameworks that trace what they are given.

    A table is as exact as float32 allows, where the formulas in float32 lose the last updates to cancellation.

    Args:
        schedule: The schedule, or its text.
        horizon: Length of the training in updates.

    Returns:
        ``horizon + 1`` values: the last one is held for ever.
    """
    import numpy as np

    return parse(schedule).over(horizon)(np.arange(horizon + 1)).astype(np.float32)


def framework(module: str, who: str) -> Any:
    """A module of a framework, imported now.

    Returns:
        The module.

    Raises:
        MissingExtra: Its package is not installed.
        ModuleNotFoundError: Something that the package needs is not, such as a backend.
    """
    package = module.split(".")[0]
    try:
        return import_module(module)
    except ModuleNotFoundError as missing:
        if missing.name != package:
            raise
        raise MissingExtra(who, package, "frameworks") from missing


def checked_peak(peak_lr: object) -> float:
    """The rate that a schedule is to multiply.

    Returns:
        It as a float.

    Raises:
        BadInput: It is no number above 0.
    """
    if isinstance(peak_lr, int | float) and 0 < peak_lr < float("inf"):
        return float(peak_lr)
    raise BadInput(f"peak_lr must be a finite number above 0, the rate where the multiplier is 1, given {peak_lr!r}")
