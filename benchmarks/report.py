"""What a report and a live page cost for a large study: 60 trials of 10,000,000 updates, 1,000 of each recorded.

    python benchmarks/report.py            # a few minutes; writes benchmarks/report.json
    python benchmarks/report.py --no-browser

Bounds: report < 5 s and < 500 MB; live update drawn in < 200 ms and seen in < 2 s; page open < 2 s.
"""

from __future__ import annotations

import argparse
import functools
import json
import math
import os
import random
import resource
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from surefoot.finder import known
from surefoot.records import Cost, Facts, Losses, Next, Segment, Stage, Tick, Trial, Verdict
from surefoot.report import live_app, served, write_report
from surefoot.report._live import Live
from surefoot.search import Settings
from surefoot.store import Store, Study, open_store

TRIALS, UPDATES, RECORDED, REPEATS = 60, 10_000_000, 1_000, 5
SAYS = Verdict("healthy", "healthy: the loss comes down as it should: 2.3 at first, 0.5 after 10,000,000 losses.", 0.9)


def trial(number: int, chance: random.Random) -> tuple[Stage, list[Tick]]:
    """A trial whose loss falls to a bowl over the rate, with noise."""
    lr = 10 ** (-5 + 4 * number / TRIALS)
    low = 0.5 + 0.3 * (math.log10(lr) + 2.5) ** 2
    every = UPDATES // RECORDED
    ticks = [
        Tick(n * every, lr, low + 1.8 * math.exp(-n / 100) + chance.gauss(0, 0.05), n * 3.6) for n in range(RECORDED)
    ]
    segment = Segment(Trial(lr, 0), "whole", UPDATES, 0, UPDATES)
    losses = Losses(2.3, low, low, 2.3, UPDATES)
    return Stage(segment, "ok", low, losses, Cost(UPDATES, 100, 3600.0, 10.0, 1.0), watched=SAYS), ticks


def study(store: Store, name: str, trials: int) -> Study:
    """A study with so many trials, each its own decision, not answered yet: the dearest kind to show."""
    settings = Settings(UPDATES, 70.0, 1e-5, 0.1, 1e-8, 1.0, 2.3, 100, 1000)
    facts = Facts(2.3, (1e-5, 0.1), 100, True, 0.0, 0.00036, 10.0, {}, {"device": "cpu"})
    made = store.create(name, settings, facts, {"schedule": "warmup(0.05) >> cosine()"})
    chance = random.Random(0)
    for number in range(trials):
        add(made, number, chance)
    return made


def add(made: Study, number: int, chance: random.Random) -> None:
    """One more trial."""
    stage, ticks = trial(number, chance)
    made.decide(Next((stage.segment,), f"{stage.segment.trial.lr:.3g} tells most"), number)
    made.commit(stage, ticks)


CPU: dict[str, list[float]] = {}


def seconds(work: Callable[[], Any], name: str = "") -> float:
    """How long something takes; the processor's share of it is noted by a name."""
    began, worked = time.perf_counter(), time.process_time()
    work()
    took = time.perf_counter() - began
    CPU.setdefault(f"{name}_cpu_seconds", []).append(time.process_time() - worked)
    return took


def report(store: Store, folder: Path) -> dict[str, Any]:
    """A file of the whole study, from the store."""
    made, file = study(store, "large", TRIALS), folder / "report.html"
    took = [seconds(lambda: write_report([known(made)], file), "report") for _ in range(REPEATS)]
    return {
        "report_seconds": took,
        "report_bytes": file.stat().st_size,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def live(store: Store) -> dict[str, Any]:
    """The page anew after each of the last few stages, and of a store with a thousand studies."""
    shown, chance = Live(store), random.Random(1)
    made = study(store, "growing", TRIALS - REPEATS)
    first = seconds(lambda: shown.body(("growing",)))
    took: list[float] = []
    for number in range(TRIALS - REPEATS, TRIALS):
        add(made, number, chance)
        took.append(seconds(lambda: shown.body(("growing",)), "live_update"))
    same = [seconds(lambda: shown.body(("growing",))) for _ in range(REPEATS)]
    for number in range(1000):
        store.create(f"study {number}", made.settings(), made.facts(), {})
    listed = [seconds(shown._all) for _ in range(REPEATS)]
    pulse = [seconds(lambda: shown.pulse(())) for _ in range(REPEATS)]
    return {
        "live_first_seconds": first,
        "live_update_seconds": took,
        "live_same_seconds": same,
        "listing_1000_seconds": listed,
        "pulse_1000_seconds": pulse,
    }


def browser(store: Store, folder: Path) -> dict[str, Any]:
    """How long Chromium takes to open the file, and until a live page shows a stage that was just recorded."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = launched.new_page(bypass_csp=True)  # for what we ask of it, not for what it does
        address = (folder / "report.html").as_uri()

        def opened() -> None:
            page.goto(address)
            page.wait_for_function("document.querySelectorAll('.panels canvas').length > 0")

        took = [seconds(opened) for _ in range(REPEATS)]
        made, chance, seen = study(store, "watched", TRIALS - REPEATS), random.Random(1), []
        with served(live_app(store)) as site:
            page.goto(f"{site}study?name=watched")
            for number in range(TRIALS - REPEATS, TRIALS):
                add(made, number, chance)
                marks = f"document.querySelectorAll('figure.bowl .wide [data-n]').length > {number}"
                seen.append(seconds(functools.partial(page.wait_for_function, marks)))
        launched.close()
    return {"page_open_seconds": took, "live_seen_seconds": seen}


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--no-browser", action="store_true")
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp())
    store = open_store(folder / "store")
    try:
        numbers = {**report(store, folder), **live(store)}
        if not arguments.no_browser:
            numbers |= browser(store, folder)
    finally:
        store.close()
        shutil.rmtree(folder)
    numbers |= {name: taken for name, taken in CPU.items() if not name.startswith("_")}
    for name, value in numbers.items():
        middle = statistics.median(value) if isinstance(value, list) else value
        spread = f"  ({min(value):.3g} to {max(value):.3g}, n = {len(value)})" if isinstance(value, list) else ""
        print(f"{name:<24}{middle:>10.3g}{spread}")
    numbers["load_average"] = os.getloadavg()[0]
    numbers["python"] = sys.version.split()[0]
    Path(__file__).with_suffix(".json").write_text(json.dumps(numbers, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
