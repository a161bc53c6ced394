"""The whole state of a trial as data, so that it can go on later exactly as if it had never stopped."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel

from surefoot.tasks._batch import moved
from surefoot.tasks._randomness import random_states, set_random_states
from surefoot.tasks._trainer import is_live
from surefoot.tasks._trial import TorchTrial
from surefoot.tasks._user import users_code


def kept(trial: TorchTrial, lr: float) -> dict[str, Any]:
    """Everything that the next update depends on.

    The position in the data needs no place here: batches are drawn by index.

    Args:
        trial: Between two updates.
        lr: Its peak rate.

    Returns:
        Tensors and plain containers, unless the user's own parts hold something else.
    """
    return {
        "lr": lr,
        "model": _module(trial.model),
        "optimizers": {name: optimizer.state_dict() for name, optimizer in trial.optimizers.items()},
        "scaler": None if trial.scaler is None else trial.scaler.state_dict(),
        "extras": {name: _extra(part) for name, part in trial.state.items()},
        "random": random_states(),
    }


def put_back(trial: TorchTrial, state: dict[str, Any], lr: float) -> None:
    """Bring a trial at its start to where a state was taken.

    The groups' rates, and at another peak rate all their settings, stay those that the optimizers were built
    with: ``optimizer.load_state_dict`` alone would bring back the old rate.

    Args:
        trial: Just begun.
        state: What ``kept`` gave, maybe of a trial of another rate.
        lr: The peak rate from here on.
    """
    _put_back_module(trial.model, state["model"])
    for name, optimizer in trial.optimizers.items():
        built = [{key: value for key, value in group.items() if key != "params"} for group in optimizer.param_groups]
        optimizer.load_state_dict(state["optimizers"][name])
        for group, fresh in zip(optimizer.param_groups, built, strict=True):
            same = {"lr", "initial_lr"} if state["lr"] == lr else set(fresh)
            group.update({key: value for key, value in fresh.items() if key in same})
    if trial.scaler is not None:
        trial.scaler.load_state_dict(state["scaler"])
    for name, part in state["extras"].items():
        _put_back_extra(trial, name, part)
    set_random_states(state["random"])


def weights(model: nn.Module) -> dict[str, torch.Tensor]:
    """A model as it is handed over: its tensors, under the names of its own ``state_dict``.

    Args:
        model: Trained. An ``AveragedModel`` gives its averages under the names of the model that it averages.

    Returns:
        Tensors by name.
    """
    own = model.module if isinstance(model, AveragedModel) else model
    return {name: value for name, value in own.state_dict().items() if isinstance(value, torch.Tensor)}


def _module(module: nn.Module) -> dict[str, Any]:
    """A module's state; beside its state_dict also what that leaves out and the next update may depend on."""
    state = module.state_dict()
    return {
        "state": state,
        "buffers": {name: buffer for name, buffer in module.named_buffers() if name not in state},
        "grads": {name: p.grad for name, p in module.named_parameters() if p.grad is not None},
        "trained": {name: p.requires_grad for name, p in module.named_parameters()},
        "training": {name: part.training for name, part in module.named_modules()},
    }


def _put_back_module(module: nn.Module, kept: dict[str, Any]) -> None:
    module.load_state_dict(kept["state"])
    buffers = dict(module.named_buffers())
    for name, value in kept["buffers"].items():
        buffers[name].copy_(value)
    for name, parameter in module.named_parameters():
        grad = kept["grads"].get(name)
        parameter.grad = None if grad is None else grad.to(parameter.device)
        parameter.requires_grad_(kept["trained"][name])
    for name, part in module.named_modules():
        part.training = kept["training"][name]


def _extra(part: Any) -> dict[str, Any]:
    if isinstance(part, nn.Module):
        return {"module": _module(part)}
    return {"state": part.state_dict()} if is_live(part) else {"value": part}


def _put_back_extra(trial: TorchTrial, name: str, kept: dict[str, Any]) -> None:
    if "value" in kept:
        trial.state[name] = moved(kept["value"], trial.device)
    elif "module" in kept:
        _put_back_module(trial.state[name], kept["module"])
    else:
        with users_code(f"state[{name!r}].load_state_dict"):
            trial.state[name].load_state_dict(kept["state"])
