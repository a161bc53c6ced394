"""How near the found rate is to the best one, on ten small real trainings, against full sweeps.

    python benchmarks/truth.py sweep            # the truth: 26-31 rates x 5 seeds a task, about an hour on one core
    python benchmarks/truth.py rungs            # the same at shorter horizons, 2 seeds
    python benchmarks/truth.py judge            # Surefoot at three budgets x 5 seeds, held against it
    python benchmarks/truth.py judge --quick    # one seed, the quickest tasks
    python benchmarks/truth.py table            # the tables of what was judged

Resumable: what is done is kept in benchmarks/truth/ and not done again; ``--fresh`` judges anew. Regret is (score at
the pick - best) / (untrained - best), from the mean of three seeds that the search never uses, a failed run counting as
untrained, interpolated over log rate. The floor is a sweep with two other seeds, judged the same way.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tasks import TASKS, grid

import surefoot as sf
from surefoot.records import Segment, Tick, Trial

FOLDER = Path(__file__).parent / "truth"
TRUTH_SEEDS = (1001, 1002, 1003)
FLOOR_SEEDS = (2001, 2002)
RUNG_SEEDS = (0, 1)
RUNG_SHARES = (64, 32, 16, 8, 4)
BUDGETS = ("quick", "balanced", "thorough")
QUICK_TASKS = ("mlp-sgd", "fine-tune-adam", "likelihood-adam", "accuracy-sgdm")


class _Host:
    assess_batches = 10**6

    def tick(self, tick: Tick) -> None:
        """Not needed here."""


def rows(path: Path) -> list[dict[str, Any]]:
    """What a file holds; a torn last line, of a run that was killed, is left out."""
    if not path.exists():
        return []
    found = []
    for line in path.read_text().splitlines():
        try:
            found.append(json.loads(line))
        except json.JSONDecodeError:
            continue
    return found


def append(path: Path, row: dict[str, Any]) -> None:
    """Add a row."""
    with path.open("a") as file:
        file.write(json.dumps(row) + "\n")


def sweep(names: list[str], make: Callable[[str], sf.TorchTask], seeds: tuple[int, ...]) -> None:
    """Train every rate of the grid in full, with some seeds."""
    for name in names:
        task = make(name)
        facts = task.preflight(0, 10**6)
        path = FOLDER / f"{name}.sweep.jsonl"
        done = {(row["lr"], row["seed"]) for row in rows(path)}
        began = time.perf_counter()
        for seed in seeds:
            for lr in grid(facts.lr_range):
                if (lr, seed) in done:
                    continue
                stage = task.run(Segment(Trial(lr, seed), "whole", task.horizon, 0, task.horizon), _Host())
                append(path, {"lr": lr, "seed": seed, "score": stage.score, "state": stage.state,
                              "updates": stage.cost.updates, "untrained": facts.untrained})  # fmt: skip
        print(f"{name}: swept in {time.perf_counter() - began:.0f} s", flush=True)


def rungs(names: list[str]) -> None:
    """Train every rate of the grid on shrunk horizons, with the seeds that searches use."""
    for name in names:
        task = TASKS[name]()
        facts = task.preflight(0, 10**6)
        path = FOLDER / f"{name}.rungs.jsonl"
        done = {(row["horizon"], row["lr"], row["seed"]) for row in rows(path)}
        for horizon in sorted({max(10, round(task.horizon / share)) for share in RUNG_SHARES}):
            for seed in RUNG_SEEDS:
                for lr in grid(facts.lr_range):
                    if (horizon, lr, seed) in done:
                        continue
                    stage = task.run(Segment(Trial(lr, seed), "whole", horizon, 0, horizon), _Host())
                    append(path, {"horizon": horizon, "lr": lr, "seed": seed, "score": stage.score,
                                  "state": stage.state, "updates": stage.cost.updates,
                                  "untrained": facts.untrained, "goal": task.goal, "full": task.horizon,
                                  "assess": facts.assess_batches})  # fmt: skip
        print(f"{name}: rungs done", flush=True)


@dataclass(frozen=True)
class Truth:
    """Mean score over log rate at the full horizon, and the regret of a rate by it."""

    log_lr: np.ndarray
    score: np.ndarray
    untrained: float
    sign: int

    @staticmethod
    def of(name: str, seeds: tuple[int, ...]) -> Truth:
        """The truth of a task by some seeds."""
        swept = rows(FOLDER / f"{name}.sweep.jsonl")
        untrained = swept[0]["untrained"]
        sign = 1 if TASKS[name]().goal == "min" else -1
        rates = sorted({row["lr"] for row in swept})
        means = []
        for lr in rates:
            scores = [row["score"] for row in swept if row["lr"] == lr and row["seed"] in seeds]
            means.append(statistics.fmean(_worth(score, untrained, sign) for score in scores))
        return Truth(np.log10(rates), np.array(means), untrained, sign)

    @property
    def best(self) -> float:
        """Best mean score."""
        return float((self.sign * self.score).min() * self.sign)

    @property
    def best_lr(self) -> float:
        """The rate with the best mean score."""
        return float(10 ** self.log_lr[(self.sign * self.score).argmin()])

    def regret(self, lr: float | np.ndarray) -> np.ndarray:
        """Share of the possible progress that a rate loses, 0 to 1."""
        score = np.interp(np.log10(lr), self.log_lr, self.score, left=self.untrained, right=self.untrained)
        return self.regret_of(score)

    def regret_of(self, score: Any) -> Any:
        """Share of the possible progress that a score lacks, 0 to 1."""
        return np.clip((score - self.best) / (self.untrained - self.best), 0, 1)

    def excess(self, lr: float) -> float:
        """Relative excess of the score over the best one."""
        score = float(np.interp(np.log10(lr), self.log_lr, self.score))
        return abs(score - self.best) / max(abs(self.best), 1e-12)


def _worth(score: float | None, untrained: float, sign: int) -> float:
    """A failed run counts as untrained, and nothing is worse than that."""
    return untrained if score is None or sign * score > sign * untrained else score


def judge(names: list[str], budgets: tuple[str, ...], seeds: range, fresh: bool) -> None:
    """Let Surefoot find the rate, and hold what it says against the truth."""
    for name in names:
        path = FOLDER / f"{name}.judged.jsonl"
        if fresh and path.exists():
            path.unlink()
        done = {(row["budget"], row["seed"]) for row in rows(path)}
        task, truth = TASKS[name](), Truth.of(name, TRUTH_SEEDS)
        for budget in budgets:
            for seed in seeds:
                if (budget, seed) in done:
                    continue
                began = time.perf_counter()
                found = sf.find(task, budget=budget, seed=seed, store="none")
                row = {"budget": budget, "seed": seed, "lr": found.lr, "interval": found.interval,
                       "price": found.price.runs, "verdict": found.verdict.kind, "flags": found.verdict.flags,
                       "seconds": time.perf_counter() - began, "best_lr": truth.best_lr}  # fmt: skip
                if found.lr is not None and found.verdict.kind == "clear":
                    row |= {"regret": float(truth.regret(found.lr)), "excess": truth.excess(found.lr)}
                else:
                    row |= {"regret": 1.0, "excess": None}
                    row["regret_of_guess"] = None if found.lr is None else float(truth.regret(found.lr))
                append(path, row | _interval_truth(truth, found.interval))
                lr = "none" if found.lr is None else f"{found.lr:.2g}"
                print(f"{name:24} {budget:9} seed {seed}: {lr:>8} (best {truth.best_lr:.2g}) regret {row['regret']:.4f}"
                      f" price {row['price']:.3f} {row['verdict']}", flush=True)  # fmt: skip


def _interval_truth(truth: Truth, interval: tuple[float, float] | None) -> dict[str, float | None]:
    """How much of the interval is truly bad, and how much of the truly good rates it covers."""
    fine = np.linspace(truth.log_lr[0], truth.log_lr[-1], 4001)
    good = truth.regret(10**fine) <= 0.01
    if interval is None:
        return {"bad_width": None, "covered": None, "width": None, "true_width": None}
    low, high = np.log10(interval[0]), np.log10(interval[1])
    inside = (fine >= low - 1e-9) & (fine <= high + 1e-9)
    points = 10 ** np.linspace(low, high, 101)
    bad = float((truth.regret(points) > 0.05).mean())
    step = fine[1] - fine[0]
    return {"bad_width": bad, "covered": float((inside & good).sum() / good.sum()), "width": float(high - low),
            "true_width": float(good.sum() * step)}  # fmt: skip


def table(names: list[str]) -> None:
    """Print what was judged."""
    print(
        f"{'':34}{'price':>7}{'median':>8}{'p90':>7}{'worst':>7}{'>.05':>6}{'tell':>6}{'wrong':>6}{'bad':>6}{'cover':>6}"
    )
    for budget in BUDGETS:
        everything: list[dict[str, Any]] = []
        for name in names:
            judged = [row for row in rows(FOLDER / f"{name}.judged.jsonl") if row["budget"] == budget]
            everything += judged
            if judged:
                print(f"{budget:10}{name:24}{_line(judged)}")
        if everything:
            print(f"{budget:10}{'ALL':24}{_line(everything)}\n")
    floors = list(_floors(names))
    if floors:
        print(f"floor (full sweep, two other seeds): median {np.median(floors):.4f} p90 {np.quantile(floors, 0.9):.4f}")


def _line(judged: list[dict[str, Any]]) -> str:
    regrets = np.array([row["regret"] for row in judged])
    told = [row["verdict"] == "cannot_tell" for row in judged]
    wrong = [row["verdict"] == "clear" and row["regret"] > 0.05 for row in judged]
    widths = [row for row in judged if row["width"] is not None]
    width = sum(row["width"] for row in widths)
    bad = sum(row["bad_width"] * row["width"] for row in widths) / width if width else math.nan
    covered = statistics.fmean(row["covered"] for row in widths) if widths else math.nan
    price = np.median([row["price"] for row in judged])
    return (
        f"{price:7.3f}{np.median(regrets):8.4f}{np.quantile(regrets, 0.9):7.3f}{regrets.max():7.3f}"
        f"{np.mean(regrets > 0.05):6.2f}{np.mean(told):6.2f}{np.mean(wrong):6.2f}{bad:6.2f}{covered:6.2f}"
    )


def _floors(names: list[str]) -> Iterator[float]:
    for name in names:
        if len(rows(FOLDER / f"{name}.sweep.jsonl")) > 0:
            yield float(Truth.of(name, TRUTH_SEEDS).regret(Truth.of(name, FLOOR_SEEDS).best_lr))


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["sweep", "rungs", "judge", "table"])
    parser.add_argument("--tasks", nargs="*", default=list(TASKS), choices=list(TASKS))
    parser.add_argument("--budgets", nargs="*", default=list(BUDGETS), choices=BUDGETS)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--fresh", action="store_true")
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args()
    torch.set_num_threads(1)
    FOLDER.mkdir(exist_ok=True)
    names = list(QUICK_TASKS) if given.quick else given.tasks
    if given.what == "sweep":
        sweep(names, lambda name: TASKS[name](), TRUTH_SEEDS + FLOOR_SEEDS)
    elif given.what == "rungs":
        rungs(names)
    elif given.what == "judge":
        judge(names, tuple(given.budgets), range(1 if given.quick else given.seeds), given.fresh)
    table(names) if given.what in {"judge", "table"} else None


if __name__ == "__main__":
    main()
