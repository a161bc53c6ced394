"""kill -9 of a worker of `surefoot find` at random instants: is the answer the undisturbed one?

python benchmarks/faults_workers.py --studies 25 --kills 4 --out benchmarks/faults_workers.json

Each study runs with two workers, of which one at a time is killed at instants drawn evenly over what the command takes
alone. Its answer, all its stages and what they cost in updates are compared with those of one process that nothing
disturbs, to the last digit.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from faults import COMMAND, TASK


def begin(folder: Path, workers: int) -> subprocess.Popen[str]:
    """The command, in a process of its own."""
    (folder / "task.py").write_text(TASK)
    typed = ["find", "task.py:task", "--budget", "0.5", "--store", "none", "--json", "--progress", "none"]
    return subprocess.Popen(
        [sys.executable, "-c", COMMAND, *typed, "--workers", str(workers)],
        cwd=folder,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def workers_of(process: subprocess.Popen[str]) -> list[int]:
    """The workers of a command."""
    try:
        return [int(number) for number in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]
    except OSError:  # it has ended
        return []


def study(workers: int, kills: int, chance: random.Random, seconds: float) -> tuple[dict[str, Any] | str, int]:
    """The answer of a study without its seconds, or what was said instead; and how many kills met a worker."""
    met = 0
    with tempfile.TemporaryDirectory() as name:
        process = begin(Path(name), workers)
        for _ in range(kills):
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(chance.uniform(0, 2 * seconds / kills))
            alive = workers_of(process)
            if alive:
                with contextlib.suppress(ProcessLookupError):  # ended meanwhile
                    os.kill(chance.choice(alive), signal.SIGKILL)
                    met += 1
        out, said = process.communicate()
    if not out:
        return said, met
    answer = json.loads(out)
    return answer | {"price": answer["price"]["updates"]}, met


def main() -> None:
    """Kill workers and say what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--studies", type=int, default=5)
    parser.add_argument("--kills", type=int, default=4, help="tried of each study")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="what was found is added there")
    asked = parser.parse_args()
    chance, same, killed = random.Random(asked.seed), 0, 0
    began = time.perf_counter()
    expected, _ = study(1, 0, chance, 0.0)
    seconds = time.perf_counter() - began
    if isinstance(expected, str):
        raise SystemExit(expected)
    for number in range(asked.studies):
        answer, met = study(2, asked.kills, chance, seconds)
        same, killed = same + (answer == expected), killed + met
        print(f"study {number}: {met} workers killed, {'the same' if answer == expected else answer}", flush=True)
    found = {
        "studies": asked.studies,
        "kills": killed,
        "same_answer": same,
        "stages": len(expected["tried"]),
        "undisturbed_seconds": round(seconds, 2),
        "python": platform.python_version(),
        "seed": asked.seed,
    }
    print(json.dumps(found))
    if asked.out is not None:
        before = json.loads(asked.out.read_text()) if asked.out.exists() else []
        asked.out.write_text(json.dumps([*before, found], indent=1) + "\n")


if __name__ == "__main__":
    main()
