"""Surefoot determines the learning rate for this model on this data, and drives it while it trains.

Importing this package is cheap: every public name is loaded when it is first used, so that
``import surefoot`` brings no NumPy, no torch and no database.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from surefoot import driving as driving
    from surefoot import errors as errors
    from surefoot import schedules as schedules
    from surefoot.errors import SurefootError as SurefootError
    from surefoot.errors import TrialEnded as TrialEnded
    from surefoot.finder import find as find
    from surefoot.found import Found as Found
    from surefoot.rangetest import RangeTest as RangeTest
    from surefoot.rangetest import range_test as range_test
    from surefoot.records import Verdict as Verdict
    from surefoot.tasks import CommandTask as CommandTask
    from surefoot.tasks import FunctionTask as FunctionTask
    from surefoot.tasks import TorchTask as TorchTask
    from surefoot.watch import Monitor as Monitor
    from surefoot.watch import diagnose as diagnose
    from surefoot.watch import probe as probe


_HOME = {
    "CommandTask": "surefoot.tasks",
    "FunctionTask": "surefoot.tasks",
    "Found": "surefoot.found",
    "Monitor": "surefoot.watch",
    "RangeTest": "surefoot.rangetest",
    "SurefootError": "surefoot.errors",
    "TorchTask": "surefoot.tasks",
    "TrialEnded": "surefoot.errors",
    "Verdict": "surefoot.records",
    "diagnose": "surefoot.watch",
    "find": "surefoot.finder",
    "probe": "surefoot.watch",
    "range_test": "surefoot.rangetest",
}
_MODULES = ("driving", "errors", "schedules")

__all__ = [  # noqa: RUF022  (what people reach for first stands first)
    "find",
    "Found",
    "TorchTask",
    "FunctionTask",
    "CommandTask",
    "range_test",
    "RangeTest",
    "diagnose",
    "Monitor",
    "probe",
    "Verdict",
    "SurefootError",
    "TrialEnded",
    "driving",
    "errors",
    "schedules",
]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        value = getattr(import_module(_HOME[name]), name)
    elif name in _MODULES:
        value = import_module(f"surefoot.{name}")
    elif name == "__version__":
        from importlib.metadata import version

        value = version("surefoot")
    else:
        raise AttributeError(f"module 'surefoot' has no attribute {name!r}; it has {', '.join(__all__)}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
