"""Schedules side by side: five small real trainings, each shape at a rate of its own, five seeds.

    python benchmarks/shapes.py run       # resumable; one row a training in benchmarks/shapes.jsonl, about half an hour
    python benchmarks/shapes.py report    # the tables of docs/shapes.md

A shape is never judged at another one's rate: for each of the five seeds ``sf.find`` looks for the rate of this task
under this shape (balanced, half a training), and a training with a seed that the search never used is run at it. So
the spread holds both what the seed does and what the search missed. Seeds are paired: all shapes start from the same
weights and see the same batches.
"""

from __future__ import annotations

import argparse
import math
import statistics
import time
from itertools import product
from pathlib import Path
from typing import Any

import torch
from truth import _Host, append, rows
from unseen import TASKS

import surefoot as sf
from surefoot.records import Segment, Trial

KEPT = Path(__file__).parent / "shapes.jsonl"
TRAINED = ("autoencoder-adam", "friedman-adagrad", "fine-tune-adam", "gru-sgdm", "residual-nadam")
SHAPES = {
    "constant": "constant()",
    "warmup, constant": "warmup(0.05) >> constant()",
    "linear": "warmup(0.05) >> linear()",
    "linear, no warmup": "linear()",
    "cosine": "warmup(0.05) >> cosine()",
    "cosine to 10 %": "warmup(0.05) >> cosine(to=0.1)",
    "quadratic": "warmup(0.05) >> polynomial(power=2)",
    "exponential to 1 %": "warmup(0.05) >> exponential(to=0.01)",
    "steps at 30, 60, 90 %": "step(0.3)",
    "hold, linear over 20 %": "warmup(0.05) >> hold() >> decay(0.2)",
    "hold, 1-sqrt over 20 %": "warmup(0.05) >> hold() >> decay(0.2, '1-sqrt')",
    "hold, linear over 50 %": "warmup(0.05) >> hold() >> decay(0.5)",
    "one cycle": "linear(0.3, start=0.04) >> cosine()",
    "three restarts": "cosine().repeat(3)",
}
REFERENCE = "linear"
SEEDS = range(5)
UNSEEN_SEED = 3000  # added to the seed of the search
T95 = 2.776  # Student's t, 4 degrees of freedom, two-sided 95 %


def run(names: list[str]) -> None:
    """Search and train what is missing; seed by seed, so that a run that is stopped leaves a fair table."""
    done = {(row["task"], row["shape"], row["seed"]) for row in rows(KEPT)}
    for seed, name, shape in product(SEEDS, names, SHAPES):
        if (name, shape, seed) in done:
            continue
        began = time.perf_counter()
        task = TASKS[name](schedule=SHAPES[shape])
        found = sf.find(task, seed=seed, store="none")
        row: dict[str, Any] = {
            "task": name, "shape": shape, "schedule": SHAPES[shape], "seed": seed, "lr": found.lr,
            "interval": found.interval, "verdict": found.verdict.kind, "runs": found.price.runs, "score": None,
        }  # fmt: skip
        if found.lr is not None:
            trial = Trial(found.lr, UNSEEN_SEED + seed)
            row["score"] = task.run(Segment(trial, "whole", task.horizon, 0, task.horizon), _Host()).score
        append(KEPT, row | {"seconds": round(time.perf_counter() - began, 1), "torch": torch.__version__})
        print(seed, name, shape, row["lr"], row["score"], flush=True)


def report(names: list[str]) -> str:
    """The tables of docs/shapes.md, in Markdown.

    Returns:
        Scores, rates, and how each shape does beside ``REFERENCE``.
    """
    kept = [row for row in rows(KEPT) if row["task"] in names]
    scores = {(name, shape): _by_seed(kept, name, shape, "score") for name in names for shape in SHAPES}
    best = {name: min((_mean(scores[name, shape]) for shape in SHAPES), default=math.nan) for name in names}
    lines = [
        "Loss on the validation set, % above the shape that is best on average (mean ± standard deviation over seeds):",
        "",
        _row("shape", *names, "mean"),
        _row(":--", *["--:"] * (len(names) + 1)),
    ]
    order = sorted(SHAPES, key=lambda shape: _excess(scores, best, shape))
    for shape in order:
        cells = [_percent(scores[name, shape], best[name]) for name in names]
        lines.append(_row(shape, *cells, f"{100 * _excess(scores, best, shape):.1f}"))
    lines += [
        "",
        f"Beside `{SHAPES[REFERENCE]}`, paired by seed, in % of its loss, with the 95 % interval of the mean; in bold where "
        "the interval leaves out 0:",
        "",
        _row("shape", *names, "better / worse"),
        _row(":--", *["--:"] * (len(names) + 1)),
    ]
    for shape in order:
        if shape != REFERENCE:
            pairs = [_paired(scores[name, shape], scores[name, REFERENCE]) for name in names]
            better, worse = (sum(side * mean > half for mean, half in pairs) for side in (-1, 1))
            cells = [_interval(mean, half) for mean, half in pairs]
            lines.append(_row(shape, *cells, f"{better} / {worse}"))
    lines += ["", "The rate that was found (geometric mean over seeds):", "", _row("shape", *names)]
    lines.append(_row(":--", *["--:"] * len(names)))
    for shape in order:
        rates = [_by_seed(kept, name, shape, "lr") for name in names]
        lines.append(_row(shape, *(f"{math.exp(_mean({k: math.log(v) for k, v in r.items()})):.2g}" for r in rates)))
    lost = sum(row["score"] is None for row in kept)
    lines += ["", f"{len(kept)} trainings; {lost} without a score (no rate found, or the training failed)."]
    return "\n".join(lines)


def _by_seed(kept: list[dict[str, Any]], name: str, shape: str, what: str) -> dict[int, float]:
    mine = [row for row in kept if row["task"] == name and row["shape"] == shape and row[what] is not None]
    return {row["seed"]: row[what] for row in mine}


def _mean(values: dict[int, float]) -> float:
    return statistics.fmean(values.values()) if values else math.nan


def _excess(scores: dict[tuple[str, str], dict[int, float]], best: dict[str, float], shape: str) -> float:
    return statistics.fmean(_mean(scores[name, shape]) / best[name] - 1 for name in best)


def _percent(scores: dict[int, float], best: float) -> str:
    spread = statistics.stdev(scores.values()) if len(scores) > 1 else math.nan
    return f"{100 * (_mean(scores) / best - 1):.1f} ± {100 * spread / best:.1f}"


def _paired(mine: dict[int, float], other: dict[int, float]) -> tuple[float, float]:
    # Mean and half width of the interval, in % of the other's mean.
    differences = [mine[seed] - other[seed] for seed in sorted(mine.keys() & other.keys())]
    if len(differences) < 2:
        return math.nan, math.nan
    half = T95 * statistics.stdev(differences) / math.sqrt(len(differences))
    return 100 * statistics.fmean(differences) / _mean(other), 100 * half / _mean(other)


def _interval(mean: float, half: float) -> str:
    text = f"{mean:+.1f} ± {half:.1f}"
    return f"**{text}**" if abs(mean) > half else text


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["run", "report"])
    parser.add_argument("--tasks", nargs="*", default=list(TRAINED), choices=list(TASKS))
    given = parser.parse_args()
    torch.set_num_threads(1)
    if given.what == "run":
        run(given.tasks)
    print(report(given.tasks))


if __name__ == "__main__":
    main()
