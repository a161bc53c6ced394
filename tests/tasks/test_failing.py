"""A rate that fails is a stage with a reason; what is not the rate's fault is the user's error."""

import math

import pytest
import torch
import torch.nn.functional as F
from _tasks import cross_entropy, digits_task, loop_task, run
from torch import nn

from surefoot.errors import UserCodeError


def sgd(model, lr):
    return torch.optim.SGD(model.parameters(), lr=lr)


def squared(model, batch):
    return F.mse_loss(model(batch[0]), F.one_hot(batch[1], 10).float())


def test_a_loss_that_turns_nan_is_a_failed_stage_with_its_reason_and_few_updates():
    task = digits_task(loss=squared, optimizer=sgd, schedule="constant()", horizon=500)
    stage, _ = run(task, lr=1e6)
    assert stage.state == "failed"
    assert stage.score is None
    assert "nan" in stage.reason or "inf" in stage.reason
    assert f"at update {stage.cost.updates - 1}" in stage.reason
    assert stage.cost.updates < 30
    assert stage.cost.forwards == 0
    assert math.isfinite(stage.losses.highest)


def test_a_diverging_trial_that_stays_finite_is_ended_early():
    task = digits_task(loss=squared, optimizer=sgd, schedule="constant()", horizon=100, model=lambda: nn.Linear(64, 10))
    stage, _ = run(task, lr=1.05)  # linear and just above the edge: grows by a few percent an update
    assert stage.state == "ended"
    assert stage.score is None
    assert "upward for good" in stage.reason
    assert 20 < stage.cost.updates < 90


def test_a_score_that_is_not_finite_is_a_failed_stage_that_cost_its_assessment():
    task = digits_task(valid=None, score=lambda model: float("inf"))
    stage, _ = run(task, lr=0.01)
    assert stage.state == "failed"
    assert "the score was inf after 80 updates" in stage.reason
    assert stage.cost.updates == 80
    assert stage.cost.forwards > 0


def test_an_error_that_comes_of_broken_weights_is_the_rates_fault():
    def strict(model, batch):
        output = model(batch[0])
        if not output.isfinite().all():
            raise ValueError("expected probabilities")
        return F.cross_entropy(output, batch[1]) * 1e10

    stage, _ = run(digits_task(loss=strict, optimizer=sgd, schedule="constant()"), lr=1e32)
    assert stage.state == "failed"
    assert "no longer finite" in stage.reason
    assert "expected probabilities" in stage.reason


def test_an_error_with_sound_weights_is_the_users():
    calls = []

    def loss(model, batch):
        calls.append(1)
        if len(calls) == 5:
            raise ZeroDivisionError("mine")
        return cross_entropy(model, batch)

    with pytest.raises(UserCodeError, match="an update raised ZeroDivisionError: mine") as caught:
        run(digits_task(loss=loss), lr=0.01)
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


def out_of_memory():
    return torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")


def test_running_out_of_memory_is_the_users_error_and_no_failed_rate():
    def loss(model, batch):
        raise out_of_memory()

    with pytest.raises(UserCodeError, match=r"ran out of memory.*not the learning rate's fault.*smaller batch_size"):
        run(digits_task(loss=loss), lr=0.01)


def test_running_out_of_memory_is_the_users_error_even_when_the_weights_are_broken_too():
    def loss(model, batch):
        if not next(model.parameters()).isfinite().all():
            raise out_of_memory()
        return cross_entropy(model, batch) * 1e10

    with pytest.raises(UserCodeError, match="ran out of memory"):
        run(digits_task(loss=loss, optimizer=sgd, schedule="constant()"), lr=1e32)


def test_running_out_of_memory_in_the_assessment_and_in_a_loop_of_ones_own_is_the_users_error_too():
    def score(model):
        raise out_of_memory()

    with pytest.raises(UserCodeError, match="ran out of memory"):
        run(digits_task(valid=None, score=score), lr=0.01)

    def train(trial):
        raise out_of_memory()

    with pytest.raises(UserCodeError, match="ran out of memory"):
        run(loop_task(train), lr=0.01)


def test_an_error_names_the_part_of_the_task_it_came_from():
    def broken(*anything):
        raise KeyError("mine")

    class Broken:
        def __len__(self):
            return 40

        def __getitem__(self, index):
            raise KeyError("mine")

    parts = {
        r"model\(\)": {"model": broken},
        r"optimizer\(model, lr\)": {"optimizer": broken},
        r"loss\(model, batch\) on the first batch": {"loss": broken},
        r"score\(model\)": {"valid": None, "score": broken},
        r"state\['ema'\]\(model\)": {"state": {"ema": broken}},
        r"reading the first batch of train=": {"train": Broken()},
        r"validation data": {"valid": Broken()},
    }
    for said, changed in parts.items():
        with pytest.raises(UserCodeError, match=rf"{said}.* raised KeyError: 'mine'"):
            digits_task(**changed).preflight(0, 4)


def test_a_loss_that_is_negative_is_as_good_as_any_other():
    def below_zero(model, batch):
        return cross_entropy(model, batch) - 1000

    stage, _ = run(digits_task(loss=below_zero), lr=0.05)
    assert stage.ok
    assert stage.score < -998
