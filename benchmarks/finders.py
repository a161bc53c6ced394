"""All finders side by side on sixteen small real trainings, held against full sweeps.

    python benchmarks/finders.py run                            # everybody, 5 seeds; what is done is not done again
    python benchmarks/finders.py run --only ignite --seeds 2    # some, fewer seeds
    python benchmarks/finders.py run --fresh surefoot-quick     # do these anew
    python benchmarks/finders.py run --quick                    # four tasks, one seed, minutes
    python benchmarks/finders.py report                         # docs/benchmarks.md and its picture, from what is kept

Every contestant runs through its own package (extra ``bench``), as its documentation shows it, with 100 updates for a
ramp and 0.5 runs for a search. Rows are kept in benchmarks/finders/, a file a contestant; regret is worked out from
benchmarks/truth/ when it is shown. A package that can't be imported stands in the table as such.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import time
from pathlib import Path

import torch
from _finders_ours import OURS
from _finders_peers import PEERS, Contestant, made, quietly
from _finders_report import overview, write_report
from tasks import TASKS
from truth import QUICK_TASKS, append, rows

KEPT = Path(__file__).parent / "finders"
CONTESTANTS: dict[str, Contestant] = {**OURS, **PEERS}


def run(only: list[str], tasks: list[str], seeds: int, fresh: list[str]) -> None:
    """Let contestants find rates; rows that are there already stay."""
    KEPT.mkdir(exist_ok=True)
    for key in only:
        path, contestant = KEPT / f"{key}.jsonl", CONTESTANTS[key]
        before = [] if key in fresh else [row for row in rows(path) if "missing" not in row]
        path.unlink(missing_ok=True)
        for row in before:
            append(path, row)
        done = {(row["task"], row["seed"]) for row in before}
        wanted = [(name, seed) for seed in range(min(seeds, contestant.seeds)) for name in tasks]
        for name, seed in wanted:
            if (name, seed) not in done and not _one(path, contestant, name, seed):
                break


def _one(path: Path, contestant: Contestant, name: str, seed: int) -> bool:
    """Whether the contestant is there at all; a row for what it said."""
    horizon, began = made(name).horizon, time.perf_counter()
    try:
        with quietly():
            said = contestant.finder(name, seed)
    except ImportError as error:
        append(path, {"missing": f"{type(error).__name__}: {error}"})
        print(f"{contestant.label}: not there: {error}", flush=True)
        return False
    seconds = time.perf_counter() - began
    version = importlib.metadata.version(contestant.package) if contestant.package else ""
    append(path, {"task": name, "seed": seed, "lr": said.lr, "price": (said.updates + said.forwards / 3) / horizon,
                  "seconds": round(seconds, 3), "why": said.why[:200], "version": version})  # fmt: skip
    print(f"{contestant.label:28} {name:24} seed {seed}: {'none' if said.lr is None else f'{said.lr:.2g}'}", flush=True)
    return True


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["run", "report"])
    parser.add_argument("--only", nargs="*", default=list(CONTESTANTS), choices=CONTESTANTS, metavar="CONTESTANT")
    parser.add_argument("--fresh", nargs="*", default=[], choices=CONTESTANTS, metavar="CONTESTANT")
    parser.add_argument("--tasks", nargs="*", default=list(TASKS), choices=TASKS, metavar="TASK")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args()
    torch.set_num_threads(1)
    if given.what == "run":
        tasks, seeds = (list(QUICK_TASKS), 1) if given.quick else (given.tasks, given.seeds)
        run(given.fresh or given.only, tasks, seeds, given.fresh)
        print(overview(KEPT, CONTESTANTS))
    else:
        write_report(KEPT, CONTESTANTS)


if __name__ == "__main__":
    main()
