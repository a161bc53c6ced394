"""A task that only counts, in a file of its own so that a worker can read it again; and who is told of it."""

import os
import signal
import time
from pathlib import Path

from surefoot.engines import Work
from surefoot.errors import UserCodeError
from surefoot.records import Cost, Facts, Segment, Stage, Tick, Trial

FACTS = Facts(1.0, (1e-3, 1.0), 0, True, 0.0, 1e-6, 1e-6, {"task": "toy"}, {})


def segment(lr):
    return Segment(Trial(lr, 0), "whole", 3, 0, 3)


class Toy:
    """Counts to three; at some rates something happens, so many times."""

    horizon = 3
    goal = "min"

    def __init__(self, marks=None, **happens):
        self._marks = marks
        self._happens = {float(lr.removeprefix("at_").replace("_", ".")): what for lr, what in happens.items()}

    def preflight(self, seed, assess_cap):
        return FACTS

    def run(self, segment, host):
        for step in range(3):
            host.tick(Tick(step, segment.trial.lr, 1.0, 0.0))
            if step == 1:
                self._happen(segment.trial.lr)
        before = host.load(segment.parent)["count"] if segment.parent else 0
        kept = host.save({"count": before + 3}, segment.stop) if segment.keep else None
        return Stage(segment, "ok", segment.trial.lr, None, Cost(3, host.assess_batches), kept)

    def _happen(self, lr):
        what, times = self._happens.get(lr, ("", 0))
        if len(list(Path(self._marks or "/nowhere").glob(f"{lr}-*"))) < times:
            (Path(self._marks) / f"{lr}-{os.getpid()}-{time.monotonic_ns()}").touch()
            {"exits": exits, "killed": killed, "stands": stands, "hangs": hangs, "raises": raises, "memory": memory}[
                what
            ]()


def exits():
    os._exit(7)


def killed():
    os.kill(os.getpid(), signal.SIGKILL)


def stands():
    os.kill(os.getpid(), signal.SIGSTOP)


def hangs():
    while True:
        time.sleep(1)


def raises():
    raise UserCodeError("train(trial) raised KeyError: 'missing'") from KeyError("missing")


def memory():
    raise UserCodeError("train(trial) ran out of memory") from MemoryError()


class Told:
    """Keeps what an engine tells."""

    def __init__(self, checkpoints):
        self.checkpoints = checkpoints
        self.began = []
        self.ticked = []

    def work(self, task, assess_batches=0, facts=FACTS):
        began, ticked = self.began, self.ticked
        return Work(
            task,
            facts,
            0,
            assess_batches,
            self.checkpoints,
            None,
            lambda segment: began.append(segment.trial.lr),
            lambda segment, tick: ticked.append((segment.trial.lr, tick.step)),
        )
