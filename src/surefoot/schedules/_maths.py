"""The functions that formulas are written with, so that each is written once: for one update and for many."""

from __future__ import annotations

import functools
import math
import operator
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

Curve = Callable[[Any, "Maths"], Any]
"""Multiplier at an update index counted from the piece's own start: ``curve(t, maths)``.

``t`` is an int, or an ascending int64 array; what comes back is a float, or what broadcasts to an array.
"""


@dataclass(frozen=True, slots=True)
class Maths:
    """What a formula may use besides ``+ - * / // **``.

    Attributes:
        pick: ``pick(t, starts, curves)`` evaluates at ``t`` the curve that is on at ``t``; the last goes on
            for ever.
        look_up: ``look_up(table, i)`` is the i-th entry.
    """

    cos: Callable[[Any], Any]
    exp: Callable[[Any], Any]
    sqrt: Callable[[Any], Any]
    tanh: Callable[[Any], Any]
    minimum: Callable[[Any, Any], Any]
    maximum: Callable[[Any, Any], Any]
    pick: Callable[[Any, Sequence[int], Sequence[Curve]], Any]
    look_up: Callable[[Sequence[float], Any], Any]


def _pick_one(t: int, starts: Sequence[int], curves: Sequence[Curve]) -> Any:
    i = bisect_right(starts, t) - 1
    return curves[i](t - starts[i], ONE)


ONE = Maths(math.cos, math.exp, math.sqrt, math.tanh, min, max, _pick_one, operator.getitem)
"""For one update: the standard library, no NumPy."""


@functools.cache
def many() -> Maths:
    """The functions for ascending arrays; NumPy is imported here, because text and single updates do without.

    Returns:
        Always the same object.
    """
    import numpy as np

    def pick(t: Any, starts: Sequence[int], curves: Sequence[Curve]) -> Any:
        first, last = (bisect_right(starts, int(edge)) - 1 for edge in (t[0], t[-1]))
        out = np.empty(len(t))
        cuts = [0, *np.searchsorted(t, starts[first + 1 : last + 1]).tolist(), len(t)]
        for i in range(first, last + 1):
            here = slice(cuts[i - first], cuts[i - first + 1])
            out[here] = curves[i](t[here] - starts[i], many())
        return out

    def look_up(table: Sequence[float], i: Any) -> Any:
        return np.asarray(table)[i]

    return Maths(np.cos, np.exp, np.sqrt, np.tanh, np.minimum, np.maximum, pick, look_up)


def progress(t: Any, span: int, maths: Maths) -> Any:
    """Share of a piece that lies behind update ``t``: 0 at its first update, 1 at its end and later.

    Returns:
        ``min(t / span, 1)``.
    """
    return maths.minimum(t / span, 1.0)


def between(start: float, end: float, p: Any) -> Any:
    """From ``start`` at p = 0 to ``end`` at p = 1, exact at both.

    Returns:
        ``(1 - p) start + p end``.
    """
    return (1 - p) * start + p * end
