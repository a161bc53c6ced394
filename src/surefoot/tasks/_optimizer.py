from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, cast

from torch import nn
from torch.optim import Optimizer

from surefoot.driving import group_rates
from surefoot.errors import BadTask
from surefoot.tasks._user import users_code

Optimizers = dict[str, Optimizer]


class OptimizerSource:
    """Gives every trial its optimizer (or several, by name).

    Has state for a live optimizer: a copy of its own state.

    Args:
        optimizer: A class or partial, called with the parameters and ``lr``; any other callable, called with
            the model and the rate; or a live optimizer.
    """

    def __init__(self, optimizer: Any):
        self._live: Optimizer | None = None
        self._build: Callable[..., Any] | None = None
        if isinstance(optimizer, Optimizer):
            self._live = optimizer
            self._saved = copy.deepcopy(optimizer.state_dict())
            self._base = float(optimizer.defaults["lr"])
            if not self._base > 0:
                raise BadTask(
                    f"optimizer= was built with lr={self._base:g}: its groups keep their ratio to that rate. Build it"
                    " with any rate above 0"
                )
        else:
            self._build = optimizer
        if self._live is None and not callable(optimizer):
            raise BadTask(
                f"optimizer={optimizer!r}: expected an optimizer class (torch.optim.AdamW), a functools.partial of one,"
                " a function (model, lr) -> optimizer, or a live optimizer"
            )

    @property
    def live(self) -> bool:
        """Whether the user's own optimizer is used."""
        return self._live is not None

    def build(self, model: nn.Module, lr: float) -> Optimizers:
        """The optimizers of a trial, with every group at its own factor times ``lr``.

        Args:
            model: Whose parameters they update.
            lr: The rate to build with.

        Returns:
            By name; a single one is called ``optimizer``.

        Raises:
            BadTask: The function gave something else than optimizers.
        """
        if self._live is not None:
            self._live.load_state_dict(copy.deepcopy(self._saved))
            for group in self._live.param_groups:
                group["lr"] = float(group.get("initial_lr", group["lr"])) / self._base * lr
            return {"optimizer": self._live}
        assert self._build is not None
        if _is_class(self._build):
            if not any(p.requires_grad for p in model.parameters()):
                raise BadTask("the model has no parameter with requires_grad: there is nothing to train")
            with users_code(f"{_name(self._build)}(all trainable parameters, lr={lr:g})"):
                built: Any = self._build([p for p in model.parameters() if p.requires_grad], lr=lr)
        else:
            with users_code("optimizer(model, lr)"):
                built = self._build(model, lr)
        optimizers = cast("Optimizers", dict(built) if isinstance(built, Mapping) else {"optimizer": built})
        for name, optimizer in optimizers.items():
            if not callable(getattr(optimizer, "step", None)) or not hasattr(optimizer, "param_groups"):
                raise BadTask(
                    f"optimizer(model, lr) gave {name}={type(optimizer).__name__}: expected a torch optimizer, or a"
                    " dict of several by name"
                )
        return optimizers

    def restore(self) -> None:
        """Put a live optimizer back as it was when the task was made; nothing else otherwise."""
        if self._live is not None:
            self._live.load_state_dict(copy.deepcopy(self._saved))


def check(source: OptimizerSource, optimizers: Optimizers, model: nn.Module, lr: float) -> list[str]:
    """Make sure that the rate reaches the optimizers and the optimizers reach the model.

    Args:
        source: Builds them.
        optimizers: Built with ``lr``.
        model: The model they are for.
        lr: The rate they were built with.

    Returns:
        Things worth knowing, in sentences.

    Raises:
        BadTask: The rate is ignored, or none of the model's parameters is held.
    """
    held = {id(p) for optimizer in optimizers.values() for group in optimizer.param_groups for p in group["params"]}
    trainable = [name for name, p in model.named_parameters() if p.requires_grad]
    missed = [name for name, p in model.named_parameters() if p.requires_grad and id(p) not in held]
    if not trainable:
        raise BadTask("the model has no parameter with requires_grad: there is nothing to train")
    if len(missed) == len(trainable):
        raise BadTask(
            "the optimizer holds none of the model's parameters, so training would change nothing. Build it from the"
            " model that is given: optimizer=lambda model, lr: torch.optim.SGD(model.parameters(), lr=lr)"
        )
    notes: list[str] = []
    if missed:
        notes.append(f"{len(missed)} trainable parameters are in no optimizer and stay as they are ({missed[0]}, ...)")
    if not source.live:
        before = group_rates(optimizers.values())
        after = group_rates(source.build(model, 2 * lr).values())
        fixed = sum(one == other for one, other in zip(before, after, strict=True))
        if fixed == len(before):
            raise BadTask(
                f"the optimizer ignores lr: built with {lr:g} and with {2 * lr:g}, its groups have the same rates"
                f" ({before[0]:g}). Pass the lr on: optimizer=lambda model, lr: torch.optim.SGD(model.parameters(),"
                " lr=lr)"
            )
        if fixed:
            notes.append(f"{fixed} of {len(before)} parameter groups have a rate of their own that lr does not change")
    return notes


def _is_class(build: Any) -> bool:
    while isinstance(build, partial):
        build = build.func
    return isinstance(build, type) and issubclass(build, Optimizer)


def _name(build: Any) -> str:
    while isinstance(build, partial):
        build = build.func
    return getattr(build, "__name__", type(build).__name__)
