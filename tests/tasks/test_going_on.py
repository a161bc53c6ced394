"""A training that is stopped and taken up again from its checkpoint is the training in one go, bit for bit."""

import random
from functools import partial

import numpy as np
import pytest
import torch
from _tasks import Host, cross_entropy, digits, digits_task, mlp, momentum, without_seconds
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torch.utils.data import DataLoader, IterableDataset

from surefoot.checkpoints import Checkpoints
from surefoot.errors import StoreError
from surefoot.records import Segment, Trial

STABLE = "warmup(10) >> hold() >> decay(0.2)"
HORIZON = 80  # its trunk goes to 64


def task(**changes):
    return digits_task(**{"schedule": STABLE, "horizon": HORIZON, "valid_batches": 2, **changes})


def segment(branch, start, stop, parent=None, lr=0.05, seed=0, horizon=HORIZON, keep=False):
    return Segment(Trial(lr, seed), branch, horizon, start, stop, parent, keep)


class Run:
    """Runs segments of a task, with checkpoints in a folder."""

    def __init__(self, task, folder):
        self.task, self.folder, self.losses = task, folder, []

    def __call__(self, *arguments, **named):
        host = Host(2, self.folder)
        stage = self.task.run(segment(*arguments, **named), host)
        self.losses += host.losses
        return stage

    def state(self, stage):
        return Checkpoints(self.folder).load(stage.checkpoint)


def flat(value):
    """Any state as something that compares bit for bit."""
    if isinstance(value, torch.Tensor):
        return (str(value.dtype), value.tolist())
    if isinstance(value, dict):
        return {key: flat(part) for key, part in value.items()}
    return [flat(part) for part in value] if isinstance(value, list | tuple) else value


def noisy_model():
    return nn.Sequential(nn.Linear(64, 24), nn.BatchNorm1d(24), nn.ReLU(), nn.Dropout(0.3), nn.Linear(24, 10))


def grouped(model, lr):
    parameters = list(model.parameters())
    return torch.optim.AdamW(
        [{"params": parameters[:2], "lr": lr / 3}, {"params": parameters[2:], "weight_decay": 0}], lr=lr
    )


def several(model, lr):
    return {"body": momentum(model[0], lr), "head": torch.optim.Adam(model[2].parameters(), lr=lr / 10, amsgrad=True)}


def averaged(model):
    return AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(0.9))


def averaging(trial, batch):
    loss = cross_entropy(trial.model, batch)
    loss.backward()
    trial.optimizer.step()
    trial.optimizer.zero_grad()
    trial.state["ema"].update_parameters(trial.model)
    return loss


def leaving_gradients(trial, batch):
    """Adds half of the gradient before: what is left between two updates matters."""
    for parameter in trial.model.parameters():
        if parameter.grad is not None:
            parameter.grad.mul_(0.5)
    loss = cross_entropy(trial.model, batch)
    loss.backward()
    trial.optimizer.step()
    return loss


def counting(trial, batch):
    """Unfreezes a layer at a certain update of the training, and keeps what it saw in plain containers."""
    trial.model[0].requires_grad_(trial.step >= 15)
    trial.state["seen"]["steps"].append(trial.step)
    loss = cross_entropy(trial.model, batch) * (2 - len(trial.state["seen"]["steps"]) / trial.steps)
    loss.backward()
    trial.optimizer.step()
    trial.optimizer.zero_grad()
    return loss


def drawing(model, batch):
    return cross_entropy(model, batch) * (
        1 + 0.1 * random.random() + 0.1 * np.random.rand() + 0.1 * float(torch.rand(1))
    )


class Noisy(nn.Module):
    """Has a buffer that is in no state_dict."""

    def __init__(self):
        super().__init__()
        self.inner = mlp()
        self.register_buffer("shift", torch.zeros(10), persistent=False)

    def forward(self, images):
        if self.training:
            self.shift += 0.01
        return self.inner(images) + self.shift * torch.arange(10)


class Augmented(torch.utils.data.Dataset):
    """Examples with noise of all kinds."""

    def __len__(self):
        return 500

    def __getitem__(self, index):
        image, label = digits()[0][index]
        return image * (1 + 0.1 * random.random() + 0.1 * np.random.rand()) + 0.1 * torch.rand(64), label


LOADER = DataLoader(digits()[0], batch_size=20, shuffle=True)
KINDS = {
    "SGD with momentum": {},
    "AdamW with groups, batch norm and dropout": {"model": noisy_model, "optimizer": grouped},
    "several optimizers": {"optimizer": several},
    "accumulated and clipped": {"accumulate": 3, "clip_norm": 0.5},
    "a DataLoader": {"train": LOADER, "valid": LOADER, "batch_size": None},
    "an average of the weights": {"step": averaging, "state": {"ema": averaged}, "eval_model": "ema"},
    "gradients that are left": {"step": leaving_gradients},
    "plain things of ones own, and frozen layers": {"step": counting, "state": {"seen": lambda model: {"steps": []}}},
    "randomness of all kinds": {"loss": drawing},
    "a buffer outside the state_dict": {"model": Noisy},
    "random transforms": {"train": Augmented()},
    "random transforms in other processes": {"train": Augmented(), "num_workers": 2},
    "fp16 with gradient scaling": {"precision": "fp16"},
    "RMSprop": {"optimizer": partial(torch.optim.RMSprop, momentum=0.5, centered=True)},
    "Adam with a rate in a tensor": {"optimizer": lambda m, lr: torch.optim.Adam(m.parameters(), lr=torch.tensor(lr))},
    "Nesterov": {"optimizer": partial(torch.optim.SGD, momentum=0.9, nesterov=True, weight_decay=1e-3)},
}


@pytest.mark.parametrize("changes", KINDS.values(), ids=KINDS.keys())
def test_a_trunk_in_pieces_is_the_trunk_in_one_go(changes, tmp_path):
    at_once, pieces = Run(task(**changes), tmp_path / "a"), Run(task(**changes), tmp_path / "b")
    whole = at_once("trunk", 0, 40)
    first = pieces("trunk", 0, 13)
    second = pieces("trunk", 13, 27, first.checkpoint)
    third = pieces("trunk", 27, 40, second.checkpoint)
    assert pieces.losses == at_once.losses
    assert flat(pieces.state(third)) == flat(at_once.state(whole))


@pytest.mark.parametrize("changes", KINDS.values(), ids=KINDS.keys())
def test_a_trunk_and_its_cooldown_are_the_whole_training(changes, tmp_path):
    whole, parts = Run(task(**changes), tmp_path / "a"), Run(task(**changes), tmp_path / "b")
    one = whole("whole", 0, HORIZON, keep=True)
    trunk = parts("trunk", 0, 64)
    end = parts("cooldown", 64, HORIZON, trunk.checkpoint, keep=True)
    assert parts.losses == whole.losses
    assert end.score == one.score
    assert flat(parts.state(end)) == flat(whole.state(one))


def test_a_cooldown_to_a_shorter_horizon_falls_as_the_schedule_shrunk_to_it_does(tmp_path):
    run = Run(task(), tmp_path)
    trunk = run("trunk", 0, 32)
    host = Host(2, tmp_path)
    stage = run.task.run(segment("cooldown", 32, 40, trunk.checkpoint, horizon=40), host)
    course = run.task.schedule.over(HORIZON).shrunk(40)
    assert [tick.lr for tick in host.ticks] == [0.05 * course(step) for step in range(32, 40)]
    assert [tick.step for tick in host.ticks] == list(range(32, 40))
    assert stage.ok
    assert stage.checkpoint is None
    assert (stage.cost.updates, stage.cost.forwards) == (8, 2)


def test_a_trunk_with_a_cooldown_after_it_is_kept_and_not_assessed(tmp_path):
    stage = Run(task(), tmp_path)("trunk", 0, 20)
    assert (stage.state, stage.score, stage.reason) == ("ok", None, "")
    assert stage.checkpoint.step == 20
    assert (stage.cost.updates, stage.cost.forwards) == (20, 0)


def test_a_trunk_that_lasts_to_the_end_is_assessed_wherever_it_stops(tmp_path):
    constant = task(schedule="warmup(10) >> constant()")
    run = Run(constant, tmp_path)
    first = run("trunk", 0, 20)
    last = run("trunk", 20, HORIZON, first.checkpoint)
    whole = Run(constant, tmp_path / "whole")("whole", 0, HORIZON)
    assert first.score is not None
    assert first.cost.forwards == 2
    assert last.score == whole.score
    assert set(run.state(last)["weights"]) == set(mlp().state_dict())
    assert "weights" not in run.state(first)


def test_a_trunk_may_be_continued_at_another_rate_which_is_then_the_only_one(tmp_path):
    rates = []

    def loss(model, batch):
        if torch.is_grad_enabled():
            rates.append([group["lr"] for group in seen[-1].param_groups])
        return cross_entropy(model, batch)

    seen = []

    def optimizer(model, lr):
        seen.append(torch.optim.SGD([
            {"params": model[0].parameters(), "weight_decay": 0.01 / lr},
            {"params": model[2].parameters(), "lr": lr / 4},
        ], lr=lr, momentum=0.9))  # fmt: skip
        return seen[-1]

    run = Run(task(loss=loss, optimizer=optimizer), tmp_path)
    trunk = run("trunk", 0, 20, lr=0.04)
    rates.clear()
    other = run("trunk", 20, 24, trunk.checkpoint, lr=0.08)
    assert rates == [[0.08, 0.02]] * 4
    assert seen[-1].param_groups[0]["weight_decay"] == 0.01 / 0.08
    cooled = run("cooldown", 64, 80, other.checkpoint, lr=0.08)
    assert cooled.ok
    assert rates[-1] == pytest.approx([0.08 / 16, 0.02 / 16])
    momenta = run.state(trunk)["optimizers"]["optimizer"]["state"]
    assert momenta[0]["momentum_buffer"].abs().sum() > 0


def test_a_live_model_and_optimizer_are_continued_and_then_put_back(tmp_path):
    module = mlp()
    optimizer = torch.optim.SGD(module.parameters(), lr=0.001, momentum=0.9)
    before = flat([module.state_dict(), optimizer.state_dict()])
    live = task(model=module, optimizer=optimizer)
    at_once, pieces = Run(live, tmp_path / "a"), Run(live, tmp_path / "b")
    whole = at_once("trunk", 0, 40)
    second = pieces("trunk", 13, 40, pieces("trunk", 0, 13).checkpoint)
    assert flat(pieces.state(second)) == flat(at_once.state(whole))
    assert flat([module.state_dict(), optimizer.state_dict()]) == before


def test_going_on_moves_no_random_state_of_the_program(tmp_path):
    run = Run(task(loss=drawing), tmp_path)
    before = random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state().tolist()
    run("trunk", 20, 40, run("trunk", 0, 20).checkpoint)
    assert before == (random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state().tolist())


def test_assessing_on_the_way_changes_nothing_of_what_follows(tmp_path):
    def restless(trial):
        trial.model[1].reset_running_stats()
        return trial.model

    plain = {"model": noisy_model, "schedule": "constant()"}
    run, other = Run(task(**plain), tmp_path), Run(task(**plain, eval_model=restless), tmp_path / "other")
    for one in (run, other):
        one("trunk", 20, 40, one("trunk", 0, 20).checkpoint)
    assert run.losses == other.losses


def test_a_trunk_that_fails_has_no_checkpoint(tmp_path):
    stage = Run(task(), tmp_path)("trunk", 0, 40, lr=1e30)
    assert stage.state == "failed"
    assert stage.checkpoint is None
    assert stage.score is None
    assert list(tmp_path.iterdir()) == []


def test_weights_that_are_no_numbers_after_the_last_update_of_a_trunk_are_a_failure(tmp_path):
    def step(trial, batch):
        if trial.step == 19:
            with torch.no_grad():
                trial.model[0].weight.fill_(float("nan"))
        return 1.0

    stage = Run(task(step=step), tmp_path)("trunk", 0, 20)
    assert stage.state == "failed"
    assert stage.reason == "the weights were no longer finite after 20 updates"


def test_a_loss_that_turns_nan_later_names_its_update_in_the_whole_training(tmp_path):
    def step(trial, batch):
        return float("nan") if trial.step == 25 else 1.0

    run = Run(task(step=step), tmp_path)
    stage = run("trunk", 20, 40, run("trunk", 0, 20).checkpoint)
    assert (stage.state, stage.reason) == ("failed", "the loss was nan at update 25")


def test_a_rise_to_a_new_level_after_a_change_of_rate_is_no_failure(tmp_path):
    def step(trial, batch):
        return 2.0 - 0.05 * trial.step if trial.step < 20 else 1.5 + 0.01 * (trial.step % 3)

    run = Run(task(step=step, horizon=200), tmp_path)
    first = run("trunk", 0, 20, horizon=200)
    assert run("trunk", 20, 120, first.checkpoint, horizon=200).ok


def test_a_damaged_parent_is_refused_by_name(tmp_path):
    run = Run(task(), tmp_path)
    trunk = run("trunk", 0, 20)
    file = tmp_path / trunk.checkpoint.file
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    with pytest.raises(StoreError, match=f"the checkpoint {file} is damaged"):
        run("trunk", 20, 40, trunk.checkpoint)


# What can be continued at all


def traits(task):
    facts = task.preflight(0, 2)
    return task.traits, facts.notes


@pytest.mark.parametrize("changes", KINDS.values(), ids=KINDS.keys())
def test_preflight_finds_that_usual_trainings_can_be_continued(changes):
    found, notes = traits(task(**changes))
    assert found.resumable
    assert found.trunk
    assert found.keeps
    assert not any("start again" in note for note in notes)


@pytest.mark.parametrize("schedule", ["cosine()", "linear()", "warmup(0.1) >> cosine()"])
def test_a_schedule_bound_to_its_horizon_has_no_trunk(schedule):
    found, _ = traits(task(schedule=schedule))
    assert (found.resumable, found.trunk) == (True, False)


def test_data_that_can_only_be_started_again_cannot_be_continued():
    class Stream(IterableDataset):
        def __iter__(self):
            return (digits()[0][index] for index in range(300))

    found, _ = traits(task(train=DataLoader(Stream(), batch_size=20), valid=[digits()[1].tensors], batch_size=None))
    assert (found.resumable, found.trunk) == (False, False)


class Mean:
    """An average that cannot be kept: it has no state_dict."""

    def __init__(self, model):
        self.weights = [p.detach().clone() for p in model.parameters()]


def test_a_part_that_cannot_be_kept_is_named_and_trials_start_again():
    found, notes = traits(task(state={"mean": Mean}))
    assert (found.resumable, found.trunk) == (False, False)
    assert "trials start again instead of going on: what a trial holds['extras']['mean']['value'] is a Mean" in notes


def test_a_training_that_hides_what_it_depends_on_is_found_out():
    def remembering(trial, batch):
        trial.memory = getattr(trial, "memory", 0) + 1
        loss = cross_entropy(trial.model, batch) * trial.memory
        loss.backward()
        trial.optimizer.step()
        trial.optimizer.zero_grad()
        return loss

    found, notes = traits(task(step=remembering))
    assert not found.resumable
    assert any("an update depends on something that is not kept. Put it into state=" in note for note in notes)


def test_equal_segments_from_equal_parents_are_equal_stages(tmp_path):
    one, other = Run(task(), tmp_path / "a"), Run(task(), tmp_path / "b")
    first, second = (run("cooldown", 64, 80, run("trunk", 0, 64).checkpoint) for run in (one, other))
    assert without_seconds(first) == without_seconds(second)
