from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

# Where to look first: wide enough to hold the best rate of usual trainings (DeepOBS, AlgoPerf and the step laws lie
# inside); search goes further by itself when the best rate lies at an edge. Assumption where no source has numbers.
_RANGES = {
    "sgd": (1e-4, 1e1),
    "momentum": (1e-5, 1e0),
    "adam": (1e-5, 1e-1),
    "lion": (1e-6, 1e-2),
    "muon": (1e-4, 1e0),
    "adagrad": (1e-4, 1e0),
    "adadelta": (1e-3, 1e2),
}
_KINDS = {
    "sgd": "sgd", "asgd": "sgd", "lbfgs": "sgd",
    "adam": "adam", "adamw": "adam", "adamax": "adam", "nadam": "adam", "radam": "adam", "sparseadam": "adam",
    "rmsprop": "adam", "adafactor": "adam", "lamb": "adam", "adabelief": "adam", "nadamw": "adam",
    "lion": "lion", "muon": "muon", "adagrad": "adagrad", "adadelta": "adadelta",
}  # fmt: skip
_UNKNOWN = (1e-5, 1e0)


def kinds(optimizers: Mapping[str, Any]) -> list[tuple[str, float]]:
    """Class name and momentum of each, to choose the range of rates by.

    Returns:
        One entry an optimizer.
    """
    return [
        (type(optimizer).__name__, float(optimizer.param_groups[0].get("momentum", 0) or 0))
        for optimizer in optimizers.values()
    ]


def lr_range(optimizers: Iterable[tuple[str, float]]) -> tuple[float, float]:
    """Range of rates to look at first.

    Args:
        optimizers: Class name and momentum of each (0 without).

    Returns:
        Lowest and highest; the span of all for several optimizers.
    """
    found: list[tuple[float, float]] = []
    for name, momentum in optimizers:
        kind = _KINDS.get(name.lower())
        if kind == "sgd" and momentum:
            kind = "momentum"
        found.append(_RANGES.get(kind or "", _UNKNOWN))
    if not found:
        return _UNKNOWN
    return min(low for low, _ in found), max(high for _, high in found)
