"""Made-up trainings that no folder holds: cliffs, drift, plateaus, noise, edges, failures on either side.

Their formula is not that of the search's own model: the left is a power law of rate times updates, the right
a power of the rate, the cliff a threshold that moves.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from _replay_tables import Table

from surefoot.records import Goal

KINDS = ("plain", "cliff", "drift", "noise", "accuracy", "negative", "edge", "outside", "left", "nothing", "flat")
RATES = 10 ** np.arange(-7, 2.01, 0.2)
HORIZON = 2000
STEPS = np.unique(np.round(np.geomspace(8, HORIZON, 25)).astype(int))


def stress(each: int = 8) -> Iterator[Table]:
    """Make them; the same ones every time.

    Yields:
        ``each`` tables of each kind.
    """
    for index, kind in enumerate(KINDS):
        for seed in range(each):
            yield _make(kind, np.random.default_rng([index, seed]), seed)


def _make(kind: str, random: np.random.Generator, seed: int) -> Table:
    optimizer = str(random.choice(["sgd", "momentum", "adam"]))
    centre = {"sgd": -1.0, "momentum": -2.0, "adam": -3.0}[optimizer] + random.uniform(-1.0, 1.0)
    if kind == "edge":
        centre += random.choice([-2.0, 1.5])
    if kind == "outside":
        centre += random.choice([-3.0, 2.0])
    drift = random.uniform(0.6, 1.0) if kind == "drift" else random.uniform(-0.1, 0.5)
    sharp, depth = random.uniform(0.6, 1.5), random.uniform(0.8, 2.0)
    wide = random.uniform(1.0, 2.5)
    cliff = random.uniform(0.1, 0.5) if kind == "cliff" else random.uniform(0.3, 1.5)
    x, t = np.log10(RATES)[:, None], np.log10(STEPS / HORIZON)[None, :]
    z = x - (centre - drift * t)
    left = (1 + 10 ** (sharp * (x - centre + wide + random.uniform(0.8, 1.05) * t))) ** -depth
    right = random.uniform(0.01, 0.05) * 10 ** (random.uniform(0.8, 1.6) * z)
    floor = 0.1 + 0.3 * 10 ** (-0.4 * (t + 2.4))
    loss = np.minimum(floor + (1 - floor) * np.minimum(left + right, 1.0), 1.05)
    cut = z - cliff - random.uniform(-0.2, 0.2) * t
    loss = np.where(cut > 0, 1.0 + 0.5 * random.random(loss.shape), loss)
    truth = loss[:, -1].copy()
    size = {"noise": 0.02, "flat": 0.0}.get(kind, 0.003)
    loss += size * random.standard_normal(loss.shape) * 10 ** (-0.3 * t)
    loss[cut[:, 0] > random.uniform(0.0, 0.5), :] = math.nan
    if kind == "left":
        lost = np.log10(RATES) < centre - random.uniform(1.0, 1.5)
        loss[lost], truth[lost] = math.nan, 1.0
    if kind == "nothing":
        loss[:] = math.nan
    if kind == "flat":
        loss[:], truth[:] = 0.7, 0.7
    goal: Goal = "min"
    untrained, scale, offset = 1.0, 10 ** random.uniform(-3, 3), random.uniform(-5, 5)
    if kind == "accuracy":
        goal, offset = "max", 0.0
        loss, truth, untrained = np.round((1 - loss) * 200) / 200, 1 - truth, 0.0
        scale = 1.0
    if kind == "negative":
        offset = -2.0
    if kind == "nothing":
        truth = np.full(len(RATES), 1.0)
    return Table(
        f"stress-{kind}", optimizer, HORIZON, scale * (untrained + offset), RATES, STEPS,
        scale * (loss + offset), scale * (np.clip(truth, 0, 1) + offset), False, 6, 8, seed, goal, True,
    )  # fmt: skip
