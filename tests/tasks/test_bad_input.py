"""What cannot work is refused before anything is spent, with what was given and what to do."""

import copy
from functools import partial

import pytest
import torch
from _tasks import cross_entropy, digits, digits_task, mlp, momentum
from torch import nn
from torch.utils.data import DataLoader, IterableDataset, TensorDataset

import surefoot as sf
from surefoot.errors import BadInput, BadSchedule, BadTask
from surefoot.store import open_store
from surefoot.tasks._batch import moved

SHARED = mlp()


class Stream(IterableDataset):
    def __iter__(self):
        return iter(digits()[0][:20])


class Unmovable:
    pass


def loader():
    return DataLoader(digits()[0], batch_size=20)


def nothing():
    return TensorDataset(torch.empty(0, 64), torch.empty(0, dtype=torch.long))


def nan_batch():
    images, classes = digits()[0][:20]
    return TensorDataset(images * float("nan"), classes)


def ignores_lr(model, lr):
    return torch.optim.SGD(model.parameters(), lr=0.1)


def holds_nothing(model, lr):
    return torch.optim.SGD(mlp().parameters(), lr=lr)


def per_example(model, batch):
    return nn.functional.cross_entropy(model(batch[0]), batch[1], reduction="none")


def frozen():
    return mlp().requires_grad_(False)


def step(trial, batch):
    return float("nan")


# What is said, and what was given.
REFUSED_WHEN_MADE = {
    r"model=int: expected a function that builds a torch.nn.Module, or a module": {"model": 3},
    r"optimizer=3: expected an optimizer class \(torch.optim.AdamW\)": {"optimizer": 3},
    r"live optimizer but model= builds a new model.*Give the module that it holds \(model=net\)": {
        "optimizer": torch.optim.SGD(SHARED.parameters(), lr=0.1)
    },
    r"no loss: give loss=\(model, batch\) -> scalar tensor, or step=": {"loss": None},
    r"no validation: give valid= .* or score=model -> float": {"valid": None},
    r"valid= and score= are both given: expected one of them": {"score": lambda model: 0.0},
    r"valid= needs loss=\(model, batch\) -> scalar": {"loss": None, "step": step},
    r"train= is empty: it has no examples": {"train": nothing()},
    r"valid= is empty: it has no examples": {"valid": nothing()},
    r"train= is empty: it gives no batches": {"train": [], "batch_size": None, "valid": loader()},
    r"train= is a one-shot iterator \(generator\).*Give a dataset with batch_size=, a DataLoader, or a list": {
        "train": (batch for batch in loader()),
        "batch_size": None,
        "valid": loader(),
    },
    r"valid= is a one-shot iterator \(list_iterator\)": {"valid": iter([1]), "batch_size": None, "train": loader()},
    r"train= is a one-shot iterator \(zip\)": {"train": zip([1], [2])},
    r"train= is a DataLoader and batch_size=.*Leave those out, or give its dataset": {"train": loader()},
    r"train= is a DataLoader and .*num_workers=": {"train": loader(), "batch_size": None, "num_workers": 2},
    r"train= is a DataLoader and .*collate=": {"train": loader(), "batch_size": None, "collate": list},
    r"train= is a dataset: say how many examples make a batch, for example batch_size=64": {"batch_size": None},
    r"train=int: expected a map-style dataset .*, a DataLoader or an iterable": {"train": 3, "batch_size": None},
    r"train=Stream: expected a map-style dataset": {"train": Stream(), "batch_size": None},
    r"train=Stream together with batch_size: expected a map-style dataset.*leave batch_size= out": {"train": Stream()},
    r"batch_size=0: expected a whole number of at least 1": {"batch_size": 0},
    r"batch_size=2.5: expected a whole number": {"batch_size": 2.5},
    r"batch_size=True: expected a whole number": {"batch_size": True},
    r"num_workers=-1: expected": {"num_workers": -1},
    r"horizon=0: a training has at least one update": {"horizon": 0},
    r"horizon=-5: a training has at least one update": {"horizon": -5},
    r"horizon='10 parsecs': expected updates \(600\) or a text such as '10 epochs'": {"horizon": "10 parsecs"},
    r"horizon='0.01 epochs': a training has at least one update": {"horizon": "0.01 epochs"},
    r"horizon=600.0: expected a whole number of updates": {"horizon": 600.0},
    r"horizon='2 epochs': the training data has no length.*give updates": {
        "train": DataLoader(Stream(), batch_size=5),
        "batch_size": None,
        "horizon": "2 epochs",
        "valid": loader(),
    },
    r"valid_batches=0: expected 'auto', 'all', or a number": {"valid_batches": 0},
    r"valid_batches='some': expected 'auto', 'all', or a number": {"valid_batches": "some"},
    r"accumulate=0: expected the number of batches in one update": {"accumulate": 0},
    r"precision='fp8': expected one of fp32, bf16, fp16": {"precision": "fp8"},
    r"clip_norm=0: expected a positive number, or None": {"clip_norm": 0},
    r"device='gpu': expected 'auto', 'cpu', 'cuda'": {"device": "gpu"},
    r"goal='smallest': expected 'min' or 'max'": {"goal": "smallest"},
    r"eval_model='ema' is not in state=, which has \['average'\]": {
        "eval_model": "ema",
        "state": {"average": copy.deepcopy},
    },
}
REFUSED_BY_PREFLIGHT = {
    r"model\(\) returned NoneType: expected a torch.nn.Module": {"model": lambda: None},
    r"model\(\) returned the same module twice.*Build the model inside the function": {"model": lambda: SHARED},
    r"optimizer ignores lr: built with 1e-06 and with 2e-06.*the same rates \(0.1\).*Pass the lr on": {
        "optimizer": ignores_lr
    },
    r"optimizer holds none of the model's parameters.*Build it from the model that is given": {
        "optimizer": holds_nothing
    },
    r"optimizer\(model, lr\) gave optimizer=NoneType: expected a torch optimizer": {
        "optimizer": lambda model, lr: None
    },
    r"optimizer\(model, lr\) gave head=int: expected": {
        "optimizer": lambda model, lr: {"body": momentum(model, lr), "head": 3}
    },
    r"no parameter with requires_grad: there is nothing to train": {
        "model": frozen,
        "optimizer": lambda model, lr: torch.optim.SGD(model.parameters(), lr=lr),
    },
    r"no parameter with requires_grad: there is nothing to train ": {"model": frozen, "optimizer": torch.optim.AdamW},
    r"returned a tensor of shape \(20,\): expected a scalar. Take its mean": {"loss": per_example},
    r"returned a tensor of shape \(1,\): expected a scalar": {"loss": lambda m, b: cross_entropy(m, b)[None]},
    r"returned float: expected a scalar tensor to descend": {"loss": lambda m, b: float(cross_entropy(m, b).detach())},
    r"has no gradient.*Is it detached": {"loss": lambda m, b: cross_entropy(m, b).detach()},
    r"loss is nan before any update: that is not the learning rate. Look at the data": {"train": nan_batch()},
    r"loss is inf before any update: that is not the learning rate": {"loss": lambda m, b: cross_entropy(m, b) / 0},
    r"loss is nan before any update: that is not the learning rate ": {
        "loss": None,
        "step": step,
        "valid": None,
        "score": lambda model: 0.0,
    },
    r"returned a tensor of shape \(2,\): expected a scalar loss": {"step": lambda trial, batch: torch.ones(2)},
    r"step\(trial, batch\) returned NoneType: expected": {"step": lambda trial, batch: None},
    r"score of the untrained model is nan.*Look at the validation data": {"valid": nan_batch()},
    r"score\(model\) returned str: expected one number": {"valid": None, "score": lambda model: "good"},
    r"score\(model\) returned Tensor: expected one number": {"valid": None, "score": lambda model: torch.ones(3)},
    r"eval_model=.* gave str: expected a torch.nn.Module": {"eval_model": lambda trial: "the model"},
}


@pytest.mark.parametrize("said", REFUSED_WHEN_MADE)
def test_a_part_that_cannot_work_is_refused_when_the_task_is_made(said):
    with pytest.raises(BadTask, match=said):
        digits_task(**REFUSED_WHEN_MADE[said])


@pytest.mark.parametrize("said", REFUSED_BY_PREFLIGHT)
def test_a_task_that_cannot_be_trained_is_refused_and_leaves_no_study(said, store):
    task = digits_task(**REFUSED_BY_PREFLIGHT[said])
    with pytest.raises(BadTask, match=said.strip()):
        sf.find(task, study="one", store=store)
    opened = open_store(store)
    assert opened.summaries() == []
    opened.close()


def test_an_unknown_schedule_is_refused_with_the_place_it_went_wrong():
    with pytest.raises(BadSchedule, match="cosin") as caught:
        digits_task(schedule="warmup(0.05) >> cosin()")
    assert isinstance(caught.value, BadInput)
    assert "cosine" in str(caught.value)
    assert "^" in str(caught.value)


def test_a_schedule_that_does_not_fit_the_horizon_is_refused():
    with pytest.raises(BadSchedule, match="500"):
        digits_task(schedule="warmup(500) >> cosine()", horizon=100)


def test_a_batch_that_cannot_be_moved_to_the_device_is_refused():
    with pytest.raises(BadTask, match=r"cannot move a Unmovable in a batch to meta.*\.to\(device\).*collate function"):
        moved({"a": [Unmovable()]}, torch.device("meta"))


def test_a_task_whose_batches_cannot_be_moved_is_refused_by_preflight():
    batches = [{"inputs": Unmovable()}]
    task = digits_task(train=batches, valid=batches, batch_size=None, device="meta", loss=lambda model, batch: None)
    with pytest.raises(BadTask, match="cannot move a Unmovable in a batch to meta"):
        task.preflight(0, 4)


def test_a_device_that_is_not_there_is_refused():
    with pytest.raises(BadTask, match="device='cuda:99'"):
        digits_task(device="cuda:99").preflight(0, 4)


def test_an_optimizer_that_refuses_the_parameters_raises_as_the_users_code():
    with pytest.raises(sf.errors.UserCodeError, match=r"Adam\(.*, lr=1e-06\) raised ValueError: .*beta"):
        digits_task(optimizer=partial(torch.optim.Adam, betas=(2.0, 0.9))).preflight(0, 4)


def test_training_in_several_processes_at_once_is_refused_with_the_way_to_do_it(monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(BadInput, match=r"WORLD_SIZE"):
        sf.find(digits_task(), store="none", budget=0.5)


def test_a_live_optimizer_that_was_built_with_a_rate_of_zero_has_no_ratios_and_is_refused():
    module = mlp()
    with pytest.raises(BadTask, match=r"optimizer= was built with lr=0.*any rate above 0"):
        digits_task(model=module, optimizer=torch.optim.SGD(module.parameters(), lr=0.0))
