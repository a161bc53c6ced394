"""Segments are run in this process, one after the other."""

from dataclasses import replace

import pytest

from surefoot.checkpoints import Checkpoints
from surefoot.engines import Inline
from surefoot.records import Cost, Segment, Stage, Tick, Trial


def segment(lr):
    return Segment(Trial(lr, 0), "whole", 3, 0, 3)


class Toy:
    """A task that only counts."""

    def __init__(self):
        self.begun = []

    def run(self, segment, host):
        self.begun.append(segment)
        for step in range(3):
            host.tick(Tick(step, segment.trial.lr, 1.0, 0.0))
        before = host.load(segment.parent)["count"] if segment.parent else 0
        kept = host.save({"count": before + 3}, segment.stop) if segment.keep else None
        return Stage(segment, "ok", segment.trial.lr, None, Cost(3, host.assess_batches), kept)


@pytest.fixture
def checkpoints(tmp_path):
    return Checkpoints(tmp_path / "kept")


def nobody(segment, tick):
    """Nobody looks on."""


def test_a_segment_is_run_and_comes_back_with_its_updates(checkpoints):
    task = Toy()
    stage, ticks = Inline(task, 7, nobody, checkpoints).run(segment(0.3))
    assert task.begun == [segment(0.3)]
    assert stage.score == 0.3
    assert stage.cost.forwards == 7
    assert [tick.step for tick in ticks] == [0, 1, 2]


def test_every_update_is_told_at_once_with_its_segment(checkpoints):
    told = []
    engine = Inline(Toy(), 0, lambda segment, tick: told.append((segment.trial.lr, tick.step)), checkpoints)
    engine.run(segment(0.3))
    assert told == [(0.3, 0), (0.3, 1), (0.3, 2)]
    _, ticks = engine.run(segment(0.1))
    assert told[3:] == [(0.1, 0), (0.1, 1), (0.1, 2)]
    assert len(ticks) == 3


def test_what_a_segment_keeps_another_one_starts_from(checkpoints):
    engine = Inline(Toy(), 0, nobody, checkpoints)
    first, _ = engine.run(replace(segment(0.3), keep=True))
    second, _ = engine.run(replace(segment(0.1), keep=True, parent=first.checkpoint))
    assert checkpoints.load(second.checkpoint) == {"count": 6}


def test_a_task_that_keeps_nothing_leaves_no_folder(checkpoints):
    Inline(Toy(), 0, nobody, checkpoints).run(segment(0.3))
    assert not checkpoints.folder.exists()
