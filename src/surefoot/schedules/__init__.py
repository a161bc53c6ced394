"""Schedules as values: a pure function of the update index that gives the multiplier of the peak rate.

    >>> from surefoot.schedules import cosine, decay, hold, parse, warmup
    >>> schedule = warmup(500) >> hold() >> decay(0.2, "1-sqrt")
    >>> schedule == parse("warmup(500) >> hold() >> decay(0.2, '1-sqrt')")
    True
    >>> course = schedule.over(10_000)
    >>> course(0), course(499), course(9_999) < 0.001
    (0.002, 1.0, True)

A schedule says what happens; laid over a horizon it is a :class:`Course`, which says when.

**Lengths.** An int counts updates. A float strictly between 0 and 1 is a share of the whole horizon, also
inside ``repeat``, and is read as it is written: 0.05 is 1/20. No length takes what is left; one piece of a
chain, anywhere in it, may have none. Ends are rounded to whole updates, halves up; every piece has at least
one update.

**Values.** Multiples of the peak rate, given by name. ``warmup`` gives (t + 1) / W: no update is done at
rate 0, and its last one is done at the peak. What falls starts at the value it falls from, has a value
above its floor at its last update, and reaches the floor one past it. There, and wherever a schedule is
shorter than the horizon, the last value is held for ever. ``hold`` and ``decay`` go on from where the piece
before them ended; all other shapes say their values themselves, so that ``cosine().repeat(3)`` restarts.

**At once.** The parts of ``a * b``, ``minimum`` and ``maximum`` all start at the first update; the longest
sets the length. ``scale`` and ``clamp`` change values, ``stretch`` lengths, ``shift`` the start.

**Shrinking.** ``course.shrunk(horizon)`` scales all lengths in proportion, updates too, and depends only on
the horizon that the course was first laid over.
"""

from __future__ import annotations

from surefoot.schedules._algebra import maximum as maximum
from surefoot.schedules._algebra import minimum as minimum
from surefoot.schedules._course import Course as Course
from surefoot.schedules._course import Piece as Piece
from surefoot.schedules._data import from_dict as from_dict
from surefoot.schedules._parse import parse as parse
from surefoot.schedules._schedule import Schedule as Schedule
from surefoot.schedules._shapes import constant as constant
from surefoot.schedules._shapes import cosine as cosine
from surefoot.schedules._shapes import decay as decay
from surefoot.schedules._shapes import exponential as exponential
from surefoot.schedules._shapes import hold as hold
from surefoot.schedules._shapes import linear as linear
from surefoot.schedules._shapes import polynomial as polynomial
from surefoot.schedules._shapes import step as step
from surefoot.schedules._shapes import warmup as warmup

__all__ = [
    "Course",
    "Piece",
    "Schedule",
    "constant",
    "cosine",
    "decay",
    "exponential",
    "from_dict",
    "hold",
    "linear",
    "maximum",
    "minimum",
    "parse",
    "polynomial",
    "step",
    "warmup",
]
