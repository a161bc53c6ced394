"""A bound schedule writes exact rates, survives every order of resuming, and refuses what would mislead."""

import copy

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import surefoot as sf
from surefoot.errors import BadInput
from surefoot.schedules import parse

SCHEDULES = st.sampled_from([
    "warmup(0.1) >> cosine()",
    "warmup(3) >> hold() >> decay(0.2, shape='1-sqrt')",
    "linear() * cosine()",
    "constant()",
    "minimum(exponential(), polynomial(power=2))",
])


def training(make=torch.optim.SGD, rates=(0.1, 0.01), **options):
    torch.manual_seed(0)
    layers = [torch.nn.Linear(4, 4), torch.nn.Linear(4, 1)]
    groups = [{"params": layer.parameters(), "lr": lr} for layer, lr in zip(layers, rates, strict=True)]
    return torch.nn.Sequential(*layers), make(groups, **options)


def rates(optimizer):
    return [float(group["lr"]) for group in optimizer.param_groups]


def run(model, optimizer, driver, steps, start=0):
    for step in range(start, start + steps):
        inputs = torch.randn(8, 4, generator=torch.Generator().manual_seed(step))
        model(inputs).square().mean().backward()
        optimizer.step()
        optimizer.zero_grad()
        driver.step()


def test_each_group_has_its_peak_times_the_multiplier_of_the_update_at_hand():
    model, optimizer = training()
    course = parse("warmup(5) >> cosine()").over(20)
    driver = course.schedule.bind(optimizer, horizon=20)
    for step in range(20):
        assert rates(optimizer) == [0.1 * course(step), 0.01 * course(step)]
        assert driver.get_last_lr() == rates(optimizer)
        run(model, optimizer, driver, 1, step)
    assert rates(optimizer) == [0, 0]


@settings(max_examples=30)
@given(SCHEDULES, st.integers(1, 19), st.booleans(), st.sampled_from([torch.optim.SGD, torch.optim.AdamW]))
def test_interrupted_and_resumed_equals_uninterrupted_in_either_order(text, stop, bind_first, make):
    model, optimizer = training(make)
    driver = parse(text).bind(optimizer, horizon=20)
    run(model, optimizer, driver, stop)
    saved = copy.deepcopy((model.state_dict(), optimizer.state_dict(), driver.state_dict()))
    run(model, optimizer, driver, 20 - stop, stop)

    again, its = training(make)
    again.load_state_dict(saved[0])
    if not bind_first:
        its.load_state_dict(saved[1])
    resumed = parse(text).bind(its, horizon=20)
    if bind_first:
        its.load_state_dict(saved[1])
    resumed.load_state_dict(saved[2])
    run(again, its, resumed, 20 - stop, stop)
    assert rates(its) == rates(optimizer)
    assert all(torch.equal(a, b) for a, b in zip(model.parameters(), again.parameters(), strict=True))


def test_a_rate_in_a_tensor_is_written_in_place():
    weight = torch.nn.Parameter(torch.ones(3))
    held = torch.tensor(0.5)
    optimizer = torch.optim.Adam([weight], lr=held, capturable=False)
    place = optimizer.param_groups[0]["lr"]
    driver = parse("linear()").bind(optimizer, horizon=4)
    driver.step()
    assert optimizer.param_groups[0]["lr"] is place
    assert float(place) == 0.5 * 0.75


def test_several_optimizers_and_groups_added_later_are_driven_too():
    _, one = training()
    other = torch.optim.AdamW([torch.nn.Parameter(torch.ones(2))], lr=1e-3)
    driver = parse("linear()").bind(one, other, horizon=10)
    one.add_param_group({"params": [torch.nn.Parameter(torch.ones(1))], "lr": 1.0})
    driver.step()
    assert rates(one) == [0.1 * 0.9, 0.01 * 0.9, 1.0 * 0.9]
    assert rates(other) == [1e-3 * 0.9]


def test_factors_multiply_and_are_saved():
    _, optimizer = training()
    driver = parse("constant()").bind(optimizer, horizon=10)
    driver.factor("guard")(0.5)
    driver.factor("plateau")(0.1)
    assert rates(optimizer) == [0.1 * (0.5 * 0.1), 0.01 * (0.5 * 0.1)]
    state = driver.state_dict()
    driver.release()
    again = parse("constant()").bind(training()[1], horizon=10)
    again.load_state_dict(state)
    assert again.multiplier == 0.5 * 0.1
    with pytest.raises(BadInput, match="factor 'guard' = -1: expected a number of 0 or more"):
        again.factor("guard")(-1)


def test_a_million_steps_leave_the_closed_form():
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=0.3)
    driver = parse("warmup(0.1) >> cosine()").bind(optimizer, horizon=1_000_000)
    driver.load_state_dict(driver.state_dict() | {"steps": 777_776})
    driver.step()
    assert rates(optimizer) == [0.3 * parse("warmup(0.1) >> cosine()").over(1_000_000)(777_777)]


def test_binding_twice_is_refused_until_the_first_is_released():
    _, optimizer = training()
    first = parse("linear()").bind(optimizer, horizon=10)
    first.step()
    with pytest.raises(BadInput, match=r"SGD is driven already, by linear\(\).*driver\.release\(\)"):
        parse("cosine()").bind(optimizer, horizon=10)
    assert rates(optimizer) == [0.1 * 0.9, 0.01 * 0.9]
    first.release()
    parse("constant()").bind(optimizer, horizon=10)
    assert rates(optimizer) == [0.1 * 0.9, 0.01 * 0.9]


@pytest.mark.parametrize(
    ("bound", "state", "said"),
    [
        ("cosine()", {"schedule": "linear()"}, r"state is of schedule linear\(\), and this driver's is cosine\(\)"),
        ("cosine()", {"horizon": 99}, r"state is of horizon 99, .* bound with 10\. .*resume='keep'"),
    ],
)
def test_the_state_of_another_schedule_is_refused(bound, state, said):
    driver = parse(bound).bind(training()[1], horizon=10)
    with pytest.raises(BadInput, match=said):
        driver.load_state_dict(driver.state_dict() | state)
    with pytest.raises(BadInput, match="expected the state of a driver, with steps"):
        driver.load_state_dict({"last_epoch": 3})


def test_a_peak_of_0_and_no_optimizer_are_refused():
    with pytest.raises(BadInput, match=r"peak rate of 0\.0: expected a number above 0"):
        sf.schedules.parse("linear()").bind(half := training(rates=(0.1, 0.0))[1], horizon=10)
    assert rates(half) == [0.1, 0.0]
    with pytest.raises(BadInput, match="bind: expected an optimizer, or several"):
        sf.schedules.parse("linear()").bind(horizon=10)
    with pytest.raises(BadInput, match="cannot drive 'Linear'"):
        sf.schedules.parse("linear()").bind(torch.nn.Linear(1, 1), horizon=10)


@pytest.mark.parametrize("peak", [float("nan"), float("inf"), -1.0, "1e-3", None])
def test_a_peak_that_is_no_rate_is_refused(peak):
    _, optimizer = training()
    optimizer.param_groups[1]["lr"] = peak
    with pytest.raises(
        BadInput, match=f"peak rate of {peak!r}: expected a number above 0. (Build|Take away the quotes)"
    ):
        parse("linear()").bind(optimizer, horizon=10)
    assert "peak_lr" not in optimizer.param_groups[0]


@pytest.mark.parametrize("horizon", ["1000", 1e4, float("nan"), 0, -5, None, True])
def test_a_horizon_that_is_no_number_of_updates_is_refused(horizon):
    with pytest.raises(BadInput, match="horizon must be the length of the training in optimizer updates"):
        parse("linear()").bind(training()[1], horizon=horizon)


def test_a_schedule_that_does_not_fit_the_horizon_is_refused():
    with pytest.raises(BadInput, match=r"takes 500 updates but has only 400\. Shorten a length"):
        parse("warmup(500) >> cosine()").bind(training()[1], horizon=400)


def test_optimizers_are_given_one_by_one_and_once():
    _, optimizer = training()
    with pytest.raises(BadInput, match="several one by one"):
        parse("linear()").bind([optimizer], horizon=10)
    with pytest.raises(BadInput, match="several one by one"):
        parse("linear()").bind(optimizer, 10, horizon=10)
    with pytest.raises(BadInput, match="given twice"):
        parse("linear()").bind(optimizer, optimizer, horizon=10)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -1, "1e-3", None])
def test_a_factor_that_is_no_multiplier_is_refused(value):
    driver = parse("constant()").bind(training()[1], horizon=10)
    with pytest.raises(BadInput, match=r"factor 'guard' = .*: expected a number of 0 or more"):
        driver.factor("guard")(value)


@pytest.mark.parametrize("state", [{"steps": "3"}, {"steps": -3}, {"steps": None}])
def test_a_state_without_a_number_of_updates_is_refused(state):
    driver = parse("cosine()").bind(training()[1], horizon=10)
    with pytest.raises(BadInput, match="expected the number of updates done"):
        driver.load_state_dict(driver.state_dict() | state)
    with pytest.raises(BadInput, match=r"expected the state of a driver, .*; got None"):
        driver.load_state_dict(None)


def test_weight_decay_and_momentum_are_driven_where_asked():
    layer = torch.nn.Linear(4, 1)
    groups = [{"params": [layer.weight], "weight_decay": 0.1}, {"params": [layer.bias], "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=1e-3, betas=(0.9, 0.99))
    rate = parse("constant()").bind(optimizer, horizon=10)
    decay = parse("linear()").bind(optimizer, horizon=10, key="weight_decay")
    momentum = parse("linear(end=0.5)").bind(optimizer, horizon=10, key="momentum")
    for _ in range(5):
        layer(torch.ones(2, 4)).sum().backward()
        optimizer.step()
        for driver in (rate, decay, momentum):
            driver.step()
    assert rates(optimizer) == [1e-3, 1e-3]
    assert [group["weight_decay"] for group in optimizer.param_groups] == decay.get_last_lr() == [0.05, 0]
    assert [group["betas"] for group in optimizer.param_groups] == [(0.9 * 0.75, 0.99)] * 2
    optimizer.param_groups[0]["weight_decay"] = 0.3
    with pytest.warns(sf.errors.DrivingWarning, match=r"weight_decay of group 0 was 0\.3, the driver had set 0\.05"):
        decay.step()
    with pytest.raises(BadInput, match="state is of key weight_decay, and this driver's is lr"):
        rate.load_state_dict(decay.state_dict())


@pytest.mark.parametrize(
    ("make", "key", "said"),
    [
        (torch.optim.SGD, "betas", "key must be one of 'lr', 'weight_decay', 'momentum', given 'betas'"),
        (torch.optim.SGD, "weight_decay", "every group has a weight_decay of 0: there is nothing to multiply"),
        (torch.optim.Adagrad, "momentum", "no 'momentum' to drive. It has lr"),
    ],
)
def test_what_cannot_be_driven_is_refused(make, key, said):
    with pytest.raises(BadInput, match=said):
        parse("linear()").bind(training(make)[1], horizon=10, key=key)
