from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial
from itertools import islice
from typing import Any

from surefoot.errors import BadInput
from surefoot.records import Evidence, Verdict
from surefoot.watch._critical import critical_multiple
from surefoot.watch._curvature import at_limit
from surefoot.watch._factor import narrowed
from surefoot.watch._judge import times
from surefoot.watch._monitor import optimizers_of
from surefoot.watch._snapshot import Rewind, put_back

_MULTIPLES = (1 / 3, 1.0, 3.0, 10.0, 30.0)
_LONGEST = 10  # updates of each: measured on ten small trainings, 30 say less (86 % -> 76 % of too-low caught)
_SHORT = 2
_HELD_OUT = 4  # batches that everything is measured on, never trained on
_LOOK = 8  # updates that the critical rate costs: one, and twenty forward passes at a third
_PRODUCT = 3  # updates that a Hessian-vector product costs
_MOST_PRODUCTS = 20
_SURE = 128.0  # critical rate over the present one. 61 good runs of 15 small trainings: 64 at most (before: one above)
_MUON = 2.0  # times that for orthogonalised updates: good runs of Muon bear one update 128 times as long
_LIKELY = 64.0  # the same where the counterfactual agrees
_CLOSE = 16.0  # below this, the rate is near where it does harm: most good runs
_EDGE, _SPREAD = 0.8, 0.7  # decades by which the best rate lies below the critical one; the same trainings
_MEASURED = "16 small trainings"


def probe(
    model: Any,
    optimizer: Any,
    loss: Callable[[Any, Any], Any],
    batches: Iterable[Any],
    budget: int = 60,
) -> Verdict:
    """Try other rates from here: one update stretched until it does harm, then a few at 1/3 to 30 times the rate.

    The direct proof of "too low". First the critical rate: one update is done and stretched along itself, forward
    passes only, until the loss of batches that it has not seen rises. Where that takes 128 times the rate (256 for
    Muon), the rate is too low. Then the counterfactual: a few updates at 1/3, 1, 3, 10 and 30 times the rate on the
    same batches; what is gained is measured on the unseen ones. All is done in place and put back to the bit
    afterwards: weights, buffers, gradients, the optimizer's state and rates, random states; hooks of a monitor don't
    fire. Memory: one copy of model and optimizer.

    A few updates favour low rates, whose noise costs nothing yet, and one update favours high ones a little, which
    gain at once what low ones gain later: so "a lower rate is better" is never believed, and "a higher one is" only
    by so much that nothing of it can be the horizon's.

    Args:
        model: The live model, in the mode it trains in.
        optimizer: Its optimizer, or several; groups keep their ratios.
        loss: ``(model, batch) -> scalar tensor``; autocast and the like are its own business.
        batches: Training batches: 5 at least, 14 are used at most.
        budget: Updates to spend, 8 at least: those are the critical rate alone. From 18 on the counterfactual
            follows, with 60 ten updates of each. What is left goes into the curvature along the gradient and the
            Hessian's largest eigenvalue, 3 updates for each Hessian-vector product.

    Returns:
        ``too_low`` with a factor; ``healthy`` where higher rates gain no more; else ``cannot_tell``.

    Raises:
        BadInput: The budget or the batches are too few, or the loss is not finite to begin with.
    """
    if isinstance(budget, bool) or not isinstance(budget, int) or budget < _LOOK:
        raise BadInput(f"probe(budget={budget!r}): expected the updates to spend, {_LOOK} or more")
    optimizers = optimizers_of(optimizer, "probe")
    if not optimizers:
        raise BadInput("probe(optimizer=None): expected the optimizer that trains the model")
    taken = list(islice(batches, _LONGEST + _HELD_OUT))
    if len(taken) <= _HELD_OUT:
        raise BadInput(f"probe(batches=...): got {len(taken)}, expected {_HELD_OUT + 1} or more to compare rates on")
    held_out, train = taken[:_HELD_OUT], taken[_HELD_OUT:]
    length = min((budget - _LOOK) // len(_MULTIPLES), len(train))
    length = length if length >= _SHORT else 0
    products = (budget - _LOOK - length * len(_MULTIPLES)) // _PRODUCT
    with put_back(model, optimizers) as rewind:
        level = partial(_level, model, loss, held_out, rewind)
        before = level()
        if not math.isfinite(before):
            raise BadInput(
                f"probe: the loss is {before} before any update of the probe: that is no state to go on from"
            )
        critical = critical_multiple(optimizers, lambda: loss(model, train[0]), level, before, rewind)
        gains = _gains(model, optimizers, loss, train[:length], level, before, rewind) if length else {}
        curvature = _curvature(model, optimizers, loss, train[0], rewind, min(products, _MOST_PRODUCTS))
    return _verdict(critical, gains, curvature, length, optimizers)


def _gains(
    model: Any,
    optimizers: Sequence[Any],
    loss: Callable[[Any, Any], Any],
    train: list[Any],
    level: Callable[[], float],
    before: float,
    rewind: Rewind,
) -> dict[float, float]:
    """By how much the held-out loss comes down after the updates at each multiple of the rate."""
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
        after = level()
        gains[multiple] = before - after if math.isfinite(after) else -math.inf
    return gains


def _level(model: Any, loss: Callable[[Any, Any], Any], batches: list[Any], rewind: Rewind) -> float:
    import torch

    rewind.same_chance()
    with torch.no_grad():
        return sum(float(loss(model, batch)) for batch in batches) / len(batches)


def _curvature(
    model: Any, optimizers: Sequence[Any], loss: Callable[[Any, Any], Any], batch: Any, rewind: Rewind, products: int
) -> tuple[Evidence, ...]:
    """Curvature over the stability limit; nothing for models without second derivatives."""
    if not products:
        return ()
    rewind.back()
    found: tuple[float, float] = (math.nan, math.nan)
    with suppress(RuntimeError, NotImplementedError):
        found = at_limit(model, optimizers, lambda: loss(model, batch), rounds=products - 1)
    said = "on one batch; at the limit is normal"
    names = ("curvature along the gradient", f"largest curvature, after {products} rounds")
    return tuple(
        Evidence(f"{name}, over the stability limit", value, 1.0, said)
        for name, value in zip(names, found[:products], strict=False)
        if math.isfinite(value)
    )


def _verdict(
    critical: float | None,
    gains: dict[float, float],
    curvature: tuple[Evidence, ...],
    length: int,
    optimizers: Sequence[Any],
) -> Verdict:
    if critical is None:
        sentence = "cannot tell: no update in this direction, however long, brings the loss down."
        return Verdict("cannot_tell", sentence, 0.0, (), curvature, "Look at the losses: the model may be dead.")
    now = gains.get(1.0, 0.0)
    unit = abs(now) or sys.float_info.min
    sure = _SURE * (_MUON if any("muon" in type(optimizer).__name__.lower() for optimizer in optimizers) else 1.0)
    evidence = (
        Evidence("critical rate of one update, over the rate", critical, sure, _MEASURED),
        *(
            Evidence(f"gain of {length} updates at {multiple:.2g} times the rate, over that at the rate", gain / unit,
                     multiple, "in proportion")
            for multiple, gain in gains.items()
        ),
        *curvature,
    )  # fmt: skip
    more_and_more = bool(gains) and gains[30.0] > gains[10.0] > gains[3.0] > now
    if critical >= sure or (critical >= _LIKELY and more_and_more):
        lr = float(optimizers[0].param_groups[0]["lr"])
        factor = narrowed("too_low", (math.log10(critical) - _EDGE, _SPREAD))  # measured here: no usual rates
        agreed = ""
        if gains:
            more = ", ".join(f"{gains[multiple] / unit:.2g}" for multiple in (3.0, 10.0, 30.0))
            agreed = f", and {length} updates at 3, 10 and 30 times the rate gain {more} times as much"
        sentence = (
            f"too low by {times(factor)}: one update may be {critical:,g} times as long before it does harm{agreed}."
        )
        where = float(f"{lr * math.sqrt(factor[0] * factor[1]):.1g}")
        advice = f"Try a rate of about {where:g}, and let surefoot find narrow it down."
        return Verdict("too_low", sentence, 0.95 if more_and_more else 0.9, (), evidence, advice, "slow", factor)
    if critical < _CLOSE and (now > 0 or (not gains and critical > 1)):
        said = f"one update does harm at {critical:g} times the rate already"
        return Verdict("healthy", f"not too low by much: {said}.", 0.8, (), evidence)
    sentence = f"cannot tell: one update does harm at {critical:g} times the rate"
    sentence += f", and {length} at the rate gain nothing" if gains and now <= 0 else ""
    advice = "Whether the rate is too high is for the losses to say: surefoot.diagnose or surefoot.Monitor."
    return Verdict("cannot_tell", f"{sentence}.", 0.0, (), evidence, advice)
