from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from surefoot.errors import BadTask
from surefoot.tasks._user import users_code


class ModelSource:
    """Gives every trial a model at its start: built anew by a factory, or a live one put back in place.

    Has state for a live module: a copy of its tensors (memory: one copy of the model).

    Args:
        model: ``() -> nn.Module``, called under a fixed seed; or a module.
        device: Where trials run.
    """

    def __init__(self, model: Callable[[], nn.Module] | nn.Module, device: torch.device):
        self._device = device
        self._factory = None if isinstance(model, nn.Module) else model
        self._module = model if isinstance(model, nn.Module) else None
        if self._module is not None:
            self._training = {name: module.training for name, module in self._module.named_modules()}
            self._grads = {name: p.grad for name, p in self._module.named_parameters()}
            self._needed = {name: p.requires_grad for name, p in self._module.named_parameters()}
            self._saved = {name: tensor.detach().clone() for name, tensor in _tensors(self._module)}

    @property
    def live(self) -> bool:
        """Whether the user's own module is trained in place."""
        return self._module is not None

    def fresh(self) -> nn.Module:
        """A model at its start; the caller has set the seed.

        Returns:
            It, on the device and in training mode.

        Raises:
            BadTask: The factory gave something else than a module.
        """
        if self._module is not None:
            self.restore()
            for parameter in self._module.parameters():
                parameter.grad = None
            return _training(self._module)
        assert self._factory is not None
        with users_code("model()"):
            model: Any = self._factory()
        if not isinstance(model, nn.Module):
            raise BadTask(
                f"model() returned {type(model).__name__}: expected a torch.nn.Module. Give a function that builds the"
                " model and returns it, or the module itself"
            )
        return _training(model.to(self._device))

    def check_twice(self, first: nn.Module) -> None:
        """Make sure that the factory builds a new model each time.

        Args:
            first: What it built before.

        Raises:
            BadTask: It gave the same object again.
        """
        if self._module is None and self.fresh() is first:
            raise BadTask(
                "model() returned the same module twice: every trial must start from a model of its own. Build the"
                " model inside the function, or give the module itself (model=net): it is then put back for each trial"
            )

    def restore(self) -> None:
        """Put a live module back as it was when the task was made; nothing for a factory."""
        if self._module is None:
            return
        with torch.no_grad():
            for name, tensor in _tensors(self._module):
                tensor.copy_(self._saved[name])
        for name, parameter in self._module.named_parameters():
            parameter.grad = self._grads[name]
            parameter.requires_grad_(self._needed[name])
        for name, module in self._module.named_modules():
            module.training = self._training[name]


def _tensors(module: nn.Module) -> list[tuple[str, torch.Tensor]]:
    """Parameters and all buffers, those outside the state_dict too."""
    return [*module.named_parameters(), *module.named_buffers()]


def _training(module: nn.Module) -> nn.Module:
    """In training mode; parts that were put into evaluation mode on purpose (a frozen BatchNorm) stay there."""
    return module if module.training else module.train()
