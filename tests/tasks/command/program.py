"""A program as users have them, with the manners and faults that tests ask for. Standard library only: starts fast.

Gradient descent on a quadratic bowl: best near 0.6, fails above 1. Prints its losses and a validation loss.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float)
parser.add_argument("--steps", type=int, default=0)
parser.add_argument("--epochs", type=int, default=0)
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--out", type=Path)
parser.add_argument("--resume", type=Path)
parser.add_argument(
    "--say", default="text"
)  # text, json, dict, bar, csv, trainer_state, rounded, nothing, binary, flood
parser.add_argument("--fault", default="")
parser.add_argument("rest", nargs="*")
asked = parser.parse_args()


def say(**numbers):
    if asked.say == "json":
        print(json.dumps(numbers))
    elif asked.say == "dict":
        print({name: str(value) for name, value in numbers.items()})
    elif asked.say == "bar":
        print(" ".join(f"{name}={value}" for name, value in numbers.items()), end="\r", file=sys.stderr)
    elif asked.say == "rounded":
        print(" ".join(f"{name}={value:.4g}" for name, value in numbers.items()))
    elif asked.say == "csv":
        file = asked.out / "logs" / "results.csv"
        file.parent.mkdir(exist_ok=True)
        old = file.read_text().splitlines() if file.exists() else []
        names = list(dict.fromkeys([*(old[0].split(",") if old else []), *numbers]))
        rows = [dict(zip(old[0].split(","), line.split(","), strict=True)) for line in old[1:]] + [numbers]
        lines = [names, *([str(row.get(name, "")) for name in names] for row in rows)]
        file.write_text("".join(",".join(line) + "\n" for line in lines))
    elif asked.say == "trainer_state":
        file = asked.out / "trainer_state.json"
        state = json.loads(file.read_text()) if file.exists() else {"log_history": []}
        state["log_history"].append(numbers)
        file.write_text(json.dumps(state))
    elif asked.say in {"text", "binary", "flood"}:
        print(", ".join(f"{name}: {value!r}" for name, value in numbers.items()))


def begin():
    if asked.fault == "usage":
        parser.error("unrecognized arguments: --lrr")
    if asked.fault == "needs a terminal":
        open("/dev/tty")  # noqa: PTH123, SIM115
    if asked.fault == "asks":
        input("go on? ")
    if asked.fault == "environment":
        print("CUDA_VISIBLE_DEVICES", os.environ.get("CUDA_VISIBLE_DEVICES"))
    if asked.fault == "children":
        code = (
            f"import time, pathlib; pathlib.Path({str(asked.out)!r}).parent.joinpath('child').touch(); time.sleep(600)"
        )
        for session in (False, True):
            subprocess.Popen([sys.executable, "-S", "-c", code], start_new_session=session)
    if asked.fault == "stubborn":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if asked.fault in {"hangs", "stubborn"}:
        time.sleep(600)
    if asked.say == "binary":
        sys.stdout.buffer.write(bytes(range(256)) * 2000)
    if asked.say == "flood":
        for _ in range(300):
            print("x" * 20_000)


begin()
length = asked.steps or 10 * asked.epochs
chance = random.Random(asked.seed)
curvatures = (1.0, 0.1, 0.01)
place = [chance.uniform(1, 2) for _ in curvatures]
done = 0
if asked.resume:
    done, place = json.loads((asked.resume / "state.json").read_text())
rate = 1e-3 if asked.fault == "ignores" else asked.lr
for step in range(done, length):
    loss = sum(c * x * x for c, x in zip(curvatures, place, strict=True))
    if loss > 1e6 and asked.fault == "gives up":
        sys.exit("loss is nan, stopping training")
    if loss > 1e6:
        loss = float("nan")
    if asked.lr > 0.1 and asked.fault == "crashes":
        raise RuntimeError("CUDA error: no kernel image is available")
    if asked.steps or step % 10 == 0:
        say(step=step, loss=loss)
    place = [x - rate * (2 * c * x + chance.gauss(0, 0.01)) for c, x in zip(curvatures, place, strict=True)]
if asked.out and asked.out.is_dir():
    (asked.out / "state.json").write_text(json.dumps([length, place]))
score = sum(c * x * x for c, x in zip(curvatures, place, strict=True))
if asked.fault == "nan at once":
    score = float("nan")
say(val_loss=score if score < 1e9 else float("nan"))
if asked.say == "bar":
    print(file=sys.stderr)
