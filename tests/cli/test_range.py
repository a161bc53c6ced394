"""surefoot find --method range: a suggestion from one ramp, and nothing kept."""

import json

import pytest

TASK = """
import torch, torch.nn.functional as F
from sklearn.datasets import load_digits
from torch.utils.data import TensorDataset
import surefoot as sf

torch.set_num_threads(1)
pixels, labels = load_digits(return_X_y=True)
images, classes = torch.tensor(pixels, dtype=torch.float32) / 16, torch.tensor(labels)
print("a print while the file is read")

def loss(model, batch):
    return F.cross_entropy(model(batch[0]), batch[1])

task = sf.TorchTask(
    model=lambda: torch.nn.Sequential(torch.nn.Linear(64, 24), torch.nn.ReLU(), torch.nn.Linear(24, 10)),
    optimizer=torch.optim.AdamW, train=TensorDataset(images[:1200], classes[:1200]),
    valid=TensorDataset(images[1200:], classes[1200:]), loss=loss, batch_size=20, horizon=400,
)
loop = sf.FunctionTask(lambda trial: trial.report(1.0), horizon=400)
"""


@pytest.fixture
def target(here):
    (here / "task.py").write_text(TASK)
    return "task.py:task"


def test_it_suggests_a_rate_and_calls_it_a_suggestion(surefoot, target, here, tmp_path):
    done = surefoot("find", target, "--method", "range")
    assert done.status == 0
    assert done.out.startswith("suggestion    ")
    assert "find compares whole trainings" in done.out
    assert "a print while the file is read" in done.err
    assert [path.name for path in here.iterdir() if path.name != "__pycache__"] == ["task.py"]
    assert not (tmp_path / "home").exists()


def test_it_says_the_same_again_as_json_and_draws_it(surefoot, target, here):
    first = surefoot("find", target, "--method", "range", "--json")
    again = surefoot("find", target, "--method", "range", "--json", "--plot", "curve.png")
    assert again.out == first.out
    found = json.loads(first.out)
    assert found["method"] == "range"
    assert found["verdict"]["kind"] == "clear"
    assert 1e-4 < found["lr"] < 0.1
    assert found["updates"] == len(found["rates"]) == len(found["losses"]) <= 100
    assert (here / "curve.png").stat().st_size > 1000


def test_a_range_and_a_budget_are_what_it_is_given(surefoot, target):
    done = surefoot("find", target, "--method", "range", "--json", "--lr-min", 1e-4, "--lr-max", 1e-2, "--budget", 0.1)
    found = json.loads(done.out)
    assert (found["rates"][0], found["rates"][-1], found["updates"]) == (1e-4, 1e-2, 40)
    assert (done.status, found["lr"], found["verdict"]["flags"]) == (3, None, ["edge"])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--lr", "1e-3"], "--lr: --method range judges no rate and keeps no study"),
        (["--study", "x", "--store", "none"], "--study, --store: --method range judges"),
        (["--dry-run"], "--dry-run: --method range"),
        (["--tolerance", "0.1"], "--tolerance: --method range"),
        (["--budget", "0.001"], "budget='0.001' is 0 updates of this task: a range test needs at least 10"),
        (["--lr-min", "1", "--lr-max", "0.1"], "lr_min=1 and lr_max=0.1: expected lr_min below lr_max"),
        (["--lr-min", "0"], "lr_min=0.0: expected a rate above 0"),
    ],
)
def test_what_it_cannot_do_is_refused(surefoot, target, arguments, said):
    done = surefoot("find", target, "--method", "range", *arguments)
    assert (done.status, done.out) == (2, "")
    assert said in done.err


def test_a_loop_of_ones_own_is_sent_to_the_function(surefoot, target):
    done = surefoot("find", "task.py:loop", "--method", "range")
    assert (done.status, done.out) == (2, "")
    assert "needs a TorchTask, and this is a FunctionTask" in done.err
    assert "surefoot.range_test(model, optimizer, loss, batches)" in done.err


def test_an_error_of_the_users_ends_with_1(surefoot, target, here):
    (here / "task.py").write_text(TASK.replace("def loss(model, batch):", "def loss(model, batch):\n    1 / 0"))
    done = surefoot("find", target, "--method", "range")
    assert done.status == 1
    assert "ZeroDivisionError" in done.err
    assert done.out == ""
