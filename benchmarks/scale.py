"""Workers beside one process alone: segments per hour, and what a segment costs beyond its own work.

    python benchmarks/scale.py            # some minutes; writes benchmarks/scale.json

- throughput: the same segments of a small convolutional network on digits, inline and by two warm workers, in turn, one
  thread each. Ratios of the pairs, with the load of the machine beside them: on a busy one they say little. Beside
  each pair stands what the machine itself gives: two bare processes that only compute, over one.
- overhead: seconds from handing a segment to a warm worker to having its stage, less the seconds that its stage says.
- find: seconds of a whole ``find`` with two workers over one process alone; starting the workers is in it.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any

import torch

import surefoot as sf
from surefoot.checkpoints import Checkpoints
from surefoot.engines import Engine, Inline, Processes, Work, pack
from surefoot.records import Segment, Trial

sys.path.insert(0, str(Path(__file__).parent.parent / "examples"))
from digits import digits, loss, make_model

SEGMENTS = 8
UPDATES = 150
HORIZON = 2100
OVERHEADS = 60
SPIN = "import sys\nfor _ in range(int(sys.argv[1])): sum(range(1000))"
SPINS = 60_000


def a_task() -> sf.TorchTask:
    """The training that is run."""
    train, valid = digits()
    return sf.TorchTask(model=make_model, optimizer=torch.optim.AdamW, train=train, valid=valid, loss=loss,
                        batch_size=64, horizon=HORIZON)  # fmt: skip


def segment(number: int, updates: int) -> Segment:
    """One training of so many updates."""
    return Segment(Trial(1e-3 * 1.01**number, 0), "whole", updates, 0, updates)


def seconds(engine: Engine, count: int, updates: int) -> float:
    """How long an engine takes for so many segments."""
    began = time.perf_counter()
    for number in range(count):
        engine.submit(segment(number, updates))
    for _ in range(count):
        engine.wait()
    return time.perf_counter() - began


def bare() -> float:
    """How many times as much two processes compute in the same time as one, on this machine and now."""

    def took(processes: int) -> float:
        began = time.perf_counter()
        running = [subprocess.Popen([sys.executable, "-S", "-c", SPIN, str(SPINS)]) for _ in range(processes)]
        for process in running:
            process.wait()
        return time.perf_counter() - began

    return 2 * took(1) / took(2)


def overhead(engine: Engine) -> list[float]:
    """Seconds beyond its own of each of many short segments, one at a time."""
    beyond: list[float] = []
    for number in range(OVERHEADS):
        began = time.perf_counter()
        engine.submit(segment(number, 10))
        stage, _ = engine.wait()
        beyond.append(time.perf_counter() - began - stage.cost.seconds)
    return beyond


def finding(workers: int) -> float:
    """Seconds of a whole find."""
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        sf.find(a_task(), budget=0.5, store=folder, workers=workers)
    return time.perf_counter() - began


def measured(rounds: int, finds: int) -> dict[str, Any]:
    """All numbers."""
    task = a_task()
    facts = task.preflight(0, 8)
    nobody = lambda *told: None  # noqa: E731
    pairs: list[dict[str, float]] = []
    with tempfile.TemporaryDirectory() as folder:
        engine = partial(Work, task, facts, 0, 8, Checkpoints(Path(folder)), None, nobody, nobody)
        inline, processes = Inline(engine()), Processes(engine(), pack(task), 2)
        try:
            seconds(processes, 4, 5), seconds(inline, 2, 5)  # warm
            for _ in range(rounds):
                load = os.getloadavg()[0]
                alone, together = seconds(inline, SEGMENTS, UPDATES), seconds(processes, SEGMENTS, UPDATES)
                pairs.append({"ratio": alone / together, "alone": alone, "bare": bare(), "load": load})
                print({name: round(value, 2) for name, value in pairs[-1].items()}, flush=True)
        finally:
            processes.cancel()
        one = Processes(engine(), pack(task), 1)
        try:
            seconds(one, 2, 5)
            beyond = overhead(one)
        finally:
            one.cancel()
    found = [(finding(1), finding(2)) for _ in range(finds)]
    return {
        "throughput": pairs,
        "throughput_median": statistics.median(pair["ratio"] for pair in pairs),
        "overhead_ms": {
            "median": 1000 * statistics.median(beyond),
            "p90": 1000 * sorted(beyond)[int(0.9 * len(beyond))],
            "most": 1000 * max(beyond),
        },
        "find": [{"alone": alone, "two": two, "ratio": alone / two} for alone, two in found],
        "cores": os.cpu_count(),
        "torch": torch.__version__,
    }


def main() -> None:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--finds", type=int, default=3)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "scale.json")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    os.environ["OMP_NUM_THREADS"] = "1"
    found = measured(asked.rounds, asked.finds)
    print(json.dumps({name: value for name, value in found.items() if name != "throughput"}))
    asked.out.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
