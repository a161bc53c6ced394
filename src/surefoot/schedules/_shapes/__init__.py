"""The shapes, kindred ones in one file, and the one list of them: the parser, dicts and errors all read it.

A new shape is a frozen dataclass derived from ``Schedule`` and its name in this list, with an example in
``_catalogue``. Its class name is its name in text; its fields are its arguments, and their annotations say which
are lengths and what the others may be (``_checks``).
"""

from __future__ import annotations

from surefoot.schedules._schedule import Schedule, word_of
from surefoot.schedules._shapes._bent import cosine_power, cosine_wave, k_decay
from surefoot.schedules._shapes._chebyshev import chebyshev
from surefoot.schedules._shapes._constant import constant, hold
from surefoot.schedules._shapes._cosine import cosine
from surefoot.schedules._shapes._cycles import exp_range, polynomial_cycles, triangular, triangular2
from surefoot.schedules._shapes._decay import decay
from surefoot.schedules._shapes._exponential import exponential
from surefoot.schedules._shapes._late import exp_hyperbolic, hyperbolic, rex, tanh
from surefoot.schedules._shapes._levels import multistep, piecewise
from surefoot.schedules._shapes._linear import linear
from surefoot.schedules._shapes._one_cycle import one_cycle
from surefoot.schedules._shapes._polynomial import polynomial
from surefoot.schedules._shapes._restarts import restarts
from surefoot.schedules._shapes._slow import inverse_sqrt, inverse_time, noam, power_law
from surefoot.schedules._shapes._step import step
from surefoot.schedules._shapes._values import values
from surefoot.schedules._shapes._warmup import warmup
from surefoot.schedules._shapes._warmups import (
    warmup_cosine,
    warmup_exponential,
    warmup_quadratic,
    warmup_radam,
    warmup_sqrt,
)

SHAPES: dict[str, type[Schedule]] = {
    word_of(shape): shape
    for shape in (
        *(constant, hold, piecewise, values),
        *(warmup, warmup_cosine, warmup_quadratic, warmup_sqrt, warmup_exponential, warmup_radam),
        *(linear, cosine, cosine_power, k_decay, polynomial, exponential, rex, tanh, hyperbolic, exp_hyperbolic),
        *(decay, step, multistep, inverse_time, inverse_sqrt, noam, power_law),
        *(one_cycle, restarts, cosine_wave, triangular, triangular2, exp_range, polynomial_cycles, chebyshev),
    )
}
