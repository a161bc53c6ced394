import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from surefoot.errors import BadSchedule
from surefoot.schedules import cosine, decay, hold, linear, maximum, minimum, step, warmup

from .strategies import HORIZON, closed, courses, fixed, law, schedules, shapes

EVERY = np.arange(HORIZON + 50)


@law
@given(closed, closed, closed)
def test_joining_is_associative(a, b, c):
    assert (a >> b) >> c == a >> (b >> c)
    assert (a * b) * c == a * (b * c)
    assert minimum(minimum(a, b), c) == minimum(a, minimum(b, c)) == minimum(a, b, c)
    assert maximum(maximum(a, b), c) == maximum(a, maximum(b, c)) == maximum(a, b, c)


@law
@given(closed, closed, st.sampled_from([0.3, 1, 1.7]))
def test_stretching_a_whole_stretches_its_parts(a, b, factor):
    try:
        left = (a >> b).stretch(factor)
    except BadSchedule:
        assume(False)
    assert left == a.stretch(factor) >> b.stretch(factor)
    assert (a * b).stretch(factor) == a.stretch(factor) * b.stretch(factor)
    assert minimum(a, b).stretch(factor) == minimum(a.stretch(factor), b.stretch(factor))
    assert a.repeat(2).stretch(factor) == a.stretch(factor).repeat(2)


@law
@given(schedules)
def test_stretching_by_one_changes_nothing(schedule):
    assert schedule.stretch(1) == schedule


@law
@given(courses(closed), st.integers(2, 3))
def test_repeating_is_joining_with_itself(course, times):
    piece, chain = course.schedule, course.schedule
    for _ in range(times - 1):
        chain = chain >> piece
    try:
        expected = chain.over(HORIZON)
    except BadSchedule:
        assume(False)
    assert (piece.repeat(times).over(HORIZON)(EVERY) == expected(EVERY)).all()


@law
@given(courses(), courses())
def test_what_happens_at_once_is_decided_update_by_update(left, right):
    a, b = left.schedule, right.schedule
    assert (a * b).over(HORIZON)(EVERY) == pytest.approx(left(EVERY) * right(EVERY), rel=1e-12)
    assert (minimum(a, b).over(HORIZON)(EVERY) == np.minimum(left(EVERY), right(EVERY))).all()
    assert (maximum(a, b).over(HORIZON)(EVERY) == np.maximum(left(EVERY), right(EVERY))).all()


@law
@given(courses(), st.floats(0.1, 10))
def test_scaling_multiplies_every_value(course, factor):
    assert course.schedule.scale(factor).over(HORIZON)(EVERY) == pytest.approx(factor * course(EVERY), rel=1e-12)
    assert factor * course.schedule == course.schedule * factor == course.schedule.scale(factor)


@law
@given(courses(), st.floats(0, 2), st.floats(0, 2))
def test_clamping_keeps_every_value_within_its_limits(course, one, other):
    low, high = sorted((one, other))
    assert (course.schedule.clamp(low, high).over(HORIZON)(EVERY) == course(EVERY).clip(low, high)).all()


@law
@given(courses(shapes()), fixed)
def test_shifting_starts_later_and_holds_the_first_value_until_then(course, by):
    later = by if isinstance(by, int) else max(1, int(by * HORIZON + 0.5))
    shifted = course.schedule.shift(by).over(HORIZON)
    assert shifted(0) == shifted(later) == course(0)
    assert (shifted(range(later, HORIZON)) == course(range(HORIZON - later))).all()


@law
@given(courses())
def test_every_value_is_finite_and_not_negative(course):
    values = course(EVERY)
    assert ((values >= 0) & (values < float("inf"))).all()


@law
@given(courses(), st.integers(1, 10**30))
def test_nothing_ever_changes_after_the_end(course, more):
    assert course(HORIZON + more) == course(HORIZON)


relative = st.builds(hold, fixed) | st.builds(decay, fixed, to=st.floats(0.1, 0.9))


@law
@given(
    shapes().filter(lambda shape: shape.over(HORIZON)(HORIZON) > 0),
    st.lists(relative, min_size=1, max_size=5),
)
def test_hold_and_decay_join_without_a_jump(first, parts):
    chain = first
    for part in parts:
        before, chain = chain.over(HORIZON), chain >> part
        join = chain.over(HORIZON).pieces[-1].start
        assert chain.over(HORIZON)(join) == before(join)  # where the chain without it is held


def test_values_of_the_trapezoid():
    course = (warmup(4) >> hold() >> decay(0.25)).over(16)
    assert course(range(17)).tolist() == [0.25, 0.5, 0.75] + [1] * 10 + [0.75, 0.5, 0.25, 0]


def test_a_piece_without_length_may_stand_anywhere():
    for schedule in (hold() >> decay(10), warmup(10) >> cosine(), warmup(10) >> hold() >> decay(0.1)):
        assert schedule.over(100).pieces[-1].stop == 100


def test_a_composite_takes_what_is_left_when_one_of_its_parts_does():
    course = (warmup(10) >> (cosine() * step(30, factor=0.5)) >> hold(10)).over(100)
    assert [(piece.start, piece.stop) for piece in course.pieces] == [(0, 10), (10, 90), (90, 100)]


def test_restarts_share_what_is_left_equally():
    course = (warmup(10) >> cosine().repeat(3)).over(100)
    assert [t for t in range(10, 100) if course(t) == 1] == [10, 40, 70]


def test_two_pieces_without_length_in_one_chain_are_refused():
    with pytest.raises(BadSchedule, match="2 pieces without a length"):
        warmup() >> cosine()


def test_shares_are_read_as_they_are_written_when_they_are_added_up():
    assert (hold(0.1) >> hold(0.2) >> hold(0.7)).over(1000).pieces[-1].stop == 1000
    with pytest.raises(BadSchedule, match=r"takes 1\.1 of the horizon"):
        hold(0.4) >> hold(0.7)


def test_a_clamp_without_a_limit_or_with_crossed_limits_is_refused():
    with pytest.raises(BadSchedule, match="limit is missing"):
        cosine().clamp()
    with pytest.raises(BadSchedule, match="above high"):
        cosine().clamp(1, 0.5)


def test_a_share_cannot_be_stretched_to_the_whole_horizon():
    with pytest.raises(BadSchedule, match="smaller factor"):
        decay(0.6).stretch(2)


def test_schedules_are_values():
    assert warmup(5) >> cosine() == warmup(5) >> cosine()
    assert len({cosine(), cosine(to=0), cosine(to=0.1)}) == 2
    with pytest.raises(AttributeError):
        linear().end = 0.5
