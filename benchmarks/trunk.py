"""Search and finish on schedules with a trunk: the price of it all, and the regret of the model that is handed over.

    python benchmarks/trunk.py sweep    # the truth: every rate of the grid x 3 seeds on five tasks, 30 minutes
    python benchmarks/trunk.py judge    # find(finish=True) at balanced, 5 seeds, held against it
    python benchmarks/trunk.py table    # the table of what was judged

Resumable: what is done is kept in benchmarks/trunk/. The tasks are those of truth.py with ``warmup(0.05) >> hold() >>
decay(0.2)``, and one with a constant rate. ``answer`` is the regret of the found rate by the sweep, ``model`` that of
the score which the returned model has on the validation set; both as truth.py defines it.
"""

from __future__ import annotations

import argparse
from itertools import chain
from pathlib import Path

import numpy as np
import torch
import truth
from tasks import TASKS

import surefoot as sf

FOLDER = Path(__file__).parent / "trunk"
STABLE = "warmup(0.05) >> hold() >> decay(0.2)"
SCHEDULES = {
    "cnn-bn-sgdm": STABLE,
    "noisy-labels-rmsprop": STABLE,
    "transformer-adamw": STABLE,
    "muon": STABLE,
    "mlp-sgd": "constant()",
}
SEEDS = 5


def scheduled(name: str) -> sf.TorchTask:
    """A task with its schedule of this benchmark."""
    return TASKS[name](schedule=SCHEDULES[name])


def judge(names: list[str]) -> None:
    """Find, finish, and hold the model against the sweep."""
    for name in names:
        known = truth.Truth.of(name, truth.TRUTH_SEEDS)
        path = FOLDER / f"{name}.judged.jsonl"
        done = {row["seed"] for row in truth.rows(path)}
        for seed in range(SEEDS):
            if seed in done:
                continue
            task = scheduled(name)
            found = sf.find(task, finish=True, seed=seed, store="none")
            score = None if found.trained is None else found.trained.score
            row = {
                "seed": seed, "lr": found.lr, "trained_lr": found.trained_lr, "best_lr": known.best_lr,
                "verdict": found.verdict.kind, "price": found.price.runs, "score": score,
                "answer": 1.0 if found.lr is None else float(known.regret(found.lr)),
                "model": 1.0 if score is None else float(known.regret_of(score)),
            }  # fmt: skip
            truth.append(path, row)
            print(name, row, flush=True)


def table(names: list[str]) -> None:
    """Print what was judged."""
    print(f"{'':26}{'n':>3}{'price':>8}{'most':>8}{'answer':>9}{'worst':>8}{'model':>9}{'worst':>8}")
    judged = {name: truth.rows(FOLDER / f"{name}.judged.jsonl") for name in names}
    for name, rows in [*judged.items(), ("ALL", list(chain(*judged.values())))]:
        if rows:
            price, answer, model = (np.array([row[key] for row in rows]) for key in ("price", "answer", "model"))
            print(
                f"{name:26}{len(rows):3}{np.median(price):8.3f}{price.max():8.3f}{np.median(answer):9.4f}"
                f"{answer.max():8.3f}{np.median(model):9.4f}{model.max():8.3f}"
            )


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["sweep", "judge", "table"])
    parser.add_argument("--tasks", nargs="*", default=list(SCHEDULES), choices=list(SCHEDULES))
    given = parser.parse_args()
    torch.set_num_threads(1)
    FOLDER.mkdir(exist_ok=True)
    truth.FOLDER = FOLDER
    if given.what == "sweep":
        truth.sweep(given.tasks, scheduled, truth.TRUTH_SEEDS)
    elif given.what == "judge":
        judge(given.tasks)
    if given.what != "sweep":
        table(given.tasks)


if __name__ == "__main__":
    main()
