"""Replay search on tables of real trainings, beside what others do, by the same accounting.

    python benchmarks/replay.py                    all tables of ../shared/data, about 20 seconds
    python benchmarks/replay.py --data DIR --json  a folder of the deepobs (or rungs) form, rows as JSON
    python benchmarks/replay.py --stress 4         made-up tasks: cliffs, drift, noise, plateaus, failures

Columns: price in runs; median, p90, worst regret and the share above 0.05, where cannot_tell counts as 1; the shares
of cannot_tell and of confident wrong answers (clear, above 0.05); the share of the intervals' log-width whose true
regret is above 0.05, the share of the true set (regret <= 0.01) that they cover, their width over the true one's.
Quick has at least 100 updates, and where a table has no shorter rung, three trials of its shortest.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
from _replay_peers import PEERS, Bench
from _replay_stress import stress
from _replay_tables import Table, deepobs, rungs

from surefoot.records import Answer, Records
from surefoot.search import decide, smallest_budget

BUDGETS = {"surefoot-quick": 0.05, "surefoot-balanced": 0.5, "surefoot-thorough": 2.0}
QUICK_UPDATES = 100  # quick has at least so many


def surefoot(table: Table, budget: float, trace: Callable[[str], None] | None = None) -> tuple[Answer, float]:
    """Search one table.

    Returns:
        The answer and its price in runs.
    """
    if budget <= 0.1:
        budget = max(budget, QUICK_UPDATES / table.horizon, smallest_budget(table.settings(10.0)))
    settings = table.settings(budget)
    records = Records()
    while True:
        step = decide(records, settings)
        if isinstance(step, Answer):
            return step, records.cost().runs(table.horizon)
        if trace:
            trace(step.why)
        stages = tuple(table.run(segment) for segment in step.segments)
        if trace:
            for stage in stages:
                trace(f"   {stage.segment.trial.lr:.3g} @{stage.segment.updates} {stage.state} {stage.score}")
        records = Records(records.stages + stages)


def judge(table: Table, answer: Answer, price: float, method: str) -> dict[str, Any]:
    """Hold an answer against the truth.

    Returns:
        One row of the table of results.
    """
    told = answer.lr is not None and answer.verdict.kind == "clear"
    regret = 1.0 if answer.lr is None else table.regret(answer.lr)
    row = _row(table, method) | {
        "price": price,
        "regret": regret if told else 1.0,
        "best_guess_regret": regret,
        "lr": answer.lr,
        "verdict": answer.verdict.kind,
    }
    if answer.interval:
        row |= interval_truth(table, answer.interval)
    return row


def interval_truth(table: Table, interval: tuple[float, float]) -> dict[str, Any]:
    """How true an interval is.

    Returns:
        Its log-width, the part of it above a regret of 0.05, the width of the true set and the part covered.
    """
    x = np.linspace(table.x[0], table.x[-1], 2001)
    regret = np.interp(x, table.x, table.regrets)
    low, high = np.log10(interval)
    inside = (x >= low) & (x <= high)
    step = x[1] - x[0]
    good = regret <= 0.01
    return {
        "width": float(high - low),
        "width_bad": float(step * (inside & (regret > 0.05)).sum()),
        "true_width": float(step * good.sum()),
        "covered": float(step * (good & inside).sum()),
    }


def summary(rows: list[dict[str, Any]]) -> dict[str, float]:
    """Summarise the rows of one method.

    Returns:
        The numbers of the table.
    """
    regret = np.array([row["regret"] for row in rows])
    told = [row for row in rows if row["verdict"] == "clear"]
    found = {
        "n": len(rows),
        "price": float(np.mean([row["price"] for row in rows])),
        "median": float(np.median(regret)),
        "p90": float(np.quantile(regret, 0.9)),
        "worst": float(regret.max()),
        "above.05": float((regret > 0.05).mean()),
        "cannot": 1 - len(told) / len(rows),
        "wrong": float(np.mean([row["verdict"] == "clear" and row["regret"] > 0.05 for row in rows])),
    }
    if any("width" in row for row in rows):
        width = sum(row.get("width", 0.0) for row in rows)
        found["bad_width"] = sum(row.get("width_bad", 0.0) for row in rows) / max(width, 1e-9)
        found["covered"] = float(np.mean([row["covered"] / row["true_width"] for row in rows if "width" in row]))
        found["rel_width"] = float(np.mean([row["width"] / row["true_width"] for row in rows if "width" in row]))
    return found


def show(title: str, groups: dict[str, list[dict[str, Any]]]) -> None:
    """Print one table."""
    print(f"\n{title}")
    heads: list[str] = []
    for method, rows in groups.items():
        found = summary(rows)
        if not heads:
            heads = list(found)
            print(f"{'method':22}" + "".join(f"{head:>10}" for head in heads))
        print(f"{method:22}" + "".join(f"{found[head]:10.4g}" if head in found else " " * 10 for head in heads))


def tables(folders: Iterable[Path]) -> list[Table]:
    """Read all tables of some folders, of either form.

    Returns:
        The tables.
    """
    found: list[Table] = []
    for folder in folders:
        form = deepobs if list(folder.glob("*.npz")) else rungs
        found += list(form(folder))
    return found


def race(table: Table, wanted: str, trace: Callable[[str], None] | None) -> list[dict[str, Any]]:
    """Let every wanted method answer one table.

    Returns:
        Their rows.
    """
    rows: list[dict[str, Any]] = []

    def takes_part(method: str) -> bool:
        return not wanted or any(part in method for part in wanted.split(","))

    for method, budget in filter(lambda item: takes_part(item[0]), BUDGETS.items()):
        answer, price = surefoot(table, budget, trace)
        rows.append(judge(table, answer, price, method))
        if trace:
            best = table.rates[table.regrets.argmin()]
            trace(f"{method} {table.problem}: {answer.lr} (best {best:.3g}) {rows[-1]} {answer.verdict.sentence}")
    for method, pick in filter(lambda item: takes_part(item[0]), PEERS.items()):
        bench = Bench(table)
        regret = table.regret(pick(bench))
        rows.append(_row(table, method) | {"price": bench.price, "regret": regret, "verdict": "clear"})
    return rows


def _row(table: Table, method: str) -> dict[str, Any]:
    return {"problem": table.problem, "optimizer": table.optimizer, "seed": table.seed, "method": method}


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, action="append", help="a folder of the deepobs or the rungs form")
    parser.add_argument("--stress", type=int, metavar="N", default=0, help="add N made-up tasks of each kind")
    parser.add_argument("--json", action="store_true", help="print rows instead of tables")
    parser.add_argument("--only", default="", help="comma-separated parts of problem/optimizer")
    parser.add_argument("--methods", default="", help="comma-separated parts of method names")
    parser.add_argument("--trace", action="store_true", help="print every decision to standard error")
    given = parser.parse_args()
    shared = Path(__file__).resolve().parents[2] / "shared" / "data"
    folders = given.data or ([] if given.stress else [shared / "deepobs", shared / "rungs"])
    missing = [folder for folder in folders if not list(folder.glob("*.json.gz"))]
    if missing:
        sys.exit(f"no tables (*.json.gz) in {missing[0]}: give a folder with --data")
    trace = (lambda text: print(text, file=sys.stderr)) if given.trace else None
    rows: list[dict[str, Any]] = []
    kinds: dict[str, list[dict[str, Any]]] = {}
    for table in [*tables(folders), *stress(given.stress)]:
        name = f"{table.problem}/{table.optimizer}"
        if given.only and not any(part in name for part in given.only.split(",")):
            continue
        found = race(table, given.methods, trace)
        rows += found
        kind = "made up" if name.startswith("stress") else "constant" if table.resumes else "shrunk and restarted"
        kinds.setdefault(kind, []).extend(found)
    if given.json:
        print(json.dumps(rows))
        return
    for kind, part in kinds.items():
        methods = dict.fromkeys(row["method"] for row in part)
        show(f"schedules: {kind}", {m: [row for row in part if row["method"] == m] for m in methods})


if __name__ == "__main__":
    main()
