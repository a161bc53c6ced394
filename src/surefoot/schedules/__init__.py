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
sets the length. ``scale``, ``clamp`` and ``opposite`` change values, ``stretch`` lengths, ``shift`` the start.

**By name.** ``catalogue()`` lists all shapes, and the chains that have a name: ``wsd()`` is the chain
``warmup(0.05) >> hold() >> decay(0.2, "1-sqrt")``, and is written as it.

**Shrinking.** ``course.shrunk(horizon)`` scales all lengths in proportion, updates too, and depends only on
the horizon that the course was first laid over.
"""

from __future__ import annotations

from surefoot.schedules._algebra import maximum as maximum
from surefoot.schedules._algebra import minimum as minimum
from surefoot.schedules._catalogue import Entry as Entry
from surefoot.schedules._catalogue import catalogue as catalogue
from surefoot.schedules._course import Course as Course
from surefoot.schedules._course import Piece as Piece
from surefoot.schedules._data import from_dict as from_dict
from surefoot.schedules._parse import parse as parse
from surefoot.schedules._recipes import flat_cosine as flat_cosine
from surefoot.schedules._recipes import infinite as infinite
from surefoot.schedules._recipes import knee as knee
from surefoot.schedules._recipes import linear_to_zero as linear_to_zero
from surefoot.schedules._recipes import slanted_triangular as slanted_triangular
from surefoot.schedules._recipes import warmup_untuned as warmup_untuned
from surefoot.schedules._recipes import wsd as wsd
from surefoot.schedules._schedule import Schedule as Schedule
from surefoot.schedules._shapes import chebyshev as chebyshev
from surefoot.schedules._shapes import constant as constant
from surefoot.schedules._shapes import cosine as cosine
from surefoot.schedules._shapes import cosine_power as cosine_power
from surefoot.schedules._shapes import cosine_wave as cosine_wave
from surefoot.schedules._shapes import decay as decay
from surefoot.schedules._shapes import exp_hyperbolic as exp_hyperbolic
from surefoot.schedules._shapes import exp_range as exp_range
from surefoot.schedules._shapes import exponential as exponential
from surefoot.schedules._shapes import hold as hold
from surefoot.schedules._shapes import hyperbolic as hyperbolic
from surefoot.schedules._shapes import inverse_sqrt as inverse_sqrt
from surefoot.schedules._shapes import inverse_time as inverse_time
from surefoot.schedules._shapes import k_decay as k_decay
from surefoot.schedules._shapes import linear as linear
from surefoot.schedules._shapes import multistep as multistep
from surefoot.schedules._shapes import noam as noam
from surefoot.schedules._shapes import one_cycle as one_cycle
from surefoot.schedules._shapes import piecewise as piecewise
from surefoot.schedules._shapes import polynomial as polynomial
from surefoot.schedules._shapes import polynomial_cycles as polynomial_cycles
from surefoot.schedules._shapes import power_law as power_law
from surefoot.schedules._shapes import restarts as restarts
from surefoot.schedules._shapes import rex as rex
from surefoot.schedules._shapes import step as step
from surefoot.schedules._shapes import tanh as tanh
from surefoot.schedules._shapes import triangular as triangular
from surefoot.schedules._shapes import triangular2 as triangular2
from surefoot.schedules._shapes import values as values
from surefoot.schedules._shapes import warmup as warmup
from surefoot.schedules._shapes import warmup_cosine as warmup_cosine
from surefoot.schedules._shapes import warmup_exponential as warmup_exponential
from surefoot.schedules._shapes import warmup_quadratic as warmup_quadratic
from surefoot.schedules._shapes import warmup_radam as warmup_radam
from surefoot.schedules._shapes import warmup_sqrt as warmup_sqrt

__all__ = [
    "Course",
    "Entry",
    "Piece",
    "Schedule",
    "catalogue",
    "chebyshev",
    "constant",
    "cosine",
    "cosine_power",
    "cosine_wave",
    "decay",
    "exp_hyperbolic",
    "exp_range",
    "exponential",
    "flat_cosine",
    "from_dict",
    "hold",
    "hyperbolic",
    "infinite",
    "inverse_sqrt",
    "inverse_time",
    "k_decay",
    "knee",
    "linear",
    "linear_to_zero",
    "maximum",
    "minimum",
    "multistep",
    "noam",
    "one_cycle",
    "parse",
    "piecewise",
    "polynomial",
    "polynomial_cycles",
    "power_law",
    "restarts",
    "rex",
    "slanted_triangular",
    "step",
    "tanh",
    "triangular",
    "triangular2",
    "values",
    "warmup",
    "warmup_cosine",
    "warmup_exponential",
    "warmup_quadratic",
    "warmup_radam",
    "warmup_sqrt",
    "warmup_untuned",
    "wsd",
]
