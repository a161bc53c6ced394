"""What can be said of optimizers from their ``param_groups`` alone, whatever framework they are of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_NOT_SETTINGS = {"params", "param_names", "lr", "initial_lr"}


def describe(optimizers: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What an optimizer is, apart from its rate: its class and each group's settings, as plain values.

    Returns:
        One entry a group.
    """
    described: list[dict[str, Any]] = []
    for name, optimizer in optimizers.items():
        for group in optimizer.param_groups:
            settings = {key: str(value) for key, value in sorted(group.items()) if key not in _NOT_SETTINGS}
            described.append({
                "name": name,
                "class": type(optimizer).__name__,
                "tensors": len(group["params"]),
                "settings": settings,
            })
    return described


def weights_finite(optimizers: Mapping[str, Any]) -> bool:
    """Whether every parameter that is being trained is free of NaN and infinity.

    Returns:
        True also when they are no tensors.
    """
    parameters = [p for optimizer in optimizers.values() for group in optimizer.param_groups for p in group["params"]]
    return all(bool(p.detach().isfinite().all()) for p in parameters if hasattr(p, "isfinite"))
