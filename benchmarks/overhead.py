"""What driving and searching cost beside the same updates and assessments written by hand.

    python benchmarks/overhead.py            # about two minutes; writes benchmarks/overhead.json

A small convolutional network on digits, one thread; by hand and by Surefoot in turn, in the same process, so that a
machine that drifts disturbs both alike. Ratios of medians, with the range of the pairwise ratios.

- driving: updates per second between stages, Surefoot's over by hand. The loop by hand is what people write: a
  DataLoader, the forward and backward pass, the optimizer, torch's own LambdaLR as the schedule, the loss read once.
- find: seconds of a whole ``find`` over the seconds of its updates and assessments by hand.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, Subset

import surefoot as sf
from surefoot.records import Segment, Tick, Trial

sys.path.insert(0, str(Path(__file__).parent.parent / "examples"))
from digits import digits, loss, make_model

ROUNDS = 9
UPDATES = 300
HORIZON = 2100


class _Host:
    assess_batches = 7

    def tick(self, tick: Tick) -> None:
        """Dropped."""


def updates_by_hand(model: nn.Module, updates: int, lr: float) -> float:
    """Seconds of so many updates."""
    train, _ = digits()
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr)
    scheduler = torch.optim.lr_scheduler.LambdaLR(
        optimizer, sf.schedules.parse("warmup(0.05) >> cosine()").over(updates)
    )
    loader = DataLoader(train, batch_size=64, shuffle=True, drop_last=True)
    done = 0
    began = time.perf_counter()
    while done < updates:
        for images, classes in loader:
            value = F.cross_entropy(model(images), classes)
            value.backward()
            optimizer.step()
            optimizer.zero_grad()
            scheduler.step()
            value.item()
            done += 1
            if done == updates:
                break
    return time.perf_counter() - began


def assessment_by_hand(model: nn.Module, batches: int) -> float:
    """Seconds of one assessment over so many validation batches."""
    _, valid = digits()
    loader = DataLoader(Subset(valid, range(min(len(valid), 64 * batches))), batch_size=64)
    began = time.perf_counter()
    model.eval()
    with torch.no_grad():
        sum(float(F.cross_entropy(model(images), classes)) * len(images) for images, classes in loader)
    return time.perf_counter() - began


def driving(task: sf.TorchTask) -> tuple[float, float]:
    """Seconds of the same updates, by hand and driven."""
    torch.manual_seed(0)
    hand = updates_by_hand(make_model(), UPDATES, 1e-3)
    stage = task.run(Segment(Trial(1e-3, 0), "whole", UPDATES, 0, UPDATES), _Host())
    return hand, stage.cost.training


def finding(task: sf.TorchTask) -> tuple[float, float]:
    """Seconds of a whole find, and of its updates and assessments by hand."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        found = sf.find(task, budget=0.5, store=folder)
        ours = time.perf_counter() - began
    hand = 0.0
    for stage in found.records.stages:
        torch.manual_seed(0)
        model = make_model()
        hand += updates_by_hand(model, stage.cost.updates, stage.segment.trial.lr)
        if stage.cost.forwards:
            hand += assessment_by_hand(model, stage.cost.forwards)
    return hand, ours


def report(name: str, pairs: list[tuple[float, float]], better: str) -> dict[str, object]:
    """A line for people and a row to keep."""
    hand, ours = (statistics.median(side) for side in zip(*pairs, strict=True))
    ratios = [a / b if better == "higher" else b / a for a, b in pairs]
    ratio = hand / ours if better == "higher" else ours / hand
    print(f"{name}: {ratio:.3f} (pairs {min(ratios):.3f} to {max(ratios):.3f}, n={len(pairs)}), by hand {hand:.3f} s")
    return {"name": name, "ratio": ratio, "pairs": ratios, "hand_seconds": hand, "our_seconds": ours}


def main() -> None:
    """Measure both, print and keep them."""
    torch.set_num_threads(1)
    train, valid = digits()
    task = sf.TorchTask(model=make_model, optimizer=torch.optim.AdamW, train=train, valid=valid, loss=loss,
                        batch_size=64, horizon=HORIZON)  # fmt: skip
    driving(task), finding(task)
    rows = [
        report("driving: updates per second over by hand", [driving(task) for _ in range(ROUNDS)], "higher"),
        report(
            "find: seconds over its updates and assessments by hand", [finding(task) for _ in range(ROUNDS)], "lower"
        ),
    ]
    kept = {"torch": torch.__version__, "threads": 1, "rows": rows}
    (Path(__file__).parent / "overhead.json").write_text(json.dumps(kept, indent=1) + "\n")


if __name__ == "__main__":
    main()
