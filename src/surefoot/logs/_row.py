from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from surefoot.logs._names import plain

_STEPS = ("step", "global_step", "steps", "iter", "iteration", "iterations", "it", "update", "updates", "num_updates")
_EPOCHS = ("epoch", "epochs")


@dataclass(frozen=True, slots=True)
class Row:
    """Numbers that were logged together.

    Attributes:
        values: Name and number of each, in the order they were logged; step and epoch among them where they have
            a name of their own.
        step: Updates or iterations done, if it says so.
        epoch: Epochs done, if it says so.
        passing: It was drawn over by the next one, as progress bars are: when that happens is a matter of the clock.
    """

    values: Mapping[str, float]
    step: int | None = None
    epoch: float | None = None
    passing: bool = False


def row(values: Mapping[str, float], *, passing: bool = False) -> Row:
    """The row of some values, its step and epoch taken from among them.

    Args:
        values: By name, at least one.
        passing: As in ``Row``.

    Returns:
        The row.
    """
    by_plain_name = {plain(name).rpartition("trainer_")[2]: value for name, value in values.items()}
    step = next((by_plain_name[name] for name in _STEPS if name in by_plain_name), None)
    epoch = next((by_plain_name[name] for name in _EPOCHS if name in by_plain_name), None)
    whole = None if step is None or not math.isfinite(step) else int(step)
    return Row(values, whole, epoch if epoch is not None and math.isfinite(epoch) else None, passing)


class Reader(Protocol):
    """Turns bytes into rows."""

    def feed(self, data: bytes) -> list[Row]:
        """Take what came next.

        Returns:
            The rows that are complete now.
        """
        ...

    def close(self) -> list[Row]:
        """Nothing comes any more.

        Returns:
            The rows of what was left unfinished.
        """
        ...


@dataclass(frozen=True, slots=True)
class Series:
    """One logged number over the training.

    Attributes:
        name: As it was logged.
        unit: What ``steps`` count: ``step``, ``epoch``, or ``row`` where the log says neither.
        steps: Where each value was logged, in the order of the log.
        values: The numbers; NaN and infinity too.
    """

    name: str
    unit: Literal["step", "epoch", "row"]
    steps: tuple[float, ...]
    values: tuple[float, ...]


def series(rows: Iterable[Row]) -> dict[str, Series]:
    """Rows as curves, one for every name.

    Args:
        rows: In the order of the log. Passing ones count only where they are the only ones with their name.

    Returns:
        By name, in the order of their first appearance.
    """
    kept: dict[str, list[tuple[Row, float]]] = {}
    passing: dict[str, list[tuple[Row, float]]] = {}
    for one in rows:
        for name, value in one.values.items():
            (passing if one.passing else kept).setdefault(name, []).append((one, value))
    return {name: _series(name, found) for name, found in {**passing, **kept}.items()}


def _series(name: str, found: list[tuple[Row, float]]) -> Series:
    values = tuple(value for _, value in found)
    steps = [one.step for one, _ in found]
    epochs = [one.epoch for one, _ in found]
    if None not in steps:
        return Series(name, "step", tuple(float(step) for step in steps if step is not None), values)
    if None not in epochs:
        return Series(name, "epoch", tuple(epoch for epoch in epochs if epoch is not None), values)
    return Series(name, "row", tuple(float(index) for index in range(len(values))), values)
