"""The same numbers as torch's own schedulers, up to where the two part on purpose."""

import pytest
import torch
from torch.optim import lr_scheduler as lrs

from surefoot.schedules import constant, cosine, exponential, linear, polynomial, step, warmup

N = 60


def rates(make, updates):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    scheduler = make(optimizer)
    seen = []
    for _ in range(updates):
        seen.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return seen


CASES = {
    "LinearLR": (linear(40, start=0.1, end=1), lambda o: lrs.LinearLR(o, 0.1, 1, 40)),
    "ConstantLR": (constant(value=1 / 3, length=5) >> constant(), lambda o: lrs.ConstantLR(o)),
    "CosineAnnealingLR": (cosine(to=0.05), lambda o: lrs.CosineAnnealingLR(o, N, 0.05)),
    "PolynomialLR": (polynomial(power=1.7), lambda o: lrs.PolynomialLR(o, N, 1.7)),
    "ExponentialLR": (exponential(to=0.97**N), lambda o: lrs.ExponentialLR(o, 0.97)),
    "StepLR": (step(7, factor=0.5), lambda o: lrs.StepLR(o, 7, 0.5)),
    "CosineAnnealingWarmRestarts": (cosine(15).repeat(4), lambda o: lrs.CosineAnnealingWarmRestarts(o, 15)),
    "warmup, then cosine": (
        warmup(10) >> cosine(),
        lambda o: lrs.SequentialLR(o, [lrs.LinearLR(o, 1 / 10, 1, 9), lrs.CosineAnnealingLR(o, N - 10)], [10]),
    ),
    "product": (
        linear(20, start=0.5, end=1) * exponential(to=0.9**N),
        lambda o: lrs.ChainedScheduler([lrs.LinearLR(o, 0.5, 1, 20), lrs.ExponentialLR(o, 0.9)]),
    ),
}


@pytest.mark.filterwarnings("ignore:The epoch parameter:UserWarning")  # SequentialLR's own doing
@pytest.mark.parametrize("name", CASES)
def test_the_same_schedule_in_torch_gives_the_same_rates(name):
    schedule, make = CASES[name]
    assert schedule.over(N)(range(N)).tolist() == pytest.approx(rates(make, N), rel=1e-11, abs=1e-14)


def test_a_cosine_stays_down_after_its_end_where_torch_rises_again():
    assert rates(lambda o: lrs.CosineAnnealingLR(o, N), 2 * N)[-1] > 0.9
    assert cosine().over(N)(2 * N) == 0
