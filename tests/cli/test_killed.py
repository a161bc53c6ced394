"""kill -9: the study goes on and ends as if nothing had happened. The long form is benchmarks/faults.py."""

import json
import signal

import pytest

from ._files import ANSWERED, LOOP
from .test_process import typed

BETWEEN = "    trial.report(height)"


def answer(done):
    """What was found, with the updates it cost, without seconds."""
    assert done.returncode in ANSWERED, done.stderr
    found = json.loads(done.stdout)
    return found | {"price": found["price"]["updates"]}


@pytest.mark.parametrize(
    ("before", "when"),
    [("        trial.step(loss)", "len(calls) == 170"), (BETWEEN, "len(calls) == 3"), (BETWEEN, "len(calls) == 7")],
    ids=["in a segment", "early at the end of one", "late at the end of one"],
)
def test_a_killed_study_ends_as_an_undisturbed_one(here, environment, before, when):
    kill = f"{' ' * (len(before) - len(before.lstrip()))}calls.append(1)\n"
    kill += f"{' ' * (len(before) - len(before.lstrip()))}if {when}: os.kill(os.getpid(), signal.SIGKILL)\n"
    (here / "killed.py").write_text("import os, signal\ncalls = []\n" + LOOP.replace(before, kill + before))
    (here / "task.py").write_text(LOOP)
    asked = ["--budget", "0.5", "--study", "one", "--json"]
    assert typed(["find", "killed.py:task", *asked], here, environment).returncode == -signal.SIGKILL
    resumed = answer(typed(["find", "task.py:task", *asked], here, environment))
    assert resumed == answer(typed(["find", "task.py:task", *asked, "--store", "none"], here, environment))
