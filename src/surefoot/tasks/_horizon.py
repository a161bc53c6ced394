from __future__ import annotations

import re
from numbers import Integral

from surefoot.errors import BadTask


def updates_of(horizon: int | str, updates_per_epoch: int | None) -> int:
    """Length of the full training in optimizer updates.

    Args:
        horizon: Updates, or a text such as ``"10 epochs"``.
        updates_per_epoch: Updates in one pass over the training data; ``None`` if it has no length.

    Returns:
        Updates, at least 1.

    Raises:
        BadTask: Neither a whole number of at least one update nor a text of that form.
    """
    given = horizon
    if isinstance(horizon, str):
        match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(epochs?|updates?|steps?)\s*", horizon)
        if not match:
            raise BadTask(f"horizon={given!r}: expected updates (600) or a text such as '10 epochs' or '600 updates'")
        number, unit = float(match[1]), match[2]
        if unit.startswith("epoch"):
            if updates_per_epoch is None:
                raise BadTask(
                    f"horizon={given!r}: the training data has no length, so an epoch is unknown; give updates, for"
                    " example horizon=600"
                )
            number *= updates_per_epoch
        horizon = round(number)
    if isinstance(horizon, bool) or not isinstance(horizon, Integral):
        raise BadTask(f"horizon={given!r}: expected a whole number of updates (600) or a text such as '10 epochs'")
    if horizon < 1:
        raise BadTask(f"horizon={given!r}: a training has at least one update")
    return int(horizon)
