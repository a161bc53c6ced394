"""Schedules side by side: five small real trainings, each shape at a rate of its own, five seeds.

    python benchmarks/shapes.py run       # resumable; one row a training in benchmarks/shapes.jsonl, about an hour
    python benchmarks/shapes.py report    # the tables of docs/shapes.md

A shape is never judged at another one's rate. For each task and shape, full trainings at five rates a decade with two
seeds walk from the task's known best rate until the best one, by the mean over it and its two neighbours, has two on
either side; five trainings with seeds that this never used are run at that rate. Seeds are paired: all shapes start
from the same weights and see the same batches. Regret is (score - best) / (untrained - best), best being the lowest
mean of a shape.
"""

from __future__ import annotations

import argparse
import math
import statistics
from functools import partial
from pathlib import Path
from typing import Any

import torch
from truth import TRUTH_SEEDS, Truth, _Host, append, rows
from unseen import TASKS

from surefoot.records import Segment, Trial

KEPT = Path(__file__).parent / "shapes.jsonl"
TRAINED = ("autoencoder-adam", "friedman-adagrad", "wine-adamw", "logistic-sgd", "gru-sgdm")
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
    "one cycle": "one_cycle()",
    "REX": "warmup(0.05) >> rex()",
    "three restarts": "cosine().repeat(3)",
}
REFERENCE = "linear"
SEARCH_SEEDS = (4001, 4002)
SEEDS = (5001, 5002, 5003, 5004, 5005)
PER_DECADE = 5
MARGIN = 2  # rates that are worse, on either side of the best
T95 = 2.776  # Student's t, 4 degrees of freedom, two-sided 95 %


def run(names: list[str]) -> None:
    """Search and train what is missing."""
    done = {(row["task"], row["schedule"], row["lr"], row["seed"]): row["score"] for row in rows(KEPT)}
    for name in names:
        start = round(PER_DECADE * math.log10(Truth.of(name, TRUTH_SEEDS).best_lr))
        for shape in SHAPES:
            train = partial(_trained, done, name, shape)
            lr = _own_rate(train, start)
            scores = [train(lr, seed) for seed in SEEDS]
            print(
                f"{name:18}{shape:24}{lr:<9.3g}", *("failed" if s is None else f"{s:.4f}" for s in scores), flush=True
            )


def _trained(done: dict[Any, float | None], name: str, shape: str, lr: float, seed: int) -> float | None:
    key = (name, SHAPES[shape], lr, seed)
    if key not in done:
        task = TASKS[name](schedule=SHAPES[shape])
        stage = task.run(Segment(Trial(lr, seed), "whole", task.horizon, 0, task.horizon), _Host())
        done[key] = stage.score if stage.state == "ok" else None
        append(KEPT, {"task": name, "schedule": SHAPES[shape], "lr": lr, "seed": seed, "score": done[key],
                      "torch": torch.__version__})  # fmt: skip
    return done[key]


def _own_rate(train: Any, start: int) -> float:
    means: dict[int, float] = {}
    best = start
    while not all(best + aside in means for aside in range(-MARGIN, MARGIN + 1)):
        for place in range(best - MARGIN, best + MARGIN + 1):
            if place not in means:
                scores = [train(_rate(place), seed) for seed in SEARCH_SEEDS]
                means[place] = math.inf if None in scores else statistics.fmean(scores)
        best = _best(means)
    return _rate(best)


def _best(means: dict[int, float]) -> int:
    # The lowest mean of two seeds may be luck; a good rate has good neighbours.
    middles = [place for place in means if place - 1 in means and place + 1 in means]
    return min(middles, key=lambda place: sum(means[place + aside] for aside in (-1, 0, 1)))


def _rate(place: int) -> float:
    return float(f"{10 ** (place / PER_DECADE):.4g}")


def report(names: list[str]) -> str:
    """The tables of docs/shapes.md, in Markdown, of trainings that are complete.

    Returns:
        Regret of each shape, beside ``REFERENCE``, and its rates.
    """
    regrets = {name: _regrets(name) for name in names}
    order = sorted(SHAPES, key=lambda shape: statistics.fmean(_mean(regrets[name][shape]) for name in names))
    lines = [
        "Regret in %, mean ± standard deviation over seeds:",
        *_header("shape", *names, "mean"),
        *(
            _row(
                shape,
                *(_spread(regrets[name][shape]) for name in names),
                f"{statistics.fmean(_mean(regrets[name][shape]) for name in names):.2f}",
            )
            for shape in order
        ),
        "",
        f"Regret less that of `{SHAPES[REFERENCE]}`, paired by seed, with the 95 % interval of the mean; bold where"
        " that leaves out 0:",
        *_header("shape", *names, "better / worse"),
    ]
    for shape in order:
        pairs = [_paired(regrets[name][shape], regrets[name][REFERENCE]) for name in names]
        better, worse = (sum(side * mean > half for mean, half in pairs) for side in (-1, 1))
        if shape != REFERENCE:
            lines.append(_row(shape, *(_interval(mean, half) for mean, half in pairs), f"{better} / {worse}"))
    lines += ["", "The rate of its own that was found:", *_header("shape", *names)]
    lines += [_row(shape, *(f"{_own(name, shape):.2g}" for name in names)) for shape in order]
    judged = [row for name in names for shape in SHAPES for row in _judged(name, shape)]
    search = sum(len(_rows(name, shape, SEARCH_SEEDS)) for name in names for shape in SHAPES)
    failed = sum(row["score"] is None for row in judged)
    lines += ["", f"{len(judged)} trainings were judged ({failed} failed), {search} found the rates."]
    return "\n".join(lines)


def _own(name: str, shape: str) -> float | None:
    """The rate that the search seeds chose; ``None`` where they are not through."""
    found: dict[int, list[float]] = {}
    for row in _rows(name, shape, SEARCH_SEEDS):
        score = math.inf if row["score"] is None else row["score"]
        found.setdefault(round(PER_DECADE * math.log10(row["lr"])), []).append(score)
    means = {place: statistics.fmean(scores) for place, scores in found.items() if len(scores) == len(SEARCH_SEEDS)}
    return _rate(_best(means)) if len(means) > 2 * MARGIN else None


def _judged(name: str, shape: str) -> list[dict[str, Any]]:
    own = _own(name, shape)
    return [row for row in _rows(name, shape, SEEDS) if row["lr"] == own]


def _rows(name: str, shape: str, seeds: tuple[int, ...]) -> list[dict[str, Any]]:
    mine = [row for row in rows(KEPT) if row["task"] == name and row["schedule"] == SHAPES[shape]]
    return [row for row in mine if row["seed"] in seeds]


def _regrets(name: str) -> dict[str, dict[int, float]]:
    """For every shape and seed, in %: (score - best mean of a shape) / (untrained - that), a failure as untrained."""
    untrained = Truth.of(name, TRUTH_SEEDS).untrained
    scores = {
        shape: {row["seed"]: untrained if row["score"] is None else row["score"] for row in _judged(name, shape)}
        for shape in SHAPES
    }
    best = min(_mean(of_shape) for of_shape in scores.values())
    return {
        shape: {seed: 100 * (score - best) / (untrained - best) for seed, score in of_shape.items()}
        for shape, of_shape in scores.items()
    }


def _mean(values: dict[int, float]) -> float:
    return statistics.fmean(values.values())


def _spread(values: dict[int, float]) -> str:
    return f"{_mean(values):.2f} ± {statistics.stdev(values.values()):.2f}"


def _paired(mine: dict[int, float], other: dict[int, float]) -> tuple[float, float]:
    differences = [mine[seed] - other[seed] for seed in SEEDS]
    return statistics.fmean(differences), T95 * statistics.stdev(differences) / math.sqrt(len(differences))


def _interval(mean: float, half: float) -> str:
    text = f"{mean:+.2f} ± {half:.2f}"
    return f"**{text}**" if abs(mean) > half else text


def _header(*cells: str) -> list[str]:
    return ["", _row(*cells), _row(":--", *["--:"] * (len(cells) - 1))]


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
    print(report([name for name in given.tasks if all(len(_judged(name, shape)) == len(SEEDS) for shape in SHAPES)]))


if __name__ == "__main__":
    main()
