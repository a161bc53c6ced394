"""kill -9 of `surefoot find` at random instants, and two of them at once: is the answer the undisturbed one?

python benchmarks/faults.py kill --studies 40 --out benchmarks/faults.json
python benchmarks/faults.py race --studies 50 --out benchmarks/faults.json

kill: every study is killed three times at instants drawn evenly over what the undisturbed command takes, then left to
end. race: two commands begin at the same time, every other time on a study that was killed on the way; then one more
goes on if neither ended. Answer, stages, decisions and updates are compared with the undisturbed ones, to the last
digit. What is done is kept in the file after each study, and the same command goes on from there.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

KILLS = 3  # of each study
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
        time.sleep(.008)  # an update of a real model takes its time: most kills are to fall into training
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


def kept(folder: Path) -> dict[str, Any]:
    """What the store holds that must repeat: decisions and stages in their order, without seconds."""
    with sqlite3.connect(folder / "home" / "surefoot.db") as connection:
        decided = connection.execute("SELECT after, why, record FROM decisions ORDER BY number").fetchall()
        stages = connection.execute("SELECT number, key, state, score, updates FROM stages ORDER BY number").fetchall()
    connection.close()
    return {"decisions": [list(row) for row in decided], "stages": [list(row) for row in stages]}


def what_repeats(out: str, folder: Path) -> dict[str, Any]:
    """An answer without its seconds, and what the store holds; an exact number is the same text."""
    answer = json.loads(out)
    answer["price"] = answer["price"]["updates"]
    return {"answer": answer, **kept(folder)}


def undisturbed() -> tuple[dict[str, Any], float]:
    """What comes of the command, and the seconds that it takes."""
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "task.py").write_text(TASK)
        start = time.perf_counter()
        out, said = begin(Path(name)).communicate()
        if not out:
            raise SystemExit(said)
        return what_repeats(out, Path(name)), time.perf_counter() - start


def killed(folder: Path, chance: random.Random, seconds: float) -> bool:
    """Begin the command, or go on with it, and kill it; whether that met it alive."""
    process = begin(folder)
    try:
        process.wait(chance.uniform(0, seconds))
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.communicate()
        return True
    process.communicate()
    return False


def kill(folder: Path, chance: random.Random, seconds: float, expected: dict[str, Any]) -> dict[str, Any]:
    """One study, killed on the way."""
    met = sum(killed(folder, chance, seconds) for _ in range(KILLS))
    out, said = begin(folder).communicate()
    return {"kills": met, "same": bool(out) and what_repeats(out, folder) == expected, "said": said if not out else ""}


def race(folder: Path, chance: random.Random, seconds: float, expected: dict[str, Any]) -> dict[str, Any]:
    """Two commands at once on one study; one of them is refused, or comes when the other has ended."""
    met = chance.random() < 0.5 and killed(folder, chance, seconds)
    both = [begin(folder) for _ in range(2)]
    ended = [(*process.communicate(), process.returncode) for process in both]
    answers = [out for out, _, status in ended if status in {0, 3}]
    refused = [said for _, said, status in ended if status == 4 and ("worked on by" in said or "just" in said)]
    out = answers[0] if answers else begin(folder).communicate()[0]
    same = bool(out) and what_repeats(out, folder) == expected and len(answers) + len(refused) == len(both)
    said = "" if same else str([said for _, said, _ in ended])
    return {"kills": int(met), "answers": len(answers), "refused": len(refused), "same": same, "said": said}


def main() -> None:
    """Disturb studies and say what came of them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["kill", "race"])
    parser.add_argument("--studies", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    found: dict[str, Any] = json.loads(asked.out.read_text()) if asked.out is not None and asked.out.exists() else {}
    one: dict[str, Any] = found.setdefault(asked.what, {"done": 0, "kills": 0, "same": 0, "different": []})
    expected, seconds = undisturbed()
    one |= {"stages": len(expected["stages"]), "python": platform.python_version(), "seed": asked.seed}
    for number in range(one["done"], asked.studies):
        with tempfile.TemporaryDirectory() as name:
            (Path(name) / "task.py").write_text(TASK)
            chance = random.Random(f"{asked.what} {asked.seed} {number}")
            came = (kill if asked.what == "kill" else race)(Path(name), chance, seconds, expected)
        for key in ("kills", "same", "answers", "refused"):
            if key in came:
                one[key] = one.get(key, 0) + int(came[key])
        one["done"] = number + 1
        one["different"] += [] if came["same"] else [{"study": number, "said": came["said"]}]
        print(f"study {number}: {came}", flush=True)
        if asked.out is not None:
            asked.out.write_text(json.dumps(found, indent=1) + "\n")
    print(json.dumps(one))


if __name__ == "__main__":
    main()
