"""An argument vector with placeholders: what is filled in, and what is refused before anything runs."""

import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import surefoot as sf
from surefoot.draw import rate_argument
from surefoot.errors import BadTask
from surefoot.tasks.command._template import Template

PYTHON = sys.executable


def filled(*argv, **values):
    return Template([PYTHON, *argv]).fill(values)[1:]


def test_placeholders_are_filled_in_wherever_they_stand():
    assert filled("--lr={lr}", "{dir}/a/{seed}", lr="0.1", dir="/x", seed="3") == ["--lr=0.1", "/x/a/3"]


def test_double_braces_stand_for_braces():
    assert filled('{{"lr": {lr}, "a": {{}}}}', lr="0.1") == ['{"lr": 0.1, "a": {}}']


@given(st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), max_size=5))
def test_any_other_argument_is_passed_as_it_is(argv):
    assert filled(*(part.replace("{", "{{").replace("}", "}}") for part in argv)) == argv


@pytest.mark.parametrize("rate", [1e-10, 1e-5, 2.61e-5, 1e-3, 0.00316, 0.5, 1.0, 25.1, 1e16, 1.5e20])
def test_a_rate_comes_back_exactly_and_is_a_number_for_yaml(rate):
    assert float(rate_argument(rate)) == rate
    assert "." in rate_argument(rate)


@pytest.mark.parametrize(
    ("argv", "left"),
    [
        (["--resume", "{resume}/last.pt", "x"], ["x"]),
        (["--resume={resume}", "x"], ["x"]),
        (["-v", "resume={resume}", "x"], ["-v", "x"]),
    ],
)
def test_a_resume_group_is_left_out_at_the_start(argv, left):
    assert filled(*argv) == left
    assert filled(*argv, resume="/old") == [part.replace("{resume}", "/old") for part in argv]


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        ([], "the command is empty"),
        (["  "], "the command is empty"),
        ("python train.py --lr {lr}", r"expected a list of arguments.*shlex\.split"),
        (["no-such-program-anywhere"], "no program 'no-such-program-anywhere' on the PATH: is it installed"),
        (["pythn3"], "no program 'pythn3' on the PATH; did you mean .*python3"),
        (["python train.py --lr {{lr}}"], "without quotes around all of it"),
        ([PYTHON, "{lrr}"], r"unknown placeholder \{lrr\}; did you mean \{lr\}\?"),
        ([PYTHON, "{learning_rate}"], r"unknown placeholder \{learning_rate\}; there are \{lr\}, \{steps\}"),
        ([PYTHON, "{lr:.3f}"], r"unknown placeholder \{lr:\.3f\}; did you mean \{lr\}"),
        ([PYTHON, "{}"], r"unknown placeholder \{\}"),
        ([PYTHON, "{0}"], r"unknown placeholder \{0\}"),
        ([PYTHON, '{"a": 1}'], r"unknown placeholder.*Write \{\{ and \}\} for braces"),
        ([PYTHON, "{lr"], r"has a single brace: write \{\{ and \}\} for braces"),
        ([PYTHON, "lr}"], "has a single brace"),
        ([PYTHON, "a\0b"], "NUL character"),
    ],
)
def test_what_cannot_be_run_is_refused_with_what_to_do(argv, said):
    with pytest.raises(BadTask, match=f"(?s){said}"):
        Template(argv)


def test_a_file_that_may_not_be_executed_is_said(tmp_path):
    (tmp_path / "train.py").write_text("")
    with pytest.raises(BadTask, match=r"may not be executed: run it by its interpreter \(python "):
        Template([str(tmp_path / "train.py")])


@pytest.mark.parametrize(
    ("argv", "changes", "said"),
    [
        (["--steps", "{steps}"], {}, r"no \{lr\}: write it where the learning rate stands"),
        (["--lr", "{lr}"], {}, r"no \{steps\}.*shorter as a whole.*says almost nothing"),
        (["{lr}", "{epochs}"], {}, r"has \{epochs\} and the horizon is in steps.*--horizon '100 epochs'"),
        (["{lr}", "{steps}"], {"horizon": "3 epochs"}, r"has \{steps\} and the horizon is in epochs"),
        (["{lr}", "{steps}", "{epochs}"], {}, r"has \{epochs\} and \{steps\}"),
        (["{lr}", "{steps}", "{resume}"], {}, r"\{resume\}: a run whose schedule has shrunk"),
        (["{lr}", "{steps}"], {"horizon": 0}, "at least one update"),
        (["{lr}", "{steps}"], {"horizon": "long"}, "expected updates"),
        (["{lr}", "{epochs}"], {"horizon": "2.5 epochs"}, "expected whole epochs"),
        (["{lr}", "{steps}"], {"score": ""}, "expected the name of a logged number"),
        (["{lr}", "{steps}"], {"score": "metrics/mAP50"}, r"looks like one of which more is better.*--goal max"),
        (["{lr}", "{steps}"], {"score": "eval_accuracy"}, "looks like one of which more is better"),
        (["{lr}", "{steps}"], {"goal": "up"}, "expected 'min' or 'max'"),
        (["{lr}", "{steps}"], {"score_on": "first"}, "expected 'last' or 'best'"),
        (["{lr}", "{steps}"], {"schedule_of_program": "cosine"}, "expected 'shrinks', 'prefix', 'constant'"),
        (["{lr}", "{steps}"], {"score_file": "results.csv"}, r"expected a pattern within \{dir\}"),
        (["{lr}", "{steps}"], {"score_file": "{dir}/results.csv"}, r"no \{dir\} in the command"),
        (["{lr}", "{steps}"], {"timeout": 0}, "timeout=0: expected seconds above 0"),
        (["{lr}", "{steps}"], {"gpus_per_trial": 0}, "expected a whole number of at least 1"),
    ],
)
def test_a_task_that_cannot_work_is_refused_at_construction(argv, changes, said):
    with pytest.raises(BadTask, match=f"(?s){said}"):
        sf.CommandTask([PYTHON, *argv], **{"horizon": 400, "score": "val_loss", **changes})


@pytest.mark.parametrize("horizon", [400, "400", "400 steps", "400 updates"])
def test_a_horizon_in_updates_may_be_written_in_several_ways(horizon):
    assert sf.CommandTask([PYTHON, "{lr}", "{steps}"], horizon=horizon, score="loss").horizon == 400


def test_numbers_and_paths_may_be_arguments():
    assert Template([Path(PYTHON), "--batch-size", 32]).fill({})[1:] == ["--batch-size", "32"]
