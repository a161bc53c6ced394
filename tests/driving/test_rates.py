"""A rate reaches every group of every optimizer, each at its own ratio."""

from types import SimpleNamespace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from surefoot.driving import Rates, group_rates
from surefoot.errors import BadInput

sane = st.floats(1e-8, 1e3)


def optimizer(*rates):
    return SimpleNamespace(param_groups=[{"lr": rate} for rate in rates])


@given(st.lists(sane, min_size=1, max_size=5), sane, sane)
def test_groups_keep_the_ratios_they_were_built_with(rates, base, lr):
    driven = optimizer(*rates)
    Rates([driven], base).write(lr)
    assert group_rates([driven]) == pytest.approx([lr * rate / base for rate in rates])


@given(sane, sane)
def test_a_group_at_the_base_rate_gets_exactly_the_rate_given(base, lr):
    driven = optimizer(base)
    Rates([driven], base).write(lr)
    assert driven.param_groups[0]["lr"] == lr


@given(st.lists(sane, min_size=1, max_size=20))
def test_writing_many_rates_leaves_no_trace_of_the_earlier_ones(lrs):
    driven = optimizer(0.1, 0.03)
    rates = Rates([driven], 0.1)
    for lr in lrs:
        rates.write(lr)
    assert group_rates([driven]) == [lrs[-1], lrs[-1] * (0.03 / 0.1)]


def test_several_optimizers_are_driven_together():
    one, other = optimizer(0.1, 0.2), optimizer(0.05)
    Rates([one, other], 0.1).write(1.0)
    assert group_rates([one, other]) == [1.0, 2.0, 0.5]


def test_a_rate_of_zero_stops_every_group():
    driven = optimizer(0.1, 0.2)
    Rates([driven], 0.1).write(0.0)
    assert group_rates([driven]) == [0.0, 0.0]


def test_a_rate_held_in_a_tensor_is_written_in_place():
    held = torch.tensor(0.1, dtype=torch.float64)
    driven = SimpleNamespace(param_groups=[{"lr": held}])
    Rates([driven], 0.1).write(0.3)
    assert driven.param_groups[0]["lr"] is held
    assert held.item() == 0.3


def test_a_torch_optimizer_with_a_rate_in_a_tensor_is_driven():
    weight = torch.nn.Parameter(torch.ones(1))
    driven = torch.optim.AdamW([weight], lr=torch.tensor(0.1), weight_decay=0.0)
    Rates([driven], float(driven.defaults["lr"])).write(0.5)
    weight.grad = torch.ones(1)
    driven.step()
    assert weight.item() == pytest.approx(0.5)


@pytest.mark.parametrize("given", ["sgd", None, SimpleNamespace(param_groups=[]), SimpleNamespace(param_groups=[{}])])
def test_what_is_no_optimizer_is_refused_with_the_other_way(given):
    said = rf"cannot drive '{type(given).__name__}': expected an optimizer with param_groups.*trial\.lr\(step\)"
    with pytest.raises(BadInput, match=said):
        group_rates([given])
    with pytest.raises(BadInput, match=said):
        Rates([given], 0.1)


def test_an_optimizer_that_was_built_with_a_rate_of_zero_has_no_ratios_and_is_refused():
    with pytest.raises(BadInput, match=r"built with .*lr=0"):
        Rates([optimizer(0.0)], 0.0)
