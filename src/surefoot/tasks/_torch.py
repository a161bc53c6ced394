from __future__ import annotations

import copy
import math
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from time import perf_counter
from typing import Any, cast

import torch
from torch import nn

from surefoot.driving import Rates, kinds, lr_range
from surefoot.errors import BadTask, UserCodeError
from surefoot.randomness import randomness_kept, seed_everything
from surefoot.records import Facts, Goal, Host, Segment, Stage, Traits
from surefoot.schedules import Schedule, parse
from surefoot.tasks._assess import Score, score_by_function, score_by_loss
from surefoot.tasks._batch import digest, moved
from surefoot.tasks._data import data_of
from surefoot.tasks._describe import describe, weights_finite
from surefoot.tasks._environment import environment
from surefoot.tasks._horizon import updates_of
from surefoot.tasks._model import ModelSource
from surefoot.tasks._optimizer import OptimizerSource, check
from surefoot.tasks._price import priced
from surefoot.tasks._recorder import Recorder, largest_difference
from surefoot.tasks._trial import (
    TorchTrial,
    Update,
    check_finite,
    check_loss,
    update_with_loss,
    update_with_step,
)
from surefoot.tasks._user import is_out_of_memory, users_code

_READ_EVERY = 16  # updates between two looks at losses on an accelerator: a look waits for the device
_SMALL_UPDATE = 0.1  # seconds: above that several threads are rarely slower than one (assumption)
_WORTH_SAYING = 1.3  # times slower
_PRECISIONS = ("fp32", "bf16", "fp16")


class TorchTask:
    """A training of a torch model: "I have a model, data and a loss".

    Args:
        model: ``() -> nn.Module``, called under a fixed seed for each trial; or a live module, which is put back
            for each trial and at the end (memory: one copy of it).
        optimizer: A class or ``functools.partial`` of one, called with the parameters and ``lr``; any other
            callable, called ``(model, lr)``, that gives an optimizer or a dict of several; or a live optimizer.
            Groups keep the ratios of their rates.
        train: A map-style dataset (with ``batch_size``), a DataLoader, or an iterable of batches that can be
            iterated again. An incomplete last batch of a dataset is left out; a DataLoader's own choice stays.
        valid: The same for validation; its mean loss is the score.
        score: ``model -> float``, instead of ``valid``; with ``goal``.
        loss: ``(model, batch) -> scalar tensor``.
        step: ``(trial, batch) -> loss``, instead of descending ``loss``: does the whole update itself (closures,
            SAM, several losses) with ``trial.model``, ``trial.optimizer``, ``trial.state``, ``trial.lr``.
        horizon: Length of the full training, in updates or as ``"10 epochs"``.
        schedule: Text or value; multiplies the peak rate.
        batch_size: Examples in a batch, for datasets.
        num_workers: Processes that load data, for datasets.
        collate: Makes a batch of a list of examples, for datasets.
        valid_batches: ``"auto"``: a fixed part of the validation data that keeps assessments under a quarter of
            the budget; a number; or ``"all"``.
        accumulate: Batches in one update.
        precision: ``fp32``, ``bf16`` or ``fp16`` (with gradient scaling).
        clip_norm: Largest norm of the gradient.
        device: ``"auto"`` (the first GPU, else the CPU), or what torch calls it.
        state: Other things to keep with a trial, by name: functions ``model -> object``, called at its start (an
            EMA of the weights, for example), or objects with ``state_dict`` that are put back.
        eval_model: What to assess instead of the model: a name in ``state`` or ``trial -> nn.Module``.
        goal: ``min`` or ``max``, of the score.

    Raises:
        BadTask: A part is missing, contradicts another, or is of the wrong kind.
    """

    def __init__(
        self,
        *,
        model: Callable[[], nn.Module] | nn.Module,
        optimizer: Any,
        train: Any,
        horizon: int | str,
        valid: Any = None,
        score: Callable[[nn.Module], float] | None = None,
        loss: Callable[[nn.Module, Any], torch.Tensor] | None = None,
        step: Callable[[TorchTrial, Any], Any] | None = None,
        schedule: str | Schedule = "warmup(0.05) >> cosine()",
        batch_size: int | None = None,
        num_workers: int = 0,
        collate: Callable[[list[Any]], Any] | None = None,
        valid_batches: int | str = "auto",
        accumulate: int = 1,
        precision: str = "fp32",
        clip_norm: float | None = None,
        device: str | torch.device = "auto",
        state: Mapping[str, Any] | None = None,
        eval_model: str | Callable[[TorchTrial], nn.Module] | None = None,
        goal: Goal = "min",
    ):
        if not isinstance(model, nn.Module) and not callable(model):
            raise BadTask(
                f"model={type(model).__name__}: expected a function that builds a torch.nn.Module, or a module"
            )
        if loss is None and step is None:
            raise BadTask("no loss: give loss=(model, batch) -> scalar tensor, or step=(trial, batch) -> loss")
        if isinstance(accumulate, bool) or not isinstance(accumulate, int) or accumulate < 1:
            raise BadTask(f"accumulate={accumulate!r}: expected the number of batches in one update, at least 1")
        if precision not in _PRECISIONS:
            raise BadTask(f"precision={precision!r}: expected one of {', '.join(_PRECISIONS)}")
        if clip_norm is not None and not clip_norm > 0:
            raise BadTask(f"clip_norm={clip_norm!r}: expected a positive number, or None for no clipping")
        if goal not in {"min", "max"}:
            raise BadTask(f"goal={goal!r}: expected 'min' or 'max'")
        self._device = _device(model, device)
        self._models = ModelSource(model, self._device)
        self._optimizers = OptimizerSource(optimizer)
        if self._optimizers.live and not self._models.live:
            raise BadTask(
                "optimizer= is a live optimizer but model= builds a new model for each trial, which it does not hold."
                " Give the module that it holds (model=net), or a class or function that builds the optimizer"
            )
        self._train = data_of("train", train, batch_size, collate, num_workers)
        self._accumulate = accumulate
        per_epoch = self._train.per_epoch
        self._horizon = updates_of(horizon, None if per_epoch is None else max(1, per_epoch // accumulate))
        self._schedule = parse(schedule)
        self._course = self._schedule.over(self._horizon)
        self._precision = precision
        self._loss = loss
        self._step = step
        self._clip_norm = clip_norm
        self._update: Update = (
            update_with_step(step, accumulate) if step is not None else _descend(loss, accumulate, clip_norm)
        )
        self._state = dict(state or {})
        self._state_saved = {
            name: copy.deepcopy(part.state_dict()) for name, part in self._state.items() if _is_live(part)
        }
        self._goal: Goal = goal
        self._valid_batches = _valid_batches(valid_batches)
        self._own_score = score is not None
        self._score = self._scoring(valid, score, loss, batch_size, collate, num_workers, eval_model)

    def _scoring(
        self,
        valid: Any,
        score: Callable[[nn.Module], float] | None,
        loss: Callable[[nn.Module, Any], torch.Tensor] | None,
        batch_size: int | None,
        collate: Callable[[list[Any]], Any] | None,
        num_workers: int,
        eval_model: str | Callable[[TorchTrial], nn.Module] | None,
    ) -> Score:
        model_to_assess = self._model_to_assess(eval_model)
        if score is not None:
            if valid is not None:
                raise BadTask("valid= and score= are both given: expected one of them to assess a model by")
            return score_by_function(score, model_to_assess)
        if valid is None:
            raise BadTask(
                "no validation: give valid= (a dataset or DataLoader; the loss on it is the score) or"
                " score=model -> float. A rate cannot be judged by the training loss alone"
            )
        if loss is None:
            raise BadTask("valid= needs loss=(model, batch) -> scalar to be assessed with; or give score= instead")
        if isinstance(valid, torch.utils.data.DataLoader):
            data = data_of("valid", valid, None, None, 0)
        else:
            data = data_of("valid", valid, batch_size, collate, num_workers)
        return score_by_loss(loss, data, model_to_assess)

    def _model_to_assess(
        self, eval_model: str | Callable[[TorchTrial], nn.Module] | None
    ) -> Callable[[TorchTrial], nn.Module]:
        if eval_model is None:
            return lambda trial: trial.model
        if callable(eval_model):
            return eval_model
        if eval_model not in self._state:
            raise BadTask(f"eval_model={eval_model!r} is not in state=, which has {sorted(self._state)}")
        return lambda trial: cast("nn.Module", trial.state[eval_model])

    @property
    def horizon(self) -> int:
        """Length of the full training in optimizer updates."""
        return self._horizon

    @property
    def goal(self) -> Goal:
        """Whether a lower or a higher score is better."""
        return self._goal

    @property
    def schedule(self) -> Schedule:
        """What multiplies the peak rate."""
        return self._schedule

    @property
    def traits(self) -> Traits:
        """What it can do."""
        return Traits(resumable=self._train.resumable)

    def preflight(self, seed: int, assess_cap: int) -> Facts:
        """Check the task on its first batch, its first updates (twice) and one assessment.

        Args:
            seed: Of the study.
            assess_cap: Most validation batches that an assessment may take.

        Returns:
            What was found; a live model and optimizer are as they were.

        Raises:
            BadTask: Something cannot work: the message says what, and what to do.
        """
        with randomness_kept():
            try:
                return self._preflight(seed, assess_cap)
            finally:
                self._restore()

    def _preflight(self, seed: int, assess_cap: int) -> Facts:
        seed_everything(seed)
        model = self._models.fresh()
        self._models.check_twice(model)
        probe_lr = 1e-6  # small enough to harm nothing
        trial, optimizers = self._begin(seed, min(2, self._horizon), probe_lr)
        notes = check(self._optimizers, optimizers, trial.model, probe_lr)
        trial, optimizers = self._begin(seed, min(2, self._horizon), probe_lr)
        batch = self._first_batch(seed, trial)
        first_loss = None
        if self._loss is not None:
            first_loss = float(check_loss(self._loss, trial, batch).detach())
        began = perf_counter()
        untrained, batches = self._score(trial, self._assess_batches(assess_cap))
        assess_seconds = perf_counter() - began
        if untrained - untrained != 0:
            raise BadTask(
                f"the score of the untrained model is {untrained}: a score must be a finite number. Look at the"
                " validation data"
            )
        lr = lr_range(kinds(optimizers))
        losses, update_seconds = self._first_updates(seed, (lr[0] * lr[1]) ** 0.5 / 10)
        again, _ = self._first_updates(seed, (lr[0] * lr[1]) ** 0.5 / 10)
        check_finite(losses[0])
        spread = largest_difference(losses, again)
        notes += self._thread_note(seed, update_seconds)
        if self._own_score:
            batches = priced(assess_seconds, update_seconds)
        return Facts(
            untrained=untrained,
            lr_range=lr,
            assess_batches=batches,
            repeatable=spread == 0.0,
            spread=spread,
            update_seconds=update_seconds,
            assess_seconds=assess_seconds,
            identity={
                "parameters": [[name, list(p.shape), str(p.dtype)] for name, p in trial.model.named_parameters()],
                "first batch": digest(batch),
                "first loss": losses[0] if first_loss is None else first_loss,
                "optimizer": describe(optimizers),
                "schedule": str(self._schedule),
                "horizon": self._horizon,
                "accumulate": self._accumulate,
                "precision": self._precision,
                "clip_norm": self._clip_norm,
                "goal": self._goal,
            },
            environment=environment(self._device),
            notes=notes,
        )

    def _assess_batches(self, cap: int) -> int:
        if self._valid_batches == "auto":
            return cap
        return 10**9 if self._valid_batches == "all" else int(self._valid_batches)

    def _first_batch(self, seed: int, trial: TorchTrial) -> Any:
        with users_code("reading the first batch of train="):
            batch = next(self._train.stream(seed, 0, 1), None)
        if batch is None:
            raise BadTask("train= is empty: it gives no batches")
        return moved(batch, trial.device)

    def _first_updates(self, seed: int, lr: float) -> tuple[list[float], float]:
        """Losses of the first three updates, and the seconds of the quickest but the first."""
        updates = min(3, self._horizon)
        trial, optimizers = self._begin(seed, updates, lr)
        driver = Rates(optimizers.values(), lr)
        losses: list[float] = []
        seconds: list[float] = []
        stream = self._batches(seed, 0, updates)
        for index in range(updates):
            began = perf_counter()
            driver.write(lr)
            trial.step, trial.lr = index, lr
            with users_code("the first update"):
                losses.append(_number(self._update(trial, stream)))
            seconds.append(perf_counter() - began)
        return losses, max(1e-9, min(seconds[1:] or seconds))

    def _thread_note(self, seed: int, update_seconds: float) -> list[str]:
        """Small networks can be many times slower on several threads: measure, and say so."""
        threads = torch.get_num_threads()
        if self._device.type != "cpu" or threads == 1 or update_seconds > _SMALL_UPDATE:
            return []
        torch.set_num_threads(1)
        try:
            _, alone = self._first_updates(seed, 1e-6)
        finally:
            torch.set_num_threads(threads)
        if update_seconds < _WORTH_SAYING * alone:
            return []
        return [
            f"an update takes {update_seconds / alone:.1f} times as long on {threads} threads as on one: put"
            " torch.set_num_threads(1) into your file"
        ]

    def _begin(self, seed: int, steps: int, lr: float) -> tuple[TorchTrial, dict[str, torch.optim.Optimizer]]:
        """A trial at its start, with everything that is random fixed by the seed."""
        seed_everything(seed)
        model = self._models.fresh()
        optimizers = self._optimizers.build(model, lr)
        state: dict[str, Any] = {}
        for name, part in self._state.items():
            if name in self._state_saved:
                part.load_state_dict(copy.deepcopy(self._state_saved[name]))
                state[name] = part
            else:
                with users_code(f"state[{name!r}](model)"):
                    state[name] = part(model)
        trial = TorchTrial(model, optimizers, state, self._device, seed, steps, self._precision)
        seed_everything(seed)  # building models of different kinds must not shift the noise of training
        return trial, optimizers

    def _batches(self, seed: int, start: int, stop: int) -> Iterator[Any]:
        stream = self._train.stream(seed, start * self._accumulate, stop * self._accumulate)
        if self._device.type == "cpu":
            return stream
        return (moved(batch, self._device) for batch in stream)

    def _restore(self) -> None:
        self._models.restore()
        self._optimizers.restore()
        for name, saved in self._state_saved.items():
            self._state[name].load_state_dict(copy.deepcopy(saved))

    def run(self, segment: Segment, host: Host) -> Stage:
        """Run one segment from its start and assess it.

        Args:
            segment: What to run.
            host: Where ticks go, and how much an assessment takes.

        Returns:
            What came of it; a rate that fails is a stage too.

        Raises:
            UserCodeError: The user's code raised while the weights were finite.
        """
        with randomness_kept():
            try:
                return self._run(segment, host)
            finally:
                self._restore()

    def _run(self, segment: Segment, host: Host) -> Stage:
        lr, seed = segment.trial.lr, segment.trial.seed
        course = self._course.shrunk(segment.schedule_horizon)
        rates = [lr * course(step) for step in range(segment.start, segment.stop)]
        recorder = Recorder(segment, rates, host)
        trial, optimizers = self._begin(seed, segment.updates, lr)
        driver = Rates(optimizers.values(), lr)
        stream = self._batches(seed, segment.start, segment.stop)
        recorder.ends("starting")
        try:
            self._train_segment(trial, driver, rates, stream, recorder)
        except UserCodeError as error:
            if is_out_of_memory(error) or weights_finite(optimizers):
                raise
            recorder.fail(f"the weights were no longer finite after {recorder.updates} updates: {error}")
        recorder.ends("training")
        if recorder.reason is not None:
            return recorder.stage(None, 0)
        score, forwards = self._score(trial, host.assess_batches)
        recorder.ends("assessing")
        return recorder.stage(score, forwards)

    @contextmanager
    def ramp(self, seed: int, steps: int) -> Generator[Callable[[float], float]]:
        """Updates whose rates are chosen one by one, from the start of a trial: what a range test needs.

        Args:
            seed: Of the trial.
            steps: Most updates that will be asked for.

        Yields:
            ``lr -> loss``: does the next update at that rate; NaN once the weights are no longer finite. A live model
            and optimizer are as they were when the context ends.
        """
        with randomness_kept():
            try:
                trial, optimizers = self._begin(seed, steps, 1e-3)
                driver, stream = Rates(optimizers.values(), 1e-3), self._batches(seed, 0, steps)

                def update(lr: float) -> float:
                    driver.write(lr)
                    trial.lr = lr
                    try:
                        with users_code("an update"):
                            loss = _number(self._update(trial, stream))
                    except UserCodeError as error:
                        if is_out_of_memory(error) or weights_finite(optimizers):
                            raise
                        return math.nan
                    trial.step += 1
                    return loss

                yield update
            finally:
                self._restore()

    def _train_segment(
        self,
        trial: TorchTrial,
        driver: Rates,
        rates: Sequence[float],
        stream: Iterator[Any],
        recorder: Recorder,
    ) -> None:
        update, every = self._update, 1 if self._device.type == "cpu" else _READ_EVERY
        unread: list[torch.Tensor] = []
        last = len(rates) - 1
        with users_code("an update"):
            for index, rate in enumerate(rates):
                driver.write(rate)
                trial.step, trial.lr = index, rate
                unread.append(update(trial, stream))
                if len(unread) < every and index < last:
                    continue
                for loss in _read(unread):
                    if not recorder.observe(loss):
                        recorder.updates = index + 1  # those on the device behind the bad one were done too
                        return
                unread.clear()


def _read(losses: list[torch.Tensor]) -> list[float]:
    return [losses[0].item()] if len(losses) == 1 else torch.stack(losses).tolist()


def _number(loss: Any) -> float:
    if isinstance(loss, torch.Tensor) and loss.numel() != 1:
        raise BadTask(f"step(trial, batch) returned a tensor of shape {tuple(loss.shape)}: expected a scalar loss")
    return float(loss)


def _descend(loss: Callable[[nn.Module, Any], torch.Tensor] | None, accumulate: int, clip_norm: float | None) -> Update:
    assert loss is not None
    return update_with_loss(loss, accumulate, clip_norm)


def _is_live(part: Any) -> bool:
    return hasattr(part, "state_dict") and hasattr(part, "load_state_dict")


def _device(model: Any, device: str | torch.device) -> torch.device:
    if device != "auto":
        try:
            return torch.empty(0, device=device).device
        except (RuntimeError, AssertionError) as error:  # torch without CUDA asserts
            raise BadTask(
                f"device={device!r}: expected 'auto', 'cpu', 'cuda', 'cuda:1', 'mps' ..., one that is there. torch"
                f" says: {error}"
            ) from error
    if isinstance(model, nn.Module):
        return next((p.device for p in model.parameters()), torch.device("cpu"))
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def _valid_batches(given: int | str) -> int | str:
    if given in {"auto", "all"} or (isinstance(given, int) and not isinstance(given, bool) and given > 0):
        return given
    raise BadTask(f"valid_batches={given!r}: expected 'auto', 'all', or a number of batches of at least 1")
