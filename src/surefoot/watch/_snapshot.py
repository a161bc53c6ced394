from __future__ import annotations

import random
import sys
from collections import OrderedDict
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Any


@contextmanager
def put_back(model: Any, optimizers: Sequence[Any]) -> Generator[Rewind]:
    """Let a model and its optimizers be trained with, and put everything back to the bit afterwards.

    Weights, buffers, gradients, the optimizers' state and rates, random states, and hooks on the optimizers'
    steps, which do not fire meanwhile. Costs one copy of all that in memory.

    Args:
        model: A torch module.
        optimizers: Whose parameters are the model's.

    Yields:
        What puts it back in between.
    """
    hooks = [_without_hooks(optimizer) for optimizer in optimizers]
    rewind = Rewind(model, optimizers)
    try:
        yield rewind
    finally:
        rewind.back()
        for optimizer, kept in zip(optimizers, hooks, strict=True):
            vars(optimizer).update(kept)


def _without_hooks(optimizer: Any) -> dict[str, Any]:
    names = [name for name in vars(optimizer) if name.startswith("_optimizer_step_")]
    kept = {name: getattr(optimizer, name) for name in names}
    for name in names:
        setattr(optimizer, name, OrderedDict())
    return kept


class Rewind:
    """A copy of a model's and its optimizers' state. Has state: that copy, from when it was made.

    Args:
        model: A torch module.
        optimizers: Whose parameters are the model's.
    """

    def __init__(self, model: Any, optimizers: Sequence[Any]):
        self._tensors = [(t, t.detach().clone()) for t in (*model.parameters(), *model.buffers())]
        self._grads = [(p, None if p.grad is None else (p.grad, p.grad.detach().clone())) for p in model.parameters()]
        self._optimizers = [(optimizer, _state_of(optimizer), _rates_of(optimizer)) for optimizer in optimizers]
        self._devices = sorted({p.device.index for p in model.parameters() if p.device.type == "cuda"})
        self._chance = self._drawn()

    def back(self) -> None:
        """Everything as it was, in place."""
        import torch

        with torch.no_grad():
            for tensor, kept in self._tensors:
                tensor.copy_(kept)
            for parameter, kept in self._grads:
                if kept is None:
                    parameter.grad = None
                else:
                    parameter.grad = kept[0]
                    parameter.grad.copy_(kept[1])
            for optimizer, state, rates in self._optimizers:
                _restore(optimizer, state)
                self._write(optimizer, rates, 1.0)
        self.same_chance()

    def same_chance(self) -> None:
        """All random states as they were, so that dropout and the like are no difference between two rates."""
        import torch

        python, numpy_state, cpu, devices = self._chance
        random.setstate(python)
        if numpy_state is not None:
            sys.modules["numpy"].random.set_state(numpy_state)
        torch.random.set_rng_state(cpu)
        for device, state in zip(self._devices, devices, strict=True):
            torch.cuda.set_rng_state(state, device)

    def _drawn(self) -> tuple[Any, Any, Any, list[Any]]:
        import torch

        numpy = sys.modules.get("numpy")
        devices = [torch.cuda.get_rng_state(device) for device in self._devices]
        return random.getstate(), numpy and numpy.random.get_state(), torch.random.get_rng_state(), devices

    def scale(self, factor: float) -> None:
        """Set every rate to so many times what it was.

        Args:
            factor: Above 0.
        """
        for optimizer, _, rates in self._optimizers:
            self._write(optimizer, rates, factor)

    def stretch(self, ratio: float) -> None:
        """Move the weights to so many times as far from where they were.

        Args:
            ratio: To how far away they are now.
        """
        import torch

        with torch.no_grad():
            for tensor, kept in self._tensors:
                if tensor.requires_grad:
                    tensor.sub_(kept).mul_(ratio).add_(kept)

    @staticmethod
    def _write(optimizer: Any, rates: list[Any], factor: float) -> None:
        for group, rate in zip(optimizer.param_groups, rates, strict=True):
            if hasattr(group["lr"], "copy_"):
                group["lr"].copy_(rate * factor)
            else:
                group["lr"] = rate * factor if factor != 1.0 else rate


def _rates_of(optimizer: Any) -> list[Any]:
    return [group["lr"].clone() if hasattr(group["lr"], "clone") else group["lr"] for group in optimizer.param_groups]


def _state_of(optimizer: Any) -> dict[Any, dict[str, Any]]:
    """For each parameter the names of its state, with the tensors themselves and copies of them."""
    return {
        parameter: {
            name: (value, value.detach().clone()) if hasattr(value, "detach") else value for name, value in own.items()
        }
        for parameter, own in optimizer.state.items()
    }


def _restore(optimizer: Any, state: dict[Any, dict[str, Any]]) -> None:
    for parameter in [parameter for parameter in optimizer.state if parameter not in state]:
        del optimizer.state[parameter]
    for parameter, own in state.items():
        now = optimizer.state[parameter]
        now.clear()
        for name, value in own.items():
            if isinstance(value, tuple) and len(value) == 2 and hasattr(value[0], "copy_"):
                value[0].copy_(value[1])
                now[name] = value[0]
            else:
                now[name] = value
