"""What a short ramp of rates says about the best one: how far above it the loss turns upward for good."""

from __future__ import annotations

import math

import numpy as np

from surefoot.search._curve import DEVIATION, MEAN
from surefoot.search._observations import Floats
from surefoot.search._settings import Settings

ABOVE = 0.3  # decades from the best rate of a training as short as the ramp up to the turn; measured on ten trainings
SPREAD = 0.5  # standard deviation of that; measured on the same and six more: .45


def turned(curves: Floats, settings: Settings, wander: float) -> Floats:
    """Log likelihood of curves by where the ramp turned.

    Args:
        curves: One a row, as ``progress_at`` takes them.
        settings: With the ramp; without one every curve is as likely.
        wander: Decades by which the best rate at the full horizon may leave the curve.

    Returns:
        One value a curve.
    """
    if settings.turns_at is None:
        return np.zeros(len(curves))
    return -0.5 * _off(curves, settings) ** 2 / (SPREAD**2 + wander**2)


def wandered(curves: Floats, settings: Settings, wander: float, random: np.random.Generator) -> Floats:
    """How far the best rate at the full horizon leaves each curve: by chance, and towards where the ramp puts it.

    Args:
        curves: One a row, as ``progress_at`` takes them.
        settings: With or without the ramp.
        wander: Standard deviation in decades before the ramp is looked at.
        random: Where chance comes from.

    Returns:
        Decades, one value a curve.
    """
    draws = random.standard_normal(len(curves))
    if settings.turns_at is None:
        return wander * draws
    share = wander**2 / (SPREAD**2 + wander**2)
    return share * _off(curves, settings) + math.sqrt(share) * SPREAD * draws


def _off(curves: Floats, settings: Settings) -> Floats:
    """Decades from the best rate of each curve up to where the ramp puts it."""
    assert settings.turns_at is not None
    drift = MEAN[0] + DEVIATION[0] * curves[:, 1]
    best = curves[:, 0] - drift * math.log10(settings.ramped / settings.horizon)
    return math.log10(settings.turns_at) - ABOVE - best
