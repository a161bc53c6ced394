"""A driver of torch's optimizers passes for a torch scheduler; others need no torch."""

import subprocess
import sys

import pytest
import torch
from torch.optim.lr_scheduler import LRScheduler

from surefoot.driving import Driver
from surefoot.errors import BadInput
from surefoot.schedules import parse

from ._loops import training


def test_it_is_an_lr_scheduler_with_the_names_that_trainers_read():
    _, optimizer = training(rates=(0.1, 0.01))
    driver = parse("linear()").bind(optimizer, horizon=4)
    driver.step()
    assert isinstance(driver, LRScheduler)
    assert isinstance(driver, Driver)
    assert driver.optimizer is optimizer
    assert driver.base_lrs == [0.1, 0.01]
    assert driver.get_last_lr() == driver.get_lr() == [0.1 * 0.75, 0.01 * 0.75]
    assert (driver.last_epoch, driver._step_count) == (1, 2)


def test_its_state_is_plain_and_no_optimizer():
    driver = parse("linear()").bind(training()[1], horizon=4)
    assert driver.state_dict() == {
        "steps": 0,
        "key": "lr",
        "schedule": "linear()",
        "horizon": 4,
        "changes": [],
        "factors": {},
    }


def test_it_counts_itself():
    driver = parse("linear()").bind(training()[1], horizon=4)
    with pytest.raises(BadInput, match="takes no epoch or metric, given 3"):
        driver.step(3)
    driver._step_count += 1  # accelerate, for a micro-batch
    assert driver.steps == 0


def test_it_is_joined_with_others_as_a_value_not_by_torch():
    _, optimizer = training()
    parts = [parse("linear()").bind(optimizer, horizon=4), torch.optim.lr_scheduler.LinearLR(optimizer)]
    with pytest.raises(BadInput, match="Join schedules with a >> b, not with SequentialLR"):
        torch.optim.lr_scheduler.SequentialLR(optimizer, parts, [2])


def test_what_is_not_of_torch_needs_no_torch():
    code = (
        "import sys; from types import SimpleNamespace; import surefoot as sf\n"
        "driver = sf.schedules.parse('linear()').bind(SimpleNamespace(param_groups=[{'lr': 0.1}]), horizon=4)\n"
        "driver.step(); driver.extend(by=4); driver.cooldown(2)\n"
        "print('torch' in sys.modules, driver.get_last_lr())"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "[0.07500000000000001]"]


@pytest.mark.full
@pytest.mark.filterwarnings("ignore:.torch.jit.script_method. is deprecated:DeprecationWarning")  # torch's own imports
@pytest.mark.parametrize("make", [torch.optim.SGD, torch.optim.Adam])
def test_a_rate_in_a_tensor_is_compiled_once(make):
    compiled = []

    def backend(graph, _inputs):
        compiled.append(graph)
        return graph.forward

    torch._dynamo.reset()
    weight = torch.nn.Parameter(torch.ones(3))
    optimizer = make([weight], lr=torch.tensor(0.5))
    driver = parse("warmup(3) >> cosine()").bind(optimizer, horizon=20)
    update = torch.compile(lambda: optimizer.step(), backend=backend)
    graphs, moved = [], []
    for _ in range(20):
        weight.grad = torch.ones(3)
        before = weight.detach().clone()
        update()
        driver.step()
        graphs.append(len(compiled))
        moved.append(float((before - weight.detach())[0]))
    assert graphs[0] > 0
    assert graphs[-1] == graphs[0]
    multipliers = parse("warmup(3) >> cosine()").over(20)(range(20))
    assert moved == pytest.approx((0.5 * multipliers).tolist(), rel=1e-4)


@pytest.mark.full
@pytest.mark.parametrize("text", ["warmup(1000) >> cosine()", "exponential(to=0.001)", "warmup(1000) >> linear()"])
def test_after_a_million_steps_a_float32_tensor_holds_the_closed_form_rounded_once(text):
    horizon = 1_000_001
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=torch.tensor(0.3))
    driver = parse(text).bind(optimizer, horizon=horizon)
    course = parse(text).over(horizon)
    peak = optimizer.param_groups[0]["peak_lr"]
    for step in range(1, 1_000_001):
        driver.step()
        if step % 50_000 == 0:
            assert optimizer.param_groups[0]["lr"] == torch.tensor(peak * course(step), dtype=torch.float32)
