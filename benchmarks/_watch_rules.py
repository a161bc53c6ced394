"""Alarm rules of other tools on a loss curve, written from their documentation, and one that never looks at a loss.

Each takes (losses, lr, optimizer) and answers "too_high", "too_low" or "". Thresholds are their published defaults.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

Rule = Callable[[np.ndarray, float, str], str]


def _trailing(losses: np.ndarray, window: int) -> tuple[np.ndarray, np.ndarray]:
    """Mean and sd of the window before each loss, from where it is full."""
    sums = np.concatenate([[0.0], np.cumsum(losses)])
    squares = np.concatenate([[0.0], np.cumsum(losses**2)])
    means = (sums[window:-1] - sums[: -window - 1]) / window
    variances = (squares[window:-1] - squares[: -window - 1]) / window - means**2
    return means, np.sqrt(np.maximum(variances, 0))


def not_finite(losses: np.ndarray, lr: float, optimizer: str) -> str:
    """Any loss that is NaN or infinite."""
    return "" if np.isfinite(losses).all() else "too_high"


def lightning(losses: np.ndarray, lr: float, optimizer: str) -> str:
    """Fabric's SpikeDetection: rises, and by twice the mean of the last 10 or more; NaN."""
    if not np.isfinite(losses).all():
        return "too_high"
    means, _ = _trailing(losses, 10)
    now, last = losses[10:], losses[9:-1]
    return "too_high" if np.any((now > last) & (np.abs(now - means) >= 2 * np.abs(means))) else ""


def losslint(losses: np.ndarray, lr: float, optimizer: str) -> str:
    """Ten times the median of the last 25, or an end at 1.25 times the start; under 1 % in the last quarter is low."""
    if not np.isfinite(losses).all():
        return "too_high"
    windows = np.lib.stride_tricks.sliding_window_view(losses, 25) if len(losses) > 25 else np.empty((0, 25))
    if len(windows) and np.any(losses[25:] > 10 * np.median(windows[:-1], axis=1)):
        return "too_high"
    if losses[-1] >= 1.25 * losses[0]:
        return "too_high"
    quarter = losses[-max(4, len(losses) // 4) :]
    return "too_low" if (quarter[0] - quarter[-1]) < 0.01 * abs(quarter[0]) else ""


def olmo(losses: np.ndarray, lr: float, optimizer: str) -> str:
    """Seven sds above the mean of the last 1,000 (of the last tenth where there are fewer)."""
    if not np.isfinite(losses).all():
        return "too_high"
    window = min(1000, max(2, len(losses) // 10))
    means, sds = _trailing(losses, window)
    return "too_high" if np.any(losses[window:] - means >= 7 * sds + 1e-12) else ""


def trainpulse(losses: np.ndarray, lr: float, optimizer: str) -> str:
    """Five times the mean of the last 50; NaN."""
    if not np.isfinite(losses).all():
        return "too_high"
    means, _ = _trailing(losses, min(50, len(losses) - 1))
    return "too_high" if np.any(losses[-len(means) :] > 5 * means) else ""


def sagemaker(losses: np.ndarray, lr: float, optimizer: str) -> str:
    """LossNotDecreasing: not below what it was 10 steps ago; it does not say whether too high or too low."""
    if not np.isfinite(losses).all():
        return "too_high"
    return "too_high" if np.any(losses[10:] >= losses[:-10]) else ""


def blind(losses: np.ndarray, lr: float, optimizer: str) -> str:
    """Never looks at a loss: more than a decade from where rates of the optimizer usually are."""
    usual = {"sgd": -1.3, "momentum": -2.8, "adam": -3.5}[optimizer]
    off = math.log10(lr) - usual
    return "too_high" if off > 1 else "too_low" if off < -1 else ""


PEERS: dict[str, Rule] = {
    "not finite": not_finite,
    "Lightning spikes": lightning,
    "losslint": losslint,
    "OLMo 7 sigma": olmo,
    "trainpulse": trainpulse,
    "SageMaker": sagemaker,
    "blind (lr only)": blind,
}
