"""What other libraries do wrong, as docs/schedules.md says with these numbers, and what ours does there."""

import itertools

import pytest
import torch
from torch.optim import lr_scheduler as lrs

from surefoot.schedules import cosine, hyperbolic, multistep, one_cycle, polynomial, restarts, warmup, wsd

from .peers import followed, installed, optimizer


def needs(library):
    if not installed(library):
        pytest.skip(f"needs {library}. Install it: pip install 'surefoot[schedules-peers]'")


def of_timm(**settings):
    needs("timm")
    from timm.scheduler import CosineLRScheduler

    driven = optimizer()
    scheduler = CosineLRScheduler(driven, **settings)
    seen = []
    for step in range(60):
        scheduler.step(step)
        seen.append(driven.param_groups[0]["lr"])
    return seen


def test_a_cosine_of_torch_rises_again_after_its_end():
    driven = optimizer()
    rates = followed(driven, lrs.CosineAnnealingLR(driven, 100).step, 201)
    assert [rates[t] for t in (110, 150, 200)] == pytest.approx([0.0245, 0.5, 1], abs=1e-4)
    assert cosine(100).over(201)([110, 150, 200]).tolist() == [0, 0, 0]


@pytest.mark.parametrize(("updates", "after"), [(100, -0.0143), (10, -0.1429)])
def test_one_cycle_of_torch_turns_negative_an_update_after_its_end(updates, after):
    driven = optimizer()
    scheduler = lrs.OneCycleLR(driven, 1.0, updates, anneal_strategy="linear", cycle_momentum=False)
    followed(driven, scheduler.step, updates)
    assert driven.param_groups[0]["lr"] == pytest.approx(after, abs=1e-4)
    with pytest.raises(ValueError, match="Tried to step"):
        scheduler.step()
    course = one_cycle(shape="linear").over(updates)
    assert course(updates) == course(updates + 1) == 4e-6


def test_one_cycle_of_torch_cannot_be_made_with_a_rise_of_one_update():
    with pytest.raises(ZeroDivisionError):
        lrs.OneCycleLR(optimizer(), 1.0, 10, pct_start=0.1, cycle_momentum=False)
    assert one_cycle(rise=0.1).over(10)([0, 1]).tolist() == [0.04, 1]


@pytest.mark.full
@pytest.mark.filterwarnings("ignore")  # no update is done here
def test_a_cosine_of_torch_drifts_in_a_float32_tensor():
    driven = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=torch.tensor(1.0))
    scheduler = lrs.CosineAnnealingLR(driven, 100_000)
    course = cosine().over(100_000)
    worst = 0.0
    for step in range(1, 100_000):
        scheduler.step()
        if step % 97 == 0:
            worst = max(worst, abs(float(driven.param_groups[0]["lr"]) - course(step)))
    assert 3e-5 < worst < 6e-5  # 4.4e-5


@pytest.mark.full
@pytest.mark.filterwarnings("ignore")
def test_a_cosine_of_transformers_rises_again_after_its_end():
    needs("transformers")
    from transformers import get_cosine_schedule_with_warmup

    driven = optimizer()
    rates = followed(driven, get_cosine_schedule_with_warmup(driven, 10, 100).step, 191)
    assert (rates[0], rates[190]) == (0, 1)
    assert (warmup(10) >> cosine(90)).over(191)([0, 190]).tolist() == [0.1, 0]


@pytest.mark.full
@pytest.mark.filterwarnings("ignore")
def test_a_polynomial_of_pytorch_optimizer_grows_without_bound():
    needs("pytorch_optimizer")
    from pytorch_optimizer.lr_scheduler import PolyScheduler

    driven = optimizer()
    rates = followed(driven, PolyScheduler(driven, poly_order=0.5, t_max=1000, max_lr=0.01).step, 1001)
    assert rates[1000] / 0.01 == pytest.approx(31.6, abs=0.1)
    assert polynomial(power=0.5).over(1000)(1000) == 0


@pytest.mark.full
@pytest.mark.filterwarnings("ignore")
def test_a_decay_of_pytorch_optimizer_passes_its_floor_and_jumps_back_up():
    needs("pytorch_optimizer")
    from pytorch_optimizer.lr_scheduler import get_wsd_schedule

    driven = optimizer()
    rates = followed(driven, get_wsd_schedule(driven, 10, 70, 20, min_lr_ratio=0.1).step, 101)
    assert rates[99:] == pytest.approx([0.0253, 0.1], abs=1e-4)
    assert wsd(10, 20, to=0.1).over(100)([99, 100]).tolist() == pytest.approx([0.1 + 0.9 * 0.0253, 0.1], abs=1e-4)


@pytest.mark.full
@pytest.mark.filterwarnings("ignore")
def test_restarts_of_timm_rise_to_a_floor_above_their_peak_and_its_warmup_jumps():
    rates = of_timm(t_initial=10, lr_min=0.3, cycle_decay=0.5, cycle_limit=5)
    assert (rates[20], rates[29]) == pytest.approx((0.25, 0.2988), abs=1e-4)
    assert restarts(10, decay=0.5, to=0.3).over(60)([20, 29]).tolist() == [0.3, 0.3]
    rates = of_timm(t_initial=60, warmup_t=30)
    assert rates[29:31] == pytest.approx([0.967, 0.5], abs=1e-3)
    assert (warmup(30) >> cosine()).over(60)([29, 30]).tolist() == [1, 1]


@pytest.mark.full
@pytest.mark.filterwarnings("ignore")
def test_chebyshev_of_pytorch_scheduler_only_falls():
    needs("pytorch_scheduler")
    from pytorch_scheduler import ChebyshevScheduler

    driven = optimizer()
    rates = followed(driven, ChebyshevScheduler(driven, total_steps=64).step, 64)
    assert all(after < before for before, after in itertools.pairwise(rates))


@pytest.mark.full
@pytest.mark.filterwarnings("ignore")
def test_schedules_of_fvcore_fail_or_rise_after_their_end():
    needs("fvcore")
    from fvcore.common.param_scheduler import ConstantParamScheduler, CosineParamScheduler, StepParamScheduler

    with pytest.raises(RuntimeError):
        ConstantParamScheduler(1.0)(1.0)
    with pytest.raises(IndexError):
        StepParamScheduler(10, [1.0, 0.1])(1.0)
    assert CosineParamScheduler(1.0, 0.0)(1.5) == pytest.approx(0.5)


def test_what_would_silently_do_something_else_is_refused():
    for schedule, horizon in ((multistep([1000]), 1000), (hyperbolic(bound=500), 1000), (one_cycle(rise=1000), 1000)):
        with pytest.raises(ValueError, match=r"\."):
            schedule.over(horizon)
