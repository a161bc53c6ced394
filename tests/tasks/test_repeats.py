"""The same segment gives the same numbers, equal seeds the same start and batches, and nothing of the user's moves."""

import random

import numpy as np
import pytest
import torch
from _tasks import cross_entropy, digits, digits_task, loop_task, mlp, run, without_seconds
from torch import nn
from torch.utils.data import DataLoader, IterableDataset, RandomSampler, WeightedRandomSampler

import surefoot as sf
from surefoot.errors import UserCodeError

from ._by_hand import Seen, same_weights


def noisy_model():
    return nn.Sequential(nn.Linear(64, 24), nn.BatchNorm1d(24), nn.ReLU(), nn.Dropout(0.5), nn.Linear(24, 10))


class Stream(IterableDataset):
    def __iter__(self):
        return (digits()[0][index] for index in range(300))


def weighted(generator=None):
    weights = torch.linspace(1, 2, 500)
    sampler = WeightedRandomSampler(weights, 500, generator=generator)
    return DataLoader(digits()[0], batch_size=20, sampler=sampler)


def first_batches():
    return [batch for _, batch in zip(range(12), DataLoader(digits()[0], batch_size=20))]


SOURCES = {
    "a dataset": dict,
    "a shuffled DataLoader": lambda: loader(shuffle=True),
    "a DataLoader in order": lambda: loader(),
    "a DataLoader with its own generator": lambda: loader(shuffle=True, generator=torch.Generator().manual_seed(5)),
    "a DataLoader that samples with replacement": lambda: loader(sampler=RandomSampler(digits()[0], replacement=True)),
    "a weighted DataLoader": lambda: given(weighted()),
    "a weighted DataLoader whose sampler has its own generator": lambda: given(weighted(torch.Generator())),
    "a stream of examples": lambda: given(DataLoader(Stream(), batch_size=20)),
    "a list of batches": lambda: given(first_batches()),
}


def loader(**how):
    return given(DataLoader(digits()[0], batch_size=20, **how))


def given(train):
    return {"train": train, "valid": DataLoader(digits()[1], batch_size=50), "batch_size": None}


def equal(batches, others):
    return len(batches) == len(others) and all(
        torch.equal(one, other) for batch, again in zip(batches, others) for one, other in zip(batch, again)
    )


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES.keys())
def test_equal_seeds_pair_trials_whatever_the_data(source):
    loss = Seen(cross_entropy)
    task = digits_task(**source(), loss=loss, model=noisy_model)
    first, host = run(task, lr=0.03)
    start, batches = loss.start, loss.batches
    loss.start, loss.batches = None, []
    torch.rand(3)  # whatever else the program draws
    again, repeated = run(task, lr=0.03)
    assert without_seconds(again) == without_seconds(first)
    assert repeated.losses == host.losses

    loss.start, loss.batches = None, []
    _, other = run(task, lr=0.3)
    assert same_weights(loss.start, start)
    assert equal(loss.batches, batches)
    assert other.losses[0] == host.losses[0]
    assert other.losses[1:] != host.losses[1:]


def test_another_seed_gives_other_weights_and_another_order():
    loss = Seen(cross_entropy)
    task = digits_task(loss=loss)
    run(task, lr=0.03, seed=0)
    start, batches = loss.start, loss.batches
    loss.start, loss.batches = None, []
    run(task, lr=0.03, seed=1)
    assert not same_weights(loss.start, start)
    assert not equal(loss.batches, batches)


def test_loading_in_other_processes_changes_nothing():
    alone, host = run(digits_task(horizon=30), lr=0.05)
    together, other = run(digits_task(horizon=30, num_workers=2), lr=0.05)
    assert other.losses == host.losses
    assert without_seconds(together) == without_seconds(alone)


def test_a_shorter_rung_sees_the_first_batches_of_the_longer_one():
    loss = Seen(cross_entropy)
    task = digits_task(loss=loss)
    run(task, lr=0.03)
    batches, loss.batches = loss.batches, []
    run(task, lr=0.03, updates=20)
    assert equal(loss.batches, batches[:20])


def states():
    return random.getstate(), np.random.get_state(), torch.get_rng_state()


def moved_since(before):
    after = states()
    numpy_moved = any(not np.array_equal(one, other) for one, other in zip(before[1], after[1]))
    return before[0] != after[0] or numpy_moved or not torch.equal(before[2], after[2])


def drawing_loss(model, batch):
    random.random()
    np.random.rand()
    torch.rand(1)
    return cross_entropy(model, batch)


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES.keys())
def test_the_global_random_states_stay_as_they_are(source):
    settings = {**source(), "loss": drawing_loss, "model": noisy_model}
    before = states()
    task = digits_task(**settings)
    assert not moved_since(before), "making the task"
    task.preflight(0, 5)
    assert not moved_since(before), "preflight"
    run(task, lr=0.1)
    assert not moved_since(before), "a segment"
    run(task, lr=float("1e30"))
    assert not moved_since(before), "a segment that fails"


def test_find_leaves_the_global_random_states_as_they_are():
    before = states()
    sf.find(digits_task(loss=drawing_loss, model=noisy_model), budget=0.5, store="none")
    sf.find(loop_task(), budget=0.2, store="none")
    assert not moved_since(before)


def test_assessing_draws_nothing_from_the_training():
    def drawing_score(model):
        random.random()
        np.random.rand()
        return float(torch.rand(1))

    _, host = run(digits_task(model=noisy_model), lr=0.03)
    _, other = run(digits_task(model=noisy_model, valid=None, score=drawing_score), lr=0.03)
    assert other.losses == host.losses


def whatever_is_live(module, optimizer):
    return {
        "weights": {name: value.clone() for name, value in module.state_dict().items()},
        "gradients": [None if p.grad is None else p.grad.clone() for p in module.parameters()],
        "same gradients": [None if p.grad is None else id(p.grad) for p in module.parameters()],
        "modes": [part.training for part in module.modules()],
        "trained": [p.requires_grad for p in module.parameters()],
        "optimizer": {index: dict(kept) for index, kept in optimizer.state_dict()["state"].items()},
        "groups": [{k: v for k, v in group.items() if k != "params"} for group in optimizer.param_groups],
        "held": [[id(p) for p in group["params"]] for group in optimizer.param_groups],
    }


def assert_same(before, after):
    assert before.keys() == after.keys()
    for part in before:
        assert flat(before[part]) == flat(after[part]), part


def flat(value):
    if isinstance(value, torch.Tensor):
        return (str(value.dtype), value.tolist())
    if isinstance(value, dict):
        return {key: flat(part) for key, part in value.items()}
    return [flat(part) for part in value] if isinstance(value, list | tuple) else value


def live(trained=True):
    """A module and its optimizer in the middle of the user's own work: a gradient here, a frozen part there."""
    torch.manual_seed(3)
    module = nn.Sequential(nn.Linear(64, 24), nn.BatchNorm1d(24), nn.Linear(24, 24), nn.ReLU(), nn.Linear(24, 10))
    optimizer = torch.optim.AdamW([
        {"params": [*module[0].parameters(), *module[1].parameters()]},
        {"params": module[4].parameters(), "lr": 0.0005},
    ], lr=0.001)  # fmt: skip
    if trained:
        cross_entropy(module, digits()[0][:20]).backward()
        optimizer.step()
        optimizer.zero_grad()
        cross_entropy(module, digits()[0][20:40]).backward()
        module[0].weight.grad = None
    module[2].requires_grad_(False)
    module[1].eval()
    return module, optimizer


@pytest.mark.parametrize("trained", [True, False])
def test_a_live_module_and_its_optimizer_are_put_back_bit_for_bit(trained):
    module, optimizer = live(trained)
    before = whatever_is_live(module, optimizer)
    task = digits_task(model=module, optimizer=optimizer)
    task.preflight(0, 5)
    assert_same(before, whatever_is_live(module, optimizer))
    stage, _ = run(task, lr=0.01)
    assert stage.ok
    assert_same(before, whatever_is_live(module, optimizer))
    sf.find(task, budget=1, store="none")
    assert_same(before, whatever_is_live(module, optimizer))


@pytest.mark.parametrize("error", [RuntimeError("mine"), KeyboardInterrupt()])
def test_a_live_module_and_its_optimizer_are_put_back_when_the_users_code_raises(error):
    module, optimizer = live()
    before = whatever_is_live(module, optimizer)
    calls = []

    def loss(model, batch):
        calls.append(1)
        if len(calls) == 13:
            model.eval()
            raise error
        return cross_entropy(model, batch)

    task = digits_task(model=module, optimizer=optimizer, loss=loss)
    with pytest.raises((UserCodeError, KeyboardInterrupt)):
        run(task, lr=0.01)
    assert len(calls) == 13
    assert_same(before, whatever_is_live(module, optimizer))


def test_every_trial_of_a_live_module_starts_from_its_weights_and_its_optimizers_state():
    module, optimizer = live()
    loss = Seen(cross_entropy)
    task = digits_task(model=module, optimizer=optimizer, loss=loss)
    first, host = run(task, lr=0.01)
    assert same_weights(loss.start, module.state_dict())
    again, repeated = run(task, lr=0.01)
    assert without_seconds(again) == without_seconds(first)
    assert repeated.losses == host.losses


def test_a_live_optimizers_groups_keep_their_ratio_to_its_own_rate():
    module, optimizer = live()
    rates = []

    def loss(model, batch):
        if torch.is_grad_enabled():
            rates.append([group["lr"] for group in optimizer.param_groups])
        return cross_entropy(model, batch)

    run(digits_task(model=module, optimizer=optimizer, loss=loss, schedule="constant()"), lr=0.02, updates=3)
    assert rates == [pytest.approx([0.02, 0.01])] * 3


def test_a_part_that_was_frozen_in_evaluation_mode_stays_there_while_a_live_module_trains():
    module, optimizer = live()
    modes = []

    def loss(model, batch):
        if torch.is_grad_enabled():
            modes.append((model.training, model[1].training))
        return cross_entropy(model, batch)

    run(digits_task(model=module, optimizer=optimizer, loss=loss), lr=0.01, updates=2)
    assert modes == [(True, False)] * 2


def test_a_live_part_of_the_state_is_put_back_for_every_trial_and_at_the_end():
    class Counter:
        def __init__(self):
            self.count = torch.tensor(40)

        def state_dict(self):
            return {"count": self.count}

        def load_state_dict(self, state):
            self.count = state["count"]

    counter, seen = Counter(), []

    def step(trial, batch):
        seen.append(int(trial.state["counter"].count))
        trial.state["counter"].count += 1
        return cross_entropy(trial.model, batch).detach()

    task = digits_task(step=step, state={"counter": counter})
    run(task, lr=0.1, updates=3)
    run(task, lr=0.1, updates=3)
    assert seen == [40, 41, 42] * 2
    assert counter.count == 40


def test_a_scheduler_of_the_users_own_goes_on_after_a_find_as_if_nothing_had_happened():
    module = mlp()
    optimizer = torch.optim.SGD(module.parameters(), lr=0.1)
    scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5)
    optimizer.step()
    scheduler.step()
    rates = []

    def loss(model, batch):
        if torch.is_grad_enabled():
            rates.append(optimizer.param_groups[0]["lr"])
        return cross_entropy(model, batch)

    run(digits_task(model=module, optimizer=optimizer, loss=loss, schedule="constant()"), lr=0.02, updates=3)
    assert rates == [0.02] * 3  # the rate that is tried, not the part of it that was left of the decay
    assert optimizer.param_groups[0]["lr"] == 0.05
    optimizer.step()
    scheduler.step()
    assert optimizer.param_groups[0]["lr"] == 0.025
