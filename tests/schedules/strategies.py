"""Random schedules for Hypothesis."""

from hypothesis import assume, settings
from hypothesis import strategies as st

from surefoot.errors import BadSchedule
from surefoot.schedules import (
    chebyshev,
    constant,
    cosine,
    cosine_power,
    cosine_wave,
    decay,
    exp_hyperbolic,
    exp_range,
    exponential,
    hold,
    hyperbolic,
    inverse_sqrt,
    inverse_time,
    k_decay,
    linear,
    maximum,
    minimum,
    multistep,
    noam,
    one_cycle,
    piecewise,
    polynomial,
    polynomial_cycles,
    power_law,
    restarts,
    rex,
    step,
    tanh,
    triangular,
    triangular2,
    values,
    warmup,
    warmup_cosine,
    warmup_exponential,
    warmup_quadratic,
    warmup_radam,
    warmup_sqrt,
)

law = settings(max_examples=50, deadline=None)
"""For every law: how many examples, and no clock."""

HORIZON = 1000  # what the random lengths are made for

updates = st.integers(1, 60)
shares = st.integers(1, 60).map(lambda thousandths: thousandths / 1000)
fixed = updates | shares
floors = st.integers(0, 99).map(lambda percent: percent / 100)
ups = st.floats(0, 3)


def _fits(schedule):
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
        st.builds(step, st.integers(1, 20) | shares, factor=shares, length=lengths).filter(_fits),
        *_others(lengths),
    )


def _others(lengths):
    factors = st.floats(0.1, 4)
    return [
        st.builds(warmup_cosine, lengths, start=floors),
        st.builds(warmup_quadratic, lengths, start=floors),
        st.builds(warmup_sqrt, lengths, start=floors),
        st.builds(warmup_exponential, fixed, length=lengths),
        st.builds(warmup_radam, lengths, beta2=st.floats(0.8, 0.999)),
        st.builds(values, st.lists(ups, min_size=1, max_size=4), length=lengths),
        st.builds(multistep, st.lists(fixed, min_size=1, max_size=3), factor=shares, length=lengths).filter(_fits),
        st.builds(lambda at, a, b, n: piecewise([at], [a, b], length=n), fixed, ups, ups, lengths).filter(_fits),
        st.builds(cosine_power, lengths, exponent=factors, to=floors),
        st.builds(k_decay, lengths, k=factors, to=floors),
        st.builds(k_decay, lengths, st.just("polynomial"), k=factors, power=factors, to=floors),
        st.builds(cosine_wave, lengths, cycles=factors, to=floors),
        st.builds(inverse_time, fixed, rate=factors, length=lengths),
        st.builds(inverse_sqrt, fixed, length=lengths),
        st.builds(noam, fixed, length=lengths),
        st.builds(power_law, fixed, exponent=factors, length=lengths),
        st.builds(rex, lengths, to=floors),
        st.builds(tanh, lengths, to=floors),
        st.builds(hyperbolic, lengths, bound=st.integers(1000, 9000), to=floors),
        st.builds(exp_hyperbolic, lengths, bound=st.integers(1000, 9000), to=shares),
        st.builds(one_cycle, lengths, rise=st.integers(1, 20), phases=st.sampled_from([2, 3])).filter(_fits),
        st.builds(one_cycle, lengths, rise=shares, shape=st.just("linear"), start=floors, end=floors).filter(_fits),
        st.builds(restarts, fixed, growth=st.floats(1, 3), decay=st.floats(0.1, 1), to=floors, length=lengths),
        st.builds(restarts, cycles=st.integers(1, 4), growth=st.floats(1, 3), length=lengths).filter(_fits),
        st.builds(triangular, fixed, down=st.none() | fixed, low=floors, length=lengths),
        st.builds(triangular2, fixed, low=floors, length=lengths),
        st.builds(exp_range, fixed, low=floors, to=shares, length=lengths),
        st.builds(polynomial_cycles, fixed, power=factors, to=floors, length=lengths),
        st.builds(chebyshev, lengths, low=shares),
    ]


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
        st.builds(lambda a, low: a.opposite(low), inner, floors),
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
