"""kill -9 of `surefoot find` at random instants, and again of what goes on: is the answer the undisturbed one?

python benchmarks/faults.py --studies 10 --kills 3 --out benchmarks/faults.json

Every study is killed a few times at instants drawn evenly over what the undisturbed command takes, then left to end.
Its answer, all its stages and what they cost in updates are compared with the undisturbed ones, to the last digit.
"""

from __future__ import annotations

import argparse
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

TASK = """
import dataclasses, random, time
import surefoot as sf

class Loop(sf.FunctionTask):
    def preflight(self, seed, assess_cap):  # takes the price of an assessment from the clock; here it is fixed
        return dataclasses.replace(super().preflight(seed, assess_cap), assess_batches=1)

def train(trial):
    chance = random.Random(trial.seed)
    place = [chance.uniform(1, 2) for _ in range(3)]
    height = sum(c * x * x for c, x in zip((1, .1, .01), place))
    for step in range(trial.steps):
        lr, loss = trial.lr(step), height
        place = [x - lr * (2 * c * x + chance.gauss(0, .01)) for c, x in zip((1, .1, .01), place)]
        height = sum(c * x * x for c, x in zip((1, .1, .01), place))
        time.sleep(.002)  # an update of a real model takes its time: most kills are to fall into training
        trial.step(loss)
    trial.report(height)

task = Loop(train, horizon=400)
"""
COMMAND = "from surefoot.cli import main; main()"


def begin(folder: Path) -> subprocess.Popen[str]:
    """The command, in a process of its own."""
    typed = ["find", "task.py:task", "--budget", "0.5", "--study", "one", "--json", "--progress", "none"]
    return subprocess.Popen(
        [sys.executable, "-c", COMMAND, *typed],
        cwd=folder,
        env={**os.environ, "SUREFOOT_HOME": str(folder / "home"), "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def what_repeats(out: str) -> dict[str, Any]:
    """An answer without its seconds; an exact number is the same text."""
    answer = json.loads(out)
    answer["price"] = answer["price"]["updates"]
    return answer


def undisturbed() -> tuple[dict[str, Any], float]:
    """The answer, and the seconds that the command takes."""
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "task.py").write_text(TASK)
        start = time.perf_counter()
        out, said = begin(Path(name)).communicate()
        if not out:
            raise SystemExit(said)
        return what_repeats(out), time.perf_counter() - start


def disturbed(kills: int, chance: random.Random, seconds: float) -> tuple[dict[str, Any] | str, int]:
    """The answer of a study that was killed on the way, or what was said instead; and how many kills met it alive."""
    met = 0
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "task.py").write_text(TASK)
        for _ in range(kills):
            process = begin(Path(name))
            try:
                process.wait(chance.uniform(0, seconds))
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                met += 1
            process.communicate()
        out, said = begin(Path(name)).communicate()
        return (what_repeats(out) if out else said), met


def main() -> None:
    """Disturb studies and say what came of them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--studies", type=int, default=10)
    parser.add_argument("--kills", type=int, default=3, help="of each study")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    expected, seconds = undisturbed()
    chance, same, killed = random.Random(asked.seed), 0, 0
    for number in range(asked.studies):
        answer, met = disturbed(asked.kills, chance, seconds)
        same, killed = same + (answer == expected), killed + met
        print(f"study {number}: killed {met} times, {'the same' if answer == expected else answer}", flush=True)
    found = {
        "studies": asked.studies,
        "kills": killed,
        "same_answer": same,
        "undisturbed_seconds": round(seconds, 2),
        "stages": len(expected["tried"]),
        "python": platform.python_version(),
        "seed": asked.seed,
    }
    print(json.dumps(found))
    if asked.out is not None:
        asked.out.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
