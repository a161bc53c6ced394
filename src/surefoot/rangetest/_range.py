from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from numbers import Integral
from typing import Any, cast

import torch
from torch import nn
from torch.optim import Optimizer
from torch.utils.data import Dataset, IterableDataset

from surefoot.driving import Rates, group_rates, kinds, lr_range
from surefoot.errors import BadInput
from surefoot.randomness import randomness_kept, seed_everything
from surefoot.rangetest._kept import kept
from surefoot.rangetest._loader import loader_kept
from surefoot.rangetest._ramp import climb, ladder, ramp_range
from surefoot.rangetest._result import RangeTest

Loss = Callable[[nn.Module, Any], torch.Tensor]


def range_test(
    model: nn.Module,
    optimizer: Optimizer | Iterable[Optimizer] | Mapping[str, Optimizer],
    loss: Loss,
    batches: Iterable[Any],
    *,
    lr_min: float | None = None,
    lr_max: float | None = None,
    steps: int = 100,
    accumulate: int = 1,
    scaler: torch.amp.GradScaler | None = None,
    scheduler: Any = None,
    state: Mapping[str, Any] | None = None,
    seed: int = 0,
) -> RangeTest:
    """Suggest a learning rate from one short ramp of rates, with the live objects of a training loop.

    Trains ``steps`` updates while the rate rises geometrically, stops where the loss is far above its start, and gives
    everything back exactly as it was, in place, also when it is interrupted or your code raises: weights, buffers,
    optimizer state, rates, gradients, modes, the random states of Python, NumPy and torch, the loader's generators.
    No file is written. It is a suggestion; ``find`` compares whole trainings and answers with an interval.

    Memory: one copy of the weights, the buffers and the optimizer's state.

    Args:
        model: As it is now; trained in training mode, unless it was put into evaluation mode only in parts.
        optimizer: Over its parameters, or several. Groups keep the ratios of their rates (those that they began with,
            where a scheduler moved them); the rate of the curve is that of the first group.
        loss: ``(model, batch) -> scalar tensor``; moves the batch to the device and enters autocast itself.
        batches: A DataLoader or anything else that can be iterated again; begun anew when it runs out.
        lr_min: Where the ramp starts; by default chosen by the kind of optimizer.
        lr_max: Where it ends at the latest.
        steps: Updates, at least 10.
        accumulate: Batches in one update; their mean loss is what is descended.
        scaler: The gradient scaler, with mixed precision in fp16.
        scheduler: Of the rate, or several: not stepped here, put back if your loss steps it.
        state: Other things that your loss changes (an EMA of the weights, a queue), by name: put back too.
        seed: Of the order of the batches and of all noise meanwhile.

    Returns:
        The curve, raw and smoothed, with the suggestion and the verdict.

    Raises:
        BadInput: An argument cannot work; nothing was touched.

    References:
        Smith, "Cyclical Learning Rates for Training Neural Networks", https://arxiv.org/abs/1506.01186. Departs from
        it in how the rate is read, see ``surefoot.rangetest.read_curve``.
    """
    optimizers = _optimizers(optimizer)
    _check(model, batches, steps, accumulate, seed)
    _check_parts(scaler, state)
    ramp = ladder(*ramp_range(lr_range(kinds(optimizers)), lr_min, lr_max), steps)
    things = [model, *optimizers.values(), scaler, scheduler, dict(state or {}), *dict(state or {}).values()]
    with randomness_kept(), loader_kept(batches), kept(*things):
        seed_everything(seed)
        factors = _prepare(model, optimizers)
        drive = Rates(optimizers.values(), _first_rate(optimizers))
        update = _update(model, loss, accumulate, optimizers, scaler)
        with _again_and_again(batches) as stream:

            def train(lr: float) -> float:
                drive.write(lr)
                return update(stream)

            losses = climb(train, ramp)
    return RangeTest.of(ramp, losses, factors)


def _prepare(model: nn.Module, optimizers: Mapping[str, Optimizer]) -> list[float]:
    """Rates as they began, no gradients, training mode; the factor of every group over the first."""
    for one in optimizers.values():
        for group in one.param_groups:
            if "initial_lr" in group and not isinstance(group["lr"], torch.Tensor):
                group["lr"] = group["initial_lr"]
            elif "initial_lr" in group:
                group["lr"].fill_(float(group["initial_lr"]))
            for parameter in group["params"]:
                parameter.grad = None
    model.zero_grad(set_to_none=True)
    if not model.training:
        model.train()
    first = _first_rate(optimizers)
    return [rate / first for rate in group_rates(optimizers.values())]


def _first_rate(optimizers: Mapping[str, Optimizer]) -> float:
    first = next((rate for rate in group_rates(optimizers.values()) if rate > 0), None)
    if first is None:
        raise BadInput(
            "all groups of the optimizer have a rate of 0: groups keep the ratios of their rates. Build it with any"
            " rate above 0"
        )
    return first


def _update(
    model: nn.Module,
    loss: Loss,
    accumulate: int,
    optimizers: Mapping[str, Optimizer],
    scaler: torch.amp.GradScaler | None,
) -> Callable[[Iterator[Any]], float]:
    def update(batches: Iterator[Any]) -> float:
        total = 0.0
        for _ in range(accumulate):
            value = _checked(loss(model, next(batches)))
            total += float(value.detach()) / accumulate
            value = value / accumulate
            (value if scaler is None else scaler.scale(value)).backward()
        for one in optimizers.values():
            one.step() if scaler is None else scaler.step(one)
        if scaler is not None:
            scaler.update()
        for one in optimizers.values():
            one.zero_grad(set_to_none=True)
        return total

    return update


def _checked(value: Any) -> torch.Tensor:
    if not isinstance(value, torch.Tensor) or value.numel() != 1:
        given = f"a tensor of shape {tuple(value.shape)}" if isinstance(value, torch.Tensor) else type(value).__name__
        raise BadInput(f"loss(model, batch) returned {given}: expected a scalar tensor to descend, for example .mean()")
    if not value.requires_grad:
        raise BadInput(
            "loss(model, batch) has no gradient: it does not depend on a trainable parameter. Is it detached, computed"
            " under no_grad, or through .item()?"
        )
    return value


@contextmanager
def _again_and_again(batches: Iterable[Any]) -> Generator[Iterator[Any]]:
    """The batches, begun anew when they run out; workers that load them end with it."""

    def stream() -> Iterator[Any]:
        while True:
            empty = True
            for batch in batches:
                empty = False
                yield batch
            if empty:
                raise BadInput("batches= is empty: it gives no batches")

    running = stream()
    try:
        yield running
    finally:
        cast("Generator[Any]", running).close()


def _optimizers(given: Any) -> dict[str, Optimizer]:
    if isinstance(given, Optimizer):
        found: dict[str, Any] = {"optimizer": given}
    elif isinstance(given, Mapping):
        found = dict(cast("Mapping[str, Any]", given))
    elif isinstance(given, list | tuple):
        found = {str(place): one for place, one in enumerate(cast("list[Any]", given))}
    else:
        found = {"optimizer": given}
    for name, one in found.items():
        if not isinstance(one, Optimizer):
            raise BadInput(
                f"optimizer={type(one).__name__} ({name}): expected a torch optimizer as your loop uses it, or several"
            )
        if isinstance(one, torch.optim.LBFGS):
            raise BadInput("optimizer=LBFGS needs a closure: use TorchTask(step=...) and find, which run one")
    if not found:
        raise BadInput("optimizer= is empty: expected a torch optimizer, or several")
    return found


def _check(model: Any, batches: Any, steps: Any, accumulate: Any, seed: Any) -> None:
    if os.environ.get("WORLD_SIZE", "1").strip() not in {"", "1"}:
        raise BadInput(
            f"WORLD_SIZE={os.environ['WORLD_SIZE']}: this is one of several processes that train together, each with"
            " losses of its own. Run the range test in one process, outside of torchrun"
        )
    if not isinstance(model, nn.Module):
        raise BadInput(f"model={type(model).__name__}: expected the torch.nn.Module that your loop trains")
    lazy = [name for name, p in model.named_parameters() if isinstance(p, nn.parameter.UninitializedParameter)]
    if lazy:
        raise BadInput(f"the parameter {lazy[0]} has no shape yet, and could not be put back: run one batch first")
    _check_batches(batches)
    for name, value, least in (("steps", steps, 10), ("accumulate", accumulate, 1), ("seed", seed, 0)):
        if isinstance(value, bool) or not isinstance(value, Integral) or int(value) < least:
            raise BadInput(f"{name}={value!r}: expected a whole number of at least {least}")


def _check_parts(scaler: Any, state: Any) -> None:
    if scaler is not None and not all(hasattr(scaler, name) for name in ("scale", "step", "update")):
        raise BadInput(f"scaler={type(scaler).__name__}: expected a torch.amp.GradScaler, or None")
    if state is not None and not isinstance(state, Mapping):
        raise BadInput(f"state={type(state).__name__}: expected the things by name, for example {{'ema': ema}}")


def _check_batches(batches: Any) -> None:
    if isinstance(batches, Iterator):
        raise BadInput(
            f"batches= is a one-shot iterator ({type(batches).__name__}): what is taken from it can't be given back."
            " Give the DataLoader itself, or a list of batches"
        )
    if isinstance(batches, Dataset) and not isinstance(batches, IterableDataset):
        raise BadInput(
            f"batches= is a dataset ({type(batches).__name__}), which gives examples: expected batches. Give a"
            " DataLoader over it"
        )
    if not hasattr(batches, "__iter__") and not hasattr(batches, "__getitem__"):
        raise BadInput(f"batches={type(batches).__name__}: expected a DataLoader, or an iterable of batches")
