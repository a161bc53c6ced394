"""The classical range test on live objects: one short ramp of rates, read without lag, everything given back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from surefoot.rangetest._curve import Reading as Reading
from surefoot.rangetest._curve import read_curve as read_curve
from surefoot.rangetest._ramp import climb as climb
from surefoot.rangetest._ramp import ladder as ladder
from surefoot.rangetest._ramp import ramp_range as ramp_range
from surefoot.rangetest._result import RangeTest as RangeTest

if TYPE_CHECKING:
    from surefoot.rangetest._range import range_test as range_test

__all__ = ["RangeTest", "Reading", "climb", "ladder", "ramp_range", "range_test", "read_curve"]


def __getattr__(name: str) -> Any:
    if name != "range_test":
        raise AttributeError(f"module 'surefoot.rangetest' has no attribute {name!r}")
    try:
        from surefoot.rangetest._range import range_test
    except ModuleNotFoundError as missing:
        from surefoot.errors import MissingExtra

        if missing.name != "torch":
            raise
        raise MissingExtra("range_test", str(missing.name), "torch") from missing
    return range_test
