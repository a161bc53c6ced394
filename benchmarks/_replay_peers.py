"""What others do, on the same tables by the same accounting: a pick and its price in runs."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from _replay_tables import Table

from surefoot.records import FORWARD_SHARE

GRID = 9
FIRST_RUNG = 0.1  # research/search.md 5.3: shorter first rungs cost reliability


class Bench:
    """Runs rates on a table and keeps the bill. Has state: what was spent.

    Args:
        table: Where.
    """

    def __init__(self, table: Table):
        self.table = table
        self.updates = 0.0
        self._reached: dict[float, int] = {}

    @property
    def price(self) -> float:
        """Spent so far, in runs."""
        return self.updates / self.table.horizon

    def progress(self, lr: float, share: float) -> float:
        """Train a rate up to a share of the horizon and assess it; continues where the table allows it.

        Returns:
            Progress over the untrained score; minus infinity where it failed.
        """
        table = self.table
        steps = max(round(share * table.horizon), table.smallest)
        before = self._reached.get(lr, 0) if table.resumes else 0
        score = table.score(lr, steps)
        end = table.died(lr, steps) if math.isnan(score) else steps
        self.updates += max(0, end - before) + FORWARD_SHARE * table.assess_forwards
        self._reached[lr] = max(end, before)
        if math.isnan(score):
            return -math.inf
        gain = table.untrained - score if table.goal == "min" else score - table.untrained
        return gain if gain > 0 else -1.0


def full_grid(bench: Bench) -> float:
    """Every tabulated rate to the end.

    Returns:
        The pick.
    """
    return max((float(lr) for lr in bench.table.rates), key=lambda lr: bench.progress(lr, 1.0))


def grid(bench: Bench) -> float:
    """Nine rates over the usual range to the end.

    Returns:
        The pick.
    """
    low, high = _range(bench)
    return max((10**x for x in np.linspace(low, high, GRID)), key=lambda lr: bench.progress(lr, 1.0))


def random(bench: Bench) -> float:
    """Nine random rates from the usual range to the end.

    Returns:
        The pick.
    """
    draw = np.random.default_rng([9, bench.table.seed])
    return max((10**x for x in draw.uniform(*_range(bench), GRID)), key=lambda lr: bench.progress(lr, 1.0))


def halving(eta: int) -> Callable[[Bench], float]:
    """Successive halving of all tabulated rates from a tenth of the horizon on.

    Returns:
        The method.
    """

    def method(bench: Bench) -> float:
        rates = [float(lr) for lr in bench.table.rates]
        share = FIRST_RUNG
        while True:
            ranked = sorted(rates, key=lambda lr: -bench.progress(lr, share))
            if share >= 1.0:
                return ranked[0]
            rates = ranked[: max(1, math.ceil(len(ranked) / eta))]
            share = min(1.0, share * eta)

    return method


def asha(bench: Bench) -> float:
    """Stop-only asynchronous halving, eta 3, one worker: each is held against those that came before it.

    Returns:
        The pick.
    """
    order = np.random.default_rng([3, bench.table.seed]).permutation(len(bench.table.rates))
    rungs = [FIRST_RUNG, 3 * FIRST_RUNG, 1.0]
    seen: dict[float, list[float]] = {share: [] for share in rungs}
    best, pick = -math.inf, float(bench.table.rates[0])
    for index in order:
        lr = float(bench.table.rates[index])
        for share in rungs:
            gain = bench.progress(lr, share)
            seen[share].append(gain)
            if share == 1.0 and gain > best:
                best, pick = gain, lr
            ranked = sorted(seen[share], reverse=True)
            if gain < ranked[(len(ranked) - 1) // 3] or gain == -math.inf:
                break
    return pick


def gaussian_process(bench: Bench) -> float:
    """Three final scores, then six more where the improvement expected by a Gaussian process is largest.

    Returns:
        The pick: the best posterior mean among the rates tried.
    """
    low, high = _range(bench)
    grid = np.linspace(low, high, 201)
    tried = [float(np.quantile(grid, share)) for share in (0.15, 0.5, 0.85)]
    gains = [max(bench.progress(10**x, 1.0), 0.0) for x in tried]
    while True:
        y = np.array(gains)
        scale = max(y.max(), 1e-12)
        y = y / scale
        inner = _kernel(np.array(tried), np.array(tried)) + 1e-4 * np.eye(len(tried))
        cross = _kernel(grid, np.array(tried))
        mean = y.mean() + cross @ np.linalg.solve(inner, y - y.mean())
        spread = np.sqrt(np.maximum(0.1 - (cross * np.linalg.solve(inner, cross.T).T).sum(axis=1), 1e-9))
        if len(tried) == GRID:
            return 10 ** tried[int(np.argmax(np.interp(tried, grid, mean)))]
        z = (mean - y.max()) / spread
        chance = 0.5 * (1 + np.vectorize(math.erf)(z / math.sqrt(2)))
        gain = spread * (z * chance + np.exp(-0.5 * z * z) / math.sqrt(2 * math.pi))
        tried.append(float(grid[int(np.argmax(gain))]))
        gains.append(max(bench.progress(10 ** tried[-1], 1.0), 0.0))


def _kernel(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return 0.1 * np.exp(-0.5 * ((one[:, None] - other[None, :]) / 0.7) ** 2)


def _range(bench: Bench) -> tuple[float, float]:
    settings = bench.table.settings(10.0)
    return math.log10(settings.lr_min), math.log10(settings.lr_max)


PEERS: dict[str, Callable[[Bench], float]] = {
    "full-grid": full_grid,
    "grid-9": grid,
    "random-9": random,
    "halving-2": halving(2),
    "halving-3": halving(3),
    "asha-stop-3": asha,
    "gp-9": gaussian_process,
}
