"""Small real trainings and what looks at them, shared by the tests."""

import dataclasses
import functools
import random

import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import TensorDataset

import surefoot as sf
from surefoot.checkpoints import Checkpoints
from surefoot.records import Segment, Trial

torch.set_num_threads(1)  # what is this small is quicker on one thread, and repeats everywhere
torch.set_warn_always(True)  # else a warning is an error only in the first test that meets it


@functools.cache
def digits():
    """500 handwritten digits to train on, 200 to validate on."""
    pixels, labels = load_digits(return_X_y=True)
    images, classes = torch.tensor(pixels[:700], dtype=torch.float32) / 16, torch.tensor(labels[:700])
    return TensorDataset(images[:500], classes[:500]), TensorDataset(images[500:], classes[500:])


def mlp():
    return nn.Sequential(nn.Linear(64, 24), nn.ReLU(), nn.Linear(24, 10))


def cross_entropy(model, batch):
    return F.cross_entropy(model(batch[0]), batch[1])


def momentum(model, lr):
    return torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9)


def digits_task(**changes):
    train, valid = digits()
    return sf.TorchTask(**{
        "model": mlp,
        "optimizer": momentum,
        "train": train,
        "valid": valid,
        "loss": cross_entropy,
        "batch_size": 20,
        "horizon": 80,
        **changes,
    })


def descend(trial, curvatures=(1.0, 0.1, 0.01), noise=0.01):
    """Gradient descent in plain Python on a quadratic bowl: best near 0.6, fails above 1."""
    chance = random.Random(trial.seed)
    place = [chance.uniform(1, 2) for _ in curvatures]
    height = sum(c * x * x for c, x in zip(curvatures, place))
    for step in range(trial.steps):
        lr, loss = trial.lr(step), height
        place = [x - lr * (2 * c * x + chance.gauss(0, noise)) for c, x in zip(curvatures, place)]
        height = sum(c * x * x for c, x in zip(curvatures, place))
        trial.step(loss)
    trial.report(height)


class SteadyTask(sf.FunctionTask):
    """A loop whose assessment has a fixed price: preflight takes it from the clock, and then no two finds agree."""

    def preflight(self, seed, assess_cap):
        return dataclasses.replace(super().preflight(seed, assess_cap), assess_batches=1)


def loop_task(train=descend, **changes):
    return SteadyTask(train, **{"horizon": 400, **changes})


def hopeless(trial):
    """Whatever the rate, the loss turns NaN after the first update that changes anything."""
    place = 1.0
    for step in range(trial.steps):
        loss = place * place
        place = place - trial.lr(step) if trial.peak_lr <= 1e-9 else float("nan")
        trial.step(loss)
    trial.report(place * place)


class Host:
    """What the engine would be for a segment: keeps the ticks, and checkpoints where it has a folder."""

    def __init__(self, assess_batches=10**9, folder=None):
        self.assess_batches = assess_batches
        self.ticks = []
        self._checkpoints = None if folder is None else Checkpoints(folder)

    def tick(self, tick):
        self.ticks.append(tick)

    def save(self, state, step):
        return self._checkpoints.save(state, step)

    def load(self, checkpoint):
        return self._checkpoints.load(checkpoint)

    @property
    def losses(self):
        return [tick.loss for tick in self.ticks]


def whole(lr, updates, seed=0):
    """The segment of one whole training, shrunk to so many updates."""
    return Segment(Trial(lr, seed), "whole", updates, 0, updates)


def run(task, lr, updates=None, seed=0):
    """Run one training: its stage and its ticks."""
    host = Host()
    return task.run(whole(lr, updates or task.horizon, seed), host), host


def without_seconds(stage):
    """All of a stage that must repeat."""
    return (
        stage.segment,
        stage.state,
        stage.score,
        stage.losses,
        stage.cost.updates,
        stage.cost.forwards,
        stage.reason,
    )
