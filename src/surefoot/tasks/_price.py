from __future__ import annotations

import math

_MOST = 13  # a power of two: 8,192 batches


def priced(assess_seconds: float, update_seconds: float) -> int:
    """Price of an assessment that is the user's own affair, in forward-only batches of the same time.

    A power of two: decisions rest on it, and two looks at a clock never agree.

    Args:
        assess_seconds: Of one assessment.
        update_seconds: Of one update, which counts as three forward-only batches.

    Returns:
        Batches, at least 1.
    """
    return 2 ** min(_MOST, max(0, round(math.log2(max(1e-9, 3 * assess_seconds / update_seconds)))))
