from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn

from surefoot.errors import BadTask
from surefoot.randomness import randomness_kept
from surefoot.tasks._batch import examples_in, moved
from surefoot.tasks._data import Data
from surefoot.tasks._trial import TorchTrial
from surefoot.tasks._user import users_code

Score = Callable[[TorchTrial, int], tuple[float, int]]  # (trial, batches) -> score, batches really taken
EvalModel = Callable[[TorchTrial], nn.Module]


def score_by_loss(loss: Callable[[nn.Module, Any], torch.Tensor], valid: Data, eval_model: EvalModel) -> Score:
    """Assess by the mean loss over a fixed part of the validation data.

    Args:
        loss: ``(model, batch) -> scalar``.
        valid: Validation data.
        eval_model: The model to assess.

    Returns:
        The assessment; every example counts the same.
    """

    def score(trial: TorchTrial, batches: int) -> tuple[float, int]:
        total, examples, taken = 0.0, 0, 0
        with evaluating(eval_model(trial)) as model, users_code("loss(model, batch) on validation data"):
            for batch in valid.fixed(batches):
                count = examples_in(batch)
                with trial.autocast():
                    value = loss(model, moved(batch, trial.device))
                total = total + value.detach() * count
                examples += count
                taken += 1
        if not examples:
            raise BadTask("valid= is empty: it gives no batches, so no rate can be assessed")
        return float(total) / examples, taken

    return score


def score_by_function(function: Callable[[nn.Module], Any], eval_model: EvalModel) -> Score:
    """Assess by the user's own function.

    Args:
        function: ``model -> number``.
        eval_model: The model to assess.

    Returns:
        The assessment; how many batches it takes is its own affair.
    """

    def score(trial: TorchTrial, batches: int) -> tuple[float, int]:
        with evaluating(eval_model(trial)) as model, users_code("score(model)"):
            value: Any = function(model)
        try:
            return float(value), batches
        except (TypeError, ValueError) as error:
            raise BadTask(f"score(model) returned {type(value).__name__}: expected one number") from error

    return score


@contextmanager
def evaluating(model: nn.Module) -> Generator[nn.Module]:
    """The model in evaluation mode without gradients; modes and random states are put back afterwards.

    Yields:
        The model.

    Raises:
        BadTask: It is no module.
    """
    if not isinstance(model, nn.Module):
        raise BadTask(f"eval_model= gave {type(model).__name__}: expected a torch.nn.Module to assess")
    modes = [(module, module.training) for module in model.modules()]
    with randomness_kept(), torch.no_grad():
        model.eval()
        try:
            yield model
        finally:
            for module, training in modes:
                module.training = training
