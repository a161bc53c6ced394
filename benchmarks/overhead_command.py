"""What a trial of a program takes beside the program's own time: python benchmarks/overhead_command.py."""

import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

import surefoot as sf
from surefoot.records import Segment, Trial

PAIRS = 25
PROGRAM = """
import sys
lr, steps = float(sys.argv[1]), int(sys.argv[2])
height = 2.0
for step in range(steps):
    print(f"step={step} loss={height}")
    height *= (1 - lr) ** 2
print(f"val_loss={height}")
"""


class Host:
    """What the engine would be."""

    assess_batches = 0
    slot = 0

    def __init__(self, folder):
        self.folder = folder

    def tick(self, tick):
        """Nobody looks on."""


def main():
    """Pairs of the program alone and as a trial, in turn."""
    argv = [sys.executable, "-I", "-S", "-c", PROGRAM]
    braced = [*argv[:-1], PROGRAM.replace("{", "{{").replace("}", "}}")]
    task = sf.CommandTask([*braced, "{lr}", "{steps}"], horizon=400, score="val_loss")
    task.preflight(0, 1)
    beside = []
    with tempfile.TemporaryDirectory() as folder:
        for index in range(PAIRS):
            lr, began = 0.1 + index / 1000, perf_counter()
            subprocess.run([*argv, str(lr), "100"], capture_output=True, check=True)
            alone = perf_counter()
            task.run(Segment(Trial(lr, 0), "whole", 100, 0, 100), Host(Path(folder)))
            beside.append((perf_counter() - alone) - (alone - began))
    median, most = 1e3 * statistics.median(beside), 1e3 * max(beside)
    print(f"beside the program's own time: median {median:.0f} ms, at most {most:.0f} ms")


if __name__ == "__main__":
    main()
