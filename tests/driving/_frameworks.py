"""What the tests of other frameworks share."""

import os
import warnings

import torch


def keras():
    os.environ.setdefault("KERAS_BACKEND", "torch")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import keras

    return keras


def optimizer(*rates, make=torch.optim.SGD, **options):
    """An optimizer with a group for each rate."""
    groups = [{"params": [torch.nn.Parameter(torch.ones(2))], "lr": lr} for lr in rates or (0.5,)]
    return make(groups, **options)


def rates(optimizer):
    return [float(group["lr"]) for group in optimizer.param_groups]


def walk(scheduler, updates):
    """The rates of the first group before each of so many updates, as a live training has them."""
    optimizer = scheduler.optimizer
    seen = []
    for _ in range(updates):
        seen.append(rates(optimizer)[0])
        optimizer.step()
        scheduler.step()
    return seen
