"""Every record comes back exactly as it went in."""

import json
import math

from hypothesis import given, settings
from hypothesis import strategies as st

from surefoot.records import (
    Answer,
    Checkpoint,
    Cost,
    Curve,
    Evidence,
    Facts,
    Judgement,
    Losses,
    Next,
    Segment,
    Stage,
    Trial,
    Verdict,
)
from surefoot.search import Settings
from surefoot.store._codec import from_json, to_json

finite = st.floats(allow_nan=False, allow_infinity=False)  # from 5e-324 to 1.8e308
positive = st.floats(min_value=5e-324, allow_infinity=False)
unbounded = st.floats(allow_nan=False)
whole = st.integers(0, 2**62)
text = st.text()
checkpoints = st.builds(Checkpoint, text, whole, text)
segments = st.builds(
    Segment,
    st.builds(Trial, positive, whole),
    st.sampled_from(["whole", "trunk", "cooldown"]),
    whole,
    whole,
    whole,
    st.none() | checkpoints,
    st.booleans(),
)
costs = st.builds(Cost, whole, whole, finite, finite, finite)
losses = st.builds(Losses, unbounded, unbounded, unbounded, unbounded, whole)
stages = st.builds(
    Stage,
    segments,
    st.sampled_from(["ok", "failed", "ended"]),
    st.none() | unbounded,
    st.none() | losses,
    costs,
    st.none() | checkpoints,
    text,
)
verdicts = st.builds(
    Verdict,
    st.sampled_from(["clear", "cannot_tell"]),
    text,
    finite,
    st.lists(text, max_size=3).map(tuple),
    st.lists(st.builds(Evidence, text, finite, finite, text), max_size=2).map(tuple),
    text,
)
judgements = st.builds(
    Judgement, positive, st.sampled_from(["good", "too_high"]), st.none() | finite, st.none() | finite, text
)
rows = st.lists(finite, max_size=4).map(tuple)
answers = st.builds(
    Answer,
    st.none() | positive,
    st.none() | st.tuples(positive, positive),
    st.none() | positive,
    st.none() | judgements,
    verdicts,
    st.builds(Curve, rows, rows, rows),
    text,
)
plain = st.recursive(
    st.none() | st.booleans() | whole | finite | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=8,
)
facts = st.builds(
    Facts,
    finite,
    st.tuples(positive, positive),
    whole,
    st.booleans(),
    finite,
    finite,
    finite,
    st.dictionaries(text, plain, max_size=3),
    st.dictionaries(text, plain, max_size=3),
    st.lists(text, max_size=3).map(tuple),
)


@settings(deadline=None, max_examples=40)
@given(
    st.one_of(
        stages, answers, facts, verdicts, costs, st.builds(Next, st.lists(segments).map(tuple), text, st.booleans())
    )
)
def test_a_record_comes_back_exactly(record):
    again = from_json(type(record), to_json(record))
    assert again == record
    assert to_json(again) == to_json(record)


@settings(deadline=None, max_examples=40)
@given(segments)
def test_a_segment_comes_back_with_its_parent_though_that_is_no_part_of_its_identity(segment):
    again = from_json(Segment, to_json(segment))
    assert again.parent == segment.parent
    assert again.keep == segment.keep
    assert again.key == segment.key
    assert hash(again) == hash(segment)


def test_a_loss_that_is_nan_comes_back_as_nan():
    losses = from_json(Losses, to_json(Losses(math.nan, math.inf, -math.inf, 5e-324, 3)))
    assert math.isnan(losses.first)
    assert (losses.last, losses.lowest, losses.highest) == (math.inf, -math.inf, 5e-324)


def test_settings_come_back_exactly():
    numbers = (600, 1 / 3, 1e-5, 0.1, 1e-8, 100.0, 2.302585092994046, 4, 10, 3e-4, 0.02, 7, "max", 2, 1e-9)
    for given_ones in (Settings(*numbers), Settings(*numbers, trunk=(30, 480))):
        assert from_json(Settings, to_json(given_ones)) == given_ones


def test_what_an_earlier_version_wrote_is_read_with_what_was_true_then():
    before = json.loads(to_json(Settings(600, 0.5, 1e-5, 0.1, 1e-8, 1.0, 2.3, 4, 10)))
    del before["trunk"]
    assert from_json(Settings, json.dumps(before)).trunk is None
    decision = Next((Segment(Trial(0.1, 3), "whole", 9, 0, 9),), "so")
    before = json.loads(to_json(decision))
    del before["finish"], before["segments"][0]["keep"]
    assert from_json(Next, json.dumps(before)) == decision


def test_what_a_later_version_wrote_besides_is_left_out():
    assert from_json(Trial, '{"lr": 0.1, "seed": 3, "colour": "blue"}') == Trial(0.1, 3)
