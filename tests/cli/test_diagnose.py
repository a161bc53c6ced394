"""surefoot diagnose on logs of many kinds, whole and while they grow."""

import json
import subprocess
import sys

import numpy as np
import pytest

STRAIGHT = [3 - 0.0005 * i for i in range(1000)]


def noisy(losses, seed=0):
    return [loss + 0.02 * x for loss, x in zip(losses, np.random.default_rng(seed).standard_normal(len(losses)))]


def right(count=400):
    return noisy([0.3 + 2 / (1 + 0.3 * i) for i in range(count)])


def csv(path, losses, every=1, separator=",", comma=False):
    lines = [f"step{separator}loss"]
    for index, loss in enumerate(losses):
        lines.append(
            f"{index * every}{separator}{loss}".replace(".", ",") if comma else f"{index * every}{separator}{loss}"
        )
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.mark.parametrize(
    ("losses", "status", "said"),
    [
        (right(), 0, "healthy"),
        (right()[:10], 3, "cannot tell: 10 losses are too few"),
        (noisy(STRAIGHT), 5, "too low"),
        ([*right(50), *[float("nan")] * 50], 5, "too high"),
    ],
)
def test_the_exit_status_says_what_was_found(surefoot, here, losses, status, said):
    done = surefoot("diagnose", csv(here / "run.csv", losses))
    assert done.status == status
    assert said in done.out
    assert done.err == ""


def test_an_unfinished_training_is_judged_by_its_horizon(surefoot, here):
    path = csv(here / "run.csv", noisy(STRAIGHT), every=10)
    assert surefoot("diagnose", path, "--horizon", 100_000).status == 5
    assert surefoot("diagnose", path, "--horizon", 1_000_000).status == 3


def test_json_is_one_object_a_log(surefoot, here):
    paths = [csv(here / "one.csv", right()), csv(here / "two.csv", noisy(STRAIGHT))]
    done = surefoot("diagnose", *paths, "--json", "--lr", 1e-5, "--optimizer", "adamw")
    one, two = map(json.loads, done.out.splitlines())
    assert done.status == 5
    assert (one["kind"], two["kind"]) == ("healthy", "too_low")
    assert two["factor"][0] < two["factor"][1]
    assert two["loss"] == "loss"


def test_comma_decimals_in_a_semicolon_table(surefoot, here):
    done = surefoot("diagnose", csv(here / "run.csv", right(), separator=";", comma=True), "--json")
    assert json.loads(done.out)["kind"] == "healthy"


def test_json_lines_with_nan_as_text_and_the_rate(surefoot, here):
    lines = [{"step": i, "train/loss": str(loss), "lr": 0.5} for i, loss in enumerate([*right(60), *["nan"] * 30])]
    (here / "run.jsonl").write_text("\n".join(map(json.dumps, lines)))
    done = surefoot("diagnose", "run.jsonl", "--json")
    found = json.loads(done.out)
    assert (found["kind"], found["symptom"], found["since"]) == ("too_high", "diverged", 60)
    assert "Try a rate of about" in found["advice"]


def test_a_trainer_state_and_the_folder_that_holds_it(surefoot, here):
    history = [{"step": 10 * i, "epoch": i / 10, "loss": loss, "learning_rate": 1e-4} for i, loss in enumerate(right())]
    folder = here / "out" / "checkpoint-4000"
    folder.mkdir(parents=True)
    (folder / "trainer_state.json").write_text(json.dumps({"log_history": [*history, {"step": 4000, "eval_loss": 1}]}))
    assert surefoot("diagnose", folder / "trainer_state.json").status == 0
    assert surefoot("diagnose", here / "out").status == 0


def test_restarts_doubles_and_gaps_are_noted(surefoot, here):
    losses = right(1000)
    steps = [*range(300), *range(250, 400), 400, 400, *range(900, 1000)]
    (here / "run.csv").write_text("step,loss\n" + "\n".join(f"{s},{losses[min(s, 999)]}" for s in steps))
    done = surefoot("diagnose", "run.csv")
    assert done.status == 0
    for note in ("went back once", "logged already", "nothing was logged between step 400 and 900"):
        assert note in done.out


def test_no_loss_in_the_log_lists_the_columns(surefoot, here):
    (here / "run.csv").write_text("step,acc,los\n1,2,3\n2,3,4\n")
    done = surefoot("diagnose", "run.csv")
    assert (done.status, done.out) == (2, "")
    assert "it has step, acc, los. Say which: --loss NAME" in done.err
    assert surefoot("diagnose", "run.csv", "--loss", "los").status == 3


def test_standard_input_is_a_log_too(here, environment):
    text = "".join(f"step {i} loss {loss:.4f}\n" for i, loss in enumerate(noisy(STRAIGHT)))
    for more in ([], ["--follow"]):
        done = subprocess.run(
            [sys.executable, "-c", "from surefoot.cli import main; main()", "diagnose", "-", *more],
            input=text, capture_output=True, text=True, env=environment,
        )  # fmt: skip
        assert done.returncode == 5, done.stderr
        assert "too low" in done.stdout


def test_following_says_what_is_new_while_the_log_grows(here, environment):
    with subprocess.Popen(
        [sys.executable, "-c", "from surefoot.cli import main; main()", "diagnose", "--follow", "-"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, bufsize=1, env=environment,
    ) as process:  # fmt: skip
        for i, loss in enumerate([*right(60), *["nan"] * 5]):
            process.stdin.write(f"step={i} loss={loss}\n")
        process.stdin.flush()
        said = process.stderr.readline()
        assert "too high" in said
        out, _ = process.communicate()
    assert process.returncode == 5
    assert out.startswith("-: 65 values of loss")


def test_a_picture_is_saved(surefoot, here):
    pytest.importorskip("matplotlib")
    assert surefoot("diagnose", csv(here / "run.csv", right()), "--plot", "loss.png").status == 0
    assert (here / "loss.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere.csv"], "cannot read nowhere.csv: No such file or directory"),
        (["."], "no log in the folder ."),
        (["a.csv", "b.csv", "--follow"], "--follow takes one log, and got 2: a.csv b.csv"),
        (["a.csv", "--plot", "x.xyz"], "--plot x.xyz: expected an ending of"),
        (["a.csv", "--lr", "-1"], "-1.0 is not in the range x>0"),
        ([], "Missing argument 'LOG...'"),
    ],
)
def test_bad_input_is_refused_with_what_was_expected(surefoot, arguments, message):
    done = surefoot("diagnose", *arguments)
    assert (done.status, done.out) == (2, "")
    assert message in done.err
