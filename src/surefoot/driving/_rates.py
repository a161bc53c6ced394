from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from surefoot.errors import BadInput


def group_rates(optimizers: Iterable[Any]) -> list[float]:
    """The present rate of every parameter group.

    Args:
        optimizers: Anything with torch's ``param_groups``.

    Returns:
        One rate a group, in order.

    Raises:
        BadInput: One of them has no ``param_groups`` with an ``lr``.
    """
    return [float(group["lr"]) for group in groups_of(optimizers)]


def groups_of(optimizers: Iterable[Any]) -> list[dict[str, Any]]:
    """Every parameter group.

    Args:
        optimizers: Anything with torch's ``param_groups``.

    Returns:
        The groups, in order.

    Raises:
        BadInput: One of them has no ``param_groups`` with an ``lr``.
    """
    found: list[dict[str, Any]] = []
    for optimizer in optimizers:
        groups = getattr(optimizer, "param_groups", None)
        if not groups or any("lr" not in group for group in groups):
            raise BadInput(
                f"cannot drive {type(optimizer).__name__!r}: expected an optimizer with param_groups that each hold"
                " an 'lr', as torch's do. For other frameworks read the rate yourself: trial.lr(step)"
            )
        found += groups
    return found


class Rates:
    """Writes rates into optimizers and keeps the ratios between their groups. Has state: the optimizers.

    Every group's rate is its own factor times the rate given, so that layer-wise decay, muP or a lower rate
    for the backbone survive. A rate held in a tensor is written in place (no recompilation under
    ``torch.compile``); float64 is kept until that one write.

    Args:
        optimizers: Whose groups are driven.
        base: The rate they were built with: a group's factor is its present rate divided by this.
    """

    def __init__(self, optimizers: Iterable[Any], base: float):
        optimizers = tuple(optimizers)
        rates = group_rates(optimizers)
        if not base > 0:
            raise BadInput(
                f"cannot drive an optimizer that was built with a rate of lr={base:g}: its groups keep their ratio to"
                " that rate. Build it with any rate above 0"
            )
        factors = [rate / base for rate in rates]
        groups = [group for optimizer in optimizers for group in optimizer.param_groups]
        self._slots = list(zip(groups, factors, strict=True))

    def write(self, lr: float) -> None:
        """Set every group to its factor times ``lr``."""
        for group, factor in self._slots:
            held = group["lr"]
            if isinstance(held, float | int):
                group["lr"] = lr * factor
            else:
                held.fill_(lr * factor)
