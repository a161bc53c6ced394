"""Random schedules for Hypothesis."""

from hypothesis import assume, settings
from hypothesis import strategies as st

from surefoot.errors import BadSchedule
from surefoot.schedules import (
    constant,
    cosine,
    decay,
    exponential,
    hold,
    linear,
    maximum,
    minimum,
    polynomial,
    step,
    warmup,
)

law = settings(max_examples=50, deadline=None)
"""For every law: how many examples, and no clock."""

HORIZON = 1000  # what the random lengths are made for

updates = st.integers(1, 60)
shares = st.integers(1, 60).map(lambda thousandths: thousandths / 1000)
fixed = updates | shares
floors = st.integers(0, 99).map(lambda percent: percent / 100)
ups = st.floats(0, 3)


def _drops(schedule):
    try:
        return schedule.over(HORIZON) is not None
    except BadSchedule:
        return False


def shapes(lengths=fixed):
    """Any shape whose length comes from ``lengths``."""
    return st.one_of(
        st.builds(constant, value=ups, length=lengths),
        st.builds(warmup, lengths, start=floors),
        st.builds(linear, lengths, start=ups, end=st.floats(3.5, 4)),
        st.builds(linear, lengths, end=floors),
        st.builds(hold, lengths),
        st.builds(
            decay,
            lengths,
            st.sampled_from(["linear", "cosine", "1-sqrt", "square", "exponential"]),
            to=floors,
        ),
        st.builds(cosine, lengths, to=floors),
        st.builds(polynomial, lengths, power=st.floats(0.1, 4), to=floors),
        st.builds(exponential, lengths, to=floors.filter(bool)),
        st.builds(step, st.integers(1, 20) | shares, factor=shares, length=lengths).filter(_drops),
    )


def _deeper(inner):
    pairs = st.tuples(inner, inner)
    return st.one_of(
        pairs.map(lambda ab: ab[0] >> ab[1]),
        pairs.map(lambda ab: ab[0] * ab[1]),
        pairs.map(lambda ab: minimum(*ab)),
        pairs.map(lambda ab: maximum(*ab)),
        st.builds(lambda a, factor: a.scale(factor), inner, st.floats(0.1, 3)),
        st.builds(lambda a, low: a.clamp(low), inner, floors),
        st.builds(lambda a, low, up: a.clamp(low, low + up), inner, floors, floors),
        st.builds(lambda a, by: a.shift(by), inner, fixed),
        st.builds(lambda a, times: a.repeat(times), inner, st.integers(1, 3)),
        st.builds(lambda a, factor: a.stretch(factor), inner, st.sampled_from([0.5, 1, 1.5])),
    )


def _with_rest(closed):
    """At most one piece of the chain has no length."""
    opened = shapes(st.none())
    return st.one_of(
        closed,
        opened,
        st.builds(lambda a, b: a >> b, closed, opened),
        st.builds(lambda a, b: a >> b, opened, closed),
        st.builds(lambda a, b, c: a >> b >> c, closed, opened, closed),
        st.builds(lambda a, b: a * b, closed, opened),
        st.builds(lambda a, times: a.repeat(times), opened, st.integers(1, 3)),
    )


closed = st.recursive(shapes(), _deeper, max_leaves=5)
"""Schedules of known length."""
schedules = _with_rest(closed)
"""Any schedule; some do not fit into ``HORIZON``."""


@st.composite
def courses(draw, of=schedules, horizon=HORIZON):
    """Any schedule laid over ``HORIZON``; those that do not fit are left out."""
    try:
        return draw(of).over(horizon)
    except BadSchedule:
        return assume(False)
