"""The values that everything else is built on."""

import dataclasses
import math
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

import surefoot.records as records
from surefoot.records import Checkpoint, Cost, Records, Segment, Stage, Trial, worse_than

rates = st.floats(min_value=5e-324, allow_infinity=False)
counts = st.integers(0, 10**9)
segments = st.builds(
    Segment, st.builds(Trial, rates, counts), st.sampled_from(["whole", "trunk", "cooldown"]), counts, counts, counts
)
costs = st.builds(Cost, counts, counts, st.just(0.5), st.just(0.25), st.just(0.125))


@given(segments, segments)
def test_segments_are_equal_when_their_keys_are(one, other):
    assert (one == other) == (one.key == other.key)


@given(segments, st.builds(Checkpoint, st.text(), counts, st.text()))
def test_where_a_segment_starts_from_is_no_part_of_what_it_is(segment, parent):
    resumed = dataclasses.replace(segment, parent=parent)
    assert resumed == segment
    assert hash(resumed) == hash(segment)
    assert resumed.key == segment.key


@given(rates)
def test_a_key_holds_the_rate_to_its_last_digit(lr):
    key = Segment(Trial(lr, 3), "trunk", 90, 10, 60).key
    assert float(key.split("/")[0]) == lr
    assert key.split("/")[1:] == ["3", "trunk", "90", "10-60"]


def test_the_same_schedule_shrunk_to_two_rungs_makes_two_segments():
    assert Segment(Trial(0.1, 0), "whole", 60, 0, 60) != Segment(Trial(0.1, 0), "whole", 120, 0, 60)


@given(costs, costs, costs)
def test_costs_add_up(one, other, third):
    assert Cost.total([one, other, third]) == one + other + third == third + other + one
    assert Cost.total([]) == Cost()
    assert (one + Cost()) == one


def test_an_update_counts_one_and_a_forward_a_third():
    assert Cost(updates=300).runs(600) == 0.5
    assert Cost(forwards=300).runs(100) == pytest.approx(1.0)
    assert Cost(training=1.0, assessing=0.25, starting=0.5).seconds == 1.75


def test_all_stages_count_the_failed_ones_too():
    segment = Segment(Trial(0.1, 0), "whole", 60, 0, 60)
    ok = Stage(segment, "ok", 0.5, None, Cost(60, 4))
    failed = Stage(segment, "failed", None, None, Cost(3, 0), reason="nan")
    ended = Stage(segment, "ended", None, None, Cost(20, 0), reason="hopeless")
    assert Records((ok, failed, ended)).cost() == Cost(83, 4)
    assert [stage.ok for stage in (ok, failed, ended)] == [True, False, False]


@pytest.mark.parametrize(
    ("score", "other", "goal", "worse"),
    [
        (2.0, 1.0, "min", True),
        (1.0, 2.0, "min", False),
        (1.0, 2.0, "max", True),
        (1.0, 1.0, "min", False),
        (math.nan, math.inf, "min", True),
        (math.nan, -math.inf, "max", True),
        (1.0, math.nan, "min", False),
    ],
)
def test_worse_goes_by_the_goal_and_nan_is_worse_than_anything(score, other, goal, worse):
    assert worse_than(score, other, goal) is worse


KINDS = [kind for kind in vars(records).values() if dataclasses.is_dataclass(kind)]


@pytest.mark.parametrize("kind", KINDS)
def test_records_are_frozen_and_hold_nothing_besides(kind):
    assert kind.__dataclass_params__.frozen
    assert "__slots__" in vars(kind)


@given(segments)
def test_records_travel_between_processes(segment):
    assert pickle.loads(pickle.dumps(segment)) == segment
