"""Trainings whose rate can be searched for: from a model and its data, a loop of one's own, or any program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from surefoot.tasks._function import FunctionTask as FunctionTask
from surefoot.tasks.command import CommandTask as CommandTask

if TYPE_CHECKING:
    from surefoot.tasks._torch import TorchTask as TorchTask

__all__ = ["CommandTask", "FunctionTask", "TorchTask"]


def __getattr__(name: str) -> Any:
    if name != "TorchTask":
        raise AttributeError(f"module 'surefoot.tasks' has no attribute {name!r}")
    try:
        from surefoot.tasks._torch import TorchTask
    except ModuleNotFoundError as missing:
        from surefoot.errors import MissingExtra

        if missing.name != "torch":
            raise
        raise MissingExtra("TorchTask", str(missing.name), "torch") from missing
    return TorchTask
