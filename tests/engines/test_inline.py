"""Segments are run in this process, one after the other."""

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
        return Stage(segment, "ok", segment.trial.lr, None, Cost(3, host.assess_batches))


def test_a_segment_is_run_and_comes_back_with_its_updates():
    task = Toy()
    stage, ticks = Inline(task, 7, lambda segment, tick: None).run(segment(0.3))
    assert task.begun == [segment(0.3)]
    assert stage.score == 0.3
    assert stage.cost.forwards == 7
    assert [tick.step for tick in ticks] == [0, 1, 2]


def test_every_update_is_told_at_once_with_its_segment():
    told = []
    engine = Inline(Toy(), 0, lambda segment, tick: told.append((segment.trial.lr, tick.step)))
    engine.run(segment(0.3))
    assert told == [(0.3, 0), (0.3, 1), (0.3, 2)]
    _, ticks = engine.run(segment(0.1))
    assert told[3:] == [(0.1, 0), (0.1, 1), (0.1, 2)]
    assert len(ticks) == 3
