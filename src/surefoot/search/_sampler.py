from __future__ import annotations

from collections.abc import Callable

import numpy as np

from surefoot.search._observations import Floats

MOVES = 3  # rounds of moves per temperature; measured: 10 change answers by less than the replay's noise
KEEP = 0.5  # share of the particles that stay effective when the temperature falls; the usual choice
REACH = (0.3, 0.6, 1.0)  # lengths of the jumps; the usual 2.4 / sqrt(2 d) = 0.6 for 8 parameters, and around it
SHAKE = 0.02  # standard units; keeps copies of a particle apart
LEAST = 1e-3  # least step in temperature, so that a hopeless fit ends too

Density = Callable[[Floats], Floats]


def sample(start: Floats, prior: Density, likelihood: Density, random: np.random.Generator) -> Floats:
    """Draw from a posterior by tempered sequential Monte Carlo.

    Particles of the prior are weighed by the likelihood raised to a power that grows from 0 to 1, resampled,
    and moved by Metropolis steps along differences of pairs (ter Braak 2006, differential evolution), which need
    no scale of their own and jump between separate hills.

    Args:
        start: Draws of the prior, one a row.
        prior: Log density of each row, up to a constant; minus infinity where it cannot be.
        likelihood: Log likelihood of each row.
        random: Where chance comes from; the same state gives the same draws.

    Returns:
        As many draws of the posterior.
    """
    at, like, heat = start, likelihood(start), 0.0
    while heat < 1:
        step = _step(like, 1 - heat)
        heat += step
        chosen = _resample(np.exp(step * (like - like.max())), random)
        at, like = at[chosen], like[chosen]
        for _ in range(MOVES):
            at, like = _move(at, like, heat, prior, likelihood, random)
    return at


def _step(like: Floats, most: float) -> float:
    """The largest step in temperature that leaves enough particles effective, by bisection."""
    low, high = LEAST, most
    if _effective(like, most) >= KEEP or most <= LEAST:
        return most
    for _ in range(12):
        step = (low + high) / 2
        low, high = (step, high) if _effective(like, step) >= KEEP else (low, step)
    return low


def _effective(like: Floats, step: float) -> float:
    weights = np.exp(step * (like - like.max()))
    return float(weights.sum() ** 2 / (weights**2).sum() / len(like))


def _resample(weights: Floats, random: np.random.Generator) -> np.ndarray:
    total = np.cumsum(weights / weights.sum())
    points = (np.arange(len(weights)) + random.random()) / len(weights)
    return np.minimum(np.searchsorted(total, points), len(weights) - 1)


def _move(
    at: Floats, like: Floats, heat: float, prior: Density, likelihood: Density, random: np.random.Generator
) -> tuple[Floats, Floats]:
    one, other = random.permutation(len(at)), random.permutation(len(at))
    reach = random.choice(REACH, (len(at), 1))
    new = at + reach * (at[one] - at[other]) + SHAKE * random.standard_normal(at.shape)
    new_like = likelihood(new)
    gain = heat * (new_like - like) + prior(new) - prior(at)
    accept = np.log(random.random(len(at))) < gain
    return np.where(accept[:, None], new, at), np.where(accept, new_like, like)
