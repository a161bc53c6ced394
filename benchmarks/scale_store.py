"""Many studies, a long trial, and what committing a stage costs.

python benchmarks/scale_store.py --out benchmarks/scale_store.json      (--part list: only that; the rest is kept)

The commands are timed as a user has them, interpreter and imports included, each several times. The studies are copies
of a real one. A commit of a stage, with its thousand updates behind it, is timed in turn with a bare commit of SQLite:
one row with the same record, in a database with the same settings, on the same disk.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import Any

import surefoot as sf
from surefoot.engines import Inline, Work
from surefoot.records import Segment, Stage, Tick, Trial
from surefoot.store import Study, open_store
from surefoot.store._codec import to_json

STUDIES, TRIALS, STEPS, PAIRS, TIMES = 1000, 40, 10_000_000, 200, 9
COMMAND = "from surefoot.cli import main; main()"
LONG = "import scale_store, sys; scale_store.long(sys.argv[1])"
MEMORY = """
import atexit, pathlib, re
most = lambda: re.search("VmHWM:[^0-9]*([0-9]+)", pathlib.Path("/proc/self/status").read_text())[1]
atexit.register(lambda: pathlib.Path("most").write_text(most()))
"""


def descend(trial: Any) -> None:
    """Gradient descent on a noisy bowl."""
    chance, height = random.Random(trial.seed), 2.0
    for step in range(trial.steps):
        trial.step(height + chance.gauss(0, 0.01))
        height *= 1 - min(trial.lr(step), 1.9)
    trial.report(height)


def measured(folder: Path, code: str, *typed: str) -> tuple[float, float, float]:
    """Seconds of a process, those that it computed, and the most memory that it took in MB."""
    path = os.pathsep.join(str(Path(place).resolve()) for place in sys.path)
    kept = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(folder / "compiled")}  # as where it is installed
    environment = {**os.environ, **kept, "SUREFOOT_HOME": str(folder), "PYTHONPATH": path}
    before, began = os.times(), perf_counter()
    subprocess.run(
        [sys.executable, "-c", MEMORY + code, *typed], cwd=folder, env=environment, capture_output=True, check=True
    )
    seconds, after = perf_counter() - began, os.times()
    computed = after.children_user + after.children_system - before.children_user - before.children_system
    return seconds, computed, int((folder / "most").read_text()) / 1024


def command(folder: Path, *typed: str) -> dict[str, float]:
    """A command of ours as a user has it, several times: the median, and the fastest, which others disturb least."""
    measured(folder, COMMAND, *typed)  # compiles
    runs = [measured(folder, COMMAND, *typed) for _ in range(TIMES)]
    seconds, computed, memory = zip(*runs, strict=True)
    return {
        "seconds": round(statistics.median(seconds), 2),
        "fastest_seconds": round(min(seconds), 2),
        "cpu_seconds": round(statistics.median(computed), 2),
        "memory_mb": round(max(memory)),
    }


def many(folder: Path) -> None:
    """A real study, and copies of it with as many trials as asked for."""
    sf.find(sf.FunctionTask(descend, horizon=400), budget=0.5, study="study 0", store=folder)
    opened = open_store(folder)
    real = opened.existing("study 0")
    stages, answer = real.records().stages, real.answer()
    opened.close()
    with sqlite3.connect(folder / "surefoot.db") as connection:
        for number in range(1, STUDIES):
            connection.execute(
                "INSERT INTO studies (name, created, changed, setup, facts, task, answer, brief, fence, let_go)"
                f" SELECT 'study {number}', created, changed, setup, facts, task, answer, brief, 1, 0"
                " FROM studies WHERE id = 1"
            )
            rows = [copied(stages[trial % len(stages)], trial, number + 1) for trial in range(TRIALS)]
            connection.executemany("INSERT INTO stages VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
    connection.close()
    assert answer is not None


def copied(stage: Stage, number: int, study: int) -> tuple[Any, ...]:
    """A row like that of a stage, of another rate."""
    segment = replace(stage.segment, trial=Trial(stage.segment.trial.lr * 1.01**number, 0))
    record = to_json(replace(stage, segment=segment))
    lr = segment.trial.lr
    return study, number, segment.key, lr, 0, stage.cost.updates, stage.state, stage.score, record, 0.0


def long(folder: str) -> None:
    """One trial of many steps, run and kept."""
    task = sf.FunctionTask(descend, horizon=STEPS)
    opened = open_store(folder)
    real = opened.existing("study 0")
    study = opened.create("long", replace(real.settings(), horizon=STEPS), real.facts(), real.task())
    work = Work(task, real.facts(), 0, 1, study.checkpoints(), None, lambda segment: None, lambda segment, tick: None)
    engine = Inline(work)
    engine.submit(Segment(Trial(1e-6, 0), "whole", STEPS, 0, STEPS))
    study.commit(*engine.wait())
    opened.close()


def commits(folder: Path) -> dict[str, float]:
    """Milliseconds of a stage's commit and of a bare one, in turn; medians, and that of the pairs' ratios."""
    opened = open_store(folder)
    real = opened.existing("study 0")
    study = opened.create("commits", real.settings(), real.facts(), real.task())
    stage = real.records().stages[0]
    ticks = [Tick(step, 0.01, 1.0, 0.1) for step in range(1000)]
    bare = sqlite3.connect(folder / "bare.db", isolation_level=None)
    bare.execute("PRAGMA journal_mode = WAL")
    bare.execute("PRAGMA synchronous = FULL")
    bare.execute("CREATE TABLE stages (record TEXT)")
    ours: list[float] = []
    theirs: list[float] = []
    with study.held():
        for number in range(PAIRS):
            one = replace(stage, segment=replace(stage.segment, trial=Trial(1e-3 + number, 0)))
            record = to_json(one)
            pair: list[tuple[list[float], Callable[[], object]]] = [
                (ours, lambda one=one: study.commit(one, ticks)),
                (theirs, lambda record=record: bare.execute("INSERT INTO stages VALUES (?)", (record,))),
            ]
            for times, act in pair if number % 2 else reversed(pair):
                began = perf_counter()
                act()
                times.append(1e3 * (perf_counter() - began))
                settle(study, one)
    bare.close()
    opened.close()
    ratios = [mine / other for mine, other in zip(ours, theirs, strict=True)]
    return {
        "stage_ms": round(statistics.median(ours), 2),
        "bare_ms": round(statistics.median(theirs), 2),
        "ratio": round(statistics.median(ours) / statistics.median(theirs), 2),
        "ratio_of_pairs": round(statistics.median(ratios), 2),
        "pairs": PAIRS,
    }


def settle(study: Study, stage: Stage) -> None:
    """Wait for the updates, which follow while the next segment is trained."""
    study.ticks(stage.segment)


def main() -> None:
    """Make it, measure it, say it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--folder", type=Path, help="on the disk to be measured; default a temporary one")
    parser.add_argument("--part", choices=["commit", "list", "long"], action="append", help="default: all of them")
    asked = parser.parse_args()
    parts = asked.part or ["commit", "list", "long"]
    found: dict[str, Any] = json.loads(asked.out.read_text()) if asked.out is not None and asked.out.exists() else {}
    with tempfile.TemporaryDirectory(dir=asked.folder) as name:
        folder = Path(name)
        many(folder)
        if "commit" in parts:
            found["commit"] = commits(folder)
        if "list" in parts:
            found["list"] = {"studies": STUDIES, "trials": TRIALS, **command(folder, "studies", "list")}
        if "long" in parts:
            _, computed, memory = measured(folder, LONG, name)
            found["run"] = {"steps": STEPS, "cpu_seconds": round(computed), "memory_mb": round(memory)}
            found["show"] = {"steps": STEPS, **command(folder, "studies", "show", "long")}
        found["store_mb"] = round((folder / "surefoot.db").stat().st_size / 1e6)
    found |= {"python": platform.python_version(), "sqlite": sqlite3.sqlite_version}
    print(json.dumps(found, indent=1))
    if asked.out is not None:
        asked.out.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
