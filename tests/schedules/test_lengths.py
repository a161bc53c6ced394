"""Bad numbers are refused when the schedule is made, bad fits when it is laid over a horizon."""

import numpy as np
import pytest

from surefoot.errors import BadInput, BadSchedule
from surefoot.schedules import constant, cosine, decay, exponential, hold, linear, polynomial, step, warmup


@pytest.mark.parametrize(
    "length", [0, -5, -0.1, 0.0, 1.0, 1.5, 500.0, float("nan"), float("inf"), True, "5", "1e-3", [3]]
)
@pytest.mark.parametrize("shape", [warmup, hold, cosine, decay, step])
def test_what_is_no_length_is_refused(shape, length):
    with pytest.raises(BadSchedule, match=f"^{shape.__name__}: .* must be a whole number of updates from 1"):
        shape(length)


@pytest.mark.parametrize(
    ("length", "advice"), [(500.0, "Write 500"), (1.0, "leave it out"), ("1e-3", "YAML"), ("5", "quotes")]
)
def test_an_error_says_what_to_write_instead(length, advice):
    with pytest.raises(BadSchedule, match=advice):
        warmup(length)


@pytest.mark.parametrize(
    "make",
    [
        lambda bad: constant(value=bad),
        lambda bad: warmup(start=bad),
        lambda bad: linear(start=bad),
        lambda bad: cosine(to=bad),
        lambda bad: polynomial(power=bad),
        lambda bad: exponential(to=bad),
        lambda bad: step(5, factor=bad),
        lambda bad: cosine().scale(bad),
        lambda bad: cosine().clamp(bad),
        lambda bad: cosine().stretch(bad),
    ],
)
@pytest.mark.parametrize("bad", [-1, float("nan"), float("inf"), pytest.param(10**400, id="huge"), "1e-3", True, (1,)])
def test_what_is_no_sensible_number_is_refused(make, bad):
    with pytest.raises(BadSchedule, match="must be"):
        make(bad)


@pytest.mark.parametrize("times", [0, -1, 2.0, 2.5, "2", True, None])
def test_a_schedule_is_repeated_a_whole_number_of_times(times):
    with pytest.raises(BadSchedule, match="whole number from 1"):
        cosine().repeat(times)


@pytest.mark.parametrize("make", [lambda: decay(to=1), lambda: cosine(to=1.5), lambda: step(5, factor=1)])
def test_what_should_fall_must_end_below_its_start(make):
    with pytest.raises(BadSchedule, match=r"below 1|between 0 and 1"):
        make()


def test_numbers_of_numpy_are_numbers():
    assert warmup(np.int64(5)) == warmup(5)
    assert warmup(np.float64(0.5)) == warmup(0.5)
    assert cosine(to=np.float32(0.5)) == cosine(to=0.5)
    assert cosine().over(np.int32(10)) == cosine().over(10)


@pytest.mark.parametrize("horizon", [0, -1, 100.0, True, None, "100"])
def test_a_horizon_must_be_a_whole_number_of_updates(horizon):
    with pytest.raises(BadSchedule, match="horizon"):
        cosine().over(horizon)


@pytest.mark.parametrize(
    "schedule",
    [
        warmup(2000),
        warmup(500) >> decay(600),
        warmup(500) >> decay(0.6),
        (warmup(500) >> decay(600)).scale(2),
        cosine() * warmup(1001),
        cosine(600).repeat(2),
        cosine(600).shift(500),
    ],
)
def test_what_is_longer_than_the_horizon_is_refused(schedule):
    with pytest.raises(BadSchedule, match="has only"):
        schedule.over(1000)


def test_a_piece_for_which_nothing_is_left_is_refused():
    with pytest.raises(BadSchedule, match="no update to the piece without a length"):
        (warmup(500) >> cosine()).over(500)
    with pytest.raises(BadSchedule, match="no update to the piece without a length"):
        (warmup(0.5) >> hold() >> decay(0.5)).over(100)


def test_more_pieces_than_updates_are_refused():
    with pytest.raises(BadSchedule, match="3 pieces"):
        (warmup(0.1) >> hold() >> decay(0.1)).over(2)
    with pytest.raises(BadSchedule, match="less often"):
        cosine().repeat(10**12).over(100)


def test_a_short_share_still_gets_an_update():
    assert [(p.start, p.stop) for p in (warmup(0.01) >> hold() >> decay(0.01)).over(3).pieces] == [
        (0, 1),
        (1, 2),
        (2, 3),
    ]


@pytest.mark.parametrize("step_index", [-1, 1.0, "1", None, [0.5], [-1, 3], [True]])
def test_a_step_must_be_a_whole_number_from_zero(step_index):
    with pytest.raises(BadInput, match="step"):
        cosine().over(10)(step_index)
