from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import Any, cast

import torch
from torch import nn

from surefoot.errors import BadTask, UserCodeError
from surefoot.randomness import randomness_kept
from surefoot.records import Checkpoint, Facts, Goal, Host, Segment, Stage, Traits
from surefoot.schedules import Schedule
from surefoot.tasks._assess import EvalModel, Score, score_by_function, score_by_loss
from surefoot.tasks._batch import digest
from surefoot.tasks._data import data_of
from surefoot.tasks._describe import describe, weights_finite
from surefoot.tasks._environment import environment
from surefoot.tasks._horizon import updates_of
from surefoot.tasks._keep import kept, put_back, weights
from surefoot.tasks._model import ModelSource
from surefoot.tasks._optimizer import OptimizerSource
from surefoot.tasks._preflight import (
    FirstUpdates,
    checked_start,
    first_batch,
    first_loss,
    thread_note,
    untrained_score,
    why_not_continued,
)
from surefoot.tasks._price import priced
from surefoot.tasks._recorder import Recorder, largest_difference
from surefoot.tasks._scheduled import Scheduled
from surefoot.tasks._trainer import Trainer
from surefoot.tasks._trial import TorchTrial, Update, check_finite, update_with_loss, update_with_step
from surefoot.tasks._user import is_out_of_memory

_PRECISIONS = ("fp32", "bf16", "fp16")


class TorchTask(Scheduled):
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
        where = _device(model, device)
        models, optimizers = ModelSource(model, where), OptimizerSource(optimizer)
        if optimizers.live and not models.live:
            raise BadTask(
                "optimizer= is a live optimizer but model= builds a new model for each trial, which it does not hold."
                " Give the module that it holds (model=net), or a class or function that builds the optimizer"
            )
        data = data_of("train", train, batch_size, collate, num_workers)
        per_epoch = None if data.per_epoch is None else max(1, data.per_epoch // accumulate)
        super().__init__(updates_of(horizon, per_epoch), schedule, goal)
        extras = dict(state or {})
        assessed = _model_to_assess(eval_model, extras)
        self._loss = loss
        self._clip_norm = clip_norm
        self._valid_batches = _valid_batches(valid_batches)
        self._own_score = score is not None
        self._stops = ""  # why trials cannot be continued although their data and schedule could be
        self._trainer = Trainer(
            models,
            optimizers,
            data,
            update_with_step(step, accumulate) if step is not None else _descend(loss, accumulate, clip_norm),
            _scoring(valid, score, loss, batch_size, collate, num_workers, assessed),
            assessed,
            extras,
            where,
            accumulate,
            precision,
        )

    @property
    def traits(self) -> Traits:
        """What it can do; preflight finds out whether its trials really can be continued."""
        resumable = self._trainer.train.resumable and not self._stops
        trunk = resumable and self._course.trunk is not None
        return Traits(resumable, trunk, keeps=True, loaders=self._trainer.train.workers)

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
                self._trainer.restore()

    def _preflight(self, seed: int, assess_cap: int) -> Facts:
        trainer = self._trainer
        trial, notes = checked_start(trainer, seed, self.horizon)
        batch = first_batch(trainer, trial)
        checked_loss = first_loss(self._loss, trial, batch)
        untrained, batches, assess_seconds = untrained_score(trainer, trial, self._assess_batches(assess_cap))
        first = FirstUpdates(trainer, trial, self.horizon)
        losses, update_seconds = first.run()
        again, _ = first.run()
        check_finite(losses[0])
        spread = largest_difference(losses, again)
        notes += thread_note(first, trainer.device, update_seconds)
        self._stops = ""
        if self.traits.trunk:
            self._stops = why_not_continued(first, losses, spread)
            if self._stops:
                notes.append(f"trials start again instead of going on: {self._stops}")
        if self._own_score:
            batches = priced(assess_seconds, update_seconds)
        return Facts(
            untrained=untrained,
            lr_range=first.lr_range,
            assess_batches=batches,
            repeatable=spread == 0.0,
            spread=spread,
            update_seconds=update_seconds,
            assess_seconds=assess_seconds,
            identity={
                "parameters": [[name, list(p.shape), str(p.dtype)] for name, p in trial.model.named_parameters()],
                "first batch": digest(batch),
                "first loss": losses[0] if checked_loss is None else checked_loss,
                "optimizer": describe(trial.optimizers),
                "schedule": str(self.schedule),
                "horizon": self.horizon,
                "accumulate": trainer.accumulate,
                "precision": trainer.precision,
                "clip_norm": self._clip_norm,
                "goal": self.goal,
            },
            environment=environment(trainer.device),
            notes=notes,
        )

    def _assess_batches(self, cap: int) -> int:
        if self._valid_batches == "auto":
            return cap
        return 10**9 if self._valid_batches == "all" else int(self._valid_batches)

    def run(self, segment: Segment, host: Host) -> Stage:
        """Run one segment from where it starts, assess it, and keep what is to be kept.

        A trunk that is followed by a cooldown is not assessed: its cooldowns are.

        Args:
            segment: What to run. A parent of another rate is continued at the segment's own.
            host: Where ticks and checkpoints go, and how much an assessment takes.

        Returns:
            What came of it; a rate that fails is a stage too.

        Raises:
            UserCodeError: The user's code raised while the weights were finite.
        """
        with randomness_kept():
            try:
                return self._run(segment, host)
            finally:
                self._trainer.restore()

    def _run(self, segment: Segment, host: Host) -> Stage:
        rates = self.rates(segment)
        recorder = Recorder(segment, rates, host.tick)
        trial = self._begin(segment, host)
        recorder.ends("starting")
        try:
            self._trainer.train_segment(trial, segment, rates, recorder)
            if segment.branch == "trunk" and recorder.reason is None and not weights_finite(trial.optimizers):
                recorder.fail(f"the weights were no longer finite after {recorder.updates} updates")
        except UserCodeError as error:
            if is_out_of_memory(error) or weights_finite(trial.optimizers):
                raise
            recorder.fail(f"the weights were no longer finite after {recorder.updates} updates: {error}")
        recorder.ends("training")
        if recorder.reason is not None:
            return recorder.stage()
        checkpoint = self._keep(trial, segment, host)
        recorder.ends("starting")
        if segment.branch == "trunk" and not self._ends_in_trunk:
            return recorder.stage(checkpoint=checkpoint)
        score, forwards = self._trainer.score(trial, host.assess_batches)
        recorder.ends("assessing")
        return recorder.stage(score, forwards, checkpoint)

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
                yield self._trainer.ramp(seed, steps)
            finally:
                self._trainer.restore()

    def _begin(self, segment: Segment, host: Host) -> TorchTrial:
        """The trial as it is before the segment's first update."""
        lr = segment.trial.lr
        trial = self._trainer.begin(segment.trial.seed, segment.schedule_horizon, lr)
        if segment.parent is not None:
            put_back(trial, host.load(segment.parent), lr)
        return trial

    @property
    def _ends_in_trunk(self) -> bool:
        trunk = self._course.trunk
        return trunk is not None and trunk[1] == self.horizon

    def _keep(self, trial: TorchTrial, segment: Segment, host: Host) -> Checkpoint | None:
        """Keep what the segment must leave behind: a trunk all that its next update depends on."""
        state: dict[str, Any] = {}
        if segment.branch == "trunk":
            state |= kept(trial, segment.trial.lr)
        if segment.keep or (segment.branch == "trunk" and segment.stop == self.horizon):
            state["weights"] = weights(self._trainer.eval_model(trial))
        return host.save(state, segment.stop) if state else None


def _descend(loss: Callable[[nn.Module, Any], torch.Tensor] | None, accumulate: int, clip_norm: float | None) -> Update:
    assert loss is not None
    return update_with_loss(loss, accumulate, clip_norm)


def _scoring(
    valid: Any,
    score: Callable[[nn.Module], float] | None,
    loss: Callable[[nn.Module, Any], torch.Tensor] | None,
    batch_size: int | None,
    collate: Callable[[list[Any]], Any] | None,
    num_workers: int,
    model_to_assess: EvalModel,
) -> Score:
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
    eval_model: str | Callable[[TorchTrial], nn.Module] | None, extras: Mapping[str, Any]
) -> EvalModel:
    if eval_model is None:
        return lambda trial: trial.model
    if callable(eval_model):
        return eval_model
    if eval_model not in extras:
        raise BadTask(f"eval_model={eval_model!r} is not in state=, which has {sorted(extras)}")
    return lambda trial: cast("nn.Module", trial.state[eval_model])


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
