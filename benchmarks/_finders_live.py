"""The benchmark's trainings as other people's finders want them: a model, one optimizer, a loader of batches.

The only file that looks inside ``TorchTask``; what it gives out is plain torch.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

import surefoot as sf
from surefoot.driving import Rates
from surefoot.errors import UserCodeError


class Losses(nn.Module):
    """The task's loss as a module of its own: every finder calls ``criterion(model(inputs), target)``.

    Args:
        model: That is trained.
        loss: ``(model, batch) -> scalar``.
    """

    def __init__(self, model: nn.Module, loss: Callable[[nn.Module, Any], torch.Tensor]):
        super().__init__()
        self.model = model
        self.loss = loss

    def forward(self, inputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """The loss of a batch."""
        return self.loss(self.model, [inputs, targets])


class Together(torch.optim.Optimizer):
    """Several optimizers as one with a single rate, since no peer drives several; they keep their ratios.

    Args:
        optimizers: Built with ``lr``.
        lr: Their rate.
    """

    def __init__(self, optimizers: list[torch.optim.Optimizer], lr: float):
        self._parts = [(group, group["lr"] / lr, one) for one in optimizers for group in one.param_groups]
        super().__init__([p for group, _, _ in self._parts for p in group["params"]], {"lr": lr})

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:  # pyright: ignore
        """An update of all of them."""
        value = None
        if closure is not None:
            with torch.enable_grad():
                value = closure()
        for group, factor, _ in self._parts:
            group["lr"] = self.param_groups[0]["lr"] * factor
        for one in {id(one): one for _, _, one in self._parts}.values():
            one.step()
        return value


@dataclass(frozen=True)
class Live:
    """What a finder is given.

    Attributes:
        model: Gives the loss of ``(inputs, targets)``.
        optimizer: Over its parameters; clips the gradient itself where the task does.
        loader: Batches of ``(inputs, targets, 0)``: the third is what a criterion is given as the target.
    """

    model: Losses
    optimizer: torch.optim.Optimizer
    loader: DataLoader[Any]


def live(task: sf.TorchTask, seed: int, lr: float) -> Live:
    """A training at its start, seeded as ``find`` seeds it.

    Args:
        task: Of the benchmark.
        seed: Of weights and order.
        lr: The rate to build the optimizer with.

    Returns:
        Its parts.
    """
    trial = task._trainer.begin(seed, task.horizon, lr)
    parts = list(trial.optimizers.values())
    optimizer = parts[0] if len(parts) == 1 else Together(parts, lr)
    if task._clip_norm is not None:
        norm, parameters = task._clip_norm, list(trial.model.parameters())

        def clip(*_: Any) -> None:
            nn.utils.clip_grad_norm_(parameters, norm)

        optimizer.register_step_pre_hook(clip)
    data = task._trainer.train._dataset
    zeros = torch.zeros(len(data))
    loader = DataLoader(TensorDataset(*data.tensors, zeros), batch_size=task._trainer.train._batch_size, shuffle=True,
                        drop_last=True, generator=torch.Generator().manual_seed(seed))  # fmt: skip
    return Live(Losses(trial.model, task._loss), optimizer, loader)


class Training:
    """A training under the task's own schedule that can be assessed on the way. Has state: the trial.

    Args:
        task: Of the benchmark.
        lr: The peak rate.
        seed: Of weights and order.
        horizon: Over which the schedule is laid.
        assess_batches: Forward-only batches of an assessment.
    """

    def __init__(self, task: sf.TorchTask, lr: float, seed: int, horizon: int, assess_batches: int):
        self._trainer, self._assess = task._trainer, assess_batches
        self._course = task.schedule.over(task.horizon).shrunk(horizon)
        self._lr = lr
        self._trial = task._trainer.begin(seed, horizon, lr)
        self._rates = Rates(self._trial.optimizers.values(), lr)
        self._stream = task._trainer.batches(seed, 0, horizon)
        self.updates = 0
        self.forwards = 0
        self.failed = False

    def go_on(self, until: int) -> float | None:
        """Train up to an update, and assess there; ``None`` for one that failed."""
        while self.updates < until and not self.failed:
            self._rates.write(self._lr * self._course(self.updates))
            self._trial.step, self._trial.lr = self.updates, self._lr
            try:
                loss = float(self._trainer.update(self._trial, self._stream))
            except (UserCodeError, ValueError, RuntimeError):
                loss = float("nan")
            self.updates += 1
            self.failed = loss - loss != 0
        if self.failed:
            return None
        score, forwards = self._trainer.score(self._trial, self._assess)
        self.forwards += forwards
        return score if score - score == 0 else None
