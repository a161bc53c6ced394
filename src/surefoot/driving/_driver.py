from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import Any, Literal, Self, get_args

from surefoot.driving._counts import Clock, innermost
from surefoot.driving._groups import Groups
from surefoot.driving._plan import Plan, plan
from surefoot.driving._rates import groups_of
from surefoot.errors import BadInput
from surefoot.schedules import Course
from surefoot.schedules._checks import plain

Resume = Literal["keep", "recompute", "replan"]
Key = Literal["lr", "weight_decay", "momentum"]
# By id and key: a driver keeps its optimizers.
_DRIVEN: weakref.WeakValueDictionary[tuple[int, str], Driver] = weakref.WeakValueDictionary()


class Driver:
    """A schedule at work in optimizers: ``step()`` after each update is its clock. Has state: the updates done.

    Every group's rate is its own peak times the schedule's multiplier at that update, times all factors; it is computed
    from these each time, in float64, and written once, in place where the rate is a tensor. Nothing adds up, so
    a resumed training has the rates of one that was never interrupted, bit for bit. The peaks are the groups' rates at
    the time of binding, kept as ``peak_lr`` in the groups (one that is there already counts): they travel with
    ``optimizer.state_dict()``, and survive that ``load_state_dict`` brings back a decayed rate, in whichever order
    optimizer and driver are made and loaded.

    What is counted wrongly (steps for each micro-batch, process or epoch, a horizon that is passed or never reached,
    updates that AMP skipped, another hand on the rate) is warned of once, as :class:`~surefoot.errors.DrivingWarning`.
    In a ``with`` block the end of the training is known, and what is missing to the horizon is said.

    Args:
        course: The schedule, laid over the training.
        optimizers: Whose groups are driven.
        resume: What ``load_state_dict`` does with a state of another horizon.
        key: What is driven: everything said of the rate holds for weight decay or momentum then.

    Raises:
        BadInput: A group has no rate above 0, or the optimizer is driven already.
    """

    def __init__(self, course: Course, optimizers: Iterable[Any], resume: Resume | None = None, key: Key = "lr"):
        self.optimizers = tuple(optimizers)
        self.key = _known("key", key, Key)
        self._resume: Resume | None = None if resume is None else _known("resume", resume, Resume)
        self._plan = plan(course)
        self._factors: dict[str, float] = {}
        groups_of(self.optimizers)
        if len(set(map(id, map(innermost, self.optimizers)))) < len(self.optimizers):
            raise BadInput("an optimizer was given twice: expected each once")
        for optimizer in map(innermost, self.optimizers):
            other = _DRIVEN.get((id(optimizer), key))
            if other is not None:
                raise BadInput(
                    f"{type(optimizer).__name__} is driven already, by {other._plan.first.schedule}: two drivers would"
                    " overwrite each other. Release the first one: driver.release()"
                )
        self._groups = Groups(self.optimizers, key)
        self._clock = Clock(self.optimizers, self._plan)
        self._unhook = weakref.finalize(self, self._clock.dropped)
        self._groups.write(self.multiplier)
        for optimizer in map(innermost, self.optimizers):
            _DRIVEN[id(optimizer), key] = self

    @property
    def steps(self) -> int:
        """Updates done."""
        return self._clock.steps

    @property
    def horizon(self) -> int:
        """Updates of the whole training, as planned now."""
        return self._plan.horizon

    @property
    def multiplier(self) -> float:
        """What the peaks are multiplied with at the update at hand, all factors included."""
        value = self._plan.value(self._clock.steps)
        for factor in self._factors.values():
            value *= factor
        return value

    def step(self, epoch: None = None) -> None:
        """One update was done: set the rates of the next one.

        Args:
            epoch: Nothing. Torch's schedulers can be sent to an epoch; a driver counts updates itself.

        Raises:
            BadInput: An epoch or a metric is given.
        """
        if epoch is not None:
            raise BadInput(
                f"driver.step() counts updates itself and takes no epoch or metric, given {epoch!r}. Call it without,"
                " once after each update"
            )
        clock = self._clock
        clock.steps = steps = clock.steps + 1
        foreign = self._groups.write(self.multiplier if self._factors else self._plan.value(steps))
        if foreign is not None:
            clock.overwritten(foreign)
        if steps == clock.look:
            clock.compare()

    def factor(self, name: str) -> Callable[[float], None]:
        """A slot of its own for something else that has a say in the rate: a guard, a plateau rule.

        Args:
            name: Of the slot; its value is saved with the state.

        Returns:
            ``set(value)``: multiplies all rates from now on; 1 takes it back. Slots multiply, none replaces another.
        """

        def set_factor(value: float) -> None:
            number = plain(value)
            if number is None or number < 0:
                raise BadInput(f"factor {name!r} = {value!r}: expected a number of 0 or more")
            self._factors[name] = float(number)
            foreign = self._groups.write(self.multiplier)
            if foreign is not None:
                self._clock.overwritten(foreign)

        self._factors.setdefault(name, 1.0)
        return set_factor

    def extend(self, by: int) -> None:
        """Train longer: stay at the present rate and plan what is left anew.

        A schedule in its trunk has it longer; of any other the rest is stretched.

        Args:
            by: Updates more.

        Raises:
            BadInput: It is no whole number from 1, or the schedule is at its end already.
        """
        if isinstance(by, bool) or not isinstance(by, int) or by < 1:
            raise BadInput(f"extend: by must be a whole number of updates from 1, given {by!r}. To end earlier:"
                           " driver.cooldown()")  # fmt: skip
        self._change(self._plan.replanned(self.steps, self.horizon + by))

    def cooldown(self, length: float | None = None) -> None:
        """Start the last fall now, from the present rate; ``horizon`` is where it ends.

        Args:
            length: Its updates, or their share of the horizon. Without, those of the schedule's own ``decay()``, whose
                shape it has.

        A schedule that does not end with ``decay()`` needs a length, and falls in a straight line. What is at 0
        already is refused.
        """
        self._change(self._plan.cooled(self.steps, length))

    def get_last_lr(self) -> list[float]:
        """The present rate of every group, in order.

        Returns:
            One rate a group.
        """
        return self._groups.values

    def state_dict(self) -> dict[str, Any]:
        """What resuming needs: plain values. The peaks are in the optimizer's own state.

        Returns:
            The updates done, the schedule as text, the horizon it was bound with and what was changed since, and the
            factors.
        """
        return {
            "steps": self.steps,
            "key": self.key,
            "schedule": str(self._plan.first.schedule),
            "horizon": self._plan.first.horizon,
            "changes": [dict(change) for change in self._plan.changes],
            "factors": dict(self._factors),
        }

    def load_state_dict(self, state: Mapping[str, Any], resume: Resume | None = None) -> None:
        """Go on where another driver stopped.

        Args:
            state: From ``state_dict``.
            resume: What to do where this driver was bound with another horizon: ``keep`` the one of the state,
                ``recompute`` the rate by the new one (it jumps), or ``replan``: stay at the present rate and plan
                the rest anew. Without, what was said when it was bound.

        Raises:
            BadInput: It is of another schedule, of another horizon and nothing was decided, or no such state.
        """
        mine = self.state_dict()
        if not isinstance(state, Mapping) or set(state) != set(mine):
            got = ", ".join(map(str, state)) if isinstance(state, Mapping) else repr(state)
            raise BadInput(f"expected the state of a driver, with {', '.join(mine)}; got {got}")
        steps = plain(state["steps"])
        if not isinstance(steps, int) or steps < 0:
            raise BadInput(f"the state has steps = {state['steps']!r}: expected the number of updates done")
        for name, fix in (("key", "with key="), ("schedule", "")):
            if state[name] != mine[name]:
                raise BadInput(
                    f"the state is of {name} {state[name]}, and this driver's is {mine[name]}: rates would jump. Bind"
                    f" {fix}{state[name]}, or start the new one afresh"
                )
        decision = self._resume if resume is None else _known("resume", resume, Resume)
        self._change(self._resumed(state, decision), steps, state["factors"])

    def release(self) -> None:
        """Let go of the optimizers: their rates stay as they are, and another driver may take them."""
        self._groups.release()
        self._clock.release()
        self._unhook.detach()
        for optimizer in map(innermost, self.optimizers):
            _DRIVEN.pop((id(optimizer), self.key), None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._clock.stopped()
        self.release()

    def _resumed(self, state: Mapping[str, Any], decision: Resume | None) -> Plan:
        first, steps = self._plan.first, int(state["steps"])
        theirs = plan(Course(first.schedule, state["horizon"], state["horizon"]), state["changes"])
        if decision == "keep" or first.horizon in (theirs.first.horizon, theirs.horizon):
            return theirs
        if decision == "replan":
            return theirs.replanned(steps, first.horizon)
        if decision is None:
            raise BadInput(
                f"the state is of horizon {theirs.horizon:,}, and this driver was bound with {first.horizon:,}. Say"
                " what is meant, when binding or loading: resume='keep' goes on with the old one, 'recompute' takes the"
                " new one's rate (it jumps), 'replan' stays at the present rate and plans the rest anew"
            )
        if steps > first.horizon:
            raise BadInput(
                f"{steps:,} updates are done, so a horizon of {first.horizon:,} is over already: expected {steps:,} or"
                " more"
            )
        return plan(first)

    def _change(self, new: Plan, steps: int | None = None, factors: Mapping[str, float] | None = None) -> None:
        if factors is not None:
            self._factors = {name: float(value) for name, value in factors.items()}
        self._plan = new
        self._clock.go_on(self.steps if steps is None else steps, new)
        self._groups.write(self.multiplier)


def _known(name: str, value: Any, words: Any) -> Any:
    if value in get_args(words):
        return value
    expected = ", ".join(map(repr, get_args(words)))
    raise BadInput(f"{name} must be one of {expected}, given {value!r}")
