"""surefoot find: exit statuses, and an answer that is alone on standard output."""

import contextlib
import json
import os
import re
import shlex
import subprocess
import sys

import pytest

from surefoot.store import open_store

from ._files import ANSWERED, HOPELESS, LOOP, LOUD, RAISES


@pytest.fixture
def loop(here):
    (here / "task.py").write_text(LOOP)
    return "task.py:task"


def studies(tmp_path):
    opened = open_store(str(tmp_path / "home"))
    found = opened.summaries()
    opened.close()
    return found


def strict(text):
    def refuse(constant):
        raise ValueError(f"{constant} is no JSON")

    return json.loads(text, parse_constant=refuse)


# Exit statuses


def test_an_answer_ends_with_0(surefoot, loop):
    done = surefoot("find", loop, "--budget", 2, "--lr", 1e-3, "--study", "one")
    assert done.status == 0
    for said in ("learning rate", "yours", "too low", "verdict", "price", "study         one", "lr = "):
        assert said in done.out


def test_an_error_of_the_users_ends_with_1_and_their_traceback_alone(surefoot, here):
    (here / "task.py").write_text(RAISES)
    done = surefoot("find", "task.py:task")
    assert done.status == 1
    assert done.out == ""
    assert 'task.py", line 9, in train' in done.err
    assert 'task.py", line 5, in deeper' in done.err
    assert "KeyError: 'missing'" in done.err
    assert "surefoot: train(trial) raised KeyError: 'missing'" in done.err
    assert "_function.py" not in done.err


def test_the_users_traceback_is_shown_even_in_a_folder_called_surefoot(surefoot, here):
    (here / "surefoot").mkdir()
    (here / "surefoot" / "task.py").write_text(RAISES)
    done = surefoot("find", "surefoot/task.py:task")
    assert done.status == 1
    assert 'task.py", line 5, in deeper' in done.err
    assert "_function.py" not in done.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--budget", "0"], "budget="),
        (["--budget", "nan"], "budget="),
        (["--budget", "20 parsecs"], "budget='20 parsecs': expected runs"),
        (["--budget", "0.001"], "is too small: the smallest"),
        (["--lr", "0"], "lr=0.0: expected a rate above 0"),
        (["--lr-min", "-1"], "lr_min=-1.0: expected a rate above 0"),
        (["--lr-min", "1", "--lr-max", "0.1"], "expected lr_min below lr_max"),
        (["--lr", "fast"], "'fast' is not a valid float"),
        (["--tolerance", "3"], "tolerance=3.0: expected"),
        (["--study", ""], "study='': expected a name"),
        (["--progress", "loud"], "'loud' is not one of"),
        (["--colour"], "No such option"),
    ],
)
def test_bad_input_ends_with_2_and_leaves_no_study(surefoot, loop, tmp_path, arguments, said):
    done = surefoot("find", loop, *arguments)
    assert done.status == 2
    assert done.out == ""
    assert said in done.err
    assert "Traceback" not in done.err
    assert studies(tmp_path) == []


def test_a_study_of_another_task_ends_with_2_and_says_what_differs(surefoot, loop, here):
    surefoot("find", loop, "--budget", 0.1, "--study", "one")
    (here / "other.py").write_text(LOOP.replace("horizon=400", "horizon=500"))
    done = surefoot("find", "other.py:task", "--study", "one")
    assert done.status == 2
    assert "horizon: 400 then, 500 now" in done.err


@pytest.mark.parametrize("as_json", [[], ["--json"]])
def test_when_nothing_can_be_told_it_ends_with_3_and_still_answers(surefoot, here, as_json):
    (here / "task.py").write_text(HOPELESS)
    done = surefoot("find", "task.py:task", "--budget", 0.4, *as_json)
    assert done.status == 3
    assert "cannot" in done.out
    if as_json:
        assert strict(done.out)["lr"] is None


def test_a_store_that_cannot_be_used_ends_with_4(surefoot, loop, here):
    (here / "file").write_text("mine")
    done = surefoot("find", loop, "--store", "file")
    assert done.status == 4
    assert done.out == ""
    assert "is a file: expected a folder" in done.err


def test_a_study_that_is_worked_on_ends_with_4(surefoot, loop, tmp_path):
    surefoot("find", loop, "--budget", 0.1, "--study", "one")
    opened = open_store(str(tmp_path / "home"))
    with opened.existing("one").held():
        done = surefoot("find", loop, "--study", "one")
    opened.close()
    assert done.status == 4
    assert "is being worked on by process" in done.err


def test_a_bug_of_ours_ends_with_70_and_is_said_to_be_one(surefoot, loop, monkeypatch):
    def broken(*_, **__):
        raise AssertionError("ours")

    monkeypatch.setattr("surefoot.finder.find", broken)
    done = surefoot("find", loop)
    assert done.status == 70
    assert "AssertionError: ours" in done.err
    assert "bug of Surefoot's" in done.err


def test_a_command_in_place_of_a_task_is_told_what_is_expected(surefoot, loop):
    done = surefoot("find", "python", "train.py")
    assert done.status == 2
    assert "find takes one TARGET" in done.err
    assert "write -- before it" in done.err


def test_no_target_ends_with_2(surefoot):
    done = surefoot("find")
    assert done.status == 2
    assert "Give a TARGET (task.py:name), or a command" in done.err


# Standard output


@pytest.mark.parametrize("as_json", [[], ["--json"]])
def test_whatever_the_task_prints_stays_out_of_the_answer(surefoot, here, as_json):
    (here / "task.py").write_text(LOUD)
    done = surefoot("find", "task.py:make_task", "--budget", 0.1, "--study", "loud", *as_json)
    assert done.status in ANSWERED
    for said in ("print while the file", "print of the task's", "write to the descriptor", "child's", "maker's"):
        assert said in done.err
        assert said not in done.out
    if as_json:
        assert strict(done.out)["study"] == "loud"
    else:
        assert "learning rate" in done.out


def test_json_is_one_object_with_all_of_the_answer(surefoot, loop):
    done = surefoot("find", loop, "--budget", 0.3, "--lr", 1e-3, "--study", "one", "--json")
    assert done.out.count("\n") == 1
    answer = strict(done.out)
    assert answer["interval"][0] <= answer["lr"] <= answer["interval"][1]
    assert answer["yours"]["lr"] == 1e-3
    assert answer["verdict"]["kind"] in {"clear", "cannot_tell"}
    assert (answer["study"], answer["horizon"], answer["goal"]) == ("one", 400, "min")
    assert {"lr", "seed", "branch", "updates", "state", "score", "reason"} == set(answer["tried"][0])
    assert answer["price"]["updates"] > 0
    again = surefoot("find", loop, "--study", "one", "--json")
    assert strict(again.out) == answer


def test_what_is_printed_after_a_find_goes_where_it_should(surefoot, loop, capfd):
    surefoot("find", loop, "--budget", 0.1)
    print("after", flush=True)
    assert capfd.readouterr().out == "after\n"


# On the way


def test_plain_progress_is_a_line_for_the_plan_each_decision_and_each_stage(surefoot, loop):
    done = surefoot("find", loop, "--budget", 0.3, "--progress", "plain", "--json")
    lines = done.err.splitlines()
    assert lines[0].startswith("plan: 0.3 runs = 120 updates, assessments included, about ")
    stages = [line for line in lines if " updates  " in line and line.startswith("  ")]
    assert len(stages) == len(strict(done.out)["tried"])
    assert any("first look" in line for line in lines)
    assert "\x1b" not in done.err


def test_a_failed_stage_says_why(surefoot, here):
    (here / "task.py").write_text(HOPELESS)
    done = surefoot("find", "task.py:task", "--budget", 0.4)
    assert "failed: the loss was nan at update 1" in done.err


def test_no_progress_is_silent(surefoot, loop):
    assert surefoot("find", loop, "--budget", 0.1, "--progress", "none").err == ""


def test_the_live_view_shows_the_same_stages_where_there_is_no_terminal(surefoot, loop, monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    monkeypatch.setenv("TERM", "dumb")
    done = surefoot("find", loop, "--budget", 0.3, "--json")
    assert done.err.count(" updates  score ") == sum(one["state"] == "ok" for one in strict(done.out)["tried"])
    assert "plan: 0.3 runs" in done.err


@pytest.mark.parametrize(("width", "colors"), [(40, True), (160, False)])
def test_a_terminal_shows_small_curves_and_the_rest_of_the_budget_and_the_good_rates_shaded(
    loop, environment, width, colors
):
    import fcntl
    import pty
    import struct
    import termios

    environment |= {"TERM": "xterm-256color", "COLUMNS": str(width)} | ({} if colors else {"NO_COLOR": "1"})
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, width, 0, 0))
    code = "from surefoot.cli import main; main()"
    command = [sys.executable, "-c", code, "find", loop, "--budget", "0.5", "--lr", "0.3"]
    process = subprocess.Popen(command, env=environment, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    shown = b""
    with contextlib.suppress(OSError):  # how a terminal says that nobody writes to it any more
        while part := os.read(ours, 65536):
            shown += part
    os.close(ours)
    assert process.wait(30) in ANSWERED
    text = shown.decode()
    assert re.search(r"[#-]{24}", text)
    assert "best so far" in text
    assert re.search("[▁▂▃▄▅▆▇]", text)
    assert "░" in text
    assert bool(re.search(r"\x1b\[[0-9;]*3[0-9]m", text)) == colors
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)
    assert all(len(line) <= width for line in plain.splitlines() if line.startswith(("running ", "10 updates  ")))


def test_a_dry_run_prints_the_plan_and_keeps_nothing(surefoot, loop, tmp_path):
    done = surefoot("find", loop, "--budget", 0.5, "--dry-run")
    assert done.status == 0
    assert "plan: 0.5 runs = 200 updates" in done.out
    assert "untrained score" in done.out
    assert not (tmp_path / "home").exists()


def test_a_dry_run_refuses_what_a_find_would_refuse(surefoot, loop):
    assert surefoot("find", loop, "--budget", 0.001, "--dry-run").status == 2


def test_a_study_goes_on_by_its_name(surefoot, loop):
    first = surefoot("find", loop, "--budget", 0.1, "--study", "one")
    again = surefoot("find", loop, "--study", "one")
    assert again.status == first.status
    assert again.out == first.out
    assert "stages are known already" in again.err
    assert " updates  score " not in again.err


def test_nothing_is_kept_where_nothing_is_to_be_kept(surefoot, loop, here, tmp_path):
    assert surefoot("find", loop, "--budget", 0.1, "--store", "none").status in ANSWERED
    assert not (tmp_path / "home").exists()
    assert surefoot("find", loop, "--budget", 0.1, "--store", "elsewhere").status in ANSWERED
    assert (here / "elsewhere").is_dir()


# The picture


def test_the_curve_is_drawn_in_the_terminal(surefoot, loop):
    out = surefoot("find", loop, "--budget", 0.3).out
    assert "found" in out
    assert "^" in out
    assert all(len(line) <= 100 for line in out.splitlines() if "sf.schedules" not in line)


@pytest.mark.parametrize(("name", "begins"), [("curve.png", b"\x89PNG"), ("curve.svg", b"<?xml")])
def test_plot_saves_a_picture(surefoot, loop, here, name, begins):
    done = surefoot("find", loop, "--budget", 0.1, "--plot", name)
    assert done.status in ANSWERED
    assert (here / name).read_bytes().startswith(begins)


@pytest.mark.parametrize("name", ["curve.xyz", "no/such/folder/curve.png"])
def test_a_picture_that_cannot_be_saved_is_refused_before_anything_is_spent(surefoot, loop, tmp_path, name):
    done = surefoot("find", loop, "--budget", 0.1, "--plot", name)
    assert done.status == 2
    assert f"--plot {name}" in done.err
    assert studies(tmp_path) == []


# Interrupted


def test_an_interruption_says_how_to_go_on_even_when_the_study_has_no_name_yet(surefoot, here):
    (here / "task.py").write_text(LOOP.replace("trial.report", "stop(trial); trial.report") + STOP)
    done = surefoot("find", "task.py:task", "--budget", 0.3)
    assert done.status == 130
    assert done.out == ""
    assert "surefoot find task.py:task --study study-1" in done.err
    (here / "task.py").write_text(LOOP)
    assert surefoot("find", "task.py:task", "--study", "study-1").status in ANSWERED


def test_the_way_to_go_on_can_be_pasted_whatever_the_name(surefoot, here):
    (here / "task.py").write_text(LOOP.replace("trial.report", "stop(trial); trial.report") + STOP)
    done = surefoot("find", "task.py:task", "--budget", 0.5, "--study", "it's mine")
    assert done.status == 130
    (line,) = [line for line in done.err.splitlines() if "interrupted" in line]
    pasted = line.split("are kept: surefoot ")[1].split(" goes on")[0]
    assert shlex.split(pasted) == ["find", "task.py:task", "--study", "it's mine"]


def test_an_interruption_promises_nothing_where_nothing_is_kept(surefoot, here):
    (here / "task.py").write_text(LOOP.replace("trial.report", "stop(trial); trial.report") + STOP)
    done = surefoot("find", "task.py:task", "--budget", 0.5, "--store", "none")
    assert done.status == 130
    assert "are kept" not in done.err


STOP = """
calls = []

def stop(trial):
    calls.append(1)
    if len(calls) == 6:
        raise KeyboardInterrupt
"""
