"""What watching costs: seconds of the same updates with a monitor over without.

    python benchmarks/watch_cost.py          # about eight minutes on one thread; writes benchmarks/watch_cost.json

Seconds of processor time. Without, free signals (losses and rates) and sampled signals (the model too) in turn, in
stretches of 200 updates and an order that rotates, so that a machine that drifts disturbs all alike. Medians of
the ratios within a round, with quartiles; "without again" shows what the noise of the measurement is.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

import surefoot as sf

ROUNDS = 50
STRETCH = 200  # updates: one of them is sampled
SIZES = {"1 ms": (128, 2, 64), "5 ms": (256, 4, 128), "15 ms": (512, 4, 128)}  # width, layers, batch


class Training:
    """A multilayer perceptron with AdamW on made-up data; the same one for all, so that memory lies alike."""

    def __init__(self, size: tuple[int, int, int]):
        width, layers, batch = size
        torch.manual_seed(0)
        blocks = [part for _ in range(layers) for part in (nn.Linear(width, width), nn.ReLU())]
        self.model = nn.Sequential(*blocks, nn.Linear(width, 10))
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=1e-3)
        self.inputs, self.targets = torch.randn(batch, width), torch.randint(10, (batch,))
        self.kept: dict[str, dict[str, Any]] = {}

    def stretch(self, watch: str, updates: int) -> float:
        """Seconds of an update, of this process alone: other work on the machine is not counted."""
        monitor = None
        observe: Callable[[Any], Any] = float  # a loop without a monitor reads its loss too
        if watch in {"free", "sampled"}:
            monitor = sf.Monitor(self.optimizer, 10**6, self.model if watch == "sampled" else None)
            if watch in self.kept:
                monitor.load_state_dict(self.kept[watch])
            observe = monitor.observe
        began = time.process_time()
        for _ in range(updates):
            loss = F.cross_entropy(self.model(self.inputs), self.targets)
            loss.backward()
            self.optimizer.step()
            self.optimizer.zero_grad()
            observe(loss.detach())
        seconds = time.process_time() - began
        if monitor is not None:
            self.kept[watch] = monitor.state_dict()
            monitor.close()
        return seconds / updates


def main() -> None:
    """Measure, print and keep."""
    torch.set_num_threads(1)
    kept = {}
    for name, size in SIZES.items():
        training = Training(size)
        order = ["without", "without again", "free", "sampled"]
        seconds: dict[str, list[float]] = {watch: [] for watch in order}
        for _ in range(ROUNDS):
            order = [*order[1:], order[0]]
            for watch in order:
                seconds[watch].append(training.stretch(watch, STRETCH))
        update = statistics.median(seconds["without"])
        kept[name] = {"update ms": round(1000 * update, 3)}
        for watch in ("without again", "free", "sampled"):
            ratios = [with_it / without for with_it, without in zip(seconds[watch], seconds["without"], strict=True)]
            low, middle, high = statistics.quantiles(ratios, n=4)
            kept[name][watch] = {"ratio": round(middle, 4), "quartiles": [round(low, 4), round(high, 4)], "n": ROUNDS}
            print(f"{name}: update {1000 * update:.2f} ms, {watch}: {middle:.4f} ({low:.4f} to {high:.4f})", flush=True)
    Path(__file__).with_suffix(".json").write_text(json.dumps(kept, indent=1) + "\n")


if __name__ == "__main__":
    main()
