"""The counterfactual: says "too low" where it is, and leaves no trace."""

import copy
import random

import numpy as np
import pytest
import torch
from torch import nn

import surefoot as sf
from surefoot.errors import BadInput


class Network(nn.Module):
    """BatchNorm, dropout, a tied weight and a buffer that is not saved."""

    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(30, 16)
        self.norm = nn.BatchNorm1d(16)
        self.inner = nn.Linear(16, 16)
        self.head = nn.Linear(16, 30, bias=False)
        self.head.weight = self.embed.weight
        self.drop = nn.Dropout(0.1)
        self.register_buffer("seen", torch.zeros(()), persistent=False)

    def forward(self, tokens):
        self.seen += 1
        return self.head(self.inner(self.drop(self.norm(self.embed(tokens)))).relu())


def loss(model, batch):
    return nn.functional.cross_entropy(model(batch), (batch * 7 + 3) % 30)


def batches(count, seed=1):
    generator = torch.Generator().manual_seed(seed)
    return [torch.randint(30, (64,), generator=generator) for _ in range(count)]


def parts(make=torch.optim.AdamW, lr=1e-3, warm=20):
    """A training that is under way, in the middle of accumulating a gradient."""
    torch.manual_seed(0)
    model = Network()
    optimizer = make(model.parameters(), lr=lr)
    for batch in batches(warm):
        optimizer.zero_grad()
        loss(model, batch).backward()
        optimizer.step()
    loss(model, batches(1, seed=2)[0]).backward()
    return model, optimizer


def everything(model, optimizer):
    tensors = {**dict(model.named_parameters()), **dict(model.named_buffers())}
    return copy.deepcopy({
        "tensors": {name: tensor.detach() for name, tensor in tensors.items()},
        "grads": {name: p.grad for name, p in model.named_parameters()},
        "optimizer": optimizer.state_dict(),
        "modes": [module.training for module in model.modules()],
        "torch": torch.random.get_rng_state(),
        "random": random.getstate(),
        "numpy": np.random.get_state()[1],
    })


def same(left, right):
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list | tuple):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, torch.Tensor):
        return torch.equal(left, right)
    return bool(np.all(left == right))


SGDM = lambda p, lr: torch.optim.SGD(p, lr=lr, momentum=0.9)  # noqa: E731
MAKES = [torch.optim.SGD, SGDM, torch.optim.AdamW, torch.optim.RMSprop, torch.optim.Adagrad]


@pytest.mark.parametrize("make", MAKES)
@pytest.mark.parametrize("warm", [0, 20])
def test_everything_is_put_back_to_the_bit(make, warm):
    model, optimizer = parts(make, warm=warm)
    before = everything(model, optimizer)
    sf.probe(model, optimizer, loss, batches(14, seed=3))
    assert same(before, everything(model, optimizer))


def test_training_goes_on_as_if_nothing_had_been():
    probed, alone = parts(), parts()
    sf.probe(*probed, loss, batches(14, seed=3))
    for model, optimizer in (probed, alone):
        torch.manual_seed(5)
        for batch in batches(10, seed=4):
            optimizer.zero_grad()
            loss(model, batch).backward()
            optimizer.step()
    assert all(torch.equal(a, b) for a, b in zip(probed[0].parameters(), alone[0].parameters(), strict=True))


def test_it_is_put_back_when_the_users_loss_raises():
    model, optimizer = parts()
    before = everything(model, optimizer)
    calls = []

    def breaks(model, batch):
        calls.append(batch)
        if len(calls) > 12:
            raise RuntimeError("out of data")
        return loss(model, batch)

    with pytest.raises(RuntimeError, match="out of data"):
        sf.probe(model, optimizer, breaks, batches(14, seed=3))
    assert same(before, everything(model, optimizer))


def test_a_rate_in_a_tensor_stays_that_tensor():
    rate = torch.tensor(1e-3)
    model, optimizer = parts(lr=rate)
    held = optimizer.param_groups[0]["lr"]
    sf.probe(model, optimizer, loss, batches(14, seed=3))
    assert optimizer.param_groups[0]["lr"] is held
    assert float(held) == pytest.approx(1e-3)


def test_a_monitor_sees_nothing_of_it():
    model, optimizer = parts()
    monitor = sf.Monitor(optimizer, horizon=1000, model=model)
    before = monitor.state_dict()
    sf.probe(model, optimizer, loss, batches(14, seed=3))
    assert monitor.state_dict() == before
    optimizer.step()
    monitor.observe(1.0)
    assert monitor.state_dict()["curve"]["count"] == 1


@pytest.mark.parametrize(("make", "lr"), [(torch.optim.AdamW, 1e-6), (torch.optim.SGD, 1e-5), (SGDM, 1e-6)])
def test_a_rate_far_too_low_is_said_to_be(make, lr):
    verdict = sf.probe(*parts(make, lr), loss, batches(14, seed=3))
    assert verdict.kind == "too_low"
    assert verdict.factor[0] > 1
    assert verdict.factor[1] > 10
    gains = [e.value for e in verdict.evidence if e.signal.startswith("gain of 10 updates")]
    assert len(gains) == 5
    assert gains[1] == 1.0
    assert gains[0] < gains[1] < gains[2] < gains[3] < gains[4]


@pytest.mark.parametrize("lr", [3e-2, 0.3, 3.0])
def test_a_rate_that_is_right_or_too_high_is_not_called_too_low(lr):
    assert sf.probe(*parts(torch.optim.AdamW, lr), loss, batches(14, seed=3)).kind != "too_low"


@pytest.mark.parametrize(
    ("budget", "updates", "products"), [(8, 1, 0), (17, 1, 3), (18, 11, 0), (60, 51, 0), (130, 51, 20)]
)
def test_it_spends_no_more_than_its_budget(budget, updates, products):
    counted = []

    def counts(model, batch):
        counted.append(torch.is_grad_enabled())
        return loss(model, batch)

    verdict = sf.probe(*parts(), counts, batches(14, seed=3), budget=budget)
    assert sum(counted) == updates + (products > 0)
    assert counted.count(False) == 4 * (5 + (updates - 1) // max(1, (updates - 1) // 5))
    assert sum("curvature" in e.signal for e in verdict.evidence) == min(2, products)


@pytest.mark.parametrize(
    ("rate", "expected"), [(1e-5, 8192), (0.01, 256), (0.3, 8), (0.9, 4), (5.0, 0.5), (50.0, 0.25)]
)
def test_the_critical_rate_is_where_a_step_overshoots_a_quadratic(rate, expected):
    """A step on x^2 / 2 does harm above a rate of 2; the powers of two above that are told."""
    model = nn.ParameterList([nn.Parameter(torch.ones(3))])
    optimizer = torch.optim.SGD(model.parameters(), lr=rate)
    verdict = sf.probe(model, optimizer, lambda model, _: 0.5 * model[0].square().sum(), [None] * 5, budget=8)
    assert verdict.evidence[0].value == expected
    assert verdict.evidence[0].value / 2 <= max(2 / rate, 0.25) or expected == 8192
    assert (verdict.kind == "too_low") == (expected >= 128)


def test_a_model_whose_loss_no_rate_moves_is_not_called_too_low():
    model = nn.ParameterList([nn.Parameter(torch.tensor([-1.0]))])
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)
    verdict = sf.probe(model, optimizer, lambda model, _: model[0].relu().sum() + 1.0, [None] * 5)
    assert verdict.kind == "cannot_tell"
    assert "however long" in verdict.sentence


def test_the_largest_curvature_is_that_of_the_steepest_direction():
    model = nn.ParameterList([nn.Parameter(torch.tensor([1.0, 1.0, 1.0]))])
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    steep = torch.tensor([1.0, 4.0, 10.0])
    verdict = sf.probe(model, optimizer, lambda model, _: 0.5 * (steep * model[0] ** 2).sum(), [None] * 5, budget=90)
    largest = next(e for e in verdict.evidence if e.signal.startswith("largest curvature"))
    assert largest.value == pytest.approx(10 / (2 / 0.1), rel=1e-4)


def test_several_optimizers_are_scaled_together():
    torch.manual_seed(0)
    model = Network()
    one = torch.optim.SGD(model.inner.parameters(), lr=1e-5)
    other = torch.optim.AdamW([*model.embed.parameters(), *model.norm.parameters()], lr=1e-6)
    assert sf.probe(model, [one, other], loss, batches(14)).kind == "too_low"
    assert (one.param_groups[0]["lr"], other.param_groups[0]["lr"]) == (1e-5, 1e-6)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"budget": 7}, r"probe\(budget=7\): expected the updates to spend, 8 or more"),
        ({"batches": batches(4)}, "got 4, expected 5 or more"),
        ({"optimizer": None}, "expected the optimizer that trains the model"),
        ({"optimizer": "adam"}, "expected an optimizer with param_groups"),
        ({"loss": lambda model, batch: torch.tensor(float("nan"))}, "the loss is nan before any update"),
    ],
)
def test_bad_input_is_refused(change, message):
    model, optimizer = parts()
    given = {"model": model, "optimizer": optimizer, "loss": loss, "batches": batches(14), **change}
    with pytest.raises(BadInput, match=message):
        sf.probe(**given)
