"""Every schedule of transformers' by its name: the live one's values over the whole length."""

import pytest
import torch

from surefoot.driving import from_transformers
from surefoot.errors import BadInput

from . import _frameworks as theirs

N = 90
LR = 0.5
WSD = {"num_warmup_steps": 10, "num_decay_steps": 30, "num_training_steps": N}

CASES = [
    ("constant", {}, "constant()"),
    ("constant_with_warmup", {"num_warmup_steps": 10}, "linear(10, start=0.0, end=1.0) >> constant()"),
    ("linear", {}, "linear(90)"),
    ("linear", {"num_warmup_steps": 10}, "linear(10, start=0.0, end=1.0) >> linear(80)"),
    ("cosine", {"num_warmup_steps": 1}, "linear(1, start=0.0, end=1.0) >> cosine(89)"),
    ("cosine", {"num_warmup_steps": 10, "num_cycles": 1.75}, "linear(10, start=0.0, end=1.0) >> cosine_wave(80, cycle"),
    ("cosine_with_restarts", {"num_warmup_steps": 10}, "linear(10, start=0.0, end=1.0) >> restarts(cycles=1"),
    ("cosine_with_restarts", {"num_cycles": 4}, "restarts(cycles=4, length=90)"),
    ("cosine_with_restarts", {"num_cycles": 2.5}, "values("),
    ("polynomial", {"num_warmup_steps": 10}, "linear(10, start=0.0, end=1.0) >> polynomial(80, power=1.0, to=2e-07)"),
    ("polynomial", {"lr_end": 0.05, "power": 2.0}, "polynomial(90, power=2.0, to=0.1)"),
    ("inverse_sqrt", {"num_warmup_steps": 10}, "linear(10, start=0.0, end=1.0) >> inverse_sqrt(10)"),
    ("inverse_sqrt", {"num_warmup_steps": 10, "timescale": 40}, "linear(10, start=0.0, end=1.0) >> inverse_sqrt(40)"),
    ("inverse_sqrt", {"num_warmup_steps": 0}, "inverse_sqrt(10000)"),
    ("cosine_with_min_lr", {"num_warmup_steps": 10, "min_lr": 0.05}, "linear(10, start=0.0, end=1.0) >> cosine("),
    ("cosine_with_min_lr", {"min_lr_rate": 0.2, "num_cycles": 1.0}, "cosine_wave(90, cycles=1.0, to=0.2)"),
    ("cosine_warmup_with_min_lr", {"num_warmup_steps": 10, "min_lr": 0.05},
     "linear(9, start=0.1, end=1.0) >> cosine(80, to=0.1)"),
    ("cosine_warmup_with_min_lr", {"num_warmup_steps": 10, "min_lr_rate": 0.1, "warmup_lr_rate": 0.3},
     "linear(9, start=0.3, end=1.0) >> cosine(80, to=0.1)"),
    ("cosine_warmup_with_min_lr", {"min_lr_rate": 0.1}, "values("),
    ("cosine_warmup_with_min_lr", {"num_warmup_steps": 1, "min_lr_rate": 0.1, "warmup_lr_rate": 0.3}, "constant("),
    ("warmup_stable_decay", WSD, "linear(10, start=0.0, end=1.0) >> constant(length=50) >> cosine(30)"),
    ("warmup_stable_decay", WSD | {"decay_type": "linear", "min_lr_ratio": 0.1},
     "linear(10, start=0.1, end=1.0) >> constant(length=50) >> decay(30, to=0.1)"),
    ("warmup_stable_decay", WSD | {"decay_type": "1-sqrt"},
     "linear(10, start=0.0, end=1.0) >> constant(length=50) >> decay(30, '1-sqrt')"),
    ("warmup_stable_decay", WSD | {"num_cycles": 0.8, "min_lr_ratio": 0.1, "num_training_steps": 80}, "linear(10, "),
    ("warmup_stable_decay", WSD | {"warmup_type": "cosine"}, "values("),
    ("warmup_stable_decay", WSD | {"warmup_type": "1-sqrt", "decay_type": "1-sqrt", "num_training_steps": 40}, "val"),
]  # fmt: skip


def live(name, steps, arguments):
    from transformers import get_scheduler

    given = dict(arguments)
    warmup, total = given.pop("num_warmup_steps", 0), given.pop("num_training_steps", N)
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=LR)  # floors are shares of the default rate
    scheduler = get_scheduler(name, optimizer, warmup, total, scheduler_specific_kwargs=given)
    return [rate / LR for rate in theirs.walk(scheduler, steps)]


@pytest.mark.full
@pytest.mark.parametrize(("name", "arguments", "text"), CASES, ids=[f"{name}-{a}" for name, a, _ in CASES])
def test_a_schedule_of_transformers_has_the_values_of_the_live_one(name, arguments, text):
    given = {"num_training_steps": N} | arguments
    if {"min_lr"} & set(given) or name == "polynomial":
        given["lr"] = LR
    schedule = from_transformers(name, **given)
    expected = live(name, N, arguments)
    assert schedule.over(N)(range(N)) == pytest.approx(expected, rel=1e-12, abs=1e-14)


@pytest.mark.parametrize(("name", "arguments", "text"), CASES, ids=[f"{name}-{a}" for name, a, _ in CASES])
def test_a_schedule_of_transformers_is_said_in_shapes_where_we_have_them(name, arguments, text):
    lr = {"lr": LR} if "min_lr" in arguments or name == "polynomial" else {}
    assert str(from_transformers(name, **{"num_training_steps": N} | arguments | lr)).startswith(text)


@pytest.mark.full
@pytest.mark.parametrize("cycles", [3, 7, 13, 29])
@pytest.mark.parametrize("steps", [78, 87, 91, 203])
def test_restarts_are_theirs_also_where_their_arithmetic_ends_a_cycle_late(cycles, steps):
    schedule = from_transformers("cosine_with_restarts", num_training_steps=steps, num_cycles=cycles)
    expected = live("cosine_with_restarts", steps, {"num_training_steps": steps, "num_cycles": cycles})
    assert schedule.over(steps)(range(steps)) == pytest.approx(expected, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(
    ("name", "arguments", "complaint"),
    [
        ("cosin", {}, "there is no 'cosin'. Known: linear, cosine, "),
        ("greedy", {}, "follows a metric"),
        ("reduce_lr_on_plateau", {"num_training_steps": 9}, "follows a metric"),
        ("linear", {}, "missing a required argument: 'num_training_steps'. It takes num_training_steps=, num_warmup"),
        ("linear", {"num_training_steps": 9, "num_cycles": 2}, "unexpected keyword argument 'num_cycles'"),
        (
            "linear",
            {"num_training_steps": 9, "num_warmup_steps": 9},
            "holds the warmup of 9 updates",
        ),
        ("linear", {"num_training_steps": 9, "num_warmup_steps": 0.1}, "num_warmup_steps must be a whole number"),
        ("polynomial", {"num_training_steps": 9}, "lr_end=1e-07 is a rate: also give lr="),
        ("cosine_with_min_lr", {"num_training_steps": 9}, "give either min_lr or min_lr_rate"),
        ("warmup_stable_decay", {"num_warmup_steps": 1, "num_decay_steps": 2}, "give num_training_steps or num_stable"),
        ("warmup_stable_decay", {"num_warmup_steps": 5, "num_decay_steps": 5, "num_training_steps": 9}, "do not fit"),
        ("warmup_stable_decay", WSD | {"decay_type": "linar"}, "Did you mean 'linear'"),
        ("warmup_stable_decay", WSD | {"warmup_type": "square"}, "warmup_type"),
    ],
)
def test_what_transformers_does_not_have_is_refused(name, arguments, complaint):
    with pytest.raises(BadInput, match=complaint):
        from_transformers(name, **arguments)
