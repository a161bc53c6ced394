from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from surefoot.records import Facts, Task


def differences(task: Task, facts: Facts, seed: int, assess_cap: int) -> list[str]:
    """What makes a task another one than that of which facts are known.

    Args:
        task: As it is here and now. One whose preflight is expensive answers from the facts (``again``).
        facts: What preflight found before.
        seed: Of the study.
        assess_cap: Most validation batches of an assessment.

    Returns:
        A line for each thing that differs; none for the same task.
    """
    again: Callable[[Facts], Facts] | None = getattr(task, "again", None)
    now = task.preflight(seed, assess_cap) if again is None else again(facts)
    return [
        f"{key}: {_short(facts.identity.get(key))} then, {_short(now.identity.get(key))} now"
        for key in sorted({*facts.identity, *now.identity})
        if not _equal(facts.identity.get(key), now.identity.get(key))
    ]


def _equal(before: Any, now: Any) -> bool:
    if isinstance(before, float) and isinstance(now, float):
        return math.isclose(before, now, rel_tol=1e-3)  # another machine rounds differently
    return before == now


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 100 else f"{text[:97]}..."
