"""Each shape against its formula, written here once more and slowly."""

import math

import pytest

from surefoot.errors import BadSchedule
from surefoot.schedules import constant, cosine, decay, exponential, hold, linear, polynomial, step, warmup

N = 97

FORMULAS = [
    (constant(), lambda t: 1),
    (constant(value=0.3), lambda t: 0.3),
    (hold(), lambda t: 1),
    (warmup(), lambda t: min((t + 1) / N, 1)),
    (warmup(start=0.2), lambda t: 0.2 + 0.8 * min((t + 1) / N, 1)),
    (linear(), lambda t: 1 - t / N),
    (linear(start=0.1, end=2.0), lambda t: 0.1 + 1.9 * t / N),
    (cosine(), lambda t: (1 + math.cos(math.pi * t / N)) / 2),
    (cosine(to=0.1), lambda t: 0.1 + 0.9 * (1 + math.cos(math.pi * t / N)) / 2),
    (polynomial(power=0.9), lambda t: (1 - t / N) ** 0.9),
    (polynomial(power=2, to=0.2), lambda t: 0.2 + 0.8 * (1 - t / N) ** 2),
    (exponential(), lambda t: 0.01 ** (t / N)),
    (exponential(to=0.5), lambda t: 0.5 ** (t / N)),
    (decay(), lambda t: 1 - t / N),
    (decay(shape="cosine"), lambda t: (1 + math.cos(math.pi * t / N)) / 2),
    (decay(shape="1-sqrt", to=0.1), lambda t: 0.1 + 0.9 * (1 - math.sqrt(t / N))),
    (decay(shape="square"), lambda t: 1 - (t / N) ** 2),
    (decay(shape="exponential"), lambda t: 2 * 0.5 ** (t / N) - 1),
    (step(10), lambda t: 0.1 ** (min(t, N - 1) // 10)),
    (step(0.25, factor=0.5), lambda t: 0.5 ** math.floor(min(t, N - 1) / (0.25 * N))),
]


@pytest.mark.parametrize(("schedule", "formula"), FORMULAS, ids=[str(schedule) for schedule, _ in FORMULAS])
def test_a_shape_follows_its_formula_from_the_first_update_to_its_end(schedule, formula):
    expected = [formula(t) for t in range(N + 1)]
    assert schedule.over(N)(range(N + 1)).tolist() == pytest.approx(expected, rel=1e-13, abs=1e-15)


@pytest.mark.parametrize(
    "schedule",
    [cosine(), linear(), decay(), decay(shape="1-sqrt"), decay(shape="exponential"), polynomial(power=3)],
)
def test_what_falls_to_zero_does_its_last_update_above_zero_and_is_zero_one_later(schedule):
    course = schedule.over(N)
    assert course(0) == 1
    assert course(N - 1) > 0
    assert course(N) == 0


@pytest.mark.parametrize("to", [0.1, 0.3, 0.7, 0.99])
@pytest.mark.parametrize("shape", [cosine, decay, exponential, lambda to: polynomial(power=2, to=to)])
def test_start_and_floor_are_met_exactly(shape, to):
    course = shape(to=to).over(N)
    assert (course(0), course(N), course(10 * N)) == (1, to, to)


def test_no_update_of_a_warmup_is_done_at_rate_zero_and_its_last_is_done_at_the_peak():
    course = warmup(4).over(10)
    assert course(0) == 0.25
    assert course(3) == course(4) == 1


def test_hold_and_decay_go_on_from_where_the_piece_before_ended():
    course = (linear(10, end=0.5) >> hold(10) >> decay(10, to=0.2)).over(30)
    assert course(9) == pytest.approx(0.55)
    assert course(10) == course(19) == course(20) == 0.5
    assert course(30) == 0.1


def test_cosine_restarts_from_the_peak():
    assert (cosine(10) >> cosine(10)).over(20)(10) == 1


def test_decay_from_zero_is_refused_because_it_would_stay_there():
    with pytest.raises(BadSchedule, match="that is 0"):
        (cosine(10) >> decay()).over(20)


def test_a_step_that_is_no_whole_number_of_updates_drops_at_the_next_update():
    course = step(0.25).over(10)  # at 2.5, 5 and 7.5
    assert [t for t in range(1, 10) if course(t) < course(t - 1)] == [3, 5, 8]


def test_a_step_that_would_never_drop_is_refused():
    with pytest.raises(BadSchedule, match="never drops"):
        step(100).over(100)


def test_a_line_that_does_not_move_is_refused():
    with pytest.raises(BadSchedule, match="constant"):
        linear(start=0.5, end=0.5)


def test_the_value_of_a_constant_needs_its_name_because_it_could_be_a_length():
    with pytest.raises(TypeError):
        constant(0.5)
