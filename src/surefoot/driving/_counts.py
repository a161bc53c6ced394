from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from surefoot.driving._ends import ENDS
from surefoot.errors import DrivingWarning

if TYPE_CHECKING:
    from surefoot.driving._groups import Foreign
    from surefoot.driving._plan import Plan

_FIRST_LOOK = 4  # calls of step() until they are compared for the first time, then at each doubling. Assumption
_IDLE = 64  # updates in a row without a call of step() that are worth a word. Assumption
_FAST = 1.5  # calls from one update to the next; with AMP's skipped ones they stay below once its scale has settled
_SETTLED = 64  # calls after which it has: from 65536 down to 1 it is halved 16 times
# A training that ends at a whole fraction of its horizon was counted in batches or for one of several processes.
# Stopped anywhere, one in a hundred ends there by chance. Fewer updates than _TRYOUT are a try-out.
_TIMES, _SLACK, _TRYOUT = 16, 0.002, 100
_EACH_UPDATE = (
    "Call it after each optimizer.step(), not once an epoch; with Lightning: {'scheduler': driver, 'interval': 'step'}"
)


class Clock:
    """Counts calls of ``step()`` beside the updates that optimizers really do, and says once what is wrong.

    Updates are seen by a hook after ``optimizer.step()``. It runs too for an update that GradScaler cancels inside
    a fused optimizer: those are counted by ``found_inf``, on its device, and read only when the two are compared.
    Where hooks do not run (a compiled ``optimizer.step``, optimizers of other kinds) nothing is claimed.

    Args:
        optimizers: Whose updates count.
        plan: What is driven.
    """

    def __init__(self, optimizers: Iterable[Any], plan: Plan):
        self._optimizers = tuple(map(innermost, optimizers))
        self._said: set[str] = set()
        self._overwritten = 0
        self._seen: list[_Updates] = []
        self.go_on(0, plan)
        self._seen = [_Updates(self, one) for one in self._optimizers if hasattr(one, "register_step_post_hook")]

    def go_on(self, steps: int, plan: Plan) -> None:
        """Count anew: from another update, or under another plan.

        Args:
            steps: Updates done.
            plan: What is driven.
        """
        self.steps = self._start = steps
        self._plan = plan
        for updates in self._seen:
            updates.restart(steps)
        self._look_after(0)

    def compare(self) -> None:
        """Compare calls and updates, when ``steps`` has reached ``look``."""
        calls = self.steps - self._start
        self._look_after(calls)
        if self.steps > self._plan.horizon:
            self._past_the_end()
        seen = [updates for updates in self._seen if updates.going_on(self.steps)]
        together = sum(updates.real for updates in self._seen)
        if not seen or (len(self._seen) > 1 and calls / _FAST < together < calls * _FAST):
            return  # nothing is known, or they take turns
        best = min(seen, key=lambda updates: abs(updates.real - calls))  # a critic may do more of them than the rest
        if best.pace >= _FAST:
            if best.gap > 1 or calls >= _SETTLED:
                self._say("fast", _fast(best.pace, self._plan.horizon))
        elif best.real + best.late < calls:
            self._say("skipped", _skipped(calls - best.real, calls))
        elif best.real >= _FAST * calls and best.run > 1:
            self._say("slow", _slow(best.real / calls, self._plan.horizon))

    def idle(self) -> None:
        """An optimizer did many updates without a call of ``step()``."""
        if all(updates.idle >= _IDLE for updates in self._seen):
            still = f"the schedule stands still at update {self.steps:,} of {self._plan.horizon:,}"
            self._say("slow", f"{_IDLE} updates were done without a call of driver.step(): {still}. {_EACH_UPDATE}")

    def overwritten(self, foreign: Foreign) -> None:
        """A rate was not as the driver had left it.

        Args:
            foreign: Which.
        """
        self._overwritten += 1
        factor = f" (factor {foreign.found / foreign.expected:.3g})" if foreign.expected else ""
        name = "rate" if foreign.key == "lr" else foreign.key
        what = f"the {name} of group {foreign.group} was {foreign.found:g}, the driver had set {foreign.expected:g}"
        stepped = [getattr(one, "step", None) for one in self._optimizers]
        if self._overwritten > 2 or any(hasattr(step, "_wrapped_by_lr_sched") for step in stepped):  # torch's mark
            who = "a second scheduler writes it too, and each step of the driver writes over it"
            fix = "Keep one of them; driver.release() lets go of the optimizer"
            self._say("second", f"{what}{factor}: {who}. {fix}")
        else:
            who = "somebody set it by hand, and the driver's step has written over it"
            fix = "Multiply through a slot of its own, driver.factor('mine')(0.5)"
            self._say("hand", f"{what}{factor}: {who}. {fix}")

    def stopped(self) -> None:
        """The training is over, whatever was planned."""
        if 0 < self.steps < self._plan.horizon:
            self._say("short", self._short())

    def dropped(self) -> None:
        """Nobody has the driver any more: its training is over, or the program is."""
        self.release()
        horizon, times = self._plan.horizon, round(self._plan.horizon / max(self.steps, 1))
        whole = abs(horizon - times * self.steps) <= max(times, _SLACK * horizon)
        if self.steps >= _TRYOUT and 2 <= times <= _TIMES and whole and not self._said:
            ENDS.add(self._short())

    def release(self) -> None:
        """Take the hooks off."""
        for updates in self._seen:
            updates.handle.remove()
        self._seen = []

    def _short(self) -> str:
        horizon = self._plan.horizon
        return (
            f"the training ended at update {self.steps:,} of a horizon of {horizon:,}, {horizon / self.steps:.3g} times"
            " fewer: the schedule never reached its end. If it was not stopped early: a horizon counts updates, epochs"
            " * len(loader) // accumulation, in one of the processes"
        )

    def _look_after(self, calls: int) -> None:
        look = self._start + max(2 * calls, _FIRST_LOOK)
        over = self._plan.horizon + 1
        self.look = min(look, over) if self.steps < over else look

    def _past_the_end(self) -> None:
        horizon, value = self._plan.horizon, self._plan.value
        if value(horizon) < value(horizon - 1):  # a trunk may go on for as long as it likes
            self._say(
                "past",
                f"the training goes on past its horizon of {horizon:,} updates: from here on the rate stays at"
                f" {value(horizon):.3g} of the peak. A horizon counts updates of the whole training; before its end"
                " driver.extend(by=...) makes it longer",
            )

    def _say(self, kind: str, text: str) -> None:
        if kind not in self._said:
            self._said.add(kind)
            warnings.warn(text, DrivingWarning, stacklevel=4)


class _Updates:
    """The updates of one optimizer. Has state: what its hook counts."""

    def __init__(self, clock: Clock, optimizer: Any):
        self.restart(clock.steps)
        compiling: Callable[[], bool] = sys.modules["torch"].compiler.is_compiling

        def updated(optimizer: Any, _args: Any, _kwargs: Any) -> None:
            if compiling():  # a step that counts would be compiled again at every count
                return
            self.count += 1
            cancelled = getattr(optimizer, "found_inf", None)
            if cancelled is not None:
                self._cancelled = self._cancelled + (cancelled > 0)  # a tensor: read later, without waiting here
            gap = clock.steps - self._at
            if not gap:
                self.idle += 1
                if self.idle == _IDLE:
                    clock.idle()
                return
            self._at = clock.steps
            if self.count > 1:
                self.gap = min(self.gap, gap)
                self.run = min(self.run, self.idle)
            else:
                self._first = clock.steps
                self.late = 1  # stepped before the first update: one call ahead for good
            self.idle = 1

        self.handle = optimizer.register_step_post_hook(updated)

    def restart(self, steps: int) -> None:
        """Count from here.

        Args:
            steps: What the clock shows.
        """
        self.count = 0
        self.late = 0
        self.idle = 0  # updates since the last call of step()
        self.gap = self.run = sys.maxsize  # fewest calls between two updates, fewest updates between two calls
        self._at = self._first = steps  # what the clock showed at the last update, and at the first
        self._cancelled: Any = 0

    def going_on(self, steps: int) -> bool:
        """Whether updates are being seen: no longer, for example, where a CUDA graph replays them.

        Args:
            steps: What the clock shows.

        Returns:
            Also false before the third of them.
        """
        return self.count > 2 and steps - self._at <= max(self.pace, 1)

    @property
    def pace(self) -> float:
        """Calls of ``step()`` from one update to the next, on average."""
        return (self._at - self._first) / max(self.count - 1, 1)

    @property
    def real(self) -> int:
        """Updates that changed weights."""
        return self.count - int(self._cancelled)


def _fast(ratio: float, horizon: int) -> str:
    if os.environ.get("WORLD_SIZE") == str(round(ratio)):
        fix = (
            f"There are {round(ratio)} processes, and accelerate steps a prepared scheduler once for each: leave the"
            " driver out of accelerator.prepare()"
        )
    else:
        fix = "Call it once after each optimizer.step(), not after each micro-batch of an update"
    return (
        f"driver.step() is called {ratio:.3g} times for each update that the optimizer does: the schedule runs"
        f" {ratio:.3g} times too fast, its {horizon:,} updates will be over after {horizon / ratio:,.0f}. {fix}"
    )


def _slow(factor: float, horizon: int) -> str:
    return (
        f"the optimizer does {factor:.3g} updates for each call of driver.step(): the schedule runs {factor:.3g} times"
        f" too slowly, {horizon:,} updates will not bring it to its end but to {100 / factor:.2g} % of it."
        f" {_EACH_UPDATE}"
    )


def _skipped(number: int, calls: int) -> str:
    factor = f" (factor {calls / (calls - number):.3g})" if calls > number else ""
    return (
        f"{number:,} of {calls:,} calls of driver.step() had no update behind them{factor}: the schedule"
        " moved on, and no weight did. GradScaler skips updates silently: call it only where the scale did not fall:"
        " scale = scaler.get_scale(); scaler.step(optimizer); scaler.update(); if scaler.get_scale() >= scale:"
        " driver.step()"
    )


def innermost(optimizer: Any) -> Any:
    # accelerate and Lightning wrap optimizers; the one inside does the updates.
    while hasattr(getattr(optimizer, "optimizer", None), "param_groups"):
        optimizer = optimizer.optimizer
    return optimizer
