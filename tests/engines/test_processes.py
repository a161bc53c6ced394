"""Segments are run in workers beside this process; whatever happens to a worker, they come back."""

import os
import signal
import threading
from dataclasses import replace

import pytest
from _processes import workers_left

from surefoot.checkpoints import Checkpoints
from surefoot.engines import Processes, pack
from surefoot.errors import BadTask, UserCodeError

from ._toy import FACTS, Told, Toy, segment

RATES = [0.1, 0.2, 0.3, 0.4, 0.5]


@pytest.fixture
def told(tmp_path):
    return Told(Checkpoints(tmp_path / "kept"))


@pytest.fixture
def engine_of(told):
    """Make an engine; it leaves no process behind."""
    made = []

    def make(task, workers=2, **changes):
        made.append(Processes(told.work(task, **changes), pack(task), workers))
        return made[-1]

    yield make
    for engine in made:
        engine.cancel()
    assert workers_left() == []


def results(engine, rates=RATES):
    for lr in rates:
        engine.submit(segment(lr))
    return {stage.segment.trial.lr: (stage, ticks) for stage, ticks in (engine.wait() for _ in rates)}


def scores(engine, rates=RATES):
    return {lr: stage.score for lr, (stage, _) in results(engine, rates).items()}


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_every_segment_comes_back_once_with_its_updates(told, engine_of, workers):
    back = results(engine_of(Toy(), workers, assess_batches=7))
    assert {lr: stage.score for lr, (stage, _) in back.items()} == {lr: lr for lr in RATES}
    assert all(stage.cost.forwards == 7 for stage, _ in back.values())
    assert all([tick.step for tick in ticks] == [0, 1, 2] for _, ticks in back.values())
    assert sorted(told.began) == RATES
    assert sorted(told.ticked) == [(lr, step) for lr in RATES for step in range(3)]


def test_workers_stay_from_one_segment_to_the_next(engine_of):
    engine = engine_of(Toy(), 1)
    scores(engine, [0.1])
    before = workers_left()
    scores(engine, [0.2, 0.3])
    assert workers_left() == before
    assert len(before) == 1


def test_there_are_no_more_workers_than_segments(engine_of):
    engine = engine_of(Toy(), 3)
    scores(engine, [0.1])
    assert len(workers_left()) == 1


def test_what_one_worker_keeps_another_one_starts_from(told, engine_of):
    engine = engine_of(Toy())
    engine.submit(replace(segment(0.3), keep=True))
    first, _ = engine.wait()
    engine.submit(segment(0.5))
    engine.submit(replace(segment(0.1), keep=True, parent=first.checkpoint))
    kept = {stage.segment.trial.lr: stage.checkpoint for stage, _ in (engine.wait() for _ in range(2))}
    assert told.checkpoints.load(kept[0.1]) == {"count": 6}


@pytest.mark.parametrize("how", ["exits", "killed", "memory"])
def test_a_dead_worker_is_replaced_and_its_segment_run_again(tmp_path, engine_of, how):
    assert scores(engine_of(Toy(str(tmp_path), at_0_3=(how, 2)))) == {lr: lr for lr in RATES}


@pytest.mark.parametrize(("how", "limit"), [("stands", "_SILENT"), ("hangs", "_STUCK")])
def test_a_worker_that_hangs_is_replaced(tmp_path, engine_of, monkeypatch, how, limit):
    monkeypatch.setattr(f"surefoot.engines._processes.{limit}", 3.0)
    assert scores(engine_of(Toy(str(tmp_path), at_0_3=(how, 1)))) == {lr: lr for lr in RATES}


def test_a_worker_that_someone_kills_is_replaced(tmp_path, engine_of):
    engine = engine_of(Toy(str(tmp_path), at_0_3=("hangs", 1)))
    for lr in RATES:
        engine.submit(segment(lr))
    back = [engine.wait()[0].score for _ in range(4)]
    stuck = next(int(mark.name.split("-")[1]) for mark in tmp_path.glob("0.3-*"))
    os.kill(stuck, signal.SIGKILL)
    assert sorted([*back, engine.wait()[0].score]) == RATES


def test_a_segment_that_kills_its_worker_three_times_is_a_failed_trial(tmp_path, engine_of):
    back = results(engine_of(Toy(str(tmp_path), at_0_3=("exits", 9))))
    failed, ticks = back.pop(0.3)
    assert (failed.state, failed.score, ticks) == ("failed", None, [])
    assert failed.reason == "it killed its worker process 3 times, which the last time ended with status 7"
    assert failed.cost.updates == 3 * 2
    assert all(stage.ok for stage, _ in back.values())


def test_the_users_error_is_raised_here_with_its_traceback_there(tmp_path, engine_of):
    engine = engine_of(Toy(str(tmp_path), at_0_3=("raises", 9)))
    with pytest.raises(UserCodeError, match=r"^train\(trial\) raised KeyError: 'missing'$") as raised:
        scores(engine)
    assert raised.value.__cause__.said == "KeyError: 'missing'\n"


def test_memory_that_runs_out_three_times_is_the_users_error(tmp_path, engine_of):
    with pytest.raises(UserCodeError, match="ran out of memory"):
        scores(engine_of(Toy(str(tmp_path), at_0_3=("memory", 9))))


def test_another_task_than_the_one_that_was_checked_is_refused(engine_of):
    with pytest.raises(BadTask, match=r"(?s)another one than.*task: other then, toy now.*Seed them there"):
        scores(engine_of(Toy(), facts=replace(FACTS, identity={"task": "other"})))


class Bomb(Toy):
    def __setstate__(self, state):
        os._exit(3)


def test_workers_that_die_before_they_begin_are_said_to(engine_of):
    with pytest.raises(UserCodeError, match=r"ended with status 3 before it could begin, 6 times in a row"):
        scores(engine_of(Bomb()))


class Holder(Toy):
    def __init__(self, held):
        super().__init__()
        self.held = held


@pytest.mark.parametrize(
    ("held", "where"),
    [
        (threading.Lock(), r"Holder\.held cannot travel to a worker: it is, or holds, a lock"),
        ({"a": [1, (number for number in ())]}, r"Holder\.held\.\['a'\]\.\[1\] cannot travel.* a generator"),
    ],
)
def test_what_cannot_travel_is_refused_with_its_name_and_the_fix(held, where):
    with pytest.raises(BadTask, match=rf"(?s){where}.*surefoot find train.py:task --workers N"):
        pack(Holder(held))


def test_a_closure_that_cannot_travel_names_its_variable():
    lock = threading.Lock()
    with pytest.raises(BadTask, match=r"Holder\.held\.lock cannot travel"):
        pack(Holder(lambda: lock))


def test_a_function_made_on_the_spot_travels(engine_of):
    class Local(Toy):
        def run(self, segment, host):
            return replace(super().run(segment, host), score=factor * segment.trial.lr)

    factor = 2.0
    assert scores(engine_of(Local()), [0.25]) == {0.25: 0.5}
