"""Full-batch training settles at the optimizer's stability limit: there the measured curvature over it is 1."""

import pytest
import torch
from sklearn.datasets import load_digits
from torch import nn

from surefoot.watch._curvature import at_limit
from surefoot.watch._limits import limit


def small_net():
    """Digits by a tanh network and a squared error, on the whole batch: sharpens until it reaches the edge."""
    torch.manual_seed(0)
    pixels, labels = load_digits(return_X_y=True)
    inputs = torch.tensor(pixels[:300], dtype=torch.float32)
    inputs = (inputs - inputs.mean(0)) / (inputs.std(0) + 1e-6)
    targets = nn.functional.one_hot(torch.tensor(labels[:300]), 10).float()
    model = nn.Sequential(nn.Linear(64, 40), nn.Tanh(), nn.Linear(40, 40), nn.Tanh(), nn.Linear(40, 10))
    return model, lambda: 0.5 * (model(inputs) - targets).square().sum(1).mean()


@pytest.mark.full
@pytest.mark.parametrize(
    ("make", "steps"),
    [
        (lambda p: torch.optim.SGD(p, lr=0.3), 3000),
        (lambda p: torch.optim.SGD(p, lr=0.7, momentum=0.9), 3000),
        (lambda p: torch.optim.Adam(p, lr=3e-3), 2000),
    ],
    ids=["2 / lr", "3.8 / lr", "38 / lr"],
)
def test_full_batch_training_settles_within_five_percent_of_the_limit(make, steps):
    model, loss = small_net()
    optimizer = make(model.parameters())
    seen = []
    for step in range(steps):
        optimizer.zero_grad()
        value = loss()
        value.backward()
        optimizer.step()
        if step > 0.8 * steps and step % 50 == 0:
            seen.append(at_limit(model, [optimizer], loss, rounds=40)[1])
    assert 0.95 < sum(seen) / len(seen) < 1.05


def test_on_a_quadratic_the_curvature_is_that_of_its_steepest_direction():
    place = nn.Parameter(torch.tensor([1.0, 1.0, 1.0]))
    model = nn.ParameterList([place])
    steep = torch.tensor([1.0, 4.0, 10.0])
    optimizer = torch.optim.SGD([place], lr=0.1)
    along, largest = at_limit(model, [optimizer], lambda: 0.5 * (steep * place**2).sum())
    assert largest == pytest.approx(10 / (2 / 0.1))
    gradient = steep  # at (1, 1, 1)
    assert along == pytest.approx(float((gradient**2 * steep).sum() / (gradient**2).sum()) / 20)


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda p: torch.optim.SGD(p, lr=0.1), 20.0),
        (lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9), 38.0),
        (lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True), 38.0 / 2.8),
    ],
)
def test_the_limit_is_where_a_quadratic_stops_converging(make, expected):
    """Just below it a run on a quadratic of that curvature shrinks, just above it grows."""
    for share, shrinks in ((0.99, True), (1.01, False)):
        place = nn.Parameter(torch.ones(1))
        optimizer = make([place])
        curvature = share * limit(optimizer, place, optimizer.param_groups[0])
        assert curvature / share == pytest.approx(expected)
        for _ in range(1000):
            optimizer.zero_grad()
            (0.5 * curvature * place**2).sum().backward()
            optimizer.step()
        assert (abs(float(place.detach())) < 1) == shrinks


def test_adams_limit_is_where_its_preconditioned_quadratic_stops_converging():
    place = nn.Parameter(torch.ones(4))
    optimizer = torch.optim.Adam([place], lr=0.01, betas=(0.9, 0.999))
    for _ in range(100):
        optimizer.zero_grad()
        (place**2).sum().backward()
        optimizer.step()
    state = optimizer.state[place]
    expected = 38 / 0.01 * (1 - 0.9**100) * ((state["exp_avg_sq"] / (1 - 0.999**100)).sqrt() + 1e-8)
    assert torch.allclose(limit(optimizer, place, optimizer.param_groups[0]), expected)
