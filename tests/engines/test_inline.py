"""Segments are run in this process, one after the other."""

from dataclasses import replace

import pytest

from surefoot.checkpoints import Checkpoints
from surefoot.engines import Inline

from ._toy import Told, Toy, segment


@pytest.fixture
def told(tmp_path):
    return Told(Checkpoints(tmp_path / "kept"))


def run(engine, wanted):
    engine.submit(wanted)
    return engine.wait()


def test_a_segment_is_run_and_comes_back_with_its_updates(told):
    stage, ticks = run(Inline(told.work(Toy(), assess_batches=7)), segment(0.3))
    assert stage.segment == segment(0.3)
    assert stage.score == 0.3
    assert stage.cost.forwards == 7
    assert [tick.step for tick in ticks] == [0, 1, 2]


def test_every_update_is_told_at_once_with_its_segment(told):
    engine = Inline(told.work(Toy()))
    run(engine, segment(0.3))
    assert told.began == [0.3]
    assert told.ticked == [(0.3, 0), (0.3, 1), (0.3, 2)]
    _, ticks = run(engine, segment(0.1))
    assert told.ticked[3:] == [(0.1, 0), (0.1, 1), (0.1, 2)]
    assert len(ticks) == 3


def test_segments_come_back_in_the_order_they_were_submitted_until_they_are_cancelled(told):
    engine = Inline(told.work(Toy()))
    for lr in (0.3, 0.1, 0.2):
        engine.submit(segment(lr))
    assert [engine.wait()[0].score for _ in range(2)] == [0.3, 0.1]
    engine.cancel()
    assert run(engine, segment(0.5))[0].score == 0.5


def test_what_a_segment_keeps_another_one_starts_from(told):
    engine = Inline(told.work(Toy()))
    first, _ = run(engine, replace(segment(0.3), keep=True))
    second, _ = run(engine, replace(segment(0.1), keep=True, parent=first.checkpoint))
    assert told.checkpoints.load(second.checkpoint) == {"count": 6}


def test_a_task_that_keeps_nothing_leaves_no_folder(told):
    run(Inline(told.work(Toy())), segment(0.3))
    assert not told.checkpoints.folder.exists()
