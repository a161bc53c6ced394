"""range_test on real loops: what it trains, what it says, what it refuses."""

import json
import math
from dataclasses import replace
from itertools import pairwise

import pytest
import torch
from _tasks import digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

import surefoot as sf

from ._loops import Loop, cross_entropy, loader, made, plain_sgd, seed_all


def ramp(loop, **changes):
    return sf.range_test(loop.model, loop.optimizer, loop.loss, loop.batches, **{**loop.extra, **changes})


def counted(loop):
    """The loop with a list that gets an entry at every call of its loss."""
    calls = []
    return replace(loop, loss=lambda model, batch: (calls.append(1), loop.loss(model, batch))[1]), calls


# What it trains


def test_the_rate_rises_and_the_losses_are_those_of_a_ramp_by_hand():
    found = ramp(made("plain_sgd"), lr_min=1e-4, lr_max=0.1, steps=30)
    loop = made("plain_sgd")
    seed_all(0)
    losses = []
    for batch in [*loop.batches, *loop.batches][:30]:
        loop.optimizer.param_groups[0]["lr"] = found.rates[len(losses)]
        value = loop.loss(loop.model, batch)
        value.backward()
        loop.optimizer.step()
        loop.optimizer.zero_grad()
        losses.append(value.item())
    assert found.losses[:25] == tuple(losses[:25])  # the second epoch draws its order at another time
    assert all(after > before for before, after in pairwise(found.rates))
    assert (found.rates[0], found.rates[-1], found.updates) == (1e-4, 0.1, 30)


@pytest.mark.parametrize("accumulate", [1, 2])
def test_a_point_takes_as_many_batches_as_are_accumulated(accumulate):
    loop, calls = counted(made("plain_sgd"))
    found = ramp(loop, steps=30, accumulate=accumulate, lr_max=1e-2)
    assert found.updates == 30
    assert len(calls) == 30 * accumulate


def test_accumulated_batches_are_an_update_of_their_mean():
    images, labels = digits()[0].tensors
    whole = [(images[i : i + 40], labels[i : i + 40]) for i in range(0, 480, 40)]
    halves = [(a[part], b[part]) for a, b in whole for part in (slice(20), slice(20, None))]
    first, second = made("plain_sgd"), made("plain_sgd")
    one = ramp(replace(first, batches=whole), steps=30, lr_max=1.0)
    two = ramp(replace(second, batches=halves), steps=30, accumulate=2, lr_max=1.0)
    assert two.losses == pytest.approx(one.losses, rel=1e-4)


def test_fewer_batches_than_steps_are_begun_anew():
    images, labels = digits()[0].tensors
    loop, calls = counted(replace(made("plain_sgd"), batches=[(images[:20], labels[:20])]))
    assert ramp(loop, steps=30, lr_max=1e-2).updates == len(calls) == 30


def test_it_stops_where_the_loss_is_far_above_its_start():
    loop = made("plain_sgd")
    found = ramp(loop, lr_max=1e6)
    assert found.updates < 100
    assert found.lr is not None


def test_a_ramp_that_starts_too_high_is_told_so():
    found = ramp(made("two_groups_of_adamw"), lr_min=3.0)
    assert (found.lr, found.verdict.flags, found.verdict.advice) == (None, ("edge",), "Give a lower lr_min.")


def test_a_model_whose_loss_becomes_nan_is_ramped_no_further():
    loop, calls = counted(made("plain_sgd"))
    whole = loop.loss
    loop = replace(loop, loss=lambda model, batch: whole(model, batch) * (math.nan if len(calls) == 60 else 1))
    found = ramp(loop)
    assert math.isnan(found.losses[-1])
    assert found.updates == 60
    assert len(found.smooth) == 59
    assert json.loads(found.to_json())["losses"][-1] is None


def test_groups_keep_the_ratios_of_their_rates():
    """Ignite's issue 2703: groups of 1.0 and 0.1 got the same suggestion."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(64, 16), nn.ReLU(), nn.Linear(16, 10))
    groups = [{"params": model[0].parameters(), "lr": 1.0}, {"params": model[2].parameters(), "lr": 0.1}]
    seen = []
    optimizer = torch.optim.SGD(groups)

    def loss(model, batch):
        seen.append([group["lr"] for group in optimizer.param_groups])
        return cross_entropy(model, batch)

    found = ramp(Loop(model, optimizer, loss, loader()))
    assert all(first == pytest.approx(10 * second) for first, second in seen)
    assert found.group_lrs == pytest.approx((found.lr, found.lr / 10))


def test_a_warmup_that_begins_at_0_does_not_hide_the_groups_ratios():
    loop = made("two_groups_of_adamw")
    found = ramp(loop)
    assert found.group_lrs == pytest.approx((found.lr, found.lr / 10))
    warming = made("batchnorm_and_dropout_with_a_scheduler")
    assert warming.optimizer.param_groups[0]["lr"] == 0
    assert ramp(warming).lr is not None


def test_after_an_epoch_it_still_answers():
    """Lightning's issue 4846: started later in a training, it stopped at its first step."""
    loop = made("plain_sgd")
    loop.train(100)
    found = ramp(loop)
    assert found.updates > 50
    assert found.lr is not None


@pytest.mark.full
def test_ten_times_as_many_steps_say_nearly_the_same():
    """torch-lr-finder's issue 68: 100 steps said 1.2e-3, 1000 said 3.3e-5."""
    short, long = ramp(made("plain_sgd")), ramp(made("plain_sgd"), steps=1000)
    assert 1 / 5 < short.lr / long.lr < 5


@pytest.mark.parametrize("name", ["plain_sgd", "two_groups_of_adamw", "half_precision_with_a_scaler"])
def test_the_suggested_rate_trains_well(name):
    def trained(lr):
        loop = made(name)
        first = loop.optimizer.param_groups[0]["lr"]
        for group in loop.optimizer.param_groups:
            group["lr"] *= lr / first
        loop.extra.pop("scheduler", None)
        losses = loop.train(150)
        return sum(losses[-25:]) / 25 if all(map(math.isfinite, losses)) else math.inf

    found = ramp(made(name))
    best = min(trained(10.0**power) for power in range(-5, 2))
    untrained = 2.3
    assert (trained(found.lr) - best) / (untrained - best) < 0.1


# What it says


def test_its_text_calls_it_a_suggestion_and_names_find():
    text = str(ramp(made("plain_sgd")))
    assert text.startswith("suggestion    ")
    assert "clear: the loss turns at" in text
    assert "find compares whole trainings" in text
    assert "updates" in text


def test_its_figure_shows_the_curve_and_the_suggestion():
    axes = ramp(made("plain_sgd")).plot().axes[0]
    labels = axes.get_legend_handles_labels()[1]
    assert labels[:2] == ["loss", "smoothed"]
    assert labels[2].startswith("turns at")
    assert labels[3].startswith("suggested")


def test_a_loss_that_does_not_depend_on_the_rate_is_called_flat():
    """torch-lr-finder's issues 10, 59 and 103: a flat line, and a number all the same."""
    model = nn.Linear(64, 10)
    other = nn.Parameter(torch.zeros(1))
    found = ramp(Loop(model, torch.optim.SGD([other], lr=0.1), cross_entropy, loader()))
    assert (found.lr, found.group_lrs, found.verdict.flags) == (None, (), ("flat",))
    assert "suggestion    none" in str(found)
    found.plot()


# What it refuses, before anything is touched


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"steps": 0}, "steps=0: expected a whole number of at least 10"),
        ({"steps": 1}, "steps=1: expected a whole number of at least 10"),
        ({"steps": 100.0}, "steps=100.0: expected a whole number"),
        ({"steps": True}, "steps=True: expected a whole number"),
        ({"accumulate": 0}, "accumulate=0: expected a whole number of at least 1"),
        ({"seed": -1}, "seed=-1: expected a whole number of at least 0"),
        ({"lr_min": 0}, "lr_min=0: expected a rate above 0"),
        ({"lr_min": "1e-3"}, "lr_min='1e-3': expected a rate above 0"),
        ({"lr_max": math.inf}, "lr_max=inf: expected a rate above 0"),
        ({"lr_min": 1.0, "lr_max": 0.1}, "lr_min=1 and lr_max=0.1: expected lr_min below lr_max"),
        ({"scaler": 3}, "scaler=int: expected a torch.amp.GradScaler"),
        ({"state": [1]}, "state=list: expected the things by name"),
    ],
)
def test_arguments_that_cannot_work_are_refused(changes, said):
    loop, calls = counted(made("plain_sgd"))
    with pytest.raises(sf.errors.BadInput, match=said.replace(".", r"\.")):
        ramp(loop, **changes)
    assert calls == []


@pytest.mark.parametrize("one_shot", [iter([1]), (batch for batch in [1]), enumerate([1])])
def test_one_shot_iterators_are_refused_and_nothing_is_taken_from_them(one_shot):
    with pytest.raises(sf.errors.BadInput, match=r"one-shot iterator .* can't be given back. Give the DataLoader"):
        ramp(replace(plain_sgd(), batches=one_shot))
    assert len(list(one_shot)) == 1


@pytest.mark.parametrize(
    ("batches", "said"),
    [
        (digits()[0], "batches= is a dataset .TensorDataset., which gives examples"),
        ([], "batches= is empty"),
        (3, "batches=int: expected a DataLoader"),
    ],
)
def test_what_gives_no_batches_is_refused(batches, said):
    with pytest.raises(sf.errors.BadInput, match=said):
        ramp(replace(plain_sgd(), batches=batches))


@pytest.mark.parametrize(
    ("optimizer", "said"),
    [
        (torch.optim.SGD, "optimizer=type .*expected a torch optimizer as your loop uses it"),
        (0.1, "optimizer=float .*expected a torch optimizer"),
        ({}, "optimizer= is empty"),
        (torch.optim.LBFGS([nn.Parameter(torch.zeros(1))]), "LBFGS needs a closure"),
        (torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=0.0), "all groups of the optimizer have a rate of 0"),
    ],
)
def test_optimizers_that_cannot_be_driven_are_refused(optimizer, said):
    with pytest.raises(sf.errors.BadInput, match=said):
        ramp(replace(plain_sgd(), optimizer=optimizer))


def test_a_model_that_is_none_or_has_no_shape_yet_is_refused():
    with pytest.raises(sf.errors.BadInput, match=r"model=function: expected the torch\.nn.Module"):
        ramp(replace(plain_sgd(), model=lambda: None))
    with pytest.raises(sf.errors.BadInput, match=r"weight has no shape yet.* run one batch first"):
        ramp(replace(plain_sgd(), model=nn.LazyLinear(10)))


@pytest.mark.parametrize(
    ("loss", "said"),
    [
        (lambda model, batch: None, "returned NoneType: expected a scalar tensor"),
        (lambda model, batch: 1.0, "returned float: expected a scalar tensor"),
        (lambda model, batch: model(batch[0]), r"returned a tensor of shape \(20, 10\): expected a scalar"),
        (lambda model, batch: cross_entropy(model, batch).detach(), "has no gradient"),
    ],
)
def test_losses_that_cannot_be_descended_are_refused(loss, said):
    """Lightning takes a training_step that gives None for a NaN."""
    with pytest.raises(sf.errors.BadInput, match=said):
        ramp(replace(plain_sgd(), loss=loss))


def test_one_of_several_processes_is_refused(monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(sf.errors.BadInput, match="WORLD_SIZE=2: this is one of several processes"):
        ramp(plain_sgd())


def test_an_iterable_dataset_and_a_loader_over_one_are_batches():
    class Stream(torch.utils.data.IterableDataset):
        def __iter__(self):
            return iter(TensorDataset(*digits()[0].tensors))

    found = ramp(replace(plain_sgd(), batches=DataLoader(Stream(), batch_size=20)), steps=40, lr_max=1.0)
    assert found.updates == 40
