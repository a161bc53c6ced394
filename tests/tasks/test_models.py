"""Models that are awkward to copy, to save or to put back."""

import copy

import pytest
import torch
import torch.nn.functional as F
from _tasks import cross_entropy, digits, digits_task, run, without_seconds
from torch import nn
from torch.nn.utils.parametrizations import weight_norm

import surefoot as sf

from ._by_hand import Seen, by_hand, same_weights


class Tied(nn.Module):
    """An encoder and a decoder of one matrix, with a buffer that is in no state_dict."""

    def __init__(self):
        super().__init__()
        self.into = nn.Linear(64, 32, bias=False)
        self.back = nn.Linear(32, 32, bias=False)
        self.back.weight = nn.Parameter(torch.eye(32))
        self.again = self.back
        self.out = nn.Linear(32, 10)
        self.register_buffer("calls", torch.tensor(0), persistent=False)

    def forward(self, x):
        self.calls += 1
        return self.out(self.again(torch.relu(self.back(self.into(x)))))


def normed():
    return nn.Sequential(weight_norm(nn.Linear(64, 24)), nn.ReLU(), nn.Linear(24, 10))


def awkward_live(kind):
    torch.manual_seed(0)
    module = kind()
    module(digits()[0].tensors[0][:2])  # a forward pass leaves tensors that deepcopy refuses behind
    return module


def sgd(model, lr):
    return torch.optim.SGD(model.parameters(), lr=lr)


@pytest.mark.parametrize("kind", [Tied, normed])
def test_tied_and_normed_weights_train_as_by_hand(kind):
    loss = Seen(cross_entropy)
    _, host = run(digits_task(model=kind, optimizer=sgd, loss=loss, schedule="constant()"), lr=0.1, updates=20)
    losses, _ = by_hand(kind, sgd, loss.batches, cross_entropy, lr=0.1)
    assert host.losses == losses


@pytest.mark.parametrize("kind", [Tied, normed])
def test_a_live_module_with_tied_or_normed_weights_is_put_back(kind):
    module = awkward_live(kind)
    before = {name: value.clone() for name, value in [*module.named_parameters(), *module.named_buffers()]}
    task = digits_task(model=module, optimizer=sgd)
    task.preflight(0, 5)
    first, _ = run(task, lr=0.1)
    again, _ = run(task, lr=0.1)
    assert without_seconds(first) == without_seconds(again)
    after = dict([*module.named_parameters(), *module.named_buffers()])
    assert same_weights(before, after)


def test_tied_weights_stay_tied():
    tied = []

    def loss(model, batch):
        tied.append(model.again.weight is model.back.weight)
        return cross_entropy(model, batch)

    sf.find(digits_task(model=awkward_live(Tied), optimizer=sgd, loss=loss), budget=0.5, store="none")
    assert all(tied)


def test_a_frozen_part_is_not_trained():
    def partly_frozen():
        model = nn.Sequential(nn.Linear(64, 24), nn.ReLU(), nn.Linear(24, 10))
        model[0].requires_grad_(False)
        return model

    starts, ends = [], []

    def loss(model, batch):
        (starts if torch.is_grad_enabled() else ends).append(copy.deepcopy(model[0].state_dict()))
        return cross_entropy(model, batch)

    stage, _ = run(digits_task(model=partly_frozen, optimizer=torch.optim.AdamW, loss=loss), lr=0.01)
    assert stage.ok
    assert same_weights(starts[0], ends[0])


def test_a_recurrent_model_over_integers_trains():
    class Tagger(nn.Module):
        def __init__(self):
            super().__init__()
            self.embed = nn.Embedding(17, 8)
            self.gru = nn.GRU(8, 16, batch_first=True)
            self.out = nn.Linear(16, 10)

        def forward(self, x):
            states, _ = self.gru(self.embed((x * 16).long()))
            return self.out(states[:, -1])

    stage, host = run(digits_task(model=Tagger, optimizer=torch.optim.AdamW), lr=0.01)
    assert stage.ok
    assert host.losses[-1] < host.losses[0]


def test_a_float64_model_trains():
    def loss(model, batch):
        return F.cross_entropy(model(batch[0].double()), batch[1])

    def double():
        return nn.Linear(64, 10).double()

    stage, host = run(digits_task(model=double, loss=loss), lr=0.1)
    assert stage.ok
    assert host.losses[-1] < host.losses[0]
