"""The same schedules in other libraries: how they say them, and how we do.

One file a library. Each has ``CASES``: by name what the library is asked for, our text, for how many updates, and the
function that asks it. Peak rates are 1, or divided out. ``record.py`` keeps the answers in ``recorded.json``.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

RECORDED = Path(__file__).parent / "recorded.json"
DOUBLE, SINGLE = 1e-12, 1e-6
"""How close: relative, to libraries that compute in float64 and float32."""

PACKAGES = {  # what is imported: what is installed
    "torch": "torch",
    "transformers": "transformers",
    "optax": "optax",
    "keras": "keras",
    "timm": "timm",
    "ignite": "pytorch-ignite",
    "pytorch_optimizer": "pytorch_optimizer",
    "pytorch_warmup": "pytorch-warmup",
    "pytorch_scheduler": "pytorch-scheduler",
    "lrsched": "lrsched",
    "fvcore": "fvcore",
    "mmengine": "mmengine-lite",
}


@dataclass(frozen=True)
class Case:
    """One schedule in both languages."""

    ours: str
    horizon: int
    rates: Callable[[], Sequence[float]]
    close: float = DOUBLE


def cases(library: str) -> dict[str, Case]:
    return importlib.import_module(f"{__name__}.{library}_").CASES


def installed(library: str) -> bool:
    return importlib.util.find_spec(library) is not None


def version(library: str) -> str:
    return importlib.metadata.version(PACKAGES[library])


def recorded() -> dict[str, dict]:
    return json.loads(RECORDED.read_text(encoding="utf-8"))


def optimizer(lr: float = 1.0, **settings):
    """Of one parameter, with the rate that is the peak."""
    import torch

    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=lr, **settings)


def followed(driven, advance: Callable[[], object], updates: int, key: str = "lr") -> list[float]:
    """What the optimizer has at every update."""
    seen: list[float] = []
    for _ in range(updates):
        seen.append(float(driven.param_groups[0][key]))
        driven.step()
        advance()
    return seen
