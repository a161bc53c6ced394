from __future__ import annotations

import math
import re
from numbers import Real
from typing import Any

from surefoot.errors import BadInput

BUDGETS = {"quick": 0.05, "balanced": 0.5, "thorough": 2.0}
QUICK_UPDATES = 100  # quick spends at least this many updates
_UNITS = {
    1.0: ("s", "sec", "secs", "second", "seconds"),
    60.0: ("m", "min", "mins", "minute", "minutes"),
    3600.0: ("h", "hour", "hours"),
}


def check_budget(budget: Any) -> None:
    """Refuse what is no budget, before anything is spent.

    Args:
        budget: As the user gave it; ``None`` for the default.

    Raises:
        BadInput: It is not above 0, or nothing that is known.
    """
    runs = budget
    if isinstance(budget, str):
        runs = budget_in_runs(budget, horizon=1, update_seconds=1.0)
    if budget is not None and not (is_number(runs) and 0 < runs < math.inf):
        raise BadInput(
            f"budget={budget!r}: expected runs above 0 (0.5 is half a training), one of {', '.join(BUDGETS)}, or a time"
            " such as '20 min'"
        )


def is_time(budget: Any) -> bool:
    """Whether a budget is a time, so that its runs are known only after preflight.

    Returns:
        True for texts such as ``"20 min"``.
    """
    if not isinstance(budget, str) or budget.strip().lower() in BUDGETS:
        return False
    try:
        float(budget)
    except ValueError:
        return True
    return False


def budget_in_runs(budget: float | str | None, horizon: int, update_seconds: float) -> float:
    """A budget in runs.

    Args:
        budget: Runs, ``quick``, ``balanced``, ``thorough``, or a time such as ``"20 min"``; ``None`` for the default.
        horizon: Updates of a run.
        update_seconds: Measured seconds of one update, for times.

    Returns:
        Runs.

    Raises:
        BadInput: A text that is nothing of these.
    """
    if budget is None:
        return BUDGETS["balanced"]
    if not isinstance(budget, str):
        return float(budget)
    text = budget.strip().lower()
    if text == "quick":
        return max(BUDGETS["quick"], QUICK_UPDATES / horizon)
    if text in BUDGETS:
        return BUDGETS[text]
    if is_time(budget):
        return _seconds(budget) / (update_seconds * horizon)
    return float(text)


def _seconds(budget: str) -> float:
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([a-z]+)\s*", budget.lower())
    unit = None if match is None else next((unit for unit, names in _UNITS.items() if match[2] in names), None)
    if match is None or unit is None:
        raise BadInput(
            f"budget={budget!r}: expected runs (0.5), one of {', '.join(BUDGETS)}, or a time such as '20 min' or '2 h'"
        )
    return float(match[1]) * unit


def is_number(value: Any) -> bool:
    """Whether a value is a number, and not a truth value.

    Returns:
        True for int, float, and NumPy's own.
    """
    return isinstance(value, Real) and not isinstance(value, bool)
