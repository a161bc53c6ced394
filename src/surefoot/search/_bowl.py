from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from surefoot.search._curve import DEVIATION, progress_at
from surefoot.search._observations import Floats, Observations
from surefoot.search._sampler import sample
from surefoot.search._settings import Settings
from surefoot.search._turn import turned, wandered

SURE = 0.9  # probability with which an answer holds what it says; from the design
OUTSIDE = 0.5  # decades: the middle is believed e-fold less for each that it lies outside the first range; assumption
WANDER = 0.25  # decades a decade of horizon by which the best rate leaves its straight drift; measured: 0 is too sure
STRANGE = 0.02  # share of results that no curve explains; measured: 0.005 to 0.05 are alike
SURVIVES = 0.5  # share of trials beyond the cliff that have a score; measured on data/deepobs: 56 % of too-high runs
ALIKE = 0.16  # share of those whose score is as good as any; measured on data/deepobs: 16 % at a tenth of the horizon
BOTTOM = 0.004  # noise of the best progress at the full horizon; measured on data/rungs: .003 between paired rates
GROWTH = 0.4  # it grows as share^-GROWTH towards short rungs; measured on data/rungs: .01 to .03 at 1/32
LOST = 0.5  # risk from which one says no more than another; assumption
LEAST = 0.9  # of the best progress of shorter rungs that the best of a longer one comes to; 1 but for noise
FLANK = 0.2  # misfit of the formula, times (1 - progress); measured: .1 is too sure, .3 as good
PARTICLES = 768  # measured: 1,500 answer no better
STEP = 0.05  # decades between the rates of the estimate; half of what any decision needs
SEED = 0  # of the draws; another one answers as well
STAGES = 32  # the model looks at no more, those of the highest rungs, which bounds the time of a decision


@dataclass(frozen=True, slots=True)
class Bowl:
    """What is known of the curve: equally likely curves (particles) that fit the records.

    Attributes:
        curves: One a row, as ``progress_at`` takes them.
        scale: Best progress of each curve on each group, in shares of the group's best: curves x groups.
        x: log10 of the rates of the estimate, ascending.
        regret: Regret at the full horizon, curves x rates.
    """

    curves: Floats
    scale: Floats
    x: Floats
    regret: Floats

    def expected(self) -> Floats:
        """Expected regret at each rate.

        Returns:
            One value a rate.
        """
        return self.regret.mean(axis=0)

    def best(self) -> int:
        """Which rate is answered: that of the least risk, or where every risk is high of the least expected regret.

        Returns:
            Its index.
        """
        risk = self.risk()
        return int(np.argmin(risk if risk.min() < LOST else self.expected()))

    def risk(self) -> Floats:
        """The regret at each rate that it does not exceed with the probability ``SURE``.

        Measured: the least expected regret lies too low, because what the cliff
        would cost outweighs everything else (docs/log.md).

        Returns:
            One value a rate.
        """
        return np.quantile(self.regret, SURE, axis=0)

    def chance(self, regret: float) -> Floats:
        """Probability at each rate that its regret is at most so much.

        Returns:
            One value a rate.
        """
        return (self.regret <= regret).mean(axis=0)

    def optima(self, t: float) -> Floats:
        """Best rate of every curve on a rung.

        Returns:
            log10 of the rates, one a curve.
        """
        smooth, beyond = self.progress(self.x, t)
        return self.x[np.argmax(smooth * (1 - beyond), axis=1)]

    def safest(self, t: float) -> float:
        """The rate of the smallest expected regret on a rung.

        Returns:
            Its log10.
        """
        smooth, beyond = self.progress(self.x, t)
        whole = smooth * (1 - beyond)
        return float(self.x[np.argmax((whole / np.maximum(whole.max(axis=1, keepdims=True), 1e-12)).mean(axis=0))])

    def progress(self, x: Floats, t: float) -> tuple[Floats, Floats]:
        """Progress of every curve at some rates of one rung, and the chance that they lie beyond its cliff.

        Returns:
            Two arrays, curves x rates.
        """
        return progress_at(self.curves, x, np.full_like(x, t))


def fit(seen: Observations, settings: Settings) -> Bowl:
    """Find the curves that fit the records; the same records give the same curves.

    Returns:
        The curves.
    """
    random = np.random.default_rng(SEED)
    low, high = math.log10(settings.lr_min), math.log10(settings.lr_max)
    start = np.column_stack([
        _middles(low, high, random),
        random.standard_normal((PARTICLES, len(DEVIATION))),
    ])

    def prior(curves: Floats) -> Floats:
        outside = np.maximum(low - curves[:, 0], 0) + np.maximum(curves[:, 0] - high, 0)
        return -outside / OUTSIDE - 0.5 * (curves[:, 1:] ** 2).sum(axis=1)

    used, wander = seen.last(STAGES), WANDER * _ahead(seen)

    def likelihood(curves: Floats) -> Floats:
        return _likelihood(curves, used)[0] + turned(curves, settings, wander)

    curves = sample(start, prior, likelihood, random)
    x = _rates(settings)
    ahead = curves.copy()
    ahead[:, 0] += wandered(curves, settings, wander, random)
    smooth, beyond = progress_at(ahead, x, np.zeros_like(x))
    whole = smooth * (1 - beyond)
    best = np.maximum(whole.max(axis=1, keepdims=True), 1e-12)
    return Bowl(curves, _likelihood(curves, used)[1], x, 1 - whole / best)


def noise(progress: Floats, t: Floats | float, unit: Floats | float = 1.0, jitter: Floats | float = 0.0) -> Floats:
    """How far a result may lie from its curve.

    Args:
        progress: Of the result, in shares of the best of its group.
        t: log10 of its rung's share of the horizon.
        unit: As in ``Observations``.
        jitter: As in ``Observations``.

    Returns:
        Standard deviations, in shares of the best of its group.
    """
    bottom = BOTTOM * 10 ** (-GROWTH * t) * unit
    return np.sqrt(bottom**2 + jitter**2 + (FLANK * (1 - progress)) ** 2)


def _ahead(seen: Observations) -> float:
    """Decades of horizon from the longest rung on which anything learned to the full one."""
    learned = seen.t[seen.progress > 0]
    return float(-learned.max()) if len(learned) else 0.0


def _middles(low: float, high: float, random: np.random.Generator) -> Floats:
    """Uniform within the first range, falling off exponentially on either side."""
    u = random.uniform(-OUTSIDE, high - low + OUTSIDE, PARTICLES)
    under, over = np.minimum(u, 0.0), np.maximum(u - (high - low), 0.0)
    tails = OUTSIDE * (np.log1p(under / OUTSIDE) - np.log1p(-over / OUTSIDE))
    return low + np.clip(u, 0.0, high - low) + tails


def _rates(settings: Settings) -> Floats:
    low, high = math.log10(settings.floor), math.log10(settings.ceiling)
    return np.linspace(low, high, max(2, round((high - low) / STEP) + 1))


def _likelihood(curves: Floats, seen: Observations) -> tuple[Floats, Floats]:
    """Log likelihood of curves, and their best progress on each group, fitted by least squares.

    A trial beyond the cliff is lost or comes out with some progress, the likelier the less; one before it lies
    within the noise around the curve, but for the strange share.

    Returns:
        One value a curve, and curves x groups.
    """
    smooth, beyond = progress_at(curves, seen.x, seen.t)
    before = 1 - beyond
    found = seen.progress.astype(np.float32)  # single precision as in progress_at
    spread = noise(seen.progress, seen.t, seen.unit, seen.jitter).astype(np.float32)
    member = seen.group[:, None] == np.arange(int(seen.group.max(initial=-1)) + 1)
    weight = smooth * before * np.where(seen.lost, np.float32(0), spread**-2)
    above, below = (weight * found) @ member, (weight * smooth) @ member
    far = ~(member & (seen.progress >= 1)[:, None]).any(axis=0)  # groups that fall short of a shorter rung's best
    scale = np.maximum(above / np.maximum(below, np.float32(1e-12)), np.where(far, np.float32(LEAST), np.float32(0)))
    off = (found - scale[:, seen.group] * smooth) / spread
    density = np.exp(np.float32(-0.5) * off**2) * (np.float32(1 - STRANGE) / math.sqrt(2 * math.pi) / spread)
    if_before = np.where(seen.lost, np.float32(STRANGE), density + np.float32(STRANGE))
    if_beyond = np.where(seen.lost, 1 - SURVIVES, SURVIVES * (2 * (1 - seen.progress) * (1 - ALIKE) + ALIKE)).astype(
        np.float32
    )
    chance = if_beyond * beyond + if_before * before
    return np.log(chance).sum(axis=1), scale
