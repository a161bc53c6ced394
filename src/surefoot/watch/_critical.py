from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from surefoot.watch._snapshot import Rewind

LOWEST, HIGHEST = -3, 13  # powers of two: a bisection of four looks between them
LOOKS = 4


def critical_multiple(
    optimizers: Sequence[Any], gradient: Callable[[], Any], level: Callable[[], float], before: float, rewind: Rewind
) -> float | None:
    """Times the present rate at which one update stops lowering the loss of batches it has not seen.

    One update is done, and the weights are then moved along it to other multiples, which costs forward passes only.
    Kalra and Barkeshli (https://arxiv.org/abs/2406.09405) look at the update's own batch, which a step fits at any
    rate where batches are small, and for a loss 1 + delta times the old one, which depends on the loss's offset.

    Args:
        optimizers: Which do the update.
        gradient: The loss of a training batch, to be differentiated.
        level: The loss of other batches.
        before: That, from where the weights are.
        rewind: Knows where that is; what is done is not put back.

    Returns:
        A power of two from 1/4 to 8192, the lowest that was found to do harm; ``None`` where the loss did not come
        down at any: a dead model, or updates below what its numbers resolve.
    """
    rewind.back()
    for optimizer in optimizers:
        optimizer.zero_grad()
    gradient().backward()
    for optimizer in optimizers:
        optimizer.step()
    low, high, at, lowest = LOWEST, HIGHEST, 0, before
    for _ in range(LOOKS):
        middle = (low + high) // 2
        rewind.stretch(2.0 ** (middle - at))
        at = middle
        after = level()
        if math.isfinite(after) and after <= before:
            low, lowest = middle, min(lowest, after)
        else:
            high = middle
    return 2.0**high if lowest < before or low == LOWEST else None
