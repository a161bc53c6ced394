from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from surefoot.driving._rates import groups_of
from surefoot.errors import BadInput

PEAK = "peak_lr"  # in each parameter group: its rate where the multiplier is 1


@dataclass(frozen=True, slots=True)
class Foreign:
    """A rate that somebody else wrote.

    Attributes:
        group: Index of its group.
        found: What it is.
        expected: What had been written.
    """

    group: int
    found: float
    expected: float


class Groups:
    """The parameter groups of optimizers and the one write into all of them. Has state: what was written last.

    Each group's rate is its own peak times the multiplier, in float64, written in place where it is a tensor. What is
    read here is kept until an optimizer has other groups (added later, or made anew by ``load_state_dict``): a
    step costs the same few operations for every group.

    Args:
        optimizers: Anything with torch's ``param_groups``.
    """

    def __init__(self, optimizers: Iterable[Any]):
        self._optimizers = tuple(optimizers)
        self._read()

    @property
    def peaks(self) -> list[float]:
        """The rate of each group where the multiplier is 1."""
        return [_peak(group) for group in groups_of(self._optimizers)]

    def write(self, multiplier: float) -> Foreign | None:
        """Set every rate.

        Args:
            multiplier: Of the peaks.

        Returns:
            The last rate that was not as the last write had left it.
        """
        for optimizer, known, count in self._known:
            if optimizer.param_groups is not known or len(known) != count:
                self._read()
                break
        if self._tensors:
            return self._write_tensors(multiplier)
        foreign = None
        written = self._written
        for index, group in enumerate(
            self._groups
        ):  # the loop that a step consists of: nothing more in it than there must be
            if group["lr"] is not written[index]:
                foreign = self._foreign(index, group["lr"], written[index]) or foreign
            group["lr"] = written[index] = group[PEAK] * multiplier
        return foreign

    def _write_tensors(self, multiplier: float) -> Foreign | None:
        # Known by identity and version: reading the value would wait for the GPU.
        foreign = None
        for index, group in enumerate(self._groups):
            held, rate, last = group["lr"], group[PEAK] * multiplier, self._written[index]
            if index not in self._tensors:
                foreign = (self._foreign(index, held, last) if held is not last else None) or foreign
                group["lr"] = self._written[index] = rate
                continue
            if last is not None and held._version != self._tensors[index]:
                foreign = self._foreign(index, float(held), last) or foreign
            held.fill_(rate)
            self._tensors[index], self._written[index] = held._version, rate
        return foreign

    @staticmethod
    def _foreign(index: int, found: Any, expected: float | None) -> Foreign | None:
        return None if expected is None or found == expected else Foreign(index, float(found), expected)

    def release(self) -> None:
        """Leave the rates as they are and take the peaks out of the groups."""
        for group in groups_of(self._optimizers):
            group.pop(PEAK, None)

    def _read(self) -> None:
        self._known = [(one, one.param_groups, len(one.param_groups)) for one in self._optimizers]
        self._groups = groups_of(self._optimizers)
        peaks = [_peak(group) for group in self._groups]  # a group that was added later comes with its own
        for group, peak in zip(self._groups, peaks, strict=True):
            group[PEAK] = peak
        tensors = [i for i, group in enumerate(self._groups) if not isinstance(group["lr"], float | int)]
        self._tensors = {i: self._groups[i]["lr"]._version for i in tensors}  # by index: version when last written
        self._written: list[Any] = [None] * len(self._groups)  # None: not yet


def _peak(group: dict[str, Any]) -> float:
    rate = group.get(PEAK, group["lr"])
    peak = float(rate) if hasattr(rate, "__float__") else math.nan
    if 0 < peak < math.inf:
        return peak
    advice = "Take away the quotes" if isinstance(rate, str) else "Build the optimizer with the rate to be multiplied"
    raise BadInput(f"a parameter group has a peak rate of {rate!r}: expected a number above 0. {advice}")
