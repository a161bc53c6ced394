from __future__ import annotations

import numpy as np

from surefoot.search._observations import Floats

# What is believed of a curve before any record: (mean, standard deviation) of each parameter of `progress_at`.
# Measured: curves fitted to the whole tables of 38 trainings (data/rungs, data/deepobs, benchmarks/truth, own ones),
# rounded; drift a little lower and narrower than there, by replay (docs/log.md).
PRIOR = {
    "drift": (0.3, 0.3),  # decades by which the best rate falls when the rung grows tenfold
    "width": (1.4, 0.45),  # log of the decades between the half-points at the full horizon
    "widen": (1.1, 0.6),  # decades by which they part when the rung grows tenfold
    "left": (1.1, 0.65),  # log of the steepness of the left side, per decade
    "right": (1.0, 0.8),  # log of the steepness of the right side, per decade
    "gap": (1.0, 0.9),  # decades from the best rate to the cliff
    "slip": (-0.35, 0.4),  # decades by which the cliff falls beyond the best rate, when the rung grows tenfold
}
MEAN = np.array([mean for mean, _ in PRIOR.values()])
DEVIATION = np.array([deviation for _, deviation in PRIOR.values()])
SOFT = 0.05  # decades over which the cliff is blurred; assumption: a quarter of a usual grid's step
NARROW = 0.1  # decades: half-points are never nearer; keeps the formula finite


def progress_at(curves: Floats, x: Floats, t: Floats) -> tuple[Floats, Floats]:
    """Progress of curves at some rates and rungs, from 0 (untrained) up to a common factor.

    ``1 / (1 + exp(left (a - x)) + exp(right (x - c)))`` before the cliff, nothing beyond it. The half-points lie
    ``c - a = width + widen t`` apart, and so that the best rate is ``middle - drift t``; the cliff is at
    ``middle + gap - (drift + slip) t``. The left side is training that has not come far: its log-odds are straight
    lines in every table. The right side is noise and oscillation, the cliff is divergence.

    Args:
        curves: One a row: the middle (log10 of a rate), then the parameters of ``PRIOR`` in standard units.
        x: log10 of the rates.
        t: log10 of the rungs' share of the horizon, as long as ``x``.

    Returns:
        Progress as it were without the cliff, and the chance to lie beyond it; both curves x rates.
    """
    # Single precision: the exponentials are most of the time of a decision.
    values = (MEAN + DEVIATION * curves[:, 1:]).astype(np.float32).T[:, :, None]
    drift, width, widen, left, right, gap, slip = values
    middle = curves[:, :1].astype(np.float32)
    rate, share = x.astype(np.float32), t.astype(np.float32)
    left_slope, right_slope = np.exp(left), np.exp(right)
    apart = np.maximum(np.exp(width) + widen * share, np.float32(NARROW))
    best = middle - drift * share
    low = best - (left - right + right_slope * apart) / (left_slope + right_slope)
    smooth = 1 / (1 + _exp(left_slope * (low - rate)) + _exp(right_slope * (rate - low - apart)))
    beyond = 1 / (1 + _exp((best + gap - slip * share - rate) * np.float32(1 / SOFT)))
    return smooth, beyond


def _exp(z: Floats) -> Floats:
    return np.exp(np.minimum(z, np.float32(40)))
