"""What the rows of the finders say: tables, differences with their intervals, a picture, and the page of them all."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from _finders_peers import Contestant
from tasks import TASKS
from truth import FLOOR_SEEDS, TRUTH_SEEDS, Truth, rows
from unseen import UNSEEN

DOCS = Path(__file__).parent.parent / "docs"
DRAWS = 10_000
SEEN = [name for name in TASKS if name not in UNSEEN]
FEWEST = 5  # tasks in common, below which no interval is worth showing
WRONG = 0.05  # regret above which an answer is called wrong

PAGE = """# Benchmarks

Written by `python benchmarks/finders.py report` from the rows in `benchmarks/finders/` and the sweeps in
`benchmarks/truth/`; not edited by hand.

## Finders side by side

{tasks} small real trainings (`benchmarks/tasks.py`: CNNs, MLPs, a transformer, fine-tuning, noisy labels, a negative
loss, Muon, an accuracy as the score), {seeds} seeds of the finder unless said otherwise. Every finder runs through its
own package, as its documentation shows it: 100 updates for a ramp, 0.5 runs for a search. None of them knows the truth:
full sweeps, {rates} rates a task, three seeds that no finder uses.

**Regret** is (score at the answer - best score) / (untrained score - best score), from 0 to 1; no answer counts as 1,
as does a rate outside of the sweep. The **floor** is a full sweep with two other seeds, judged the same way: median
{floor_median}, p90 {floor_p90}. **Price** is in runs of full training: an update counts 1, a forward-only batch 1/3.

{table}

![Median regret over the price of every finder, up to the p90](finders.png)

## Who is better than whom

Mean regret of a contestant less that of ours, over the same tasks, with a 95 % interval from a paired bootstrap over
tasks ({draws} draws). A contestant is called worse or better only where the interval leaves out 0; with {tasks} tasks
it often does not.

{differences}

## On trainings that nothing was chosen by

The rule of our range test was chosen with the curves of the ten trainings above in sight, so its numbers there are not
clean. {unseen} more (`benchmarks/unseen.py`: wine with AdamW, an autoencoder with Adam, a GRU with momentum, a residual
net with NAdam, a made-up regression with Adagrad, logistic regression with SGD) were made after it was fixed.

{clean}

{clean_differences}

## By task

Median regret over seeds.

{by_task}

## What to keep in mind

- Trainings of seconds on small data, on one CPU thread. Large models are not in it.
- What did not work for the range test, and how its rule came about, is in [the log](log.md).
- Peers get what their interfaces ask for: the loss as a module, gradient clipping as a hook, and Muon with its AdamW
  as one optimizer with one rate. Optuna and Ray search the range of rates that `find` looks at first.
- Seconds include the start of a package's own machinery and were measured on a busy machine: orders of magnitude only.
- Missing rows: {missing}.
"""


@dataclass(frozen=True)
class Result:
    """What a contestant came to.

    Attributes:
        regret: By task, one a seed.
        rows: All of them.
        missing: Why it is not there; empty when it is.
    """

    regret: Mapping[str, list[float]]
    rows: list[dict[str, Any]]
    missing: str = ""

    @property
    def all(self) -> np.ndarray:
        """All regrets."""
        return np.array([value for values in self.regret.values() for value in values])

    def on(self, names: Iterable[str]) -> Result:
        """Only some tasks."""
        kept = set(names)
        return Result({name: values for name, values in self.regret.items() if name in kept},
                      [row for row in self.rows if row["task"] in kept], self.missing)  # fmt: skip


@cache
def _truth(name: str) -> Truth:
    return Truth.of(name, TRUTH_SEEDS)


def _result(path: Path) -> Result:
    kept = rows(path)
    missing = next((row["missing"] for row in kept if "missing" in row), "")
    kept = [row for row in kept if "missing" not in row]
    regret: dict[str, list[float]] = {}
    for row in kept:
        value = 1.0 if row["lr"] is None else float(_truth(row["task"]).regret(row["lr"]))
        regret.setdefault(row["task"], []).append(value if math.isfinite(value) else 1.0)
    return Result(regret, kept, missing)


def _results(folder: Path, contestants: Iterable[str]) -> dict[str, Result]:
    return {key: _result(folder / f"{key}.jsonl") for key in contestants}


def _cells(contestant: Contestant, result: Result) -> list[str]:
    if not result.rows:
        return [contestant.label, "not installed" if result.missing else "not run", *[""] * 9]
    regrets = result.all
    silent = np.mean([row["lr"] is None for row in result.rows])
    price = np.median([row["price"] for row in result.rows])
    seconds = np.median([row["seconds"] for row in result.rows])
    return [
        contestant.label, f"{len(result.rows)}", f"{price:.2f}", f"{np.median(regrets):.4f}",
        f"{np.quantile(regrets, 0.9):.3f}", _p90_of_answers(result), f"{regrets.max():.2f}",
        f"{np.mean(regrets > WRONG):.0%}", f"{silent:.0%}",
        f"{seconds:.1f}", result.rows[-1]["version"],
    ]  # fmt: skip


def _p90_of_answers(result: Result) -> str:
    answered = [
        value
        for name, values in result.regret.items()
        for value, row in zip(values, [row for row in result.rows if row["task"] == name], strict=True)
        if row["lr"] is not None
    ]
    return f"{np.quantile(answered, 0.9):.3f}" if answered else ""


HEAD = [
    "finder",
    "answers",
    "price",
    "median regret",
    "p90",
    "p90 of answers",
    "worst",
    "above 0.05",
    "no answer",
    "seconds",
    "version",
]


def _markdown(head: list[str], body: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *body]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def overview(folder: Path, contestants: Mapping[str, Contestant]) -> str:
    """The table of all contestants.

    Args:
        folder: Of the rows.
        contestants: By key.

    Returns:
        Markdown.
    """
    results = _results(folder, contestants)
    return _table(results, contestants)


def _table(results: Mapping[str, Result], contestants: Mapping[str, Contestant]) -> str:
    return _markdown(HEAD, [_cells(contestants[key], result) for key, result in results.items()])


def _difference(one: Result, ours: Result) -> tuple[float, float, float] | None:
    """Mean regret of one less that of ours, with its interval; ``None`` with too few tasks in common."""
    common = [name for name in TASKS if one.regret.get(name) and ours.regret.get(name)]
    if len(common) < FEWEST:
        return None
    gaps = np.array([np.mean(one.regret[name]) - np.mean(ours.regret[name]) for name in common])
    generator = np.random.default_rng(0)
    means = gaps[generator.integers(len(gaps), size=(DRAWS, len(gaps)))].mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(gaps.mean()), float(low), float(high)


def _said(difference: tuple[float, float, float] | None) -> str:
    if difference is None:
        return ""
    mean, low, high = difference
    verdict = "worse" if low > 0 else "better" if high < 0 else "cannot tell"
    return f"{mean:+.3f} [{low:+.3f}, {high:+.3f}] {verdict}"


def _differences(results: Mapping[str, Result], contestants: Mapping[str, Contestant]) -> str:
    ours = [key for key, result in results.items() if key.startswith("surefoot") and result.rows]
    head = ["finder", *[f"less {contestants[key].label}" for key in ours]]
    body = [
        [contestants[key].label, *[_said(_difference(result, results[own])) if key != own else "" for own in ours]]
        for key, result in results.items() if result.rows
    ]  # fmt: skip
    return _markdown(head, body)


def _by_task(results: Mapping[str, Result], contestants: Mapping[str, Contestant]) -> str:
    there = {key: result for key, result in results.items() if result.rows}
    head = ["task", *[contestants[key].label for key in there]]
    body = [
        [name, *[f"{np.median(r.regret[name]):.3f}" if r.regret.get(name) else "" for r in there.values()]]
        for name in TASKS
    ]
    return _markdown(head, body)


def write_report(folder: Path, contestants: Mapping[str, Contestant]) -> None:
    """Write docs/benchmarks.md and docs/finders.png.

    Args:
        folder: Of the rows.
        contestants: By key.
    """
    everything = _results(folder, contestants)
    results = {key: result.on(SEEN) for key, result in everything.items()}
    clean = {key: result.on(UNSEEN) for key, result in everything.items()}
    clean = {key: result for key, result in clean.items() if result.rows}
    floors = [float(_truth(name).regret(Truth.of(name, FLOOR_SEEDS).best_lr)) for name in SEEN]
    rates = [len(_truth(name).log_lr) for name in SEEN]
    missing = [contestants[key].label for key, result in results.items() if not result.rows]
    page = PAGE.format(
        tasks=len(SEEN), unseen=len(UNSEEN),
        seeds=max((row["seed"] + 1 for r in results.values() for row in r.rows), default=0),
        rates=f"{min(rates)} to {max(rates)}", draws=f"{DRAWS:,}",
        floor_median=f"{np.median(floors):.4f}", floor_p90=f"{np.quantile(floors, 0.9):.3f}",
        table=_table(results, contestants), clean=_table(clean, contestants),
        clean_differences=_differences(clean, contestants),
        differences=_differences(results, contestants), by_task=_by_task(everything, contestants),
        missing=", ".join(missing) or "none",
    )  # fmt: skip
    (DOCS / "benchmarks.md").write_text(page, encoding="utf-8")
    _picture(results, contestants).savefig(DOCS / "finders.png", dpi=130)
    print(f"written: {DOCS / 'benchmarks.md'}")


def _picture(results: Mapping[str, Result], contestants: Mapping[str, Contestant]) -> Any:
    from matplotlib.figure import Figure

    drawn = Figure(figsize=(9, 6), layout="constrained")
    axes = drawn.subplots()
    taken: dict[int, int] = {}
    there = {key: result for key, result in results.items() if result.rows}
    for key, result in sorted(there.items(), key=lambda item: float(np.median(item[1].all))):
        price = max(0.03, float(np.median([row["price"] for row in result.rows])))
        column = round(4 * math.log10(price))
        taken[column] = taken.get(column, -1) + 1
        price *= 1.13 ** taken[column]  # those of one price stand side by side
        median, p90 = max(1e-4, float(np.median(result.all))), max(1e-4, float(np.quantile(result.all, 0.9)))
        ours = key.startswith("surefoot")
        color = "#1b7837" if ours else "#5b5b8c"
        axes.plot([price, price], [median, p90], color=color, linewidth=1, alpha=0.6)
        axes.plot(price, median, "o" if ours else "s", color=color, markersize=8 if ours else 5)
        axes.annotate(f"{contestants[key].label}   ", (price, median), fontsize="small", color=color, rotation=90,
                      ha="center", va="top")  # fmt: skip
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_ylim(bottom=3e-6)
    axes.set_xlabel("price in runs (0.03: nothing at all; those of one price stand side by side)")
    axes.set_ylabel("regret: median, up to the p90")
    axes.spines[["top", "right"]].set_visible(False)
    return drawn
