from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from surefoot.driving._rates import group_rates
from surefoot.errors import BadInput

PEAK = "peak_lr"  # in each parameter group: its rate where the multiplier is 1
_DRIVEN: weakref.WeakValueDictionary[int, Driver] = (
    weakref.WeakValueDictionary()
)  # by id: a driver keeps its optimizers


class _Course(Protocol):
    @property
    def horizon(self) -> int: ...
    @property
    def schedule(self) -> object: ...
    def __call__(self, step: int, /) -> float: ...


class Driver:
    """A schedule at work in optimizers: ``step()`` after each update is its clock. Has state: the updates done.

    Every group's rate is its own peak times the schedule's multiplier at that update, times all factors; it is computed
    from these each time, in float64, and written once, in place where the rate is a tensor. Nothing adds up, so
    a resumed training has the rates of one that was never interrupted, bit for bit. The peaks are the groups' rates at
    the time of binding, kept as ``peak_lr`` in the groups (one that is there already counts): they travel with
    ``optimizer.state_dict()``, and survive that ``load_state_dict`` brings back a decayed rate, in whichever order
    optimizer and driver are made and loaded.

    Args:
        course: The schedule, laid over the training.
        optimizers: Whose groups are driven.

    Raises:
        BadInput: A group has no rate above 0, or the optimizer is driven already.
    """

    def __init__(self, course: _Course, optimizers: Iterable[Any]):
        self.optimizers = tuple(optimizers)
        self.horizon = course.horizon
        self.steps = 0
        self._course = course
        self._factors: dict[str, float] = {}
        group_rates(self.optimizers)
        for optimizer in self.optimizers:
            other = _DRIVEN.get(id(optimizer))
            if other is not None:
                raise BadInput(
                    f"{type(optimizer).__name__} is driven already, by {other._course.schedule}: two drivers would"
                    " overwrite each other. Release the first one: driver.release()"
                )
        self._write()
        for optimizer in self.optimizers:
            _DRIVEN[id(optimizer)] = self

    @property
    def multiplier(self) -> float:
        """What the peaks are multiplied with at the update at hand, all factors included."""
        value = self._course(self.steps)
        for factor in self._factors.values():
            value *= factor
        return value

    def step(self) -> None:
        """One update was done: set the rates of the next one."""
        self.steps += 1
        self._write()

    def factor(self, name: str) -> Callable[[float], None]:
        """A slot of its own for something else that has a say in the rate: a guard, a plateau rule.

        Args:
            name: Of the slot; its value is saved with the state.

        Returns:
            ``set(value)``: multiplies all rates from now on; 1 takes it back. Slots multiply, none replaces another.
        """

        def set_factor(value: float) -> None:
            if not 0 <= value < float("inf"):
                raise BadInput(f"factor {name!r} = {value!r}: expected a number of 0 or more")
            self._factors[name] = float(value)
            self._write()

        self._factors.setdefault(name, 1.0)
        return set_factor

    def get_last_lr(self) -> list[float]:
        """The present rate of every group, in order.

        Returns:
            One rate a group.
        """
        return group_rates(self.optimizers)

    def state_dict(self) -> dict[str, Any]:
        """What resuming needs: plain values. The peaks are in the optimizer's own state.

        Returns:
            The updates done, the schedule as text, its horizon, and the factors.
        """
        return {
            "steps": self.steps,
            "schedule": str(self._course.schedule),
            "horizon": self.horizon,
            "factors": dict(self._factors),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on where another driver stopped.

        Args:
            state: From ``state_dict``.

        Raises:
            BadInput: It is of another schedule or horizon, or no such state.
        """
        mine = self.state_dict()
        if set(state) != set(mine):
            raise BadInput(f"expected the state of a driver, with {', '.join(mine)}; got {', '.join(map(str, state))}")
        for key, what in (("schedule", "schedule"), ("horizon", "horizon")):
            if state[key] != mine[key]:
                raise BadInput(
                    f"the state is of {what} {state[key]}, and this driver's is {mine[key]}: rates would jump. Bind"
                    f" {state[key] if key == 'schedule' else f'with horizon={state[key]}'}, or start the new one afresh"
                )
        self.steps = int(state["steps"])
        self._factors = {name: float(value) for name, value in state["factors"].items()}
        self._write()

    def release(self) -> None:
        """Let go of the optimizers: their rates stay as they are, and another driver may take them."""
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group.pop(PEAK, None)
            _DRIVEN.pop(id(optimizer), None)

    def _write(self) -> None:
        groups = [group for optimizer in self.optimizers for group in optimizer.param_groups]
        peaks = [float(group.get(PEAK, group["lr"])) for group in groups]  # one that was added later comes with its own
        if not all(peak > 0 for peak in peaks):
            raise BadInput(
                f"a parameter group has a peak rate of {min(peaks):g}: expected one above 0. Build the optimizer with"
                " the rate that the schedule is to multiply"
            )
        multiplier = self.multiplier
        for group, peak in zip(groups, peaks, strict=True):
            group[PEAK] = peak
            if isinstance(group["lr"], float | int):
                group["lr"] = peak * multiplier
            else:
                group["lr"].fill_(peak * multiplier)
