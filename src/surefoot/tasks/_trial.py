from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch import nn
from torch.optim import Optimizer

from surefoot.errors import BadTask
from surefoot.tasks._user import users_code


class TorchTrial:
    """One trial at work: what a user's ``step`` and ``eval_model`` are given.

    Attributes:
        model: The model, on the device.
        optimizers: By name.
        state: What ``state=`` of the task made for this trial, by name.
        device: Where it runs.
        seed: Of the trial.
        lr: The rate of the update at hand.
        step: Index of the update at hand, from the start of the training.
        steps: Updates of the training that is run: the horizon, or a shorter rung.
        scaler: The gradient scaler with ``precision="fp16"``, else ``None``.
    """

    def __init__(
        self,
        model: nn.Module,
        optimizers: dict[str, Optimizer],
        state: dict[str, Any],
        device: torch.device,
        seed: int,
        steps: int,
        precision: str,
    ):
        self.model = model
        self.optimizers = optimizers
        self.state = state
        self.device = device
        self.seed = seed
        self.steps = steps
        self.step = 0
        self.lr = 0.0
        self.scaler = torch.amp.GradScaler(device.type) if precision == "fp16" else None
        self._precision = precision

    @property
    def optimizer(self) -> Optimizer:
        """The only optimizer.

        Raises:
            AttributeError: There are several: use ``optimizers[name]``.
        """
        if len(self.optimizers) != 1:
            raise AttributeError(f"this trial has several optimizers: use trial.optimizers[{list(self.optimizers)}]")
        return next(iter(self.optimizers.values()))

    def autocast(self) -> AbstractContextManager[Any]:
        """The task's precision, as a context.

        Returns:
            ``torch.autocast`` for bf16 and fp16, nothing for fp32.
        """
        if self._precision == "fp32":
            return nullcontext()
        return torch.autocast(self.device.type, torch.bfloat16 if self._precision == "bf16" else torch.float16)


Update = Callable[[TorchTrial, Iterator[Any]], torch.Tensor]


def update_with_loss(
    loss: Callable[[nn.Module, Any], torch.Tensor], accumulate: int, clip_norm: float | None
) -> Update:
    """One update from a loss: forward, backward, clip, step, for all optimizers of the trial.

    Args:
        loss: ``(model, batch) -> scalar``.
        accumulate: Batches in one update; their mean loss is what is descended.
        clip_norm: Largest norm of the gradient; ``None`` for no clipping.

    Returns:
        The update, which returns the mean loss.
    """

    def update(trial: TorchTrial, batches: Iterator[Any]) -> torch.Tensor:
        total: torch.Tensor | None = None
        for _ in range(accumulate):
            with trial.autocast():
                value = loss(trial.model, next(batches))
            if accumulate > 1:
                value = value / accumulate
            (value if trial.scaler is None else trial.scaler.scale(value)).backward()
            total = value.detach() if total is None else total + value.detach()
        if clip_norm is not None:
            if trial.scaler is not None:
                for optimizer in trial.optimizers.values():
                    trial.scaler.unscale_(optimizer)
            torch.nn.utils.clip_grad_norm_(trial.model.parameters(), clip_norm)
        for optimizer in trial.optimizers.values():
            if trial.scaler is None:
                optimizer.step()
            else:
                trial.scaler.step(optimizer)
        if trial.scaler is not None:
            trial.scaler.update()
        for optimizer in trial.optimizers.values():
            optimizer.zero_grad()
        assert total is not None
        return total

    return update


def update_with_step(step: Callable[[TorchTrial, Any], Any], accumulate: int) -> Update:
    """One update by the user's own function, which does all of it.

    Args:
        step: ``(trial, batch) -> loss``; with ``accumulate`` above 1 it is given a list of so many batches.
        accumulate: Batches in one update.

    Returns:
        The update, which returns the loss that the function returned.
    """

    def update(trial: TorchTrial, batches: Iterator[Any]) -> torch.Tensor:
        batch = next(batches) if accumulate == 1 else [next(batches) for _ in range(accumulate)]
        value = step(trial, batch)
        if isinstance(value, torch.Tensor):
            return value.detach()
        try:
            return torch.as_tensor(float(value))
        except (TypeError, ValueError) as error:
            raise BadTask(
                f"step(trial, batch) returned {type(value).__name__}: expected the loss, a number or a scalar tensor"
            ) from error

    return update


def check_loss(loss: Callable[[nn.Module, Any], Any], trial: TorchTrial, batch: Any) -> torch.Tensor:
    """Compute the loss of the first batch and make sure that it can be descended.

    Args:
        loss: ``(model, batch) -> scalar``.
        trial: Untrained.
        batch: The first one.

    Returns:
        The loss.

    Raises:
        BadTask: It is not a scalar tensor, has no gradient, or is not finite.
    """
    with users_code("loss(model, batch) on the first batch"), trial.autocast():
        value: Any = loss(trial.model, batch)
    if not isinstance(value, torch.Tensor):
        raise BadTask(f"loss(model, batch) returned {type(value).__name__}: expected a scalar tensor to descend")
    if value.ndim != 0:
        raise BadTask(
            f"loss(model, batch) returned a tensor of shape {tuple(value.shape)}: expected a scalar. Take its mean,"
            " for example .mean()"
        )
    check_finite(float(value.detach()))
    if not value.requires_grad:
        raise BadTask(
            "loss(model, batch) has no gradient: it does not depend on a trainable parameter. Is it detached, computed"
            " under no_grad, or through .item()?"
        )
    return value


def check_finite(loss: float) -> None:
    """Make sure that the loss before any update is a number.

    Args:
        loss: Of the first batch.

    Raises:
        BadTask: It is NaN or infinite.
    """
    if loss - loss != 0:
        raise BadTask(
            f"the loss is {loss} before any update: that is not the learning rate. Look at the data (NaN inputs, empty"
            " labels) and at the model's initial weights"
        )
