"""A scheduler of torch's is read exactly: every value of the live one over the whole length, through shapes where we
have them."""

import math

import numpy as np
import pytest
import torch
from torch.optim import lr_scheduler as torch_schedulers

from surefoot.driving import from_torch
from surefoot.errors import BadInput
from surefoot.schedules import values

from . import _frameworks as theirs

N = 200


def sequential(optimizer, *parts, milestones):
    return torch_schedulers.SequentialLR(optimizer, [part(optimizer) for part in parts], milestones)


def chained(optimizer, *parts):
    return torch_schedulers.ChainedScheduler([part(optimizer) for part in parts], optimizer)


def of(name, **arguments):
    return lambda optimizer: getattr(torch_schedulers, name)(optimizer, **arguments)


def a_row(*parts, milestones):
    return lambda optimizer: sequential(optimizer, *parts, milestones=milestones)


def a_product(*parts):
    return lambda optimizer: chained(optimizer, *parts)


WARMUP = of("LinearLR", start_factor=0.1, total_iters=20)
COSINE = of("CosineAnnealingLR", T_max=180, eta_min=0.005)

KNOWN = [  # the scheduler, how many of its steps, what its text begins with
    (of("ConstantLR"), N, "constant(value=0.333"),
    (of("ConstantLR", factor=1.0), N, "constant()"),
    (of("LinearLR"), N, "linear(5, start=0.333"),
    (of("LinearLR", start_factor=1.0, end_factor=0.1, total_iters=150), N, "linear(150, end=0.1)"),
    (of("LinearLR", start_factor=0.5, end_factor=0.5), N, "constant(value=0.5)"),
    (of("PolynomialLR", total_iters=N, power=0.9), N, "polynomial(200, power=0.9)"),
    (of("PolynomialLR"), N, "polynomial(5, power=1.0)"),
    (of("StepLR", step_size=30), N, "step(30)"),
    (of("StepLR", step_size=7, gamma=0.9), N, "step(7, factor=0.9)"),
    (of("StepLR", step_size=500), N, "constant()"),
    (of("MultiStepLR", milestones=[30, 80]), N, "multistep([30, 80])"),
    (of("MultiStepLR", milestones=[80, 30, 30], gamma=0.5), N, "piecewise([30, 80], [1.0, 0.25, 0.125])"),
    (of("MultiStepLR", milestones=[80, 900], gamma=0.5), N, "multistep([80], factor=0.5)"),
    (of("MultiStepLR", milestones=[50], gamma=2.0), N, "piecewise([50], [1.0, 2.0])"),
    (of("ExponentialLR", gamma=0.97), N, "step(1, factor=0.97)"),
    (of("CosineAnnealingLR", T_max=N), N + 1, "cosine"),
    (of("CosineAnnealingLR", T_max=N, eta_min=0.01), N, "cosine(200, to=0.02)"),
    (of("CosineAnnealingLR", T_max=45, eta_min=0.01), N, "cosine_wave(200, cycles="),
    (of("CosineAnnealingWarmRestarts", T_0=50), N, "restarts(50)"),
    (of("CosineAnnealingWarmRestarts", T_0=13, T_mult=2, eta_min=0.05), N, "restarts(13, growth=2.0, to=0.1)"),
    (of("OneCycleLR", max_lr=0.7, total_steps=N), N, "one_cycle(199, rise=59"),
    (of("OneCycleLR", max_lr=0.7, total_steps=N, anneal_strategy="linear", div_factor=10.0, three_phase=True), N,
     "one_cycle(199, rise=59, start=0.0"),
    (of("OneCycleLR", max_lr=0.7, epochs=4, steps_per_epoch=50, pct_start=0.25, final_div_factor=10.0), N, "one_"),
    (of("OneCycleLR", max_lr=0.7, total_steps=37, pct_start=0.21), 37, "one_cycle(36, rise=0."),
    (of("CyclicLR", base_lr=0.1, max_lr=0.4, step_size_up=20), N, "triangular(20, down=20)"),
    (of("CyclicLR", base_lr=0.1, max_lr=0.5, step_size_up=7, step_size_down=11, mode="triangular2"), N,
     "triangular2(7, down=11, low=0.2)"),
    (of("CyclicLR", base_lr=0.1, max_lr=0.5, step_size_up=15, mode="exp_range", gamma=0.99), N, "exp_range(15"),
    (a_row(WARMUP, COSINE, milestones=[20]), N, "linear(20, start=0.1, end=1.0) >> cosine(180, to=0.01)"),
    (a_row(WARMUP, of("CosineAnnealingLR", T_max=170), milestones=[30]), N,
     "linear(20, start=0.1, end=1.0) >> hold(10) >> cosine(170)"),
    (a_row(WARMUP, of("StepLR", step_size=30), of("ExponentialLR", gamma=0.9), milestones=[20, 110]), N,
     "linear(20, start=0.1, end=1.0) >> step(30, length=90) >> step(1, factor=0.9)"),
    (a_product(WARMUP, of("StepLR", step_size=30)), N, "linear(20, start=0.1, end=1.0) * step(30)"),
    (a_product(of("ExponentialLR", gamma=0.99), of("CosineAnnealingLR", T_max=N)), N, "step(1, factor=0.99) * cosine"),
]  # fmt: skip

RECORDED = [
    (of("LambdaLR", lr_lambda=lambda step: 1 / (1 + step)), N),
    (of("MultiplicativeLR", lr_lambda=lambda step: 0.99 if step % 2 else 1.001), N),
    (of("ExponentialLR", gamma=1.01), N),
    (of("MultiStepLR", milestones=[0, 20]), N),
    (of("CosineAnnealingLR", T_max=50, eta_min=0.9), N),
    (of("OneCycleLR", max_lr=0.7, total_steps=37, pct_start=0.02), 37),
    (of("CyclicLR", base_lr=0.1, max_lr=0.5, step_size_up=15, scale_fn=lambda cycle: 1 / math.sqrt(cycle)), N),
    (of("CosineAnnealingLR", T_max=300), N),
    (a_row(WARMUP, COSINE, milestones=[30]), N),
    (a_row(WARMUP, COSINE, milestones=[10]), N),
    (a_row(of("ConstantLR", factor=0.1, total_iters=20), COSINE, milestones=[20]), N),
    (a_product(of("ExponentialLR", gamma=0.99), of("CosineAnnealingLR", T_max=60)), N),
    (a_product(WARMUP, COSINE), N),
    (a_product(WARMUP, of("LambdaLR", lr_lambda=lambda step: 0.9**step)), N),
]


def live(make, steps):
    """Schedule and the multipliers of the live scheduler, which is converted first and walked through then."""
    optimizer = theirs.optimizer(0.5, momentum=0.9)
    scheduler = make(optimizer)
    schedule = from_torch(scheduler, horizon=steps)
    peak = optimizer.param_groups[0]["initial_lr"]
    if isinstance(scheduler, torch_schedulers.OneCycleLR | torch_schedulers.CyclicLR):
        peak = 0.7 if isinstance(scheduler, torch_schedulers.OneCycleLR) else scheduler.max_lrs[0]
    return schedule, np.array(theirs.walk(scheduler, steps)) / peak


@pytest.mark.parametrize(("make", "steps", "text"), KNOWN, ids=[text for _, _, text in KNOWN])
def test_a_known_scheduler_becomes_shapes_with_its_values(make, steps, text):
    schedule, expected = live(make, steps)
    assert str(schedule).startswith(text)
    assert schedule.over(steps)(range(steps)) == pytest.approx(expected, rel=1e-12, abs=1e-15)


@pytest.mark.parametrize(("make", "steps"), RECORDED)
def test_any_other_is_recorded_value_by_value(make, steps):
    schedule, expected = live(make, steps)
    assert isinstance(schedule, values)
    assert schedule.over(steps)(range(steps)) == pytest.approx(expected, rel=1e-12, abs=1e-15)


@pytest.mark.parametrize("make", [WARMUP, of("StepLR", step_size=3), of("OneCycleLR", max_lr=0.7, total_steps=37)])
def test_most_need_no_horizon(make):
    optimizer = theirs.optimizer(momentum=0.9)
    schedule = from_torch(make(optimizer))
    assert schedule.over(37)(range(37)) == pytest.approx(live(make, 37)[1], rel=1e-12)


def test_a_scheduler_that_was_stepped_already_is_read_from_its_beginning_where_it_is_known():
    optimizer = theirs.optimizer()
    scheduler = WARMUP(optimizer)
    theirs.walk(scheduler, 7)
    assert str(from_torch(scheduler)) == "linear(20, start=0.1, end=1.0)"
    unknown = of("LambdaLR", lr_lambda=lambda step: 1.0)(theirs.optimizer())
    theirs.walk(unknown, 3)
    with pytest.raises(BadInput, match="it was stepped already"):
        from_torch(unknown, horizon=10)


def test_recording_leaves_scheduler_and_optimizer_as_they_are():
    optimizer = theirs.optimizer(0.5, momentum=0.9)
    scheduler = RECORDED[-1][0](optimizer)
    before = (scheduler.state_dict()["_schedulers"][0].copy(), theirs.rates(optimizer))
    from_torch(scheduler, horizon=50)
    assert (scheduler.state_dict()["_schedulers"][0], theirs.rates(optimizer)) == before


def test_groups_with_other_rates_have_one_schedule_where_their_curves_are_the_same():
    optimizer = theirs.optimizer(0.5, 0.05)
    assert str(from_torch(COSINE(theirs.optimizer(0.5, 0.5)))) == "cosine(180, to=0.01)"
    with pytest.raises(BadInput, match=r"eta_min is another multiple of the peak rate in each parameter group"):
        from_torch(COSINE(optimizer))
    with pytest.raises(BadInput, match="its parameter groups have different curves"):
        from_torch(torch_schedulers.LambdaLR(optimizer, [lambda t: 1.0, lambda t: 0.5**t]), horizon=5)


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        (of("ReduceLROnPlateau"), "follows a metric"),
        (lambda optimizer: optimizer, "expected a scheduler of torch.optim.lr_scheduler, given 'SGD'"),
        (lambda optimizer: "cosine", "given 'str'"),
        (of("LambdaLR", lr_lambda=lambda step: 1.0), "needs the length of the training: horizon=10_000"),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_to_do(given, complaint):
    with pytest.raises(BadInput, match=complaint):
        from_torch(given(theirs.optimizer()))


def test_a_horizon_that_is_none_is_refused():
    with pytest.raises(BadInput, match=r"from_torch: horizon must be the length of the training in updates"):
        from_torch(WARMUP(theirs.optimizer()), horizon=1.5)


def test_a_subclass_that_does_something_else_is_not_taken_for_its_parent():
    class Halved(torch.optim.lr_scheduler.StepLR):
        def get_lr(self):
            return [rate / 2 for rate in self.base_lrs]

    schedule = from_torch(Halved(theirs.optimizer(), step_size=3), horizon=6)
    assert schedule.over(6)(range(6)).tolist() == [0.5] * 6
