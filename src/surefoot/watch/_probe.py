from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from itertools import islice
from typing import Any

from surefoot.errors import BadInput
from surefoot.records import Evidence, Verdict
from surefoot.watch._curvature import at_limit
from surefoot.watch._factor import how_far
from surefoot.watch._judge import times
from surefoot.watch._monitor import family_of, optimizers_of
from surefoot.watch._snapshot import Rewind, put_back

_MULTIPLES = (1 / 3, 1.0, 3.0, 10.0, 30.0)
_LONGEST = 10  # updates of each: measured on ten small trainings, 30 say less (86 % -> 76 % of too-low caught)
_SHORT = 2
_SURE = 7.0  # times the present gain at ten times the rate, where fewer than ten updates were affordable
_HELD_OUT = 4  # batches that the gains are measured on, never trained on


def probe(
    model: Any,
    optimizer: Any,
    loss: Callable[[Any, Any], Any],
    batches: Iterable[Any],
    budget: int = 50,
) -> Verdict:
    """Try other rates from here: a few updates at 1/3, 1, 3, 10 and 30 times the rate, on the same batches.

    The direct proof of "too low": where a rate is too low, ten times the rate gains about ten times as much, and
    thirty times still more. What is gained is measured on batches that are not trained on. All is done in place
    and put back to the bit afterwards: weights, buffers, gradients, the optimizer's state and rates, random
    states; hooks of a monitor don't fire. Memory: one copy of model and optimizer.

    A few updates favour low rates, whose noise costs nothing yet; so "a higher rate is better" is believed and
    "a lower one is better" is not: that a rate is too high is for the losses to say.

    Args:
        model: The live model, in the mode it trains in.
        optimizer: Its optimizer, or several; groups keep their ratios.
        loss: ``(model, batch) -> scalar tensor``; autocast and the like are its own business.
        batches: Training batches: 6 at least, 14 are used at most.
        budget: Updates to spend, 10 at least. The default takes ten of each; fewer are less sure.

    Returns:
        ``too_low`` with a factor; ``healthy`` where higher rates gain no more; else ``cannot_tell``.

    Raises:
        BadInput: The budget or the batches are too few, or the loss is not finite to begin with.
    """
    if isinstance(budget, bool) or not isinstance(budget, int) or budget < _SHORT * len(_MULTIPLES):
        least = _SHORT * len(_MULTIPLES)
        raise BadInput(f"probe(budget={budget!r}): expected the updates to spend, {least} or more")
    optimizers = optimizers_of(optimizer, "probe")
    if not optimizers:
        raise BadInput("probe(optimizer=None): expected the optimizer that trains the model")
    taken = list(islice(batches, _LONGEST + _HELD_OUT))
    length = min(_LONGEST, budget // len(_MULTIPLES), len(taken) - _HELD_OUT)
    if length < _SHORT:
        raise BadInput(
            f"probe(batches=...): got {len(taken)}, expected {_SHORT + _HELD_OUT} or more to compare rates on"
        )
    held_out, train = taken[:_HELD_OUT], taken[_HELD_OUT : _HELD_OUT + length]
    with put_back(model, optimizers) as rewind:
        gains = _gains(model, optimizers, loss, train, held_out, rewind)
        curvature = _curvature(model, optimizers, loss, train[0], rewind)
    return _verdict(gains, curvature, length, optimizers[0])


def _gains(
    model: Any,
    optimizers: Sequence[Any],
    loss: Callable[[Any, Any], Any],
    train: list[Any],
    held_out: list[Any],
    rewind: Rewind,
) -> dict[float, float]:
    """By how much the held-out loss comes down after the updates at each multiple of the rate."""
    before = _level(model, loss, held_out)
    if not math.isfinite(before):
        raise BadInput(f"probe: the loss is {before} before any update of the probe: that is no state to go on from")
    gains: dict[float, float] = {}
    for multiple in _MULTIPLES:
        rewind.back()
        rewind.scale(multiple)
        for batch in train:
            for optimizer in optimizers:
                optimizer.zero_grad()
            loss(model, batch).backward()
            for optimizer in optimizers:
                optimizer.step()
        rewind.same_chance()
        after = _level(model, loss, held_out)
        gains[multiple] = before - after if math.isfinite(after) else -math.inf
    rewind.back()
    return gains


def _level(model: Any, loss: Callable[[Any, Any], Any], batches: list[Any]) -> float:
    import torch

    with torch.no_grad():
        return sum(float(loss(model, batch)) for batch in batches) / len(batches)


def _curvature(
    model: Any, optimizers: Sequence[Any], loss: Callable[[Any, Any], Any], batch: Any, rewind: Rewind
) -> float | None:
    """Curvature along the gradient over the stability limit; ``None`` for models without second derivatives."""
    found = None
    with suppress(RuntimeError, NotImplementedError):
        found = at_limit(model, optimizers, lambda: loss(model, batch), rounds=0)[0]
    rewind.back()
    return found


def _verdict(gains: dict[float, float], curvature: float | None, length: int, optimizer: Any) -> Verdict:
    now, three, ten, thirty = (gains[multiple] for multiple in _MULTIPLES[1:])
    unit = abs(now) or sys.float_info.min
    signal = f"gain of {length} updates at {{:.2g}} times the rate, over that at the rate"
    evidence = tuple(
        Evidence(signal.format(multiple), gain / unit, multiple, "in proportion") for multiple, gain in gains.items()
    )
    if curvature is not None and math.isfinite(curvature):
        said = "on one batch; at the limit is normal"
        evidence += (Evidence("curvature along the gradient, over the stability limit", curvature, 1.0, said),)
    if thirty > ten > three > 0 and (length >= _LONGEST or ten > _SURE * unit):
        lr = float(optimizer.param_groups[0]["lr"])
        factor = how_far("too_low", "slow", 0.0, lr, family_of(optimizer))
        sentence = (
            f"too low by {times(factor)}: from the same state and on the same batches, {length} updates at 3, 10 and 30"
            f" times the rate gain {three / unit:.2g}, {ten / unit:.2g} and {thirty / unit:.2g} times as much."
        )
        advice = (
            f"Try a rate of about {lr * math.sqrt(factor[0] * factor[1]):.1g}, and let surefoot find narrow it down."
        )
        sure = 0.95 if length >= _LONGEST else 0.85
        return Verdict("too_low", sentence, sure, (), evidence, advice, "slow", factor)
    if now > 0:
        best = max(_MULTIPLES[1:], key=lambda multiple: gains[multiple])
        said = f"{length} updates gain most at {best:g} times the rate, and no more at higher ones"
        return Verdict("healthy", f"not too low by much: {said}.", 0.8, (), evidence)
    sentence = f"cannot tell: {length} updates gain nothing at this rate, and higher ones do not gain more and more."
    advice = "Whether the rate is too high is for the losses to say: surefoot.diagnose or surefoot.Monitor."
    return Verdict("cannot_tell", sentence, 0.0, (), evidence, advice)
