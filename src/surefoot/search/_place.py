from __future__ import annotations

import math

import numpy as np

from surefoot.search._bowl import Bowl, noise
from surefoot.search._observations import Floats, Observations
from surefoot.search._settings import Settings

APART = 0.08  # decades: nearer to a tried rate than this, another one tells nothing new; assumption: a fifth
EVERY = 2  # of the model's rates is a candidate: decisions need no finer grid than 0.1 decades
OUTCOMES = 8  # quantiles of the predicted result over which a trial's worth is averaged


def best_place(bowl: Bowl, seen: Observations, rung: int, settings: Settings) -> tuple[float, float] | None:
    """Where one more trial on a rung lowers the expected regret of the answer most (its knowledge gradient).

    Over the quantiles of what the curves predict there, and the chance that it is lost, each curve is weighed
    by how well it predicts that outcome; the regret of the best pick after it is compared with that before.

    Args:
        bowl: What is known of the curve.
        seen: The stages so far.
        rung: Its updates.
        settings: Horizon and seed.

    Returns:
        log10 of the rate and the expected gain in regret; ``None`` when every place is taken.
    """
    here = seen.on(rung)
    places = bowl.x[::EVERY]
    places = places[(np.abs(places[:, None] - seen.x[here][None, :]) >= APART).all(axis=1)]
    if not len(places) or not here.any():
        return None
    t = math.log10(rung / settings.horizon)
    smooth, beyond = bowl.progress(places, t)
    group = int(seen.group[here][0])
    risk = _risk_after(bowl, bowl.scale[:, group : group + 1] * smooth, beyond, t)
    best = int(np.argmin(risk))
    return float(places[best]), float(bowl.expected().min() - risk[best])


def _risk_after(bowl: Bowl, expected: Floats, beyond: Floats, t: float) -> Floats:
    """Expected regret of the best pick after a trial at each place.

    Args:
        bowl: The curves.
        expected: Progress that each curve predicts at each place, curves x places.
        beyond: Chance that the place lies beyond the cliff of the curve, curves x places.
        t: log10 of the rung's share of the horizon.

    Returns:
        One value a place.
    """
    spread = noise(np.clip(expected, 0, 1), t)
    outcomes = np.quantile(expected, (np.arange(OUTCOMES) + 0.5) / OUTCOMES, axis=0)
    lost = beyond.mean(axis=0)
    if_lost = _weighed_risk(beyond, bowl)
    if_not = np.zeros(expected.shape[1])
    for outcome in outcomes:
        weight = np.exp(-0.5 * ((outcome - expected) / spread) ** 2) / spread * (1 - beyond)
        if_not += _weighed_risk(weight, bowl) / OUTCOMES
    return lost * if_lost + (1 - lost) * if_not


def _weighed_risk(weight: Floats, bowl: Bowl) -> Floats:
    total = weight.sum(axis=0)[:, None]
    return ((weight.T @ bowl.regret) / np.maximum(total, 1e-12)).min(axis=1)
