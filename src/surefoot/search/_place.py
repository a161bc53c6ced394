from __future__ import annotations

import math

import numpy as np

from surefoot.search._bowl import Bowl, noise
from surefoot.search._observations import Floats, Observations
from surefoot.search._settings import Settings

APART = 0.08  # decades: nearer to a tried rate than this, another one tells nothing new; assumption: a fifth
EVERY = 2  # of the model's rates is a candidate: decisions need no finer grid than 0.1 decades
OUTCOMES = 8  # quantiles of the predicted result over which a trial's worth is averaged


def best_place(
    bowl: Bowl, seen: Observations, rung: int, settings: Settings, beside: float | None = None
) -> tuple[float, float] | None:
    """Where one more trial on a rung lowers the expected regret of the answer most (its knowledge gradient).

    Over the quantiles of what the curves predict there, and the chance that it is lost, each curve is weighed
    by how well it predicts that outcome; the regret of the best pick after it is compared with that before.

    Args:
        bowl: What is known of the curve.
        seen: The stages so far.
        rung: Its updates.
        settings: Horizon and seed.
        beside: log10 of a rate that is run at the same time, so that its result is not known yet.

    Returns:
        log10 of the rate and the expected gain in regret; ``None`` when every place is taken.
    """
    here = seen.on(rung)
    taken = seen.x[here] if beside is None else np.append(seen.x[here], beside)
    places = bowl.x[::EVERY]
    places = places[(np.abs(places[:, None] - taken[None, :]) >= APART).all(axis=1)]
    if not len(places) or not len(taken):
        return None
    t = math.log10(rung / settings.horizon)
    group = int(seen.group[here][0] if here.any() else seen.group[-1])
    expected, beyond = _predicted(bowl, places, t, group)
    if beside is None:
        risk = _risk_after(bowl, expected, beyond, t, np.ones((len(expected), 1)))
    else:
        worlds = _outcomes(*_predicted(bowl, np.array([beside]), t, group), t)
        risk = sum((chance * _risk_after(bowl, expected, beyond, t, weight) for chance, weight in worlds), np.zeros(1))
    best = int(np.argmin(risk))
    return float(places[best]), float(bowl.expected().min() - risk[best])


def _predicted(bowl: Bowl, places: Floats, t: float, group: int) -> tuple[Floats, Floats]:
    """Progress that each curve predicts at each place, and the chance that it lies beyond the curve's cliff."""
    smooth, beyond = bowl.progress(places, t)
    return bowl.scale[:, group : group + 1] * smooth, beyond


def _outcomes(expected: Floats, beyond: Floats, t: float) -> list[tuple[float, Floats]]:
    """What may come of a trial at one place: the chance of it, and how well each curve predicts it."""
    spread = noise(np.clip(expected, 0, 1), t)
    lost = float(beyond.mean())
    results = np.quantile(expected, (np.arange(OUTCOMES) + 0.5) / OUTCOMES)
    weights = [np.exp(-0.5 * ((result - expected) / spread) ** 2) / spread * (1 - beyond) for result in results]
    return [(lost, beyond), *(((1 - lost) / OUTCOMES, weight) for weight in weights)]


def _risk_after(bowl: Bowl, expected: Floats, beyond: Floats, t: float, known: Floats) -> Floats:
    """Expected regret of the best pick after a trial at each place.

    Args:
        bowl: The curves.
        expected: Progress that each curve predicts at each place, curves x places.
        beyond: Chance that the place lies beyond the cliff of the curve, curves x places.
        t: log10 of the rung's share of the horizon.
        known: Weight of each curve beforehand, curves x 1.

    Returns:
        One value a place.
    """
    spread = noise(np.clip(expected, 0, 1), t)
    outcomes = np.quantile(expected, (np.arange(OUTCOMES) + 0.5) / OUTCOMES, axis=0)
    lost = beyond.mean(axis=0)
    if_lost = _weighed_risk(beyond * known, bowl)
    if_not = np.zeros(expected.shape[1])
    for outcome in outcomes:
        weight = np.exp(-0.5 * ((outcome - expected) / spread) ** 2) / spread * (1 - beyond) * known
        if_not += _weighed_risk(weight, bowl) / OUTCOMES
    return lost * if_lost + (1 - lost) * if_not


def _weighed_risk(weight: Floats, bowl: Bowl) -> Floats:
    total = weight.sum(axis=0)[:, None]
    return ((weight.T @ bowl.regret) / np.maximum(total, 1e-12)).min(axis=1)
