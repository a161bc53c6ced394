"""What preflight finds out before anything is spent."""

import json
from functools import partial

import pytest
import torch
from _tasks import cross_entropy, descend, digits, digits_task, loop_task, mlp, momentum
from torch import nn

import surefoot as sf


def test_the_untrained_score_is_that_of_the_model_at_its_start():
    torch.manual_seed(4)
    with torch.no_grad():
        expected = float(cross_entropy(mlp().eval(), digits()[1].tensors))
    task = digits_task(valid=None, score=lambda model: cross_entropy(model, digits()[1].tensors))
    assert task.preflight(4, 10).untrained == expected


@pytest.mark.parametrize(
    ("optimizer", "holds"),
    [(torch.optim.SGD, 1.0), (momentum, 0.01), (torch.optim.AdamW, 3e-4), (torch.optim.Adagrad, 0.01)],
)
def test_the_range_of_rates_to_look_at_first_goes_by_the_optimizer(optimizer, holds):
    low, high = digits_task(optimizer=optimizer).preflight(0, 4).lr_range
    assert low <= holds / 10
    assert high >= holds * 10
    assert high / low <= 1e6


def test_an_optimizer_nobody_has_heard_of_gets_a_range_too():
    class Novel(torch.optim.SGD):
        pass

    low, high = digits_task(optimizer=Novel).preflight(0, 4).lr_range
    assert 0 < low < high


def test_a_task_that_does_not_repeat_is_said_to():
    calls = []

    def unsteady(model, batch):
        calls.append(1)
        return cross_entropy(model, batch) * (1 + 0.001 * len(calls))

    facts = digits_task(loss=unsteady).preflight(0, 4)
    assert not facts.repeatable
    assert 1e-4 < facts.spread < 0.1
    steady = digits_task().preflight(0, 4)
    assert steady.repeatable
    assert steady.spread == 0


def test_the_identity_is_plain_data_and_the_same_each_time():
    for make in (digits_task, loop_task):
        identity = make().preflight(0, 4).identity
        assert json.loads(json.dumps(identity)) == identity
        assert make().preflight(0, 4).identity == identity


@pytest.mark.parametrize(
    "changed",
    [
        {"model": lambda: nn.Linear(64, 10)},
        {"train": torch.utils.data.Subset(digits()[0], range(100))},
        {"optimizer": torch.optim.AdamW},
        {"optimizer": partial(torch.optim.SGD, momentum=0.8)},
        {"schedule": "cosine()"},
        {"horizon": 81},
        {"accumulate": 2},
        {"clip_norm": 1.0},
        {"precision": "bf16"},
        {"goal": "max"},
    ],
)
def test_the_identity_of_another_task_is_another(changed):
    assert digits_task(**changed).preflight(0, 4).identity != digits_task().preflight(0, 4).identity


def test_where_it_runs_is_recorded():
    environment = digits_task().preflight(0, 4).environment
    assert environment["torch"] == torch.__version__
    assert environment["threads"] == torch.get_num_threads()
    assert environment["device"] == "cpu"
    assert {"surefoot", "python", "numpy", "cores", "machine"} <= environment.keys()


def test_parameters_that_no_optimizer_holds_are_pointed_out():
    task = digits_task(optimizer=lambda model, lr: torch.optim.SGD(model[2].parameters(), lr=lr))
    notes = " ".join(task.preflight(0, 4).notes)
    assert "2 trainable parameters are in no optimizer" in notes
    assert "0.weight" in notes


def test_a_group_with_a_fixed_rate_is_pointed_out():
    def fixed_head(model, lr):
        return torch.optim.SGD([{"params": model[0].parameters()}, {"params": model[2].parameters(), "lr": 0.1}], lr=lr)

    notes = " ".join(digits_task(optimizer=fixed_head).preflight(0, 4).notes)
    assert "1 of 2 parameter groups have a rate of their own" in notes


def test_a_loop_of_ones_own_is_priced_by_the_time_its_assessment_takes():
    facts = sf.FunctionTask(descend, horizon=400).preflight(0, 4)
    assert facts.assess_batches >= 1
    assert facts.update_seconds > 0
    assert facts.untrained > 1


def test_preflight_looks_at_one_assessment_and_a_handful_of_updates():
    trained, assessed = [], []

    def loss(model, batch):
        (trained if torch.is_grad_enabled() else assessed).append(1)
        return cross_entropy(model, batch)

    digits_task(loss=loss).preflight(0, 3)
    assert len(assessed) == 3
    assert len(trained) <= 10
