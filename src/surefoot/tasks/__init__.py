"""Trainings whose rate can be searched for: from a model and its data, a loop of one's own, or any program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from surefoot.tasks._again import differences as differences
from surefoot.tasks._function import FunctionTask as FunctionTask
from surefoot.tasks._target import load_task as load_task
from surefoot.tasks._target import target_of as target_of
from surefoot.tasks._user import is_out_of_memory as is_out_of_memory
from surefoot.tasks.command import CommandTask as CommandTask
from surefoot.tasks.command import gpus_of as gpus_of
from surefoot.tasks.command import visible_gpus as visible_gpus

if TYPE_CHECKING:
    from surefoot.tasks._torch import TorchTask as TorchTask

__all__ = [
    "CommandTask",
    "FunctionTask",
    "TorchTask",
    "differences",
    "gpus_of",
    "is_out_of_memory",
    "load_task",
    "target_of",
    "visible_gpus",
]


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
