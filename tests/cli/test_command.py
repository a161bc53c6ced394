"""surefoot find [options] -- COMMAND …: any program, typed as it is."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

import pytest

from ._files import ANSWERED

SUREFOOT = str(Path(sysconfig.get_path("scripts")) / "surefoot")
PROGRAM = Path(__file__).parent.parent / "tasks" / "command" / "program.py"
COMMAND = [sys.executable, "-I", "-S", str(PROGRAM), "--lr", "{lr}", "--steps", "{steps}", "--seed", "{seed}"]
ASKED = ["--horizon", "400", "--score", "val_loss"]


def test_a_command_is_answered_with_the_command_to_use(surefoot):
    done = surefoot("find", *ASKED, "--lr", 0.001, "--budget", 1, "--study", "one", "--", *COMMAND)
    assert done.status == 0, done.err
    for said in ("learning rate", "yours", "too low", "--steps 400 --seed 0\n"):
        assert said in done.out
    for said in (
        "checking the command",
        "untrained score 3.73",
        "score: 'val_loss' in standard output",
        "a first look",
    ):
        assert said in done.err
    again = surefoot("studies", "show", "one")
    assert done.out.split("learning rate")[1] == again.out.split("learning rate")[1]


def test_json_holds_the_command_and_the_output_stays_out_of_it(surefoot):
    done = surefoot("find", *ASKED, "--budget", 0.2, "--json", "--progress", "none", "--", *COMMAND, "--say", "text")
    assert done.status in ANSWERED
    answer = json.loads(done.out)
    assert shlex.split(answer["command"])[:4] == COMMAND[:4]
    assert repr(answer["lr"]) in answer["command"]
    assert done.err == ""


def test_a_dry_run_runs_the_program_once_and_shows_the_plan(surefoot, here):
    argv = [*COMMAND[:4], "--lr", "{lr}", "--epochs", "{epochs}", "--out", "{dir}", "--say", "csv"]
    done = surefoot(
        "find",
        "--horizon",
        "40 epochs",
        "--score",
        "val_loss",
        "--score-file",
        "{dir}/**/*.csv",
        "--dry-run",
        "--",
        *argv,
    )
    assert done.status == 0, done.err
    assert "plan: 0.5 runs = 20 epochs" in done.out
    assert re.search(r"about \d rates of 1 epoch, then about \d rates of \d epochs", done.out)
    assert "'val_loss' in its files" in done.out
    assert list(here.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["python", "train.py", "{lr}"], "write -- before it: surefoot find --horizon ... --score ... -- python"),
        ([*ASKED, "--"], "the command is empty"),
        (["task.py:task", *ASKED, "--", "true"], "give a TARGET or a command, not both"),
        (["task.py:task", "--horizon", "400"], "--horizon belongs to a command"),
        (["task.py:task", "--score-file", "x"], "--score-file belongs to a command"),
        (["--score", "val_loss", "--", *COMMAND], "a command needs --horizon, for example --horizon '100 epochs'"),
        (["--horizon", "400", "--", *COMMAND], "a command needs --score"),
        ([*ASKED, "--", "no-such-program", "{lr}"], "no program 'no-such-program' on the PATH"),
        ([*ASKED, "--", *COMMAND[:6], "{step}"], "unknown placeholder {step}; did you mean {steps}?"),
        ([*ASKED, "--", *COMMAND[:4], "--steps", "{steps}"], "the command has no {lr}"),
        ([*ASKED, "--goal", "up", "--", *COMMAND], "'up' is not one of"),
        ([*ASKED, "--schedule-of-program", "cosine", "--", *COMMAND], "'cosine' is not one of"),
        ([*ASKED, "--gpus-per-trial", "64", "--", *COMMAND], "gpus_per_trial=64"),
        ([*ASKED, "--budget", "0.001", "--", *COMMAND], "is too small: the smallest"),
        (["--horizon", "400", "--score", "val_los", "--", *COMMAND], "Did you mean 'val_loss'"),
    ],
)  # fmt: skip
def test_bad_input_ends_with_2_and_says_what_to_do(surefoot, arguments, said):
    done = surefoot("find", *arguments)
    assert done.status == 2, done.err
    assert done.out == ""
    assert said in done.err
    assert "Traceback" not in done.err


def test_a_program_that_fails_ends_with_1_and_shows_its_last_lines(surefoot):
    done = surefoot("find", *ASKED, "--", *COMMAND, "--fault", "usage")
    assert done.status == 1
    assert "unrecognized arguments: --lrr" in done.err
    assert "Traceback" not in done.err


def test_what_was_done_is_kept_when_it_fails_late(surefoot):
    done = surefoot("find", *ASKED, "--study", "one", "--", *COMMAND, "--fault", "crashes")
    assert done.status == 1
    assert "no kernel image is available" in done.err
    assert "not finished" in surefoot("studies", "show", "one").err


def test_options_of_the_program_are_never_taken_for_ours(surefoot):
    code = "import sys; print('val_loss=', 1 + float(sys.argv[1]), sys.argv[3:] == ['--lr', '--', '--help', '-h'])"
    done = surefoot(
        "find", *ASKED, "--dry-run", "--", sys.executable, "-c", code, "{lr}", "{steps}", "--lr", "--", "--help", "-h"
    )
    assert done.status == 0, done.err


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 4)])
def test_an_interrupted_study_goes_on_by_the_command_that_is_said(here, environment, number, status):
    slow = here / "slow.py"
    slow.write_text(
        "import pathlib, sys, time\n"
        "if pathlib.Path('slow').exists() and len(list(pathlib.Path('.').glob('ran*'))) > 4:\n"
        "    pathlib.Path('hanging').touch(); time.sleep(600)\n"
        "pathlib.Path(f'ran-{sys.argv[2:]}'.replace('/', '')).touch()\n" + PROGRAM.read_text()
    )
    (here / "slow").touch()
    command = [sys.executable, "-I", "-S", "slow.py", *COMMAND[4:]]
    typed = [SUREFOOT, "find", *ASKED, "--budget", "0.4", "--json", "--study", "it's", "--", *command]
    ours = subprocess.Popen(typed, cwd=here, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    while not (here / "hanging").exists():
        time.sleep(0.02)
    os.kill(ours.pid, number)
    out, err = ours.communicate()
    assert (ours.returncode, out) == (status, ""), err
    (here / "slow").unlink()
    (said,) = re.findall(r"are kept: (surefoot .*) goes on from there", err)
    again = [SUREFOOT, *shlex.split(said)[1:]]
    assert again == typed
    done = subprocess.run(again, cwd=here, env=environment, text=True, capture_output=True, check=False)
    whole = [*typed[: typed.index("--study")], "--store", "none", *typed[typed.index("--") :]]
    straight = subprocess.run(whole, cwd=here, env=environment, text=True, capture_output=True, check=False)
    assert done.returncode == straight.returncode, done.stderr
    keys = ("lr", "interval", "verdict", "curve")
    assert {key: json.loads(done.stdout)[key] for key in keys} == {
        key: json.loads(straight.stdout)[key] for key in keys
    }


@pytest.mark.full
def test_the_example_is_a_program_that_runs_as_it_says(surefoot, here):
    text = surefoot("example", "command").out
    (here / "train.py").write_text(text)
    (line,) = re.findall(r"^surefoot (find .*)$", text, re.MULTILINE)
    asked = [sys.executable if part == "python" else part for part in shlex.split(line)]
    done = surefoot(*asked)
    assert done.status in ANSWERED, done.err
    assert "learning rate" in done.out
