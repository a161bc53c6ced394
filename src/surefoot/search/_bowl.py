from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from surefoot.search._observations import Floats, Observations
from surefoot.search._settings import Settings

# The curve: progress(x, t) = sigmoid(k1 (x - a)) sigmoid(k2 (c - x)) below the cliff, nothing beyond it,
# with x = log10 rate and t = log10 of the rung's share of the horizon. Its parts move with t:
#   a = middle - width/2 - rise t    left half-point: progress there is made by rate times updates
#   c = middle + width/2 - fade t    right half-point
#   cliff = c(0) + step - slip t
# Prior of each: mean, standard deviation.
PRIOR = {
    "width": (1.3, 0.5),
    "rise": (0.75, 0.35),
    "fade": (0.1, 0.45),
    "left": (1.0, 0.6),
    "right": (1.6, 0.8),
    "step": (0.0, 0.8),
    "slip": (0.0, 0.4),
}
MEAN = np.array([mean for mean, _ in PRIOR.values()])
SPREAD = np.array([spread for _, spread in PRIOR.values()])
BEYOND = 0.75  # decades: how far the middle may lie outside the range to look at first
SOFT = 0.05  # decades over which the cliff is blurred; assumption: a quarter of the finest grid of rates
STRANGE = 0.02  # share of results that the curve does not explain: lost below the cliff, odd scores
BOTTOM = 0.004  # noise and misfit of progress at the top of the curve, in shares of the best progress
GROWTH = 0.4  # how it grows towards shorter rungs
FLANK = 0.2  # misfit on the flanks, times (1 - progress)
PARTICLES = 768
MOVES = 3  # per temperature
RESOLUTION = 0.05  # decades between the rates of the prediction


@dataclass(frozen=True, slots=True)
class Bowl:
    """What is known of the curve: equally likely curves (particles) that fit the records.

    Attributes:
        particles: One curve a row: middle, then the parameters of ``PRIOR`` in standard units.
        scale: Amplitude of each curve on each group, particles x groups.
        x: log10 of the rates of the predictions, ascending.
        regret: Regret at the full horizon, particles x rates.
    """

    particles: Floats
    scale: Floats
    x: Floats
    regret: Floats

    def expected(self) -> Floats:
        """Expected regret at each rate.

        Returns:
            One value a rate.
        """
        return self.regret.mean(axis=0)

    def optima(self, t: float) -> Floats:
        """Best rate of every curve on a rung.

        Returns:
            log10 of the rates, one a curve.
        """
        smooth, beyond = self.progress(self.x, t)
        return self.x[np.argmax(smooth * (1 - beyond), axis=1)]

    def progress(self, x: Floats, t: float) -> tuple[Floats, Floats]:
        """Progress of every curve at some rates of a rung, and the chance that a rate lies beyond the cliff.

        Returns:
            Two arrays, particles x rates.
        """
        return _curve(self.particles, x, np.full_like(x, t))


def fit(seen: Observations, settings: Settings) -> Bowl:
    """Draw curves from the posterior by tempered sequential Monte Carlo; the same records give the same curves.

    Returns:
        The curves.
    """
    random = np.random.default_rng(20)
    low, high = math.log10(settings.lr_min), math.log10(settings.lr_max)
    at = np.empty((PARTICLES, 1 + len(MEAN)))
    at[:, 0] = random.uniform(low - BEYOND, high + BEYOND, PARTICLES)
    at[:, 1:] = random.standard_normal((PARTICLES, len(MEAN)))
    like = _likelihood(at, seen)
    heat = 0.0
    while heat < 1:
        step = _step(like, 1 - heat)
        heat = min(1.0, heat + step)
        weights = np.exp(step * (like - like.max()))
        at, like = _resample(random, weights, at, like)
        for _ in range(MOVES):
            at, like = _move(random, at, like, heat, seen, (low - BEYOND, high + BEYOND))
    bottom = min(math.log10(settings.floor), low)
    top = max(math.log10(settings.ceiling), high)
    x = np.linspace(bottom, top, max(2, round((top - bottom) / RESOLUTION) + 1))
    smooth, beyond = _curve(at, x, np.zeros_like(x))
    whole = smooth * (1 - beyond)
    whole[:, x <= seen.wall] = 0.0
    best = np.maximum(whole.max(axis=1, keepdims=True), 1e-12)
    return Bowl(at, _scale(*_curve(at, seen.x, seen.t), seen), x, 1 - whole / best)


def _curve(at: Floats, x: Floats, t: Floats) -> tuple[Floats, Floats]:
    at, x, t = at.astype(np.float32), x.astype(np.float32), t.astype(np.float32)
    middle = at[:, :1]
    width, rise, fade, left, right, step, slip = (MEAN + SPREAD * at[:, 1:]).astype(np.float32).T[:, :, None]
    half = np.exp(width) / 2
    a = middle - half - rise * t
    c = middle + half - fade * t
    cliff = middle + half + step - slip * t
    smooth = _sigmoid(np.exp(left) * (x - a)) * _sigmoid(np.exp(right) * (c - x))
    return smooth, _sigmoid((x - cliff) * np.float32(1 / SOFT))


def _sigmoid(z: Floats) -> Floats:
    return 1 / (1 + np.exp(np.minimum(-z, np.float32(40))))


def _noise(seen: Observations) -> Floats:
    return noise(seen.progress, seen.t, seen.unit)


def noise(progress: Floats, t: Floats, unit: Floats | float = 1.0) -> Floats:
    """How far a result may lie from its curve.

    Returns:
        Standard deviations of progress.
    """
    return np.sqrt((BOTTOM * 10 ** (-GROWTH * t) * unit) ** 2 + (FLANK * (1 - progress)) ** 2)


def _scale(smooth: Floats, beyond: Floats, seen: Observations) -> Floats:
    weight = np.where(seen.lost, 0.0, _noise(seen) ** -2) * (1 - beyond)
    groups = int(seen.group.max(initial=-1)) + 1
    member = (seen.group[:, None] == np.arange(groups)).astype(float)
    above = (smooth * weight * seen.progress) @ member
    below = (smooth**2 * weight) @ member
    return above / np.maximum(below, 1e-12)


def _likelihood(at: Floats, seen: Observations) -> Floats:
    if not len(seen.x):
        return np.zeros(len(at))
    smooth, beyond = _curve(at, seen.x, seen.t)
    scale = _scale(smooth, beyond, seen)
    spread = _noise(seen)
    off = (seen.progress - scale[:, seen.group] * smooth) / spread
    healthy = np.exp(-0.5 * off**2) / (2.5 * spread)
    chance = np.where(
        seen.lost,
        beyond * 0.5 + (1 - beyond) * STRANGE,
        beyond * 0.5 + (1 - beyond) * ((1 - STRANGE) * healthy + STRANGE),
    )
    return np.log(np.where(seen.lost & (seen.x <= seen.wall), 1.0, chance)).sum(axis=1)


def _step(like: Floats, most: float) -> float:
    def enough(step: float) -> bool:
        weights = np.exp(step * (like - like.max()))
        return weights.sum() ** 2 >= 0.5 * len(like) * (weights**2).sum()

    if enough(most):
        return most
    low, high = 0.0, most
    for _ in range(20):
        step = (low + high) / 2
        low, high = (step, high) if enough(step) else (low, step)
    return max(low, 1e-3)


def _resample(
    random: np.random.Generator, weights: Floats, at: Floats, like: Floats
) -> tuple[Floats, Floats]:
    total = np.cumsum(weights / weights.sum())
    points = (np.arange(len(at)) + random.random()) / len(at)
    chosen = np.minimum(np.searchsorted(total, points), len(at) - 1)
    return at[chosen], like[chosen]


def _move(
    random: np.random.Generator,
    at: Floats,
    like: Floats,
    heat: float,
    seen: Observations,
    limits: tuple[float, float],
) -> tuple[Floats, Floats]:
    one, other = random.permutation(len(at)), random.permutation(len(at))
    reach = random.choice([0.3, 0.6, 1.0], (len(at), 1))
    new = at + reach * (at[one] - at[other]) + 0.02 * random.standard_normal(at.shape)
    inside = (new[:, 0] > limits[0]) & (new[:, 0] < limits[1])
    new[:, 0] = np.clip(new[:, 0], *limits)
    new_like = _likelihood(new, seen)
    gain = heat * (new_like - like) - 0.5 * ((new[:, 1:] ** 2).sum(axis=1) - (at[:, 1:] ** 2).sum(axis=1))
    accept = inside & (np.log(random.random(len(at))) < gain)
    return np.where(accept[:, None], new, at), np.where(accept, new_like, like)
