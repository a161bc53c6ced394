"""The checks of a torch training before anything is spent on it."""

from __future__ import annotations

import copy
from collections.abc import Callable
from time import perf_counter
from typing import Any

import torch
from torch import nn

from surefoot.checkpoints import not_plain
from surefoot.driving import Rates
from surefoot.errors import BadTask, UserCodeError
from surefoot.tasks._batch import moved
from surefoot.tasks._describe import kinds
from surefoot.tasks._keep import kept, put_back
from surefoot.tasks._optimizer import check
from surefoot.tasks._randomness import seed_everything
from surefoot.tasks._ranges import lr_range
from surefoot.tasks._recorder import largest_difference
from surefoot.tasks._trainer import Trainer
from surefoot.tasks._trial import TorchTrial, check_loss
from surefoot.tasks._user import users_code

_PROBE_LR = 1e-6  # small enough to harm nothing
_UPDATES = 3  # the first is slower than others
_SMALL_UPDATE = 0.1  # seconds: above that several threads are rarely slower than one (assumption)
_WORTH_SAYING = 1.3  # times slower
_SPREADS = 3.0  # times what repeats differ by: no more is no difference (assumption)


def checked_start(trainer: Trainer, seed: int, horizon: int) -> tuple[TorchTrial, list[str]]:
    """A trial at its start, whose model is new each time, and whose rate reaches its optimizers.

    Args:
        trainer: Makes it.
        seed: Of the study.
        horizon: Of the full training.

    Returns:
        The trial, and things worth knowing in sentences.
    """
    seed_everything(seed)
    trainer.models.check_twice(trainer.models.fresh())
    trial = trainer.begin(seed, min(2, horizon), _PROBE_LR)
    notes = check(trainer.optimizers, trial.optimizers, trial.model, _PROBE_LR)
    return trainer.begin(seed, min(2, horizon), _PROBE_LR), notes


def first_batch(trainer: Trainer, trial: TorchTrial) -> Any:
    """The first training batch.

    Args:
        trainer: Has the data.
        trial: Whose.

    Returns:
        The batch, on the device.

    Raises:
        BadTask: There is none.
    """
    with users_code("reading the first batch of train="):
        batch = next(trainer.train.stream(trial.seed, 0, 1), None)
    if batch is None:
        raise BadTask("train= is empty: it gives no batches")
    return moved(batch, trial.device)


def first_loss(loss: Callable[[nn.Module, Any], Any] | None, trial: TorchTrial, batch: Any) -> float | None:
    """The loss of the first batch, checked.

    Args:
        loss: The task's; ``None`` without one.
        trial: Untrained.
        batch: The first one.

    Returns:
        The loss; ``None`` without one.
    """
    return None if loss is None else float(check_loss(loss, trial, batch).detach())


def untrained_score(trainer: Trainer, trial: TorchTrial, batches: int) -> tuple[float, int, float]:
    """Assess the untrained model.

    Args:
        trainer: Has the assessment.
        trial: Untrained.
        batches: Most validation batches to take.

    Returns:
        Its score, the batches that were taken, and seconds.

    Raises:
        BadTask: The score is not finite.
    """
    began = perf_counter()
    score, taken = trainer.score(trial, batches)
    seconds = perf_counter() - began
    if score - score != 0:
        raise BadTask(
            f"the score of the untrained model is {score}: a score must be a finite number. Look at the validation data"
        )
    return score, taken, seconds


class FirstUpdates:
    """The first updates of a trial at a moderate rate. Has state: none but the trainer's.

    Args:
        trainer: Does them.
        trial: Any, for the kinds of its optimizers.
        horizon: Of the full training.
    """

    def __init__(self, trainer: Trainer, trial: TorchTrial, horizon: int):
        self.lr_range = lr_range(kinds(trial.optimizers))
        self._lr = (self.lr_range[0] * self.lr_range[1]) ** 0.5 / 10
        self._trainer = trainer
        self._seed = trial.seed
        self._count = min(_UPDATES, horizon)

    def run(self) -> tuple[list[float], float]:
        """Do them.

        Returns:
            Their losses, and the seconds of the quickest but the first.
        """
        trial = self._trainer.begin(self._seed, self._count, self._lr)
        losses, seconds = self._updates(trial, 0)
        return losses, max(1e-9, min(seconds[1:] or seconds))

    def resumed(self) -> tuple[list[float], str]:
        """Do them with a stop in between: keep the trial after the first, and go on with another one from there.

        Returns:
            Their losses, and why they cannot be done like that; one of the two is empty.
        """
        trial = self._trainer.begin(self._seed, self._count, self._lr)
        losses, _ = self._updates(trial, 0, 1)
        try:
            with users_code("state_dict()"):
                state = kept(trial, self._lr)
            said = not_plain(state, "what a trial holds")
            if said is not None:
                return [], said
            state = copy.deepcopy(state)  # what is live goes on to be used
            trial = self._trainer.begin(self._seed, self._count, self._lr)
            with users_code("load_state_dict()"):
                put_back(trial, state, self._lr)
        except UserCodeError as error:
            return [], str(error)
        return losses + self._updates(trial, 1)[0], ""

    def _updates(self, trial: TorchTrial, start: int, stop: int | None = None) -> tuple[list[float], list[float]]:
        stop = self._count if stop is None else min(stop, self._count)
        driver = Rates(trial.optimizers.values(), self._lr)
        stream = self._trainer.batches(self._seed, start, stop)
        losses: list[float] = []
        seconds: list[float] = []
        for index in range(start, stop):
            began = perf_counter()
            driver.write(self._lr)
            trial.step, trial.lr = index, self._lr
            with users_code("the first update"):
                losses.append(_number(self._trainer.update(trial, stream)))
            seconds.append(perf_counter() - began)
        return losses, seconds


def why_not_continued(first: FirstUpdates, losses: list[float], spread: float) -> str:
    """Whether a trial that is taken up again goes on as if it had never stopped.

    Args:
        first: The first updates.
        losses: Of them in one go.
        spread: How far they lie apart when they are simply repeated.

    Returns:
        Why it does not; empty when it does.
    """
    resumed, why = first.resumed()
    if why:
        return why
    apart = largest_difference(losses, resumed)
    if apart <= _SPREADS * spread:
        return ""
    return (
        f"taken up again after its first update, its losses differ by {apart:.1e}: an update depends on something that"
        " is not kept. Put it into state="
    )


def thread_note(first: FirstUpdates, device: torch.device, update_seconds: float) -> list[str]:
    """Small networks can be many times slower on several threads: measure, and say so.

    Args:
        first: Updates to be timed.
        device: Where they run.
        update_seconds: Of one update as it is now.

    Returns:
        A sentence, where it is worth saying.
    """
    threads = torch.get_num_threads()
    if device.type != "cpu" or threads == 1 or update_seconds > _SMALL_UPDATE:
        return []
    torch.set_num_threads(1)
    try:
        _, alone = first.run()
    finally:
        torch.set_num_threads(threads)
    if update_seconds < _WORTH_SAYING * alone:
        return []
    return [
        f"an update takes {update_seconds / alone:.1f} times as long on {threads} threads as on one: put"
        " torch.set_num_threads(1) into your file"
    ]


def _number(loss: Any) -> float:
    if isinstance(loss, torch.Tensor) and loss.numel() != 1:
        raise BadTask(f"step(trial, batch) returned a tensor of shape {tuple(loss.shape)}: expected a scalar loss")
    return float(loss)
