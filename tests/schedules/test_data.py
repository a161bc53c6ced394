import json
import tomllib

import pytest
from hypothesis import given

from surefoot.errors import BadSchedule
from surefoot.schedules import cosine, from_dict, warmup

from .strategies import law, schedules


def to_toml(value):
    """A value as TOML writes it inline."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {to_toml(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(to_toml, value)) + "]"
    return json.dumps(value)


@law
@given(schedules)
def test_dict_and_schedule_are_inverses_through_json_and_toml(schedule):
    data = schedule.to_dict()
    assert from_dict(data) == schedule
    assert from_dict(json.loads(json.dumps(data, allow_nan=False))) == schedule
    assert from_dict(tomllib.loads(f"schedule = {to_toml(data)}")["schedule"]) == schedule


def test_arguments_with_a_default_may_be_left_out():
    parts = [{"kind": "warmup", "length": 5}, {"kind": "cosine"}]
    assert from_dict({"kind": "then", "parts": parts}) == warmup(5) >> cosine()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({}, "'kind'"),
        ("cosine()", "'kind'"),
        (None, "'kind'"),
        ({"kind": "cosin"}, "Did you mean 'cosine'"),
        ({"kind": ["cosine"]}, "unknown kind"),
        ({"kind": "warmup", "lenght": 5}, "Did you mean 'length'"),
        ({"kind": "polynomial"}, "needs 'power'"),
        ({"kind": "warmup", "length": "1e-3"}, "YAML"),
        ({"kind": "then", "parts": []}, "two schedules or more"),
        ({"kind": "then", "parts": "ab"}, "two schedules or more"),
        ({"kind": "then", "parts": [1, 2]}, "must be a schedule"),
        ({"kind": "scale", "of": 5, "factor": 2}, "must be a schedule"),
        ({"kind": "scale", "of": {"kind": "cosin"}, "factor": 2}, "Did you mean 'cosine'"),
    ],
)
def test_a_dict_that_is_no_schedule_is_refused(data, message):
    with pytest.raises(BadSchedule, match=message):
        from_dict(data)
