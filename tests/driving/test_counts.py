"""A clock that does not count updates, and a second hand on the rate, are told once, with the factor and the fix."""

import gc
import subprocess
import sys
import warnings

import pytest
import torch

from surefoot.errors import DrivingWarning
from surefoot.schedules import parse

from ._loops import backward, rates, training, update


def bound(horizon, text="warmup(0.1) >> cosine()", **options):
    model, optimizer = training(**options)
    return model, optimizer, parse(text).bind(optimizer, horizon=horizon)


def told(loop):
    """What a loop is warned of."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        loop()
    assert all(warning.category is DrivingWarning for warning in caught)
    return [str(warning.message) for warning in caught]


@pytest.mark.parametrize("before", [False, True])
def test_a_step_for_each_update_is_right_whichever_comes_first(before):
    model, optimizer, driver = bound(200)

    def loop():
        for step in range(200):
            if before:
                driver.step()
            update(model, optimizer, step)
            if not before:
                driver.step()

    assert told(loop) == []


@pytest.mark.parametrize("micro", [2, 4, 8])
def test_a_step_for_each_micro_batch_is_too_fast(micro):
    model, optimizer, driver = bound(1000)

    def loop():
        for batch in range(20 * micro):
            backward(model, batch)
            if (batch + 1) % micro == 0:
                optimizer.step()
                optimizer.zero_grad()
            driver.step()

    (said,) = told(loop)
    assert f"called {micro} times for each update" in said
    assert f"its 1,000 updates will be over after {1000 / micro:,.0f}" in said
    assert "not after each micro-batch" in said


def test_a_step_for_each_process_is_too_fast(monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "4")
    model, optimizer, driver = bound(1000)

    def loop():
        for step in range(20):
            update(model, optimizer, step)
            for _ in range(4):
                driver.step()

    (said,) = told(loop)
    assert "runs 4 times too fast" in said
    assert "There are 4 processes, and accelerate steps a prepared scheduler once for each" in said


@pytest.mark.parametrize("batches", [10, 100])
def test_a_step_for_each_epoch_is_too_slow(batches):
    model, optimizer, driver = bound(1000)

    def loop():
        for epoch in range(8):
            for batch in range(batches):
                update(model, optimizer, 100 * epoch + batch)
            driver.step()

    (said,) = told(loop)
    assert ("does 10 updates for each call" if batches == 10 else "64 updates were done without a call") in said
    assert "Call it after each optimizer.step(), not once an epoch" in said


def test_a_driver_that_is_never_stepped_is_told_of():
    model, optimizer, _driver = bound(1000)
    (said,) = told(lambda: [update(model, optimizer, step) for step in range(70)])
    assert "stands still at update 0 of 1,000" in said


def amp(make, skipped, **options):
    model, optimizer = training(make, **options)
    driver = parse("cosine()").bind(optimizer, horizon=1000)
    scaler = torch.amp.GradScaler("cpu", init_scale=8.0)

    def loop():
        for step in range(20):
            factor = float("inf") if step in skipped else 1.0
            backward(model, step, lambda loss, factor=factor: scaler.scale(loss * factor))
            scaler.step(optimizer)
            scaler.update()
            optimizer.zero_grad()
            driver.step()

    return loop


@pytest.mark.parametrize("fused", [False, True])
def test_updates_that_amp_skipped_are_seen_in_fused_optimizers_too(fused):
    (said,) = told(amp(torch.optim.AdamW, {1, 2, 5}, fused=fused))
    number = "2 of 4 calls" if fused else "3 of 16 calls"
    assert f"{number} of driver.step() had no update behind them (factor {2 if fused else 1.23})" in said
    assert "if scaler.get_scale() >= scale: driver.step()" in said


@pytest.mark.parametrize("fused", [False, True])
def test_amp_that_skips_nothing_is_silent(fused):
    assert told(amp(torch.optim.AdamW, set(), fused=fused)) == []


def test_a_fused_optimizer_whose_updates_are_nearly_all_cancelled_is_told():
    (said,) = told(amp(torch.optim.AdamW, set(range(2, 100)), fused=True))
    assert "2 of 4 calls of driver.step() had no update behind them (factor 2)" in said


def test_a_step_for_each_of_very_many_micro_batches_is_told():
    model, optimizer, driver = bound(10_000)

    def loop():
        for batch in range(600):
            if batch % 100 == 99:
                update(model, optimizer, batch)
            driver.step()

    (said,) = told(loop)
    assert "called 100 times for each update" in said


def test_where_updates_are_no_longer_seen_nothing_is_claimed():
    model, optimizer, driver = bound(1000)

    def loop():
        for step in range(3):
            update(model, optimizer, step)
            driver.step()
        for _ in range(300):  # as when a CUDA graph replays them
            driver.step()

    assert told(loop) == []


def test_a_critic_that_is_updated_more_often_is_no_fault():
    model, generator = training()
    other, critic = training()
    driver = parse("cosine()").bind(generator, critic, horizon=1070)

    def loop():
        for step in range(100):
            for _ in range(5):
                update(other, critic, step)
            update(model, generator, step)
            driver.step()

    assert told(loop) == []


def test_optimizers_that_take_turns_are_no_fault():
    (model, one), (other, two) = training(), training()
    driver = parse("cosine()").bind(one, two, horizon=1070)

    def loop():
        for step in range(200):
            update(*((model, one) if step // 10 % 2 else (other, two)), step)
            driver.step()

    assert told(loop) == []


def test_a_training_that_goes_on_past_its_horizon_is_told_once():
    model, optimizer, driver = bound(20)

    def loop():
        for step in range(30):
            update(model, optimizer, step)
            driver.step()

    (said,) = told(loop)
    assert "past its horizon of 20 updates: from here on the rate stays at 0 of the peak" in said


def test_a_trunk_may_go_on_past_its_horizon():
    model, optimizer, driver = bound(20, "warmup(5) >> hold()")

    def loop():
        for step in range(30):
            update(model, optimizer, step)
            driver.step()

    assert told(loop) == []


def test_a_training_that_ends_before_its_horizon_is_told_at_the_end_of_the_block():
    model, optimizer, driver = bound(400)

    def loop():
        with driver:
            for step in range(100):
                update(model, optimizer, step)
                driver.step()

    (said,) = told(loop)
    assert "ended at update 100 of a horizon of 400, 4 times fewer: the schedule never reached its end" in said
    parse("constant()").bind(optimizer, horizon=10)  # the block let go of it


def test_an_error_or_the_whole_training_in_the_block_says_nothing():
    model, optimizer = training()

    def whole():
        with parse("cosine()").bind(optimizer, horizon=10) as driver:
            for step in range(10):
                update(model, optimizer, step)
                driver.step()

    def broken():
        with pytest.raises(KeyError), parse("cosine()").bind(optimizer, horizon=10) as again:
            again.step()
            raise KeyError

    assert told(broken) == []
    assert told(whole) == []


PROGRAM = """
from types import SimpleNamespace
import surefoot as sf
def main():
    optimizer = SimpleNamespace(param_groups=[{{"lr": 0.1}}])
    driver = sf.schedules.parse("cosine()").bind(optimizer, horizon=1000)
    for _ in range({updates}):
        driver.step()
    {last}
{call}
"""


@pytest.mark.parametrize(
    ("updates", "call", "last", "said"),
    [
        (250, "main()", "", True),
        (250, "kept = main()", "return driver", True),
        (250, "main()", "raise KeyError", False),
        (270, "main()", "", False),  # stopped anywhere
        (1000, "main()", "", False),
    ],
)
def test_a_program_that_ends_at_a_whole_fraction_of_its_horizon_says_so(updates, call, last, said):
    code = PROGRAM.format(updates=updates, call=call, last=last)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode == 0) == ("raise" not in last)
    assert ("ended at update 250 of a horizon of 1,000, 4 times fewer" in done.stderr) == said


def test_a_rate_set_by_hand_is_told_once_and_written_over():
    model, optimizer, driver = bound(100, "linear()")

    def loop():
        for step in range(20):
            update(model, optimizer, step)
            if step in (3, 12):
                optimizer.param_groups[0]["lr"] *= 0.5
            driver.step()

    (said,) = told(loop)
    assert "the rate of group 0 was 0.0485, the driver had set 0.097 (factor 0.5): somebody set it by hand" in said
    assert "driver.factor('mine')(0.5)" in said
    assert rates(optimizer) == [0.1 * 0.8]


def test_a_rate_in_a_tensor_set_by_hand_is_told_too():
    model, optimizer = training(torch.optim.Adam, rates=(torch.tensor(0.1), torch.tensor(0.5)))
    driver = parse("constant()").bind(optimizer, horizon=100)

    def loop():
        for step in range(5):
            update(model, optimizer, step)
            if step == 3:
                optimizer.param_groups[1]["lr"].fill_(1.0)
            driver.step()

    (said,) = told(loop)
    assert "group 1 was 1, the driver had set 0.5 (factor 2)" in said


def test_a_second_scheduler_is_told():
    model, optimizer, driver = bound(100, "constant()")
    second = torch.optim.lr_scheduler.StepLR(optimizer, 1, gamma=0.5)

    def loop():
        for step in range(20):
            update(model, optimizer, step)
            second.step()
            driver.step()

    (said,) = told(loop)
    assert "was 0.05, the driver had set 0.1 (factor 0.5): a second scheduler writes it too" in said
    assert "driver.release()" in said


def test_loading_a_checkpoint_and_adding_a_group_are_no_hand_on_the_rate():
    model, optimizer, driver = bound(100)

    def loop():
        for step in range(40):
            update(model, optimizer, step)
            driver.step()
            if step == 5:
                saved = optimizer.state_dict(), driver.state_dict()
            if step in (20, 30):
                optimizer.load_state_dict(saved[0])
                driver.load_state_dict(saved[1])
            if step == 25:
                optimizer.add_param_group({"params": [torch.nn.Parameter(torch.ones(1))], "lr": 1.0})
                saved = optimizer.state_dict(), driver.state_dict()

    assert told(loop) == []


def test_a_driver_that_is_dropped_takes_its_hooks_along():
    model, optimizer, driver = bound(100)
    driver.step()
    del driver
    gc.collect()
    assert not optimizer._optimizer_step_post_hooks
    assert told(lambda: [update(model, optimizer, step) for step in range(70)]) == []
