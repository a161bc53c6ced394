"""The command as people run it: a process of its own."""

import json
import os
import pty
import re
import signal
import subprocess
import sysconfig
from pathlib import Path

import pytest

from ._files import ANSWERED, LOOP, LOUD

SUREFOOT = str(Path(sysconfig.get_path("scripts")) / "surefoot")


def typed(arguments, here, environment, **how):
    return subprocess.run(
        [SUREFOOT, *arguments], cwd=here, env=environment, text=True, check=False, **{"capture_output": True, **how}
    )


@pytest.mark.full
@pytest.mark.parametrize(("name", "long", "short"), [("model", "10 epochs", "2 epochs"), ("loop", "2000", "300")])
def test_the_examples_run_as_they_are(here, environment, name, long, short):
    text = typed(["example", name], here, environment).stdout
    assert long in text
    (here / "task.py").write_text(text.replace(long, short))
    done = typed(["find", "task.py:task", "--json", "--lr", "3e-4"], here, environment)
    assert done.returncode in ANSWERED, done.stderr
    answer = json.loads(done.stdout)
    assert answer["lr"] is not None
    assert answer["yours"]["lr"] == 3e-4


def test_a_real_stdout_carries_nothing_but_the_answer(here, environment):
    (here / "task.py").write_text(LOUD + "import atexit\natexit.register(print, 'a last word')\n")
    done = typed(["find", "task.py:make_task", "--budget", "0.3", "--json"], here, environment)
    assert done.returncode in ANSWERED
    assert json.loads(done.stdout.splitlines()[0])["horizon"] == 400
    assert done.stdout.splitlines()[1:] == ["a last word"]  # said after we were done
    for said in ("print while the file", "print of the task's", "write to the descriptor", "child's", "maker's"):
        assert said in done.stderr


def test_an_interrupted_study_goes_on_and_ends_with_the_same_answer(here, environment):
    (here / "task.py").write_text(LOOP)
    (here / "stop.py").write_text(
        "import os, signal\ncalls = []\n"
        + LOOP.replace(
            "    for step in range(trial.steps):",
            "    calls.append(1)\n    for step in range(trial.steps):\n"
            "        if len(calls) == 5 and step == 5: os.kill(os.getpid(), signal.SIGINT)",
        )
    )
    asked = ["--budget", "0.3", "--study", "one", "--json"]
    stopped = typed(["find", "stop.py:task", *asked], here, environment)
    assert stopped.returncode == 130, stopped.stderr
    assert stopped.stdout == ""
    assert "Traceback" not in stopped.stderr
    assert "surefoot find stop.py:task --study one goes on from there" in stopped.stderr
    resumed = typed(["find", "task.py:task", *asked], here, environment)
    assert resumed.returncode in ANSWERED
    undisturbed = typed(["find", "task.py:task", *asked, "--store", "none"], here, environment)
    ours, theirs = json.loads(resumed.stdout), json.loads(undisturbed.stdout)
    assert {k: v for k, v in ours.items() if k != "price"} == {k: v for k, v in theirs.items() if k != "price"}
    assert ours["price"]["updates"] == theirs["price"]["updates"]


def on_a_terminal(arguments, here, environment):
    """Run with standard error on a terminal; its text, and what came of the process."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [SUREFOOT, *arguments], cwd=here, env=environment, stdout=subprocess.PIPE, stderr=theirs, text=True
    ) as process:
        os.close(theirs)
        shown = b""
        while True:
            try:
                chunk = os.read(ours, 65536)
            except OSError:  # how Linux says that the other end is closed
                break
            if not chunk:
                break
            shown += chunk
        out = process.stdout.read()
    os.close(ours)
    return process.returncode, out, shown.decode()


@pytest.mark.parametrize("colourless", [False, True])
def test_on_a_terminal_the_way_is_shown_live_and_in_colour_only_where_wanted(here, environment, colourless):
    (here / "task.py").write_text(LOOP)
    environment |= {"TERM": "xterm-256color", "COLUMNS": "120"} | ({"NO_COLOR": "1"} if colourless else {})
    status, out, shown = on_a_terminal(["find", "task.py:task", "--budget", "0.3", "--json"], here, environment)
    assert status in ANSWERED, shown
    answer = json.loads(out)
    assert shown.count(" updates  score ") == sum(one["state"] == "ok" for one in answer["tried"])
    assert "of 0.3 runs" in shown
    assert "\x1b[" in shown
    assert bool(re.search(r"\x1b\[[\d;]*\b[34]\d", shown)) is not colourless


def test_a_reader_that_has_seen_enough_is_no_error(here, environment):
    (here / "task.py").write_text(LOOP)
    with subprocess.Popen(
        [SUREFOOT, "example", "model"], cwd=here, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        process.stdout.close()
        error = process.stderr.read()
    assert error == b""
    assert process.returncode in {0, -signal.SIGPIPE}
