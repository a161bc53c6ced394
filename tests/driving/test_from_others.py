"""Schedules of Keras, timm and optax, and lists of rates: their live values over the whole length."""

import numpy as np
import pytest

from surefoot.driving import from_keras, from_optax, from_timm, from_values, to_keras
from surefoot.errors import BadInput
from surefoot.schedules import values

from . import _frameworks as theirs

N = 120

KERAS = [  # class, arguments, multiplier 1, what the text begins with
    ("ExponentialDecay", (0.5, 20, 0.5), {}, 0.5, "step(1, factor=0.965"),
    ("ExponentialDecay", (0.5, 20, 0.5), {"staircase": True}, 0.5, "step(20, factor=0.5)"),
    ("PiecewiseConstantDecay", ([30, 60], [0.1, 0.5, 0.05]), {}, 0.5, "piecewise([31, 61], [0.2, 1.0, 0.1])"),
    ("PolynomialDecay", (0.5, 100), {"end_learning_rate": 0.05, "power": 2.0}, 0.5, "polynomial(100, power=2.0"),
    ("PolynomialDecay", (0.5, 50), {"end_learning_rate": 0.05, "cycle": True}, 0.5, "polynomial_cycles(50"),
    ("InverseTimeDecay", (0.5, 20, 0.5), {}, 0.5, "inverse_time(20, rate=0.5)"),
    ("InverseTimeDecay", (0.5, 20, 0.5), {"staircase": True}, 0.5, "values("),
    ("CosineDecay", (0.5, N), {"alpha": 0.1}, 0.5, "cosine(120, to=0.1)"),
    ("CosineDecay", (0.05, 100), {"warmup_target": 0.5, "warmup_steps": 20}, 0.5,
     "linear(20, start=0.1, end=1.0) >> cosine(100)"),
    ("CosineDecay", (0.5, 200), {}, 0.5, "values("),
    ("CosineDecayRestarts", (0.5, 30), {"t_mul": 1.0, "alpha": 0.1}, 0.5, "restarts(30, to=0.1)"),
    ("CosineDecayRestarts", (0.5, 13), {"m_mul": 0.8}, 0.5, "values("),
]  # fmt: skip


@pytest.mark.full
@pytest.mark.parametrize(("name", "given", "named", "peak", "text"), KERAS, ids=[f"{k[0]}-{k[2]}" for k in KERAS])
def test_a_schedule_of_keras_has_the_values_of_the_live_one(name, given, named, peak, text):
    live = getattr(theirs.keras().optimizers.schedules, name)(*given, **named)
    schedule = from_keras(live, horizon=N)
    expected = np.array([float(live(step)) for step in range(N)]) / peak
    assert str(schedule).startswith(text)
    assert schedule.over(N)(range(N)) == pytest.approx(expected, rel=2e-6, abs=1e-7)


@pytest.mark.full
def test_what_we_gave_to_keras_comes_back_from_it():
    theirs.keras()
    back = from_keras(to_keras("warmup(0.1) >> cosine(to=0.1)", peak_lr=0.5, horizon=N), horizon=N)
    again = from_keras(to_keras(back, peak_lr=0.5, horizon=N), horizon=N)
    assert isinstance(back, values)
    assert again.over(N)(range(N)) == pytest.approx(back.over(N)(range(N)), rel=1e-6)


TIMM = [
    ("CosineLRScheduler", {"t_initial": N, "lr_min": 0.05}, "cosine(120, to=0.1)"),
    ("CosineLRScheduler", {"t_initial": 100, "warmup_t": 20, "warmup_lr_init": 0.05, "warmup_prefix": True},
     "linear(20, start=0.1, end=1.0) >> cosine(100)"),
    ("CosineLRScheduler", {"t_initial": N, "warmup_t": 20}, "values("),
    ("CosineLRScheduler", {"t_initial": 100, "k_decay": 1.5}, "k_decay(100, k=1.5)"),
    ("CosineLRScheduler", {"t_initial": 40, "cycle_limit": 2, "cycle_decay": 0.5, "lr_min": 0.05},
     "restarts(40, cycles=2, decay=0.5, to=0.1)"),
    ("CosineLRScheduler", {"t_initial": 10, "cycle_mul": 2.0, "cycle_limit": 3}, "values("),
    ("CosineLRScheduler", {"t_initial": 40, "cycle_limit": 3, "cycle_decay": 1.1}, "values("),
    ("CosineLRScheduler", {"t_initial": N, "noise_range_t": 60}, "values("),
    ("PolyLRScheduler", {"t_initial": N, "lr_min": 0.05}, "polynomial(120, power=0.5, to=0.1)"),
    ("PolyLRScheduler", {"t_initial": N, "k_decay": 0.5, "power": 2.0}, "k_decay(120, 'polynomial', k=0.5, power=2.0)"),
    ("TanhLRScheduler", {"t_initial": N, "lr_min": 0.05}, "tanh(120, to=0.1)"),
    ("TanhLRScheduler", {"t_initial": 60, "lb": -5.0, "ub": 2.0, "lr_min": 0.05},
     "tanh(60, lower=-5.0, upper=2.0, to=0.1) >> constant(value=0.1)"),
    ("StepLRScheduler", {"decay_t": 30, "decay_rate": 0.5}, "step(30, factor=0.5)"),
    ("StepLRScheduler", {"decay_t": 30, "decay_rate": 0.5, "warmup_t": 7}, "linear(7, start=0.0, end=1.0) >> step(30"),
    ("MultiStepLRScheduler", {"decay_t": [30, 60, 600], "decay_rate": 0.5}, "multistep([29, 59], factor=0.5)"),
    ("MultiStepLRScheduler", {"decay_t": [30, 60]}, "constant()"),
    ("WSDLRScheduler", {"t_initial": 110, "decay_t": 30, "warmup_t": 10, "lr_min": 0.05},
     "linear(10, start=0.0, end=1.0) >> constant(length=80) >> decay(30, '1-sqrt', to=0.1)"),
    ("WSDLRScheduler", {"t_initial": 110, "decay_t": 30, "warmup_t": 10, "stable_fn": "rsqrt"}, "values("),
]  # fmt: skip


@pytest.mark.full
@pytest.mark.parametrize("in_epochs", [True, False])
@pytest.mark.parametrize(("name", "arguments", "text"), TIMM, ids=[f"{name}-{given}" for name, given, _ in TIMM])
def test_a_scheduler_of_timm_has_the_values_of_the_live_one(name, arguments, text, in_epochs):
    from timm import scheduler

    optimizer = theirs.optimizer(0.5)
    live = getattr(scheduler, name)(optimizer, t_in_epochs=in_epochs, **arguments)
    schedule = from_timm(live, horizon=N)
    assert str(schedule).startswith(text)
    expected = []
    for update in range(N):
        (live.step if in_epochs else live.step_update)(update)
        expected.append(theirs.rates(optimizer)[0] / 0.5)
    assert schedule.over(N)(range(N)) == pytest.approx(expected, rel=1e-12, abs=1e-15)


@pytest.mark.full
def test_a_scheduler_of_timm_is_left_as_it_is_and_its_cycle_is_its_horizon():
    from timm.scheduler import CosineLRScheduler

    optimizer = theirs.optimizer(0.5)
    live = CosineLRScheduler(optimizer, t_initial=50, warmup_t=5, warmup_lr_init=0.1)
    schedule = from_timm(live)
    assert theirs.rates(optimizer) == [0.1]
    assert len(schedule.table) == 50


@pytest.mark.full
@pytest.mark.filterwarnings("ignore:PlateauLRScheduler is deprecated:FutureWarning")
def test_groups_of_timm_with_different_curves_are_refused():
    from timm import scheduler as timm

    with pytest.raises(BadInput, match="another multiple of the rate of each parameter group"):
        from_timm(timm.CosineLRScheduler(theirs.optimizer(0.5, 0.05), t_initial=50, lr_min=0.01))
    with pytest.raises(BadInput, match="different curves"):
        from_timm(timm.CosineLRScheduler(theirs.optimizer(0.5, 0.05), t_initial=50, warmup_t=5, warmup_lr_init=0.01))
    with pytest.raises(BadInput, match="PlateauLRScheduler follows a metric"):
        from_timm(timm.PlateauLRScheduler(theirs.optimizer()))


@pytest.mark.full
@pytest.mark.parametrize(
    "make",
    [
        lambda optax: optax.warmup_cosine_decay_schedule(0.0, 0.5, 20, N, 0.01),
        lambda optax: optax.sgdr_schedule(
            [{"init_value": 0.0, "peak_value": 0.5, "warmup_steps": 5, "decay_steps": 9}] * 2
        ),
        lambda optax: optax.linear_onecycle_schedule(N, 0.5),
        lambda optax: optax.piecewise_constant_schedule(0.5, {30: 0.1, 60: 0.5}),
        lambda optax: optax.constant_schedule(0.5),
    ],
)
def test_a_schedule_of_optax_is_recorded(make):
    import optax

    live = make(optax)
    expected = np.array([float(live(step)) for step in range(N)])
    schedule = from_optax(live, horizon=N)
    assert schedule.over(N)(range(N)) == pytest.approx(expected / expected.max(), rel=1e-6, abs=2e-7)


@pytest.mark.parametrize(
    "rate",
    [
        lambda count: 0.5 if count < 7 else 0.1,  # no function of arrays
        lambda count: 0.5 / (1 + np.max(count)),  # one, but another
        lambda count: [0.5, 0.4, 0.3, 0.2][min(count, 3)],
        lambda count: 0.5 * 0.9**count,
    ],
)
def test_any_function_of_the_update_is_recorded_as_it_is_called(rate):
    schedule = from_optax(rate, horizon=np.int64(20))
    expected = [rate(count) / rate(0) for count in range(20)]
    assert schedule.over(20)(range(20)) == pytest.approx(expected, rel=1e-14)


def test_a_list_of_rates_is_given_back():
    rates = np.geomspace(1e-3, 1e-5, 50)
    assert 1e-3 * from_values(rates).over(50)(range(50)) == pytest.approx(rates, rel=1e-15)
    assert from_values([0.1, 0.2], peak_lr=0.1) == values([1.0, 2.0], 2)


@pytest.mark.parametrize(
    ("convert", "given", "complaint"),
    [
        (from_values, ([],), "0 rates without one above 0"),
        (from_values, ([0.0, 0.0],), "2 rates without one above 0"),
        (from_values, (0.1,), r"expected rates, one an update, such as \[0.1, 0.2\], given 0.1"),
        (from_values, (["a"],), "expected rates"),
        (from_values, ([0.1, -0.1],), r"table\[1\] must be a finite number, 0 or more"),
        (from_values, ([0.1, float("inf")],), "Expected finite rates"),
        (from_optax, (0.1, 10), "expected a function of the update index"),
        (from_optax, (lambda count: 0.1, None), "horizon=10_000"),
        (from_optax, (lambda count: 0.1, 0), "horizon must be the length of the training in updates, .* given 0"),
        (from_optax, (lambda count: 0.1, "100"), "given '100'"),
        (from_optax, (lambda count: "x", 5), "expected one rate an update; ValueError"),
        (from_keras, ("cosine",), "expected a keras.optimizers.schedules.LearningRateSchedule, given 'str'"),
        (from_timm, ("cosine",), "expected a scheduler of timm.scheduler, given 'str'"),
    ],
)
def test_what_cannot_be_read_is_refused(convert, given, complaint):
    with pytest.raises(BadInput, match=complaint):
        convert(*given)
