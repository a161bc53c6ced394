"""What a step of a driver costs beside torch's own scheduler of the same shape, and what seeing updates costs.

    python benchmarks/schedules.py            # four minutes; writes benchmarks/schedules.json

One thread; ours and torch's in turn, in the same process, so that a machine that drifts disturbs both alike. Ratios are
medians of the pairwise ratios (ours over torch's, below 1 is faster), with their quartiles. Single shapes are to be at
most 1.0, chains at most 0.5, a million values at most 50 ms.

- step: ``driver.step()`` over ``scheduler.step()``, for 1, 10 and 500 parameter groups, with rates that are floats, and
  with rates in tensors.
- seen: ``optimizer.step()`` of an AdamW over a small network with a driver's hook on it, over the same without.
- array: seconds for ``course(steps)`` with a million steps.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch.optim import lr_scheduler as theirs

from surefoot.schedules import parse

HORIZON = 10_000_000  # so that nobody comes to the end
WARMUP = 1_000
ROUNDS = 41
SINGLE: dict[str, Callable[[torch.optim.Optimizer], theirs.LRScheduler]] = {
    "constant()": lambda optimizer: theirs.ConstantLR(optimizer, 1.0, HORIZON),
    "cosine()": lambda optimizer: theirs.CosineAnnealingLR(optimizer, HORIZON),
    "exponential(to=0.01)": lambda optimizer: theirs.ExponentialLR(optimizer, 0.01 ** (1 / HORIZON)),
    "linear()": lambda optimizer: theirs.LinearLR(optimizer, 1.0, 0.0, HORIZON),
    "polynomial(power=2)": lambda optimizer: theirs.PolynomialLR(optimizer, HORIZON, 2.0),
    "step(0.3)": lambda optimizer: theirs.StepLR(optimizer, 3 * HORIZON // 10),
}
CHAINS: dict[str, Callable[[torch.optim.Optimizer], theirs.LRScheduler]] = {
    f"warmup({WARMUP}) >> cosine()": lambda optimizer: theirs.SequentialLR(
        optimizer,
        [theirs.LinearLR(optimizer, 1 / WARMUP, 1.0, WARMUP), theirs.CosineAnnealingLR(optimizer, HORIZON - WARMUP)],
        [WARMUP],
    ),
    f"warmup({WARMUP}) >> hold() >> decay(0.2)": lambda optimizer: theirs.SequentialLR(
        optimizer,
        [
            theirs.LinearLR(optimizer, 1 / WARMUP, 1.0, WARMUP),
            theirs.ConstantLR(optimizer, 1.0, HORIZON),
            theirs.LinearLR(optimizer, 1.0, 0.0, HORIZON // 5),
        ],
        [WARMUP, HORIZON - HORIZON // 5],
    ),
}


def optimizer_of(groups: int, *, tensors: bool) -> torch.optim.Optimizer:
    """An optimizer with so many groups, each at its own rate."""
    rates = [0.1 / (1 + group) for group in range(groups)]
    return torch.optim.SGD([
        {"params": [torch.nn.Parameter(torch.zeros(1))], "lr": torch.tensor(rate) if tensors else rate}
        for rate in rates
    ])


def seconds(call: Callable[[], object], times: int) -> float:
    """Seconds of this thread in one call: waiting for a busy machine does not count."""
    began = time.thread_time()
    for _ in range(times):
        call()
    return (time.thread_time() - began) / times


def pairs(ours: Callable[[], object], others: Callable[[], object], times: int, rounds: int) -> dict[str, object]:
    """Both in turn, the first round not counted."""
    measured = [(seconds(ours, times), seconds(others, times)) for _ in range(rounds + 1)][1:]
    ratios = [a / b for a, b in measured]
    low, middle, high = statistics.quantiles(ratios, n=4)
    return {
        "ours_us": 1e6 * statistics.median(a for a, _ in measured),
        "theirs_us": 1e6 * statistics.median(b for _, b in measured),
        "ratio": middle,
        "quartiles": [low, high],
        "n": rounds,
    }


def steps(rounds: int) -> list[dict[str, object]]:
    """Every shape, number of groups and kind of rate."""
    rows: list[dict[str, object]] = []
    for tensors in (False, True):
        for groups in (1, 10, 500):
            for text, make in (SINGLE | CHAINS).items():
                driver = parse(text).bind(optimizer_of(groups, tensors=tensors), horizon=HORIZON)
                scheduler = make(optimizer_of(groups, tensors=tensors))
                for _ in range(WARMUP + 1 if text in CHAINS and groups < 500 else 1):  # into the main piece
                    driver.step(), scheduler.step()
                times = max(5, 500 // groups) // (5 if tensors and groups > 1 else 1)
                row = pairs(driver.step, scheduler.step, times, rounds)
                kind = "chain" if text in CHAINS else "single"
                rows.append({"schedule": text, "kind": kind, "groups": groups, "tensors": tensors} | row)
                print(f"{groups:>4} groups {'tensors' if tensors else 'floats ':7} {text:42} {line(row)}", flush=True)
                driver.release()
    return rows


def line(row: dict[str, object]) -> str:
    """A row for people."""
    low, high = row["quartiles"]
    times = f"{row['ours_us']:9.2f} us, torch {row['theirs_us']:9.2f} us"
    return f"{times}, ratio {row['ratio']:.2f} ({low:.2f} to {high:.2f})"


def seen(rounds: int) -> dict[str, object]:
    """An optimizer's step with a driver's hook, and without."""
    sides = []
    for bound in (True, False):
        torch.manual_seed(0)
        model = torch.nn.Sequential(torch.nn.Linear(64, 64), torch.nn.ReLU(), torch.nn.Linear(64, 10))
        optimizer = torch.optim.AdamW(model.parameters())
        for weight in model.parameters():
            weight.grad = torch.randn_like(weight)
        driver = parse("cosine()").bind(optimizer, horizon=HORIZON) if bound else None
        sides.append((optimizer.step, driver))
    row = pairs(sides[0][0], sides[1][0], 100, rounds)
    print(f"optimizer.step() with a hook over without: {line(row)}")
    return row


def arrays(rounds: int) -> list[dict[str, object]]:
    """A million values of each schedule."""
    million = np.arange(1_000_000)
    rows = []
    for text in (*SINGLE, *CHAINS, "minimum(cosine(), linear()) * step(0.1)", "cosine().repeat(10)"):
        course = parse(text).over(1_000_000)
        taken = sorted(seconds(lambda course=course: course(million), 1) for _ in range(rounds))
        rows.append({"schedule": text, "ms": 1e3 * statistics.median(taken), "worst_ms": 1e3 * taken[-1], "n": rounds})
        print(f"a million of {text:42} {rows[-1]['ms']:6.1f} ms, at worst {rows[-1]['worst_ms']:.1f}")
    return rows


def main() -> None:
    """Measure, print and keep."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--quick", action="store_true", help="a few rounds, nothing kept")
    rounds = 5 if asked.parse_args().quick else ROUNDS
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")  # drivers and schedulers are stepped without updates here
    kept = {
        "torch": torch.__version__,
        "threads": 1,
        "step": steps(rounds),
        "seen": seen(rounds),
        "array": arrays(rounds),
    }
    if rounds == ROUNDS:
        (Path(__file__).parent / "schedules.json").write_text(json.dumps(kept, indent=1) + "\n")


if __name__ == "__main__":
    main()
