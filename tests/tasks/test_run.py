"""A segment is the training that people write by hand, bit for bit."""

from functools import partial

import pytest
import torch
import torch.nn.functional as F
from _tasks import cross_entropy, digits, digits_task, mlp, momentum, run
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from surefoot.schedules import parse

from ._by_hand import Kept, Seen, by_hand, same_weights

UPDATES = 40


@pytest.fixture(scope="module")
def valid():
    return digits()[1].tensors


def two_groups(model, lr):
    weights = [p for p in model.parameters() if p.ndim > 1]
    others = [p for p in model.parameters() if p.ndim <= 1]
    groups = [{"params": weights, "weight_decay": 0.1}, {"params": others, "weight_decay": 0.0, "lr": lr / 2}]
    return torch.optim.AdamW(groups, lr=lr)


def noisy_model():
    return nn.Sequential(nn.Linear(64, 24), nn.BatchNorm1d(24), nn.ReLU(), nn.Dropout(0.3), nn.Linear(24, 10))


@torch.no_grad()
def loss_on(model, batch):
    return float(cross_entropy(model, batch))


def bf16():
    return torch.autocast("cpu", torch.bfloat16)


CASES = {
    "SGD with momentum": ({}, {}),
    "AdamW with two groups of different rates": ({"optimizer": two_groups}, {}),
    "clipped gradients": ({"clip_norm": 0.5}, {"clip_norm": 0.5}),
    "batches accumulated": ({"accumulate": 4}, {"accumulate": 4}),
    "bf16": ({"precision": "bf16"}, {"autocast": bf16}),
    "BatchNorm and dropout": ({"model": noisy_model}, {}),
    "all at once": (
        {"model": noisy_model, "optimizer": two_groups, "accumulate": 2, "clip_norm": 0.5, "precision": "bf16"},
        {"accumulate": 2, "clip_norm": 0.5, "autocast": bf16},
    ),
}


@pytest.mark.parametrize("seed", [0, 7])
@pytest.mark.parametrize(("asked", "done"), CASES.values(), ids=CASES.keys())
def test_a_segment_equals_the_loop_written_by_hand(asked, done, seed, valid):
    loss = Seen(cross_entropy)
    score = Kept(lambda model: loss_on(model, valid))
    schedule = "warmup(0.05) >> cosine()"
    task = digits_task(**asked, loss=loss, score=score, valid=None, schedule=schedule)
    stage, host = run(task, lr=0.05, updates=UPDATES, seed=seed)

    losses, model = by_hand(
        asked.get("model", mlp),
        asked.get("optimizer", momentum),
        loss.batches,
        cross_entropy,
        lr=0.05,
        multiplier=parse(schedule).over(task.horizon).shrunk(UPDATES),
        seed=seed,
        **done,
    )
    assert len(losses) == UPDATES
    assert host.losses == losses
    assert same_weights(score.weights, model.state_dict())
    assert stage.score == loss_on(model, valid)
    assert score.training is False


def test_the_score_is_the_mean_loss_over_the_validation_examples_in_evaluation_mode(valid):
    score = Kept()
    stage, _ = run(digits_task(model=noisy_model, batch_size=30), lr=0.05)  # 200 examples: the last batch has 20
    run(digits_task(model=noisy_model, batch_size=30, valid=None, score=score), lr=0.05)
    model = noisy_model()
    model.load_state_dict(score.weights)
    assert stage.score == pytest.approx(loss_on(model.eval(), valid), rel=1e-6)
    assert stage.cost.forwards == 7


def test_the_recorded_rates_are_the_peak_times_the_schedule_laid_over_the_segment():
    task = digits_task(schedule="warmup(0.1) >> linear()", horizon=100)
    _, host = run(task, lr=0.5, updates=20)
    course = parse("warmup(0.1) >> linear()").over(20)
    assert [tick.lr for tick in host.ticks] == [0.5 * course(step) for step in range(20)]
    assert [tick.step for tick in host.ticks] == list(range(20))


def test_no_update_waits_for_its_rate():
    seen = []

    def step(trial, batch):
        seen.append((trial.step, trial.lr, trial.optimizer.param_groups[0]["lr"]))
        loss = cross_entropy(trial.model, batch)
        loss.backward()
        trial.optimizer.step()
        trial.optimizer.zero_grad()
        return loss

    run(digits_task(step=step, schedule="linear()"), lr=0.2, updates=10)
    course = parse("linear()").over(10)
    assert seen == [(index, 0.2 * course(index), 0.2 * course(index)) for index in range(10)]


def test_a_step_of_ones_own_and_an_average_of_the_weights_equal_the_loop_written_by_hand(valid):
    loss = Seen(cross_entropy)

    def averaged(model):
        return AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(0.9))

    def step(trial, batch):
        value = loss(trial.model, batch)
        value.backward()
        trial.optimizer.step()
        trial.optimizer.zero_grad()
        trial.state["ema"].update_parameters(trial.model)
        return value

    score = Kept(lambda model: loss_on(model, valid))
    task = digits_task(
        step=step, loss=None, valid=None, score=score, state={"ema": averaged}, eval_model="ema", schedule="constant()"
    )
    stage, host = run(task, lr=0.05)

    averages = []

    def after(model):
        if not averages:
            averages.append(averaged(start))
        averages[0].update_parameters(model)

    torch.manual_seed(0)
    start = mlp()
    losses, _ = by_hand(mlp, momentum, loss.batches, cross_entropy, lr=0.05, after=after)
    assert host.losses == losses
    assert same_weights(score.weights, averages[0].state_dict())
    assert stage.score == loss_on(averages[0], valid)


def test_the_model_to_assess_may_be_any_function_of_the_trial(valid):
    task = digits_task(eval_model=lambda trial: nn.Sequential(trial.model, nn.Softmax(dim=1)))
    plain, _ = run(digits_task(), lr=0.05)
    changed, _ = run(task, lr=0.05)
    assert changed.losses == plain.losses
    assert changed.score != plain.score


def test_with_accumulation_a_step_of_ones_own_gets_all_batches_of_an_update():
    counts = []

    def step(trial, batches):
        counts.append(len(batches))
        loss = torch.stack([cross_entropy(trial.model, batch) for batch in batches]).mean()
        loss.backward()
        trial.optimizer.step()
        trial.optimizer.zero_grad()
        return loss

    ours, host = run(digits_task(step=step, accumulate=3), lr=0.05, updates=10)
    assert counts == [3] * 10
    theirs, reference = run(digits_task(accumulate=3), lr=0.05, updates=10)
    assert host.losses == pytest.approx(reference.losses, rel=1e-4)
    assert ours.score == pytest.approx(theirs.score, rel=1e-4)


def test_several_optimizers_each_keep_their_own_ratio_to_the_rate():
    rates = []

    def two(model, lr):
        return {
            "body": torch.optim.SGD(model[0].parameters(), lr=lr),
            "head": torch.optim.AdamW(model[2].parameters(), lr=lr / 100),
        }

    def step(trial, batch):
        rates.append([trial.optimizers[name].param_groups[0]["lr"] for name in ("body", "head")])
        loss = cross_entropy(trial.model, batch)
        loss.backward()
        for optimizer in trial.optimizers.values():
            optimizer.step()
            optimizer.zero_grad()
        return loss

    by_step, one = run(digits_task(optimizer=two, step=step), lr=0.3)
    by_loss, other = run(digits_task(optimizer=two), lr=0.3)
    assert one.losses == other.losses
    assert by_step.score == by_loss.score
    course = parse("warmup(0.05) >> cosine()").over(80)
    assert [body for body, _ in rates] == [0.3 * course(step) for step in range(80)]
    assert all(head == pytest.approx(body / 100) for body, head in rates)


def test_asking_for_the_only_optimizer_of_several_says_their_names():
    def step(trial, batch):
        return trial.optimizer.step()

    task = digits_task(optimizer=lambda model, lr: {"a": momentum(model, lr), "b": momentum(model, lr)}, step=step)
    with pytest.raises(Exception, match=r"several optimizers: use trial\.optimizers\[\['a', 'b'\]\]"):
        run(task, lr=0.1)


def test_a_closure_can_be_used_by_a_step_of_ones_own():
    def step(trial, batch):
        def closure():
            trial.optimizer.zero_grad()
            loss = cross_entropy(trial.model, batch)
            loss.backward()
            return loss

        return trial.optimizer.step(closure)

    stage, host = run(digits_task(optimizer=partial(torch.optim.LBFGS, max_iter=4), step=step), lr=0.2, updates=15)
    assert stage.ok
    assert host.losses[-1] < 0.5 * host.losses[0]


def test_fp16_scales_its_gradients_and_still_learns():
    stage, host = run(digits_task(precision="fp16"), lr=0.05)
    assert stage.ok
    assert host.losses[-1] < 0.5 * host.losses[0]


def test_a_higher_score_is_better_where_the_task_says_so(valid):
    def accuracy(model):
        return (model(valid[0]).argmax(dim=1) == valid[1]).double().mean()

    task = digits_task(valid=None, score=accuracy, goal="max")
    stage, _ = run(task, lr=0.1)
    assert task.goal == "max"
    assert stage.score > 0.7
    assert task.preflight(0, 10).untrained < 0.4


def test_batches_may_be_dicts(valid):
    train = digits()[0]

    class Named(torch.utils.data.Dataset):
        def __len__(self):
            return len(train)

        def __getitem__(self, index):
            image, label = train[index]
            return {"image": image, "extra": {"label": label}}

    def loss(model, batch):
        return F.cross_entropy(model(batch["image"]), batch["extra"]["label"])

    named, host = run(digits_task(train=Named(), valid=Named(), loss=loss), lr=0.05)
    _, plain = run(digits_task(), lr=0.05)
    assert host.losses == plain.losses
    assert named.ok


def test_losses_of_a_segment_are_summed_up():
    stage, host = run(digits_task(), lr=0.05)
    losses = host.losses
    assert stage.losses.first == losses[0]
    assert stage.losses.lowest == min(losses)
    assert stage.losses.highest == max(losses)
    assert stage.losses.count == 80
    assert min(losses[-8:]) <= stage.losses.last <= max(losses[-8:])
    assert stage.cost.updates == 80


def test_a_long_segment_keeps_at_most_250_of_its_updates():
    _, host = run(digits_task(horizon=600), lr=0.01)
    assert 150 <= len(host.ticks) <= 250
    assert [tick.step for tick in host.ticks] == list(range(0, 600, 3))
