"""Workers from the command line: TARGETs are read again by each of them, and none is left when we are gone."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from _processes import workers_left

from ._files import ANSWERED, LOOP, RAISES
from .test_killed import answer
from .test_process import SUREFOOT, typed

SLOW = LOOP.replace(
    "        trial.step(loss)", "        time.sleep(0.02 * (trial.peak_lr > 1e-9))\n        trial.step(loss)"
)
SLOW = f"import time\n{SLOW}"
PROGRAM = """
import sys, time
print("val_loss 1.0")
if float(sys.argv[1]) > 1e-9:
    time.sleep(600)
"""


@pytest.fixture(autouse=True)
def nobody_is_left():
    yield
    assert workers_left() == []


def test_a_target_gives_the_same_answer_with_any_number_of_workers(here, environment):
    (here / "task.py").write_text(LOOP)
    asked = ["find", "task.py:task", "--budget", "0.3", "--store", "none", "--json"]
    found = [answer(typed([*asked, *crew], here, environment)) for crew in ([], ["--workers", "2"])]
    assert found[0] == found[1]


def test_the_plan_says_how_long_it_takes_with_workers(surefoot, here):
    (here / "task.py").write_text(LOOP)
    done = surefoot("find", "task.py:task", "--workers", "2", "--dry-run")
    assert "with 2 workers of 1 thread" in done.out


def test_workers_that_do_not_fit_are_bad_input(surefoot, here):
    (here / "task.py").write_text(LOOP)
    assert surefoot("find", "task.py:task", "--workers", "0").status == 2
    done = surefoot("find", "task.py:task", "--engine", "ray")
    assert (done.status, done.err) == (2, "surefoot: engine='ray': expected one of inline, processes\n")
    assert "--workers" in surefoot("find", "task.py:task", "--method", "range", "--workers", "2").err


def test_the_users_traceback_is_shown_as_if_it_had_been_raised_here(here, environment):
    (here / "task.py").write_text(RAISES.replace("    trial.lr(0)\n", "    trial.lr(0)\n    if trial.peak_lr <= 1e-9:\n"
        "        [trial.step(1.0) for _ in range(trial.steps)]\n        return trial.report(1.0)\n"))  # fmt: skip
    done = typed(["find", "task.py:task", "--workers", "2", "--store", "none"], here, environment)
    assert done.returncode == 1
    assert 'task.py", line' in done.stderr
    assert 'return {}["missing"]' in done.stderr
    assert "KeyError: 'missing'\nsurefoot: train(trial) raised KeyError" in done.stderr
    assert "surefoot/engines" not in done.stderr


def test_unseeded_data_is_noticed(here, environment):
    (here / "task.py").write_text(LOOP.replace("(1, .1, .01)", "SHAPE").replace(
        "def train", "SHAPE = (1, .1, random.SystemRandom().random())\n\ndef train"))  # fmt: skip
    done = typed(["find", "task.py:task", "--workers", "2", "--store", "none"], here, environment)
    assert done.returncode == 2
    assert "a worker's task is another one than the one that was checked" in done.stderr


def begin(arguments, here, environment):
    return subprocess.Popen(
        [SUREFOOT, *arguments], cwd=here, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),  # ignored where the tests run under nohup
    )  # fmt: skip


def wait_for(holds, process):
    """Until something holds; the process must not end before."""
    while not holds():
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_nobody_is_left_when_it_is_told_to_end(here, environment, number):
    (here / "task.py").write_text(SLOW)
    asked = ["find", "task.py:task", "--budget", "0.5", "--study", "one", "--workers", "2"]
    process = begin(asked, here, environment)
    wait_for(lambda: len(workers_left()) == 2, process)
    process.send_signal(number)
    _, said = process.communicate()
    if number != signal.SIGKILL:
        assert process.returncode in {4, 130}
        assert "surefoot find task.py:task --study one --workers 2 goes on from there" in said
        assert workers_left() == []
        return
    while workers_left():  # they find out by themselves, within seconds
        time.sleep(0.05)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_no_program_is_left_either(here, environment, number):
    (here / "program.py").write_text(PROGRAM)
    asked = ["find", "--workers", "2", "--horizon", "200", "--score", "val_loss", "--store", "none", "--"]
    process = begin([*asked, sys.executable, "-S", "program.py", "{lr}", "{steps}"], here, environment)
    wait_for(lambda: len(workers_left()) == 4, process)  # two workers and what they run
    process.send_signal(number)
    process.communicate()
    while workers_left():
        time.sleep(0.05)


@pytest.mark.full
def test_a_worker_that_is_killed_at_work_does_not_move_the_answer(here, environment):
    (here / "task.py").write_text(SLOW)
    asked = ["find", "task.py:task", "--budget", "0.3", "--store", "none", "--json", "--progress", "none"]
    process = begin([*asked, "--workers", "2"], here, environment)
    for _ in range(2):
        before = set(workers_left())
        wait_for(lambda seen=before: set(workers_left()) - seen or len(workers_left()) == 2, process)
        os.kill(workers_left()[-1], signal.SIGKILL)
    out, said = process.communicate()
    assert process.returncode in ANSWERED, said
    found = json.loads(out)
    assert found | {"price": found["price"]["updates"]} == answer(typed(asked, here, environment))
