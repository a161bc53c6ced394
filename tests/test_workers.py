"""Several workers: the answer, to the last digit, of one process alone, whatever is trained and whatever happens."""

import functools
import os
import random
import signal
import sys
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from _processes import workers_left
from _tasks import descend, digits_task, loop_task, momentum, without_seconds
from torch import nn

import surefoot as sf
from surefoot.engines import limited, threads_each
from surefoot.errors import BadInput, BadTask, UserCodeError
from surefoot.finder import plan
from surefoot.store import open_store

PROGRAM = Path(__file__).parent / "tasks" / "command" / "program.py"


pytestmark = pytest.mark.full  # each starts processes that import torch


@pytest.fixture(autouse=True)
def nobody_is_left():
    yield
    assert workers_left() == []


def what_repeats(found):
    """All of an answer but its seconds."""
    stages = [without_seconds(stage) for stage in found.records.stages]
    return found.lr, found.interval, found.fails_at, found.verdict, found.curve, found.why, found.trained_lr, stages


@functools.cache
def alone():
    """The answer of one process that nothing disturbs."""
    return what_repeats(sf.find(loop_task(), budget=0.3, store="none"))


def program_task():
    command = [sys.executable, "-I", "-S", str(PROGRAM), "--lr", "{lr}", "--steps", "{steps}", "--seed", "{seed}"]
    return sf.CommandTask(command, horizon=200, score="val_loss")


# The same answer


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_the_answer_of_a_loop_does_not_depend_on_the_number_of_workers(workers):
    assert what_repeats(sf.find(loop_task(), budget=0.3, store="none", engine="processes", workers=workers)) == alone()


def test_the_answer_of_a_program_neither():
    found = [sf.find(program_task(), budget=0.3, store="none", workers=workers) for workers in (1, 2)]
    assert what_repeats(found[0]) == what_repeats(found[1])


def test_a_program_that_ignores_the_rate_is_told_so_by_all_workers_together():
    task = program_task()
    task = sf.CommandTask([*task._template.argv, "--fault", "ignores"], horizon=200, score="val_loss")
    with pytest.raises(BadTask, match=r"ignores \{lr\}"):
        sf.find(task, budget=0.5, store="none", workers=3)


def a_net():
    torch.manual_seed(3)
    return nn.Sequential(nn.Linear(64, 16), nn.Tanh(), nn.Linear(16, 10))


@pytest.mark.parametrize("schedule", ["warmup(0.05) >> cosine()", "warmup(0.1) >> hold() >> decay(0.2)"])
def test_the_answer_and_the_trained_model_of_a_torch_task_neither(store, schedule):
    made = functools.partial(digits_task, schedule=schedule)
    found = [
        sf.find(made(), budget=0.8, finish=True, store=f"{store}{workers}", workers=workers) for workers in (1, 2, 3)
    ]
    assert what_repeats(found[0]) == what_repeats(found[1]) == what_repeats(found[2])
    states = [one.model_state for one in found]
    assert all(torch.equal(states[0][name], state[name]) for state in states for name in states[0])


def test_a_live_model_and_optimizer_go_to_the_workers_and_stay_here_as_they_are(store):
    net = a_net()
    before = {name: value.clone() for name, value in net.state_dict().items()}
    task = digits_task(model=net, optimizer=momentum(net, 0.1))
    found = sf.find(task, budget=0.8, store=store, workers=2)
    assert all(torch.equal(before[name], value) for name, value in net.state_dict().items())
    assert what_repeats(found) == what_repeats(sf.find(task, budget=0.8, store="none"))


def test_data_workers_work_inside_of_workers():
    made = functools.partial(digits_task, num_workers=1)
    found = [sf.find(made(), budget=0.8, store="none", workers=workers) for workers in (1, 2)]
    assert what_repeats(found[0]) == what_repeats(found[1])


# Whatever happens


def test_a_study_that_was_begun_alone_goes_on_with_workers_and_the_other_way_round(store):
    def stop(event):
        if event.kind == "stage" and len(event.records.stages) in {2, 5}:
            raise KeyboardInterrupt

    for workers in (2, 1):
        with pytest.raises(KeyboardInterrupt):
            sf.find(loop_task(), budget=0.3, study="one", store=store, workers=workers, on_event=stop)
    found = sf.find(loop_task(), budget=0.3, study="one", store=store, workers=3)
    assert what_repeats(found) == alone()


def killed_now_and_then(marks, trial):
    """Descends; the first two processes that come by here kill themselves in the middle."""
    chance = random.Random(os.getpid())

    class Fragile:
        def __getattr__(self, name):
            return getattr(trial, name)

        def step(self, loss):
            gone = len(list(marks.iterdir()))
            if trial.peak_lr > 1e-9 and gone < 2 and trial.done > 3 and chance.random() < 0.3:
                (marks / str(os.getpid())).touch()
                os.kill(os.getpid(), signal.SIGKILL)
            trial.step(loss)

    descend(Fragile())


def test_workers_that_are_killed_do_not_move_the_answer(tmp_path):
    marks = tmp_path / "marks"
    marks.mkdir()
    task = loop_task(functools.partial(killed_now_and_then, marks))
    assert what_repeats(sf.find(task, budget=0.3, store="none", workers=2)) == alone()
    assert len(list(marks.iterdir())) == 2


def test_a_trial_that_kills_every_worker_is_a_failed_one_and_the_others_count():
    def train(trial):
        if trial.peak_lr > 0.3:
            os._exit(9)
        descend(trial)

    found = sf.find(loop_task(train), budget=0.3, store="none", workers=2)
    failed = {stage.segment.trial.lr: stage for stage in found.records.stages if not stage.ok}
    assert all(lr > 0.3 for lr in failed)
    assert all("killed its worker process 3 times, which the last time ended with status 9" in stage.reason
               for stage in failed.values())  # fmt: skip
    assert found.lr <= 0.3
    assert found.fails_at > 0.3


def test_the_users_own_error_stops_the_study_and_what_was_finished_is_kept(store):
    def train(trial):
        if trial.peak_lr > 0.1:
            raise KeyError("missing")
        descend(trial)

    with pytest.raises(UserCodeError, match="raised KeyError: 'missing'") as raised:
        sf.find(loop_task(train), budget=0.3, study="one", store=store, workers=2)
    assert "in train\n    raise KeyError" in str(raised.value.__cause__)
    opened = open_store(store)
    assert opened.existing("one").records().stages
    opened.close()


def test_stages_are_told_as_they_come_back_and_kept_in_the_order_they_were_decided(store):
    told = []
    found = sf.find(
        loop_task(), budget=0.3, study="one", store=store, workers=2,
        on_event=lambda event: told.append((event.kind, event.stage or event.segment or event.decision)),
    )  # fmt: skip
    began = [segment for kind, segment in told if kind == "started"]
    ticks = {segment for kind, segment in told if kind == "tick"}
    assert {stage.segment for kind, stage in told if kind == "stage"} == set(began) == ticks
    decided = [segment for kind, decision in told if kind == "decided" for segment in decision.segments]
    assert [stage.segment for stage in found.records.stages] == decided


# What is refused


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"workers": 0}, "workers=0: expected how many train at the same time"),
        ({"workers": 2.0}, "workers=2.0: expected"),
        ({"workers": True}, "workers=True: expected"),
        ({"engine": "ray"}, "engine='ray': expected one of inline, processes"),
        ({"engine": "inline", "workers": 2}, "engine='inline' with workers=2: it is this process alone"),
    ],
)
def test_a_crew_that_cannot_work_is_refused_before_anything_is_spent(asked, said):
    with pytest.raises(BadInput, match=said):
        sf.find(loop_task(), store="none", **asked)


def test_a_task_that_cannot_travel_is_refused_before_anything_is_spent(store):
    lock = threading.Lock()

    def train(trial):
        with lock:
            descend(trial)

    with pytest.raises(BadTask, match=r"train\.lock cannot travel to a worker.*surefoot find train.py:task --workers"):
        sf.find(loop_task(train), store=store, study="one", workers=2)
    assert not Path(store).exists()


def test_a_loop_that_is_another_one_in_each_process_is_refused():
    def train(trial):
        descend(trial, curvatures=(1.0, 0.1, os.getpid() * 1e-3))

    with pytest.raises(BadTask, match=r"(?s)a worker's task is another one.*untrained score.*Seed them there"):
        sf.find(loop_task(train), budget=0.3, store="none", workers=2)


# Shares


def test_threads_are_shared_out_with_the_loaders_counted_in_and_never_more_than_allowed(monkeypatch):
    monkeypatch.setattr("surefoot.engines._share.cores", lambda: 16)
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    assert [threads_each(loop_task(), workers) for workers in (1, 2, 3, 16, 40)] == [16, 8, 5, 1, 1]
    assert threads_each(digits_task(num_workers=3), 4) == 1
    assert threads_each(digits_task(num_workers=2), 2) == 6
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    assert threads_each(loop_task(), 2) == 2


def test_threads_are_limited_here_and_in_what_is_started_and_put_back(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.delenv("MKL_NUM_THREADS", raising=False)
    before = torch.get_num_threads()
    with limited(2):
        assert (torch.get_num_threads(), os.environ["OMP_NUM_THREADS"], os.environ["MKL_NUM_THREADS"]) == (2, "2", "2")
    assert (torch.get_num_threads(), os.environ["OMP_NUM_THREADS"]) == (before, "7")
    assert "MKL_NUM_THREADS" not in os.environ


def test_a_study_keeps_the_threads_it_was_begun_with(store):
    sf.find(loop_task(), budget=0.3, study="one", store=store, workers=2)
    opened = open_store(store)
    assert opened.existing("one").facts().environment["threads"] == 1
    opened.close()
    seen = []

    def train(trial):
        seen.append(torch.get_num_threads())
        descend(trial)

    torch.set_num_threads(2)
    try:
        sf.find(loop_task(train), budget=0.5, study="one", store=store)
    finally:
        torch.set_num_threads(1)
    assert set(seen) == {1}


def sees_gpus(trial):
    if trial.peak_lr > 1e-9:
        assert os.environ["CUDA_VISIBLE_DEVICES"] in {"4", "7"}
    descend(trial)


def test_each_worker_sees_a_gpu_of_its_own_and_shares_where_there_are_fewer(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,7")
    assert what_repeats(sf.find(loop_task(sees_gpus), budget=0.3, store="none", workers=3)) == alone()


def test_the_plan_is_shorter_with_more_workers():
    slow = loop_task()
    slow.preflight = lambda seed, cap: replace(sf.FunctionTask.preflight(slow, seed, cap), update_seconds=1.0,
                                               assess_seconds=0.0, assess_batches=1)  # fmt: skip
    one, two, six, many = (plan(slow, workers=workers).seconds for workers in (1, 2, 6, 60))
    assert np.isclose(one, sum(rung.rates * rung.updates for rung in plan(slow).rungs))
    assert one / 2 <= two < 0.7 * one
    assert six < two
    assert many == six
