"""finder.suggest: the range test of a task, as the command runs it."""

import pytest
import torch
from _tasks import digits_task, loop_task, mlp

import surefoot as sf
from surefoot.finder import suggest


def test_it_answers_as_range_test_does_with_the_same_model_and_batches():
    task = digits_task()
    found = suggest(task, lr_min=1e-4, lr_max=10, seed=3)
    by_hand = []
    with task.ramp(3, 100) as update:
        by_hand += [update(lr) for lr in found.rates]
    assert found.losses == tuple(by_hand)
    assert found.lr == pytest.approx(found.turns_at / 10)


def test_a_live_model_and_optimizer_are_given_back():
    model = mlp()
    before = [parameter.clone() for parameter in model.parameters()]
    optimizer = torch.optim.SGD(model.parameters(), lr=0.3)
    random = torch.get_rng_state()
    suggest(digits_task(model=model, optimizer=optimizer))
    assert all(torch.equal(one, other) for one, other in zip(model.parameters(), before))
    assert optimizer.param_groups[0]["lr"] == 0.3
    assert torch.equal(torch.get_rng_state(), random)


def test_several_optimizers_keep_their_ratios():
    seen = []

    def optimizers(model, lr):
        return {
            "first": torch.optim.SGD(model[0].parameters(), lr=lr),
            "second": torch.optim.SGD(model[2].parameters(), lr=lr / 10),
        }

    def step(trial, batch):
        seen.append([one.param_groups[0]["lr"] / trial.lr for one in trial.optimizers.values()])
        loss = torch.nn.functional.cross_entropy(trial.model(batch[0]), batch[1])
        loss.backward()
        for one in trial.optimizers.values():
            one.step()
            one.zero_grad()
        return loss

    found = suggest(digits_task(optimizer=optimizers, step=step))
    assert found.lr is not None
    assert all(ratios == pytest.approx([1, 0.1]) for ratios in seen)


def test_what_is_no_torch_task_is_refused():
    with pytest.raises(sf.errors.BadTask, match="needs a TorchTask, and this is a SteadyTask"):
        suggest(loop_task())
    with pytest.raises(sf.errors.BadTask, match="is not a task"):
        suggest(mlp())
