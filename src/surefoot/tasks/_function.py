from __future__ import annotations

from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Any

from surefoot.driving import Rates, group_rates, kinds, lr_range
from surefoot.errors import BadTask, TrialEnded, UserCodeError
from surefoot.randomness import randomness_kept, seed_everything
from surefoot.records import Facts, Goal, Host, Segment, Stage, Tick, Traits, Trial
from surefoot.schedules import Schedule
from surefoot.tasks._describe import describe, weights_finite
from surefoot.tasks._environment import environment
from surefoot.tasks._horizon import updates_of
from surefoot.tasks._price import priced
from surefoot.tasks._recorder import Recorder, is_finite, largest_difference
from surefoot.tasks._scheduled import Scheduled
from surefoot.tasks._user import is_out_of_memory, users_code

_NEGLIGIBLE = 1e-10  # a rate that leaves the model as it is: the score after it is the untrained score
_READ_EVERY = 16  # updates between two looks at losses on an accelerator: a look waits for the device


class FunctionTrial:
    """One trial at work: what a user's ``train`` function is given. Has state: the clock.

    Attributes:
        seed: Fixes weights, batches and noise; seed your frameworks with it.
        steps: Updates to do: the horizon, or a shorter rung.
        peak_lr: The rate that is tried; the schedule multiplies it.
    """

    def __init__(self, segment: Segment, rates: Sequence[float], recorder: Recorder):
        self.seed = segment.trial.seed
        self.steps = segment.updates
        self.peak_lr = segment.trial.lr
        self.optimizers: dict[str, Any] = {}
        self.score: float | None = None
        self.knows_lr = False
        self.assess_seconds = 0.0
        self._rates = rates
        self._recorder = recorder
        self._drivers: list[Rates] = []
        self._done = 0
        self._ended = perf_counter()
        self._unread: list[Any] = []

    def lr(self, step: int) -> float:
        """The rate of an update.

        Args:
            step: Its index, from 0 to ``steps - 1``; later ones get the last rate.

        Returns:
            The peak rate times the schedule.
        """
        self.knows_lr = True
        return self._rates[min(step, self.steps - 1)]

    def drive(self, *optimizers: Any) -> None:
        """Let Surefoot set the rate of every update; groups keep the ratios of their rates.

        Args:
            optimizers: Torch optimizers, or anything with ``param_groups``.
        """
        self._recorder.ends("starting")
        for optimizer in optimizers:
            rates = group_rates([optimizer])
            base = float(getattr(optimizer, "defaults", {}).get("lr", rates[0]))
            driver = Rates([optimizer], base)
            driver.write(self._rates[min(self._done, self.steps - 1)])
            self._drivers.append(driver)
            self.optimizers[f"optimizer {len(self.optimizers) + 1}"] = optimizer
        self.knows_lr = True

    def step(self, loss: Any) -> None:
        """Record an update that was just done, and set the rate of the next.

        Args:
            loss: Its training loss, a number or a scalar tensor.

        Raises:
            TrialEnded: The trial is hopeless; let it pass.
            BadTask: More updates were done than ``steps``.
        """
        if self._recorder.reason is not None:
            raise TrialEnded(self._recorder.reason)
        if self._done == self.steps:
            raise BadTask(
                f"train(trial) did more than trial.steps = {self.steps} updates: stop there, for example with"
                " `for step, batch in zip(range(trial.steps), batches)`"
            )
        self._done += 1
        self._unread.append(loss.detach() if hasattr(loss, "detach") else loss)
        on_device = getattr(getattr(loss, "device", None), "type", "cpu") not in {"cpu", "meta"}
        if not on_device or len(self._unread) == _READ_EVERY or self._done == self.steps:
            self._read()
        if self._done == self.steps:
            self._recorder.ends("training")
            self._ended = perf_counter()
        else:
            for driver in self._drivers:
                driver.write(self._rates[self._done])

    def _read(self) -> None:
        unread, self._unread = self._unread, []
        for loss in unread:
            try:
                value = float(loss)
            except (TypeError, ValueError, RuntimeError) as error:
                raise BadTask(f"trial.step({type(loss).__name__}): expected the loss as one number") from error
            if not self._recorder.observe(value):
                self._recorder.updates = self._done  # those on the device behind the bad one were done too
                raise TrialEnded(self._recorder.reason)

    def report(self, score: Any) -> None:
        """Tell the score of the trained model; the last report counts.

        Args:
            score: A number.

        Raises:
            BadTask: It is none.
        """
        try:
            self.score = float(score.detach() if hasattr(score, "detach") else score)
        except (TypeError, ValueError) as error:
            raise BadTask(f"trial.report({type(score).__name__}): expected one number") from error
        self._recorder.ends("assessing")
        self.assess_seconds = perf_counter() - self._ended

    @property
    def done(self) -> int:
        """Updates done so far."""
        return self._done


class FunctionTask(Scheduled):
    """A training with a loop of its own: Lightning, HF, a GAN, anything in Python.

    Args:
        train: ``trial -> None``. It seeds with ``trial.seed``, hands its optimizer to ``trial.drive`` (or reads
            ``trial.lr(step)``), does ``trial.steps`` updates, calls ``trial.step(loss)`` after each and
            ``trial.report(score)`` at the end.
        horizon: Length of the full training, in updates.
        goal: ``min`` or ``max``, of the score.
        schedule: Text or value; multiplies the peak rate.

    Raises:
        BadTask: ``train`` is no function, the horizon no positive number, or the goal unknown.
    """

    def __init__(
        self,
        train: Callable[[FunctionTrial], Any],
        *,
        horizon: int | str,
        goal: Goal = "min",
        schedule: str | Schedule = "warmup(0.05) >> cosine()",
    ):
        if not callable(train):
            raise BadTask(f"train={train!r}: expected a function that takes a trial")
        super().__init__(updates_of(horizon, None), schedule, goal)
        self._train = train

    @property
    def traits(self) -> Traits:
        """What it can do: only start again."""
        return Traits()

    def preflight(self, seed: int, assess_cap: int) -> Facts:
        """Run the function twice for two updates at a negligible rate.

        Args:
            seed: Of the study.
            assess_cap: Not used: the function's assessment is its own affair.

        Returns:
            What was found.

        Raises:
            BadTask: The function does not do what it must: the message says what is missing.
        """
        del assess_cap
        updates = min(2, self.horizon)
        segment = Segment(Trial(_NEGLIGIBLE, seed), "whole", self.horizon, 0, updates)
        other, first = self._rehearse(segment)
        trial, again = self._rehearse(segment)
        before, after = ([*(tick.loss for tick in ticks), score] for ticks, score in (first, again))
        spread = largest_difference(before, after)
        times = [[0.0, *(tick.seconds for tick in ticks)] for ticks, _ in (first, again)]
        update_seconds = max(1e-9, min(seconds[-1] - seconds[-2] for seconds in times))
        assess_seconds = min(other.assess_seconds, trial.assess_seconds)  # one of them may have had to wait
        return Facts(
            untrained=before[-1],
            lr_range=lr_range(kinds(trial.optimizers)),
            assess_batches=priced(assess_seconds, update_seconds),
            repeatable=spread == 0.0,
            spread=spread,
            update_seconds=update_seconds,
            assess_seconds=assess_seconds,
            identity={
                "first loss": before[0],
                "untrained score": before[-1],
                "optimizer": describe(trial.optimizers),
                "schedule": str(self.schedule),
                "horizon": self.horizon,
                "goal": self.goal,
            },
            environment=environment(),
        )

    def run(self, segment: Segment, host: Host) -> Stage:
        """Call the function for one segment.

        Args:
            segment: What to run.
            host: Where ticks go.

        Returns:
            What came of it.

        Raises:
            UserCodeError: The function raised while the weights were finite.
        """
        trial, recorder = self._call(segment, host.tick)
        return recorder.stage(trial.score, 0 if recorder.reason else host.assess_batches)

    def _rehearse(self, segment: Segment) -> tuple[FunctionTrial, tuple[list[Tick], float]]:
        ticks: list[Tick] = []
        trial, recorder = self._call(segment, ticks.append)
        if not trial.knows_lr:
            raise BadTask(
                "train(trial) uses no learning rate: hand the optimizer over with trial.drive(optimizer), or read the"
                " rate of each update with trial.lr(step)"
            )
        if recorder.reason is not None:
            raise BadTask(
                f"{recorder.reason}, with a rate so small that it changes nothing: NaN before any update is not the"
                " learning rate. Look at the data and the initial weights"
            )
        if trial.score is None or not is_finite(trial.score):
            raise BadTask(f"the score of the untrained model is {trial.score}: expected a finite number")
        return trial, (ticks, trial.score)

    def _call(self, segment: Segment, tick: Callable[[Tick], None]) -> tuple[FunctionTrial, Recorder]:
        rates = self.rates(segment)
        recorder = Recorder(segment, rates, tick)
        trial = FunctionTrial(segment, rates, recorder)
        with randomness_kept():
            seed_everything(segment.trial.seed)
            try:
                with users_code("train(trial)"):
                    self._train(trial)
            except TrialEnded:
                pass  # the recorder knows why
            except UserCodeError as error:
                if is_out_of_memory(error) or not trial.optimizers or weights_finite(trial.optimizers):
                    raise
                recorder.fail(f"the weights were no longer finite after {trial.done} updates: {error}")
        recorder.ends("training")
        if recorder.reason is None:
            _check_finished(trial)
        return trial, recorder


def _check_finished(trial: FunctionTrial) -> None:
    if not trial.done:
        raise BadTask("train(trial) never called trial.step(loss): call it after every update")
    if trial.done < trial.steps:
        raise BadTask(
            f"train(trial) did {trial.done} updates of trial.steps = {trial.steps}: its data ended too early. Make the"
            " stream of batches endless, starting a new epoch when one ends"
        )
    if trial.score is None:
        raise BadTask("train(trial) never called trial.report(score): call it at the end with the validation score")
