"""A table is played back exactly where it fits, and sampled evenly where it does not."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surefoot.errors import BadSchedule
from surefoot.schedules import cosine, from_dict, hold, linear, parse, values, warmup

from .strategies import law

tables = st.lists(st.floats(0, 1e6), min_size=1, max_size=40)


@law
@given(tables)
def test_over_as_many_updates_as_entries_it_is_the_table(table):
    for schedule in (values(table), values(table, len(table))):
        course = schedule.over(len(table))
        assert [course(t) for t in range(len(table))] == table
        assert course(range(len(table))).tolist() == table
        assert course(len(table)) == course(10**9) == table[-1]


@law
@given(tables, st.integers(1, 200))
def test_over_any_length_it_is_the_entry_at_the_same_share(table, horizon):
    course = values(table).over(horizon)
    expected = [table[t * len(table) // horizon] for t in range(horizon)]
    assert course(range(horizon)).tolist() == expected
    assert [course(t) for t in range(horizon)] == expected


@law
@given(tables)
def test_text_and_json_are_lossless(table):
    schedule = values(table, 50) >> hold()
    assert parse(str(schedule)) == schedule
    assert from_dict(json.loads(json.dumps(schedule.to_dict()))) == schedule


def test_a_recorded_cosine_is_that_cosine_and_shrinks_as_it_does():
    recorded = values(cosine().over(1000)(range(1000)), 1000).over(1000)
    shrunk = recorded.shrunk(100)
    assert shrunk(range(100)) == pytest.approx(cosine().over(100)(range(100)), abs=1e-12)


def test_arrays_tuples_and_lists_are_the_same_value():
    assert values(np.array([1, 0.5])) == values((1, 0.5)) == values([1.0, 0.5]) == parse("values([1, 0.5])")
    assert len({values([1, 0.5]), values((1.0, 0.5))}) == 1


def test_it_stands_in_a_chain_and_stretches():
    course = (warmup(2) >> values([3, 2], 4) >> linear(start=2, end=0)).over(8)
    assert course(range(9)).tolist() == [0.5, 1, 3, 3, 2, 2, 2, 1, 0]
    assert values([1, 2], 4).stretch(2) == values([1, 2], 8)


@pytest.mark.parametrize(
    ("table", "complaint"),
    [
        ([], "table must be a list of multipliers"),
        (0.5, "table must be a list of multipliers"),
        ([1, -0.1], r"table\[1\] must be a finite number, 0 or more, given -0.1"),
        ([1, float("nan")], r"table\[1\]"),
        ([[1, 2]], r"table\[0\]"),
        (["1"], "Take away the quotes"),
    ],
)
def test_what_is_no_table_is_refused(table, complaint):
    with pytest.raises(BadSchedule, match=complaint):
        values(table)


def test_an_error_about_a_long_table_stays_short():
    with pytest.raises(BadSchedule, match="takes 5000 updates but has only 10") as error:
        values([0.5] * 5000, 5000).over(10)
    assert len(str(error.value)) < 600
