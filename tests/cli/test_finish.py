"""find --finish --save: the trained model as a file, whatever happens on the way."""

import json
import os
import signal
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

SUREFOOT = str(Path(sysconfig.get_path("scripts")) / "surefoot")

TASK = """
import torch, torch.nn.functional as F, surefoot as sf
from torch.utils.data import TensorDataset

inputs = torch.randn(400, 10, generator=torch.Generator().manual_seed(0))
data = TensorDataset(inputs, inputs[:, :1] * inputs[:, 1:2])

def step(trial, batch):
    loss = F.mse_loss(trial.model(batch[0]), batch[1])
    loss.backward()
    trial.optimizer.step()
    trial.optimizer.zero_grad()
    EXTRA
    return loss

task = sf.TorchTask(
    model=lambda: torch.nn.Sequential(torch.nn.Linear(10, 16), torch.nn.ReLU(), torch.nn.Linear(16, 1)),
    optimizer=lambda model, lr: torch.optim.AdamW(model.parameters(), lr=lr), train=data, valid=data, step=step,
    loss=lambda model, batch: F.mse_loss(model(batch[0]), batch[1]), batch_size=20, horizon=200, schedule="SCHEDULE",
)
"""
STABLE, BOUND = "warmup(10) >> hold() >> decay(0.2)", "warmup(0.05) >> cosine()"

# An answered study with a trunk of 60 updates, as search leaves it in the middle.
PREPARE = """
import sys
from task import task
from surefoot.engines import Inline, Work
from surefoot.finder._asked import Asked
from surefoot.finder._setup import new_setup
from surefoot.records import Answer, Curve, Next, Segment, Trial, Verdict
from surefoot.store import open_store
settings, facts = new_setup(task, Asked(budget=0.5))
study = open_store().create(sys.argv[1], settings, facts, {"schedule": str(task.schedule)})
study.decide(Answer(0.01, (0.005, 0.02), None, None, Verdict("clear", "0.01.", 0.95), Curve(), "by hand"), after=0)
segment = Segment(Trial(0.008, 0), "trunk", task.horizon, 0, 60)
study.decide(Next((segment,), "by hand", finish=True), after=0)
ignored = lambda *_: None
engine = Inline(Work(task, facts, 0, settings.assess_forwards, study.checkpoints(), None, ignored, ignored))
engine.submit(segment)
study.commit(*engine.wait())
"""


def write(folder, schedule=STABLE, extra="pass"):
    (folder / "task.py").write_text(TASK.replace("SCHEDULE", schedule).replace("EXTRA", extra))


def prepare(folder, environment, name="one"):
    environment = {**environment, "PYTHONPATH": f"{folder}{os.pathsep}{environment.get('PYTHONPATH', '')}"}
    subprocess.run([sys.executable, "-c", PREPARE, name], cwd=folder, env=environment, check=True)


def typed(folder, environment, *arguments):
    return subprocess.run(
        [SUREFOOT, *arguments], cwd=folder, env=environment, text=True, check=False, capture_output=True
    )


@pytest.mark.parametrize("name", ["model.safetensors", "model.pt"])
def test_the_trained_model_is_saved(surefoot, here, name):
    write(here, BOUND)
    asked = (
        "find",
        "task.py:task",
        "--lr-min",
        "1e-3",
        "--lr-max",
        "0.1",
        "--study",
        "one",
        "--finish",
        "--save",
        name,
    )
    done = surefoot(*asked, "--json")
    assert done.status in {0, 3}, done.err
    answer = json.loads(done.out)
    assert answer["trained_lr"] == answer["lr"]
    assert answer["trained"]["rates"] == [[0, answer["lr"]]]
    assert answer["tried"][-1]["updates"] == 200
    load = load_file if name.endswith("safetensors") else lambda file: torch.load(file, weights_only=True)
    assert {key: tuple(value.shape) for key, value in load(here / name).items()} == {
        "0.weight": (16, 10), "0.bias": (16,), "2.weight": (1, 16), "2.bias": (1,),
    }  # fmt: skip
    (here / name).unlink()
    again = surefoot(*asked)  # the same again writes it from what is kept
    assert (here / name).exists()
    assert "trained       to the end with" in again.out
    assert " updates  score" not in again.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--save", "m.pt"], "--save m.pt: there is a trained model only with --finish; give both, or neither"),
        (["--finish", "--save", "m.bin"], "--save m.bin: expected an ending of .safetensors, .pt, .pth"),
        (["--finish", "--save", "no/m.pt"], "--save no/m.pt: there is no folder no"),
        (["--finish", "--save", "m.bin", "--dry-run"], "--save m.bin: expected an ending"),
    ],
)
def test_what_cannot_be_saved_is_refused_before_the_task_is_even_read(surefoot, here, arguments, said):
    (here / "task.py").write_text("raise SystemExit('was read')")
    done = surefoot("find", "task.py:task", *arguments)
    assert done.status == 2
    assert said in done.err
    assert "was read" not in done.err


def test_a_loop_of_ones_own_has_no_model_to_hand_over(surefoot, here):
    (here / "task.py").write_text(
        "import surefoot as sf\ntask = sf.FunctionTask(lambda trial: print('ran'), horizon=100)"
    )
    done = surefoot("find", "task.py:task", "--finish")
    assert done.status == 2
    assert "finish: a FunctionTask keeps its model to itself" in done.err
    assert "ran" not in done.err


def test_the_plan_says_what_finishing_costs_and_what_would_be_cheaper(surefoot, here):
    write(here, BOUND)
    done = surefoot("find", "task.py:task", "--finish", "--dry-run")
    assert "then the found rate is trained from the start to the end: 1 runs, about" in done.out
    assert "cheaper to finish: schedule='warmup(0.05) >> hold() >> decay(0.2)'" in done.out
    write(here, STABLE)
    done = surefoot("find", "task.py:task", "--finish", "--dry-run")
    assert "then the best trial is trained to the end: at most 1 runs" in done.out


@pytest.mark.full
def test_killed_in_the_middle_of_finishing_it_goes_on_where_it_was(here, environment):
    write(here)
    prepare(here, environment)
    prepare(here, environment, "two")
    (here / "killed.py").write_text(
        "import os, signal\nfrom task import *\ntrained = task.run\n"
        "def run(segment, host):\n"
        "    told = host.tick\n"
        "    def tick(tick):\n"
        "        told(tick)\n"
        "        if tick.step == 113: os.kill(os.getpid(), signal.SIGKILL)\n"
        "    host.tick = tick\n"
        "    return trained(segment, host)\n"
        "task.run = run\n"
    )
    asked = ["--study", "one", "--finish", "--save", "one.safetensors", "--json"]
    killed = typed(here, environment, "find", "killed.py:task", *asked)
    assert killed.returncode == -signal.SIGKILL
    assert not (here / "one.safetensors").exists()
    resumed = typed(here, environment, "find", "task.py:task", *asked)
    assert resumed.returncode == 0, resumed.stderr
    assert "trunk 60-80" not in resumed.stderr  # done before
    assert "trunk 100-120" in resumed.stderr
    undisturbed = typed(
        here, environment, "find", "task.py:task", "--study", "two", "--finish", "--save", "two.safetensors", "--json"
    )
    one, two = json.loads(resumed.stdout), json.loads(undisturbed.stdout)
    assert one["trained"] == two["trained"]
    assert one["trained"]["rates"] == [[0, 0.008], [60, 0.01]]
    assert one["price"]["updates"] == two["price"]["updates"] == 200
    assert (here / "one.safetensors").read_bytes() == (here / "two.safetensors").read_bytes()


@pytest.mark.full
def test_interrupted_in_the_middle_of_finishing_it_says_how_to_go_on(here, environment):
    write(
        here,
        extra="""
    import os, signal
    if trial.step == 130: os.kill(os.getpid(), signal.SIGINT)""",
    )
    prepare_without_signal = here / "task.py"
    text = prepare_without_signal.read_text()
    prepare(here, environment)  # its trunk ends before
    done = typed(here, environment, "find", "task.py:task", "--study", "one", "--finish", "--save", "m.pt")
    assert done.returncode == 130, done.stderr
    assert "surefoot find task.py:task --study one --finish --save m.pt goes on from there" in done.stderr
    assert "Traceback" not in done.stderr
    prepare_without_signal.write_text(text.replace("trial.step == 130", "False"))
    assert (
        typed(here, environment, "find", "task.py:task", "--study", "one", "--finish", "--save", "m.pt").returncode == 0
    )
    assert (here / "m.pt").exists()


@pytest.mark.full
def test_a_rate_that_fails_before_the_end_saves_nothing_and_is_no_success(here, environment):
    write(
        here,
        extra="""
    if trial.step == 130: return loss * float("nan")""",
    )
    prepare(here, environment)
    done = typed(here, environment, "find", "task.py:task", "--study", "one", "--finish", "--save", "m.pt")
    assert done.returncode == 3
    assert "trained       FAILED before the end, so there is no model and the rate does not hold" in done.stdout
    assert "m.pt was not written: no model was trained to the end" in done.stderr
    assert not (here / "m.pt").exists()


@pytest.mark.full
def test_a_finished_study_shows_what_it_was_trained_with_and_why(here, environment):
    write(here)
    prepare(here, environment)
    typed(here, environment, "find", "task.py:task", "--study", "one", "--finish")
    shown = typed(here, environment, "studies", "show", "one").stdout
    assert "trained       to the end with 8e-3, 0.01 from update 60 on: score" in shown
    assert "trunk 60-80  kept, to be continued" in shown
    assert json.loads(typed(here, environment, "studies", "show", "one", "--json").stdout)["trained_lr"] == 0.01
    why = typed(here, environment, "studies", "why", "one").stdout
    assert "the trunk of 0.008 is continued from update 60 with 0.01" in why
    assert "0.01, cooldown 160-200" in why
