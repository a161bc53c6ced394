"""The shapes, one file each, and the one list of them: the parser, dicts and errors all read it.

A new shape is a file with a frozen dataclass derived from ``Schedule`` and its name in this list. Its class
name is its name in text; its fields are its arguments, and their annotations say which are lengths and what
the others may be (``_checks``).
"""

from __future__ import annotations

from surefoot.schedules._schedule import Schedule, word_of
from surefoot.schedules._shapes._constant import constant, hold
from surefoot.schedules._shapes._cosine import cosine
from surefoot.schedules._shapes._decay import decay
from surefoot.schedules._shapes._exponential import exponential
from surefoot.schedules._shapes._linear import linear
from surefoot.schedules._shapes._polynomial import polynomial
from surefoot.schedules._shapes._step import step
from surefoot.schedules._shapes._warmup import warmup

SHAPES: dict[str, type[Schedule]] = {
    word_of(shape): shape for shape in (constant, warmup, linear, hold, decay, cosine, polynomial, exponential, step)
}
