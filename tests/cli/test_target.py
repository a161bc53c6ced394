"""What TARGET may be, and what is said when it is something else."""

import pytest

from ._files import LOOP


@pytest.fixture
def plan(surefoot):
    """What `find --dry-run` says to a TARGET."""
    return lambda target: surefoot("find", target, "--dry-run", "--budget", "0.5")


@pytest.mark.parametrize(
    "target", ["train.py:task", "./train.py:task", "train:task", "package.inner:make", "train.py:make"]
)
def test_a_task_or_what_makes_one_is_found_in_a_file_or_a_module(plan, here, target):
    (here / "train.py").write_text(LOOP + "def make():\n    return task\n")
    (here / "package").mkdir()
    (here / "package" / "__init__.py").write_text("")
    (here / "package" / "inner.py").write_text(LOOP + "make = lambda: task\n")
    done = plan(target)
    assert done.status == 0, done.err
    assert "plan: 0.5 runs" in done.out


def test_a_file_may_import_what_lies_beside_it(plan, here):
    (here / "below").mkdir()
    (here / "below" / "beside_it.py").write_text("HORIZON = 123\n")
    (here / "below" / "train.py").write_text(
        "from beside_it import HORIZON\n" + LOOP.replace("horizon=400", "horizon=HORIZON")
    )
    assert "plan: 0.5 runs = 62 updates" in plan("below/train.py:task").out


def test_a_file_with_dataclasses_and_a_main_guard_is_read_as_a_module(plan, here):
    (here / "train.py").write_text(
        "from __future__ import annotations\nfrom dataclasses import dataclass\n"
        "@dataclass\nclass Config:\n    lr: float = 0.1\n"
        f"{LOOP}\nif __name__ == '__main__':\n    raise SystemExit('trained')\n"
    )
    assert plan("train.py:task").status == 0


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("train.py", "TARGET 'train.py': expected file.py:name or package.module:name"),
        ("train.py:", "TARGET 'train.py:': expected file.py:name"),
        (":task", "TARGET ':task': expected file.py:name"),
        ("trian.py:task", "no file trian.py (looked in "),
        ("trian.py:task", "there is train.py"),
        ("no/where.py:task", "no file no/where.py (looked in "),
        ("trian:task", "no module 'trian' (looked in "),
        ("train.inner:task", "no module 'train.inner'"),
        ("train.py:tsak", "no 'tsak' in train.py; its tasks are: task, other_task"),
        ("train:tsak", "no 'tsak' in train; its tasks are: task, other_task"),
        ("empty.py:make_tsak", "no 'make_tsak' in empty.py; did you mean make_task?"),
        ("empty.py:xyz", "no 'xyz' in empty.py, which has no task: expected a surefoot.TorchTask or FunctionTask"),
        ("train.py:number", "train.py:number is a int: expected a task (surefoot.TorchTask, surefoot.FunctionTask)"),
        ("empty.py:make_task", "empty.py:make_task() returned NoneType: expected a surefoot.TorchTask"),
    ],
)
def test_a_target_that_names_no_task_says_what_was_looked_for_and_what_is_there(plan, here, target, said):
    (here / "train.py").write_text(LOOP + "number = 3\nother_task = task\n")
    (here / "empty.py").write_text("def make_task():\n    pass\n")
    done = plan(target)
    assert done.status == 2
    assert said in done.err
    assert "Traceback" not in done.err


def test_a_file_given_as_a_module_gets_a_hint(plan, here):
    (here / "below").mkdir()
    (here / "below" / "train.py").write_text(LOOP)
    assert "For a file write below/train.py:..." in plan("below/train:task").err


def test_the_loop_in_place_of_its_task_is_told_what_is_expected(plan, here):
    (here / "train.py").write_text(LOOP)
    done = plan("train.py:train")
    assert done.status == 2
    assert "without arguments" in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize("target", ["train.py:task", "train:task"])
def test_a_file_that_raises_shows_the_users_traceback_and_none_of_ours(plan, here, target):
    (here / "train.py").write_text("def deeper():\n    return {}['missing']\n\ndeeper()\n")
    done = plan(target)
    assert done.status == 1
    assert 'train.py", line 4, in <module>' in done.err
    assert 'train.py", line 2, in deeper' in done.err
    assert "KeyError: 'missing'" in done.err
    assert done.err.count('File "') == 2


def test_a_file_that_cannot_be_parsed_shows_the_place(plan, here):
    (here / "train.py").write_text("task = (\n")
    done = plan("train.py:task")
    assert done.status == 1
    assert 'train.py", line 1' in done.err
    assert "SyntaxError: '(' was never closed" in done.err


@pytest.mark.parametrize("target", ["train.py:task", "train:task"])
def test_a_module_that_misses_another_one_is_the_users_error(plan, here, target):
    (here / "train.py").write_text("import not_there_at_all\n")
    done = plan(target)
    assert done.status == 1
    assert "No module named 'not_there_at_all'" in done.err


def test_a_maker_that_raises_shows_the_users_traceback(plan, here):
    (here / "train.py").write_text("def make():\n    raise RuntimeError('no data')\n")
    done = plan("train.py:make")
    assert done.status == 1
    assert 'train.py", line 2, in make' in done.err
    assert "RuntimeError: no data" in done.err
    assert done.err.count('File "') == 1


@pytest.mark.parametrize("text", ["{}", "def make():\n    return {}\n"], ids=["while it is read", "by a maker"])
def test_bad_input_in_the_users_file_is_bad_input(plan, here, text):
    task = "sf.FunctionTask(print, horizon=400, schedule='cosin()')"
    (here / "train.py").write_text("import surefoot as sf\n" + text.format(f"make = {task}" if text == "{}" else task))
    done = plan("train.py:make")
    assert done.status == 2
    assert "cosine" in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize("text", ["import sys\nsys.exit({})", "def make():\n    raise SystemExit({})"])
@pytest.mark.parametrize("status", ["0", "2"])
def test_a_script_that_ends_the_program_is_the_users_error(plan, here, text, status):
    (here / "train.py").write_text(text.format(status))
    done = plan("train.py:make")
    assert done.status == 1
    assert "train.py" in done.err
    assert "SystemExit" in done.err
