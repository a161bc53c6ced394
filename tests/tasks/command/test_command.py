"""A program as a task: where its score is found, what its first run tells, how its trials end, and what is said."""

import dataclasses
import shlex
import sys
from pathlib import Path

import pytest

import surefoot as sf
from surefoot.errors import BadTask, UserCodeError
from surefoot.records import Segment, Trial
from surefoot.tasks.command import EPOCH

PROGRAM = Path(__file__).parent / "program.py"
LENGTH = ("--lr", "{lr}", "--steps", "{steps}", "--seed", "{seed}")
EPOCHS = ("--lr", "{lr}", "--epochs", "{epochs}", "--seed", "{seed}")


def program(*argv, length=LENGTH, **changes):
    command = [sys.executable, "-I", "-S", str(PROGRAM), *length, *argv]
    return sf.CommandTask(command, **{"horizon": 400, "score": "val_loss", **changes})


class Host:
    """What the engine would be for a segment."""

    assess_batches = 0
    slot = 0

    def __init__(self, folder=None):
        self.folder = folder
        self.ticks = []

    def tick(self, tick):
        self.ticks.append(tick)


def whole(lr, updates, seed=0):
    return Segment(Trial(lr, seed), "whole", updates, 0, updates)


def trial(task, lr, updates=100, folder=None):
    """One trial behind the preflight that must come first."""
    task.preflight(0, 10)
    return task.run(whole(lr, updates), Host(folder))


def by_hand(lr, steps, seed=0):
    """The same training without any of ours."""
    import random

    chance, curvatures = random.Random(seed), (1.0, 0.1, 0.01)
    place = [chance.uniform(1, 2) for _ in curvatures]
    losses = []
    for _ in range(steps):
        losses.append(sum(c * x * x for c, x in zip(curvatures, place)))
        place = [x - lr * (2 * c * x + chance.gauss(0, 0.01)) for c, x in zip(curvatures, place)]
    return sum(c * x * x for c, x in zip(curvatures, place)), losses


# What is read


@pytest.mark.parametrize("say", ["text", "json", "dict"])
def test_score_and_losses_are_those_of_the_program_by_hand(say):
    stage = trial(program("--say", say), 0.3)
    score, losses = by_hand(0.3, 100)
    assert (stage.state, stage.score) == ("ok", score)
    assert (stage.losses.first, stage.losses.lowest, stage.losses.count) == (losses[0], min(losses), 100)
    assert (stage.cost.updates, stage.cost.forwards) == (100, 0)


@pytest.mark.parametrize(
    ("say", "pattern"),
    [("csv", "{dir}/**/results.csv"), ("trainer_state", "{dir}/trainer_state.json"), ("csv", "{dir}/logs/*.csv")],
)
def test_scores_are_read_from_files_that_are_written_anew(say, pattern, tmp_path):
    task = program("--say", say, "--out", "{dir}", score_file=pattern)
    stage = trial(task, 0.3, 40, tmp_path / "a [strange] *folder?")
    assert stage.score == by_hand(0.3, 40)[0]
    assert stage.losses.count == 40


def test_a_progress_bar_gives_its_last_state():
    task = program("--say", "bar", length=EPOCHS, horizon="40 epochs")
    assert trial(task, 0.3, 4 * EPOCH).score == by_hand(0.3, 40)[0]


def test_binary_and_floods_of_output_are_got_over(tmp_path):
    assert trial(program("--say", "binary"), 0.3, 20).score == by_hand(0.3, 20)[0]
    assert trial(program("--say", "flood"), 0.3, 20, tmp_path).score == by_hand(0.3, 20)[0]
    (log,) = tmp_path.glob("*.log")
    assert 300_000 < log.stat().st_size < 500_000


def test_the_best_or_the_last_of_several_scores_counts():
    losses = by_hand(0.3, 60)[1]
    assert trial(program(score="loss"), 0.3, 60).score == losses[-1]
    assert trial(program(score="loss", score_on="best"), 0.3, 60).score == min(losses)
    assert trial(program(score="loss", score_on="best", goal="max"), 0.3, 60).score == max(losses)


# The first run


def test_preflight_runs_the_program_once_untrained_and_counts_it():
    facts = program().preflight(3, 10)
    assert facts.untrained == pytest.approx(by_hand(0.0, 10, seed=3)[0], rel=1e-6)
    assert (facts.cost.updates, facts.smallest, facts.granularity, facts.assess_batches) == (10, 10, 1, 0)
    assert any("'val_loss' in standard output" in note and "counts in the price" in note for note in facts.notes)
    assert any("'loss' in standard output" in note for note in facts.notes)


def test_epochs_count_a_hundred_updates_and_come_whole():
    task = program(length=EPOCHS, horizon="40 epochs")
    facts = task.preflight(0, 10)
    assert (task.horizon, facts.granularity, facts.smallest, facts.cost.updates) == (4000, EPOCH, EPOCH, EPOCH)
    assert any("an epoch counts as 100 updates" in note for note in facts.notes)
    stage = task.run(whole(0.3, 3 * EPOCH), Host())
    assert stage.score == by_hand(0.3, 30)[0]
    assert stage.losses.count == 3


def test_a_program_that_logs_no_score_in_ten_updates_gets_one_longer_run():
    code = "import sys; n = int(sys.argv[2]); print('val_loss', 2 - float(sys.argv[1])) if n > 10 else 0"
    task = sf.CommandTask([sys.executable, "-S", "-c", code, "{lr}", "{steps}"], horizon=1000, score="val_loss")
    facts = task.preflight(0, 10)
    assert (facts.smallest, facts.cost.updates) == (40, 50)


@pytest.mark.parametrize(
    ("argv", "noted"),
    [
        (["--lr", "{lr}", "--steps", "{steps}"], "has no {seed}"),
        ([*LENGTH, "warmup_epochs=3"], "a warmup of fixed length does not shrink"),
    ],
)
def test_what_the_user_should_know_is_noted(argv, noted):
    assert any(noted in note for note in program(length=argv).preflight(0, 10).notes)


def test_a_schedule_that_is_broken_off_is_warned_of():
    assert any("almost nothing" in note for note in program(schedule_of_program="prefix").preflight(0, 10).notes)


@pytest.mark.parametrize(
    ("argv", "changes", "said"),
    [
        (
            [],
            {"score": "val_los"},
            r"no score 'val_los' in a run of 10 updates and one of 16 .*Did you mean 'val_loss'",
        ),
        ([], {"score": "accuracy", "goal": "max"}, r"The names seen there: step, loss, val_loss\. Give the one"),
        (["--say", "nothing"], {}, r"no number with a name was seen.*It printed nothing"),
        (
            ["--out", "{dir}"],
            {"score_file": "{dir}/*.csv"},
            r"no file matches that pattern.* it wrote there: state\.json",
        ),
        (
            ["--say", "csv", "--out", "{dir}"],
            {"score_file": "{dir}/**/*.csv", "score": "gain"},
            r"names seen there: step, loss, val_loss",
        ),
        (["--fault", "nan at once"], {}, r"is nan in a run whose rate is so small.*not the learning rate"),
    ],
)
def test_a_score_that_is_not_there_is_answered_with_what_was_seen(argv, changes, said):
    with pytest.raises(BadTask, match=f"(?s){said}"):
        program(*argv, **changes).preflight(0, 10)


def test_a_name_that_may_be_several_is_refused():
    code = "print('val_loss/a=1 val_loss/b=2', {lr})".replace("{lr}", "'{lr} {steps}'")
    task = sf.CommandTask([sys.executable, "-S", "-c", code], horizon=100, score="val_loss")
    with pytest.raises(BadTask, match=r"may be any of 'val_loss/a', 'val_loss/b': give the whole name"):
        task.preflight(0, 10)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("usage", r"ended with status 2 after .*program\.py --lr 1\.0e-10 --steps 10.*unrecognized arguments: --lrr"),
        ("needs a terminal", r"ended with status 1.*No such device or address: '/dev/tty'"),
        ("asks", r"ended with status 1.*EOFError"),
    ],
)
def test_a_program_that_fails_shows_its_command_and_its_last_words(fault, said):
    with pytest.raises(UserCodeError, match=f"(?s){said}"):
        program("--fault", fault).preflight(0, 10)


@pytest.mark.parametrize("fault", ["hangs", "stubborn"])
def test_a_program_that_hangs_is_ended(fault, monkeypatch):
    monkeypatch.setattr("surefoot.tasks.command._process._GRACE", 0.1)
    with pytest.raises(UserCodeError, match=r"took longer than its timeout and was ended after"):
        program("--fault", fault, timeout=0.3).preflight(0, 10)
    monkeypatch.setattr("surefoot.tasks.command._run._SILENCE", 0.3)
    with pytest.raises(UserCodeError, match=r"printed nothing for a long time.*--timeout"):
        program("--fault", fault).preflight(0, 10)


def test_one_that_cannot_be_started_is_said(tmp_path):
    script = tmp_path / "script"
    script.write_text("#!/no/such/interpreter\n")
    script.chmod(0o755)
    with pytest.raises(BadTask, match=r"cannot run .*script: No such file"):
        sf.CommandTask([str(script), "{lr}", "{steps}"], horizon=9, score="x").preflight(0, 10)


# Trials


def test_no_shell_sees_an_argument():
    strange = ["$(touch /tmp/never)", "a 'quoted' \"one\"", "two\nlines", "*", "; exit 3", "`id`", "\\", "ü"]
    code = "import sys; print('val_loss=1.5 seen=' + str(int(sys.argv[3:] == eval(sys.argv[2]))), sys.argv[1])"
    command = [sys.executable, "-S", "-c", code.replace("{", "{{"), "{lr} {steps}", repr(strange), *strange]
    assert sf.CommandTask(command, horizon=100, score="seen").preflight(0, 10).untrained == 1


def test_a_rate_whose_losses_turn_nan_fails_where_they_do():
    stage = trial(program(), 3.0)
    steps = next(index for index, loss in enumerate(by_hand(3.0, 100)[1]) if loss > 1e6) + 1
    assert (stage.state, stage.score, stage.cost.updates) == ("failed", None, steps)
    assert stage.reason == f"the loss was nan after about {steps} updates"


def test_a_hopeless_trial_is_ended_and_its_record_does_not_depend_on_when():
    code = (
        "import sys, time\nlr, steps, wait = float(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])\n"
        "for step in range(steps):\n"
        "    print('loss', 2.0 + (step * lr if lr > 1 else 0) + step % 3 / 10, flush=True)\n"
        "    time.sleep(wait)\n"
        "print('val_loss', 1.0)"
    )
    stages = []
    for wait in ("0", "0.003"):
        command = [sys.executable, "-S", "-c", code, "{lr}", "{steps}", wait]
        stages.append(trial(sf.CommandTask(command, horizon=1000, score="val_loss"), 10.0, 300))
    fast, slow = (
        dataclasses.replace(stage, cost=dataclasses.replace(stage.cost, training=0.0, starting=0.0)) for stage in stages
    )
    assert fast == slow
    assert (fast.state, fast.cost.updates) == ("ended", 90)
    assert "left its start upward for good" in fast.reason
    assert "after about 90 updates" in fast.reason


def test_a_program_that_gives_up_because_of_the_rate_is_a_failed_trial():
    stage = trial(program("--fault", "gives up"), 3.0)
    assert stage.state == "failed"
    assert "ended with status 1: loss is nan, stopping training" in stage.reason


def test_a_program_that_fails_for_another_reason_is_no_trial():
    task = program("--fault", "crashes")
    assert trial(task, 0.01).ok
    with pytest.raises(UserCodeError, match=r"(?s)ended with status 1.*CUDA error: no kernel image"):
        trial(task, 0.3)


def test_a_program_that_ignores_the_rate_is_told_so():
    task = program("--fault", "ignores")
    with pytest.raises(BadTask, match=r"ignores \{lr\}: the score .* and all 10 losses are the same to the last digit"):
        for lr in (1e-4, 1e-3, 1e-2, 1e-1):
            trial(task, lr, 10)


def test_rounded_scores_that_tie_are_no_proof_of_that():
    task = program("--fault", "ignores", "--say", "rounded")
    assert len({trial(task, lr, 10).score for lr in (1e-4, 1e-3, 1e-2, 1e-1, 1.0)}) == 1


def test_its_children_are_gone_and_so_is_its_folder(tmp_path):
    stage = trial(program("--fault", "children", "--out", "{dir}"), 0.3, 20, tmp_path)
    assert stage.ok
    left = [path.name for path in tmp_path.iterdir() if path.name != "child"]
    assert left == ["0.3-0-20.log"]
    assert "--lr 0.3 --steps 20" in (tmp_path / "0.3-0-20.log").read_text()


def test_a_program_that_can_resume_goes_on_from_its_shorter_run(tmp_path):
    task = program("--out", "{dir}", "--resume", "{resume}", schedule_of_program="constant")
    first = trial(task, 0.3, 20, tmp_path)
    second = trial(task, 0.3, 60, tmp_path)
    assert (first.cost.updates, second.cost.updates) == (20, 40)
    assert second.losses.count == 40
    assert trial(task, 0.1, 60, tmp_path).cost.updates == 60
    assert "--resume" not in (tmp_path / "0.3-0-20.log").read_text()
    assert f"--resume {shlex.quote(str(tmp_path / '0.3-0-20'))}" in (tmp_path / "0.3-0-60.log").read_text()


def test_ticks_show_step_rate_and_loss_and_are_thinned():
    task, host = program(), Host()
    task.preflight(0, 10)
    task.run(whole(0.3, 1000), host)
    assert len(host.ticks) == 250
    assert [tick.step for tick in host.ticks[:2]] == [0, 5]
    assert {tick.lr for tick in host.ticks} == {0.3}
    assert host.ticks[0].loss == by_hand(0.3, 1)[1][0]


def test_each_run_sees_the_gpus_that_are_its_own(monkeypatch, tmp_path):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3,5")
    trial(program("--fault", "environment", gpus_per_trial=1), 0.3, 10, tmp_path)
    assert "CUDA_VISIBLE_DEVICES 3\n" in (tmp_path / "0.3-0-10.log").read_text()


# A whole find


def test_find_answers_for_a_program(store):
    found = sf.find(program(), lr=0.001, budget=1, study="one", store=store)
    assert found.verdict.kind == "clear"
    assert 0.05 < found.lr < 1.1
    assert found.yours.kind == "too_low"
    assert found.price.updates == 10 + sum(stage.cost.updates for stage in found.records.stages)
    assert found.command.endswith(f"--lr {found.lr!r} --steps 400 --seed 0")
    assert found.command in str(found)
    (files,) = (Path(store) / "files").iterdir()
    assert files.name.startswith("one-")
    assert files.is_dir()


def test_a_study_goes_on_without_running_the_check_again(store, tmp_path):
    counted = tmp_path / "runs"
    code = f"import sys; open({str(counted)!r}, 'a').write('x'); exec(open(sys.argv.pop(1)).read())"
    command = [sys.executable, "-I", "-S", "-c", code, str(PROGRAM), *LENGTH]
    first = sf.find(sf.CommandTask(command, horizon=400, score="val_loss"), budget=0.3, study="one", store=store)
    runs = len(counted.read_text())
    assert runs == 1 + len(first.records.stages)
    again = sf.find(sf.CommandTask(command, horizon=400, score="val_loss"), study="one", store=store)
    assert again == first
    assert len(counted.read_text()) == runs
    more = sf.find(sf.CommandTask(command, horizon=400, score="val_loss"), budget=1, study="one", store=store)
    assert len(counted.read_text()) == 1 + len(more.records.stages)


def test_a_study_of_another_command_or_a_changed_file_says_what_differs(store, tmp_path):
    copy = tmp_path / "train.py"
    copy.write_text(PROGRAM.read_text())
    command = [sys.executable, "-I", "-S", str(copy), *LENGTH]
    sf.find(sf.CommandTask(command, horizon=400, score="val_loss"), budget=0.2, study="one", store=store)
    copy.write_text(f"{PROGRAM.read_text()}\n# changed")
    with pytest.raises(sf.errors.BadStudy, match=r"belongs to another task.*\n  files: "):
        sf.find(sf.CommandTask(command, horizon=400, score="val_loss"), study="one", store=store)
    with pytest.raises(sf.errors.BadStudy, match="command: "):
        sf.find(program(), study="one", store=store)
