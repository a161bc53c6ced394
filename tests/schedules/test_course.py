import copy
import math
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surefoot.errors import BadSchedule
from surefoot.schedules import cosine, hold, parse, step, warmup

from .strategies import HORIZON, courses, law, schedules

short = courses(schedules, HORIZON)


@law
@given(short, st.lists(st.integers(0, 2 * HORIZON), max_size=30))
def test_many_updates_at_once_give_what_each_gives_alone(course, steps):
    values = course(steps)
    assert values.dtype == np.float64
    assert values == pytest.approx(np.array([course(t) for t in steps]), rel=1e-11, abs=1e-14)


def test_one_update_gives_a_float_and_an_array_keeps_its_shape():
    course = (warmup(3) >> cosine()).over(10)
    assert type(course(np.int64(4))) is float
    assert course(np.array([[9, 0], [4, 3]])).tolist() == [[course(9), course(0)], [course(4), course(3)]]
    assert course([]).shape == (0,)
    assert course(np.array(4)).shape == ()
    assert course(np.array([2**63 + 5], dtype=np.uint64)).tolist() == [0.0]


@law
@given(short)
def test_a_course_is_a_value_that_can_be_copied_and_sent(course):
    again = pickle.loads(pickle.dumps(course))
    assert again == copy.deepcopy(course) == course
    assert again(7) == course(7)
    assert hash(again) == hash(course)


@law
@given(short)
def test_shrinking_to_its_own_horizon_changes_nothing(course):
    assert course.shrunk(HORIZON) == course


@law
@given(short, st.integers(1, 3000), st.integers(1, 3000))
def test_shrinking_in_steps_is_shrinking_at_once(course, first, last):
    try:
        steps, at_once = course.shrunk(first).shrunk(last), course.shrunk(last)
    except BadSchedule:
        return  # more pieces than updates
    assert steps == at_once
    assert (steps(range(last)) == at_once(range(last))).all()


@law
@given(short, st.integers(1, 3 * HORIZON))
def test_shrinking_keeps_proportions_and_totals(course, horizon):
    before = course.pieces
    if horizon < len(before):
        with pytest.raises(BadSchedule):
            course.shrunk(horizon)
        return
    try:
        after = course.shrunk(horizon).pieces
    except BadSchedule:  # more repeats than updates, deeper inside
        return
    assert len(after) == len(before)
    assert [piece.start for piece in after] == [0, *(piece.stop for piece in after[:-1])]
    assert all(piece.stop > piece.start for piece in after)
    ratio = horizon / HORIZON
    if before[-1].stop == HORIZON:
        assert after[-1].stop == horizon
    if all((piece.stop - piece.start) * ratio >= 2 for piece in before):  # else some were given one update
        assert all(abs(b.stop - a.stop * ratio) <= 0.5 * ratio + 0.5 for a, b in zip(before, after, strict=True))


@law
@given(short, st.integers(200, 3000))
def test_a_shrunk_course_goes_through_finite_values_of_the_same_range(course, horizon):
    try:
        shrunk = course.shrunk(horizon)
    except BadSchedule:
        return
    values = shrunk(range(horizon + 10))
    assert np.isfinite(values).all()
    assert (values >= 0).all()


@pytest.mark.parametrize("text", ["warmup(0.05) >> cosine()", "warmup(0.1) >> hold() >> decay(0.2)", "step(0.3)"])
def test_what_is_written_in_shares_alone_shrinks_to_what_it_would_be_anyway(text):
    shrunk, anyway = parse(text).over(10_000).shrunk(77), parse(text).over(77)
    assert (shrunk(range(100)) == anyway(range(100))).all()


def test_lengths_in_updates_shrink_too():
    course = parse("warmup(500) >> hold() >> decay(100)").over(10_000).shrunk(100)
    assert [(p.start, p.stop) for p in course.pieces] == [(0, 5), (5, 99), (99, 100)]
    assert [
        t for t in range(1, 100) if step(250).over(1000).shrunk(100)(t) < step(250).over(1000).shrunk(100)(t - 1)
    ] == [
        25,
        50,
        75,
    ]


def test_pieces_keep_at_least_one_update_when_little_is_left():
    course = parse("warmup(500) >> hold() >> decay(499)").over(1000)
    assert [(p.start, p.stop) for p in course.shrunk(3).pieces] == [(0, 1), (1, 2), (2, 3)]
    with pytest.raises(BadSchedule, match="3 pieces"):
        course.shrunk(2)


@pytest.mark.parametrize(
    ("text", "trunk"),
    [
        ("constant()", (0, 100)),
        ("hold() >> decay(0.2)", (0, 80)),
        ("warmup(10) >> hold() >> decay(0.2)", (10, 80)),
        ("warmup(10) >> constant() >> cosine(20)", (10, 80)),
        ("warmup(10) >> hold(30)", (10, 100)),
        ("warmup(10) >> cosine()", None),
        ("cosine(to=0.1) >> hold(10)", None),
        ("cosine() >> hold(10)", None),
        ("hold(20) >> cosine(20) >> cosine(20)", None),
        ("hold(20) >> linear(start=1, end=2)", None),
        ("hold(20) >> warmup()", None),
    ],
)
def test_the_trunk_is_the_constant_part_before_the_last_fall(text, trunk):
    course = parse(text).over(100)
    assert course.trunk == trunk
    if trunk:
        assert len(set(course(range(*trunk)).tolist())) == 1


def test_a_course_says_what_it_is():
    course = (warmup(10) >> hold()).over(100)
    assert repr(course) == "(warmup(10) >> hold()).over(100)"
    assert repr(course.shrunk(10)) == "(warmup(10) >> hold()).over(100).shrunk(10)"
    assert eval(repr(course.shrunk(10))) == course.shrunk(10)


def test_a_million_updates_are_the_closed_form():
    course = (warmup(500) >> cosine()).over(1_000_000)
    steps = [0, 499, 500, 501, 250_000, 500_250, 999_998, 999_999]
    closed = [(t + 1) / 500 if t < 500 else (1 + math.cos(math.pi * (t - 500) / 999_500)) / 2 for t in steps]
    assert course(np.arange(1_000_000))[steps].tolist() == pytest.approx(closed, rel=1e-13, abs=1e-16)
    assert [course(t) for t in steps] == pytest.approx(closed, rel=1e-13, abs=1e-16)


def test_the_pieces_of_what_is_no_chain_are_one():
    assert [(p.start, p.stop) for p in (warmup(0.5) * cosine()).over(10).pieces] == [(0, 10)]
    assert [(p.start, p.stop) for p in cosine(4).over(10).pieces] == [(0, 4)]
