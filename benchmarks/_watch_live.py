"""The ten small trainings of tasks.py as plain loops, so that a live model can be watched and probed."""

from __future__ import annotations

import inspect
import json
import math
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import tasks
import torch

import surefoot as sf
from surefoot.records import Verdict

RATES = 9
SHARE = 0.1


def parts(name: str) -> dict[str, Any]:
    """What a task of tasks.py is made of."""
    made = tasks.sf.TorchTask
    try:
        tasks.sf.TorchTask = lambda **given: given  # type: ignore[assignment,misc]
        return tasks.TASKS[name]()  # type: ignore[return-value]
    finally:
        tasks.sf.TorchTask = made  # type: ignore[misc]


def rates(name: str) -> list[float]:
    """Nine rates over the range of the full sweeps."""
    path = Path(__file__).parent / "truth" / f"{name}.sweep.jsonl"
    swept = sorted({json.loads(line)["lr"] for line in path.read_text().splitlines()})
    return [swept[round(index * (len(swept) - 1) / (RATES - 1))] for index in range(RATES)]


def _build(given: dict[str, Any], lr: float, seed: int) -> tuple[torch.nn.Module, list[torch.optim.Optimizer]]:
    torch.manual_seed(seed)
    model, make = given["model"](), given["optimizer"]
    if inspect.isclass(make) or (isinstance(make, partial) and inspect.isclass(make.func)):
        return model, [make(list(model.parameters()), lr=lr)]
    built = make(model, lr)
    return model, list(built.values()) if isinstance(built, dict) else [built]


def _batches(given: dict[str, Any], seed: int) -> Iterator[list[torch.Tensor]]:
    inputs, targets = given["train"].tensors
    generator, size = torch.Generator().manual_seed(seed), given["batch_size"]
    while True:
        order = torch.randperm(len(inputs), generator=generator)
        for start in range(0, len(order) - size + 1, size):
            at = order[start : start + size]
            yield [inputs[at], targets[at]]


def _score(given: dict[str, Any], model: torch.nn.Module) -> float:
    model.eval()
    with torch.no_grad():
        if given.get("score"):
            score = given["score"](model) * (-1 if given.get("goal") == "max" else 1)
        else:
            score = float(given["loss"](model, list(given["valid"].tensors)))
    model.train()
    return score


def watched(given: dict[str, Any], lr: float, schedule: str, seed: int, budgets: tuple[int, ...]) -> dict[str, Any]:
    """Train once; the score before and after, what the monitor said at a tenth, and what probes of these budgets."""
    horizon = given["horizon"]
    course = sf.schedules.parse(schedule).over(horizon)
    model, optimizers = _build(given, lr, seed)
    factors = [(group, group["lr"] / lr) for optimizer in optimizers for group in optimizer.param_groups]
    monitor = sf.Monitor(optimizers, horizon=horizon, model=model)
    found: dict[str, Any] = {"lr": lr, "untrained": _score(given, model), "score": math.nan}
    batches = _batches(given, seed)
    for step in range(horizon):
        for group, factor in factors:
            group["lr"] = lr * factor * course(step)
        if step == int(SHARE * horizon):
            found["free"] = monitor.verdict
            ahead = [next(batches) for _ in range(14)]
            found["probes"] = [_probed(given, model, optimizers, ahead, budget) for budget in budgets]
        loss = given["loss"](model, next(batches))
        loss.backward()
        if given.get("clip_norm"):
            torch.nn.utils.clip_grad_norm_(model.parameters(), given["clip_norm"])
        for optimizer in optimizers:
            optimizer.step()
            optimizer.zero_grad()
        monitor.observe(loss)
        if not math.isfinite(float(loss.detach())) and step > SHARE * horizon:
            break
    else:
        found["score"] = _score(given, model)
    found.setdefault("free", monitor.verdict)
    found.setdefault("probes", [None] * len(budgets))
    monitor.close()
    return found


def _probed(given: dict[str, Any], model: Any, optimizers: Any, ahead: list[Any], budget: int) -> Verdict | None:
    try:
        return sf.probe(model, optimizers, given["loss"], ahead, budget)
    except sf.errors.BadInput:
        return None  # the loss is not finite any more: nothing to try from


def label(found: dict[str, Any], best: dict[str, Any]) -> str:
    """Good within 2 % of the way from untrained to best; dead where less than a tenth of the way was made."""
    way = best["untrained"] - best["score"]
    regret = (found["score"] - best["score"]) / way if math.isfinite(found["score"]) else 1.0
    if regret < 0.02:
        return "good"
    if found["lr"] < best["lr"]:
        return "too_low"
    return "too_high_dead" if regret > 0.9 else "too_high_degraded"
