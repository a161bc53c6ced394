from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from surefoot.driving._rates import groups_of
from surefoot.errors import BadInput


@dataclass(frozen=True, slots=True)
class Foreign:
    """A value that somebody else wrote.

    Attributes:
        key: Of what: ``lr``.
        group: Index of its group.
        found: What it is.
        expected: What had been written.
    """

    key: str
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
        key: What is written: ``lr``, ``weight_decay`` or ``momentum`` (the first of ``betas`` where there is none).
    """

    def __init__(self, optimizers: Iterable[Any], key: str = "lr"):
        self._optimizers = tuple(optimizers)
        self._key, self._peak = key, f"peak_{key}"
        self._read()
        if not any(group[self._peak] for group in self._groups):
            raise BadInput(f"every group has a {key} of 0: there is nothing to multiply. Build the optimizer with one")

    @property
    def peaks(self) -> list[float]:
        """The value of each group where the multiplier is 1."""
        return [self._peak_of(group) for group in groups_of(self._optimizers)]

    @property
    def values(self) -> list[float]:
        """The present value of each group."""
        return [float(self._get(group)) for group in groups_of(self._optimizers)]

    def write(self, multiplier: float) -> Foreign | None:
        """Set every value.

        Args:
            multiplier: Of the peaks.

        Returns:
            The last value that was not as the last write had left it.
        """
        for optimizer, known, count in self._known:
            if optimizer.param_groups is not known or len(known) != count:
                self._read()
                break
        if self._special:
            return self._write_specials(multiplier)
        foreign, key, peak, written = None, self._key, self._peak, self._written
        # The loop that a step consists of: nothing more in it than there must be.
        for index, group in enumerate(self._groups):
            if group[key] is not written[index]:
                foreign = self._foreign(index, group[key]) or foreign
            group[key] = written[index] = group[peak] * multiplier
        return foreign

    def release(self) -> None:
        """Leave the values as they are and take the peaks out of the groups."""
        for group in groups_of(self._optimizers):
            group.pop(self._peak, None)

    def _write_specials(self, multiplier: float) -> Foreign | None:
        # Tensors are known by their version: reading the value would wait for the GPU.
        foreign = None
        for index, group in enumerate(self._groups):
            held, value = self._get(group), group[self._peak] * multiplier
            if index in self._versions:
                if held._version != self._versions[index]:
                    foreign = self._foreign(index, float(held)) or foreign
                held.fill_(value)
                self._versions[index] = held._version
            else:
                foreign = self._foreign(index, held) or foreign
                self._set(group, value)
            self._written[index] = value
        return foreign

    def _foreign(self, index: int, found: Any) -> Foreign | None:
        expected = self._written[index]
        return None if expected is None or found == expected else Foreign(self._key, index, float(found), expected)

    def _read(self) -> None:
        self._known = [(one, one.param_groups, len(one.param_groups)) for one in self._optimizers]
        self._groups = groups_of(self._optimizers)
        peaks = [self._peak_of(group) for group in self._groups]  # a group that was added later comes with its own
        for group, peak in zip(self._groups, peaks, strict=True):
            group[self._peak] = peak
        held = [self._get(group) for group in self._groups]
        self._versions = {i: one._version for i, one in enumerate(held) if not isinstance(one, float | int)}
        self._special = bool(self._versions) or any(self._key not in group for group in self._groups)
        self._written: list[Any] = [None] * len(held)  # None: not yet

    def _peak_of(self, group: dict[str, Any]) -> float:
        value = group.get(self._peak, self._get(group))
        peak = float(value) if hasattr(value, "__float__") else math.nan
        if 0 < peak < math.inf or (peak == 0 and self._key != "lr"):  # groups without weight decay stay so
            return peak
        what = "rate" if self._key == "lr" else self._key
        advice = "Take away the quotes" if isinstance(value, str) else f"Build the optimizer with its peak {what}"
        raise BadInput(f"a parameter group has a peak {what} of {value!r}: expected a number above 0. {advice}")

    def _get(self, group: dict[str, Any]) -> Any:
        if self._key in group:
            return group[self._key]
        if self._key == "momentum" and "betas" in group:
            return group["betas"][0]
        numbers = [key for key, value in group.items() if isinstance(value, float)]
        raise BadInput(f"a parameter group has no {self._key!r} to drive. It has {', '.join(numbers)}")

    def _set(self, group: dict[str, Any], value: float) -> None:
        if self._key in group:
            group[self._key] = value
        else:
            group["betas"] = (value, *group["betas"][1:])
