"""Every stage keeps what its losses say about its rate."""

from _tasks import Host, digits_task, hopeless, loop_task, run, whole

from surefoot.records import Stage
from surefoot.store._codec import from_json, to_json


def test_a_stage_keeps_the_verdict_on_its_losses():
    stage, _ = run(loop_task(), lr=1e-7)
    assert stage.watched is not None
    assert stage.watched.kind in {"too_low", "cannot_tell"}


def test_a_trial_that_failed_is_too_high_in_words():
    stage, _ = run(digits_task(), lr=1e12)
    assert stage.state in {"failed", "ended"}
    assert stage.watched.kind == "too_high"


def test_nan_that_no_rate_explains_is_not_blamed_on_it():
    stage = loop_task(hopeless).run(whole(0.1, 20), Host())
    assert stage.state == "failed"
    assert stage.watched.kind in {"too_high", "cannot_tell"}


def test_the_verdict_comes_back_from_the_store_as_it_was():
    stage, _ = run(loop_task(), lr=1e-7)
    assert from_json(Stage, to_json(stage)) == stage
