from __future__ import annotations

import numpy as np

from surefoot.search._observations import Floats

# What is believed of a curve before any record: (mean, standard deviation) of each parameter of `progress_at`.
# Measured: a first choice from curves fitted to the whole tables of data/rungs, data/deepobs and two own tasks; rise,
# fade, left and the deviations then by replay (docs/log.md). Most changes tried around them were within its noise.
PRIOR = {
    "width": (1.3, 0.5),  # log of the decades between the half-points at the full horizon
    "rise": (0.75, 0.35),  # decades by which the left half-point falls when the rung grows tenfold
    "fade": (0.1, 0.45),  # the same for the right half-point; 1 where only rate times updates counts
    "left": (1.0, 0.6),  # log of the steepness of the left side, per decade
    "right": (1.6, 0.8),  # log of the steepness of the right side, per decade
    "step": (0.0, 0.8),  # decades from the right half-point to the cliff
    "slip": (0.0, 0.4),  # decades by which the cliff falls when the rung grows tenfold
}
MEAN = np.array([mean for mean, _ in PRIOR.values()])
DEVIATION = np.array([deviation for _, deviation in PRIOR.values()])
SOFT = 0.05  # decades over which the cliff is blurred; assumption: a quarter of a usual grid's step


def progress_at(curves: Floats, x: Floats, t: Floats) -> tuple[Floats, Floats]:
    """Progress of curves at some rates and rungs, from 0 (untrained) up to a common factor.

    ``sigmoid(left (x - a)) sigmoid(right (c - x))`` before the cliff, nothing beyond it, with
    ``a = middle - width / 2 - rise t``, ``c = middle + width / 2 - fade t`` and a cliff at
    ``middle + width / 2 + step - slip t``. The left side is training that has not come far: its log-odds are
    straight lines in every table. The right side is noise and oscillation, the cliff is divergence.

    Args:
        curves: One a row: the middle (log10 of a rate), then the parameters of ``PRIOR`` in standard units.
        x: log10 of the rates.
        t: log10 of the rungs' share of the horizon, as long as ``x``.

    Returns:
        Progress as it were without the cliff, and the chance to lie beyond it; both curves x rates.
    """
    # Single precision: the exponentials are most of the time of a decision.
    values = (MEAN + DEVIATION * curves[:, 1:]).astype(np.float32).T[:, :, None]
    width, rise, fade, left, right, step, slip = values
    middle = curves[:, :1].astype(np.float32)
    rate, share = x.astype(np.float32), t.astype(np.float32)
    half = np.exp(width) / 2
    smooth = _sigmoid(np.exp(left) * (rate - middle + half + rise * share)) * _sigmoid(
        np.exp(right) * (middle + half - fade * share - rate)
    )
    beyond = _sigmoid((rate - middle - half - step + slip * share) * np.float32(1 / SOFT))
    return smooth, beyond


def _sigmoid(z: Floats) -> Floats:
    return 1 / (1 + np.exp(np.minimum(-z, np.float32(40))))
