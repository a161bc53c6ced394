"""The reference: a training loop as people write it by hand, which knows nothing of Surefoot."""

import copy
from contextlib import nullcontext

import torch


class Seen:
    """A loss function that keeps what it was given: the weights at the start, the batches, the modes."""

    def __init__(self, loss):
        self._loss = loss
        self.start = None
        self.batches = []
        self.assessed = []

    def __call__(self, model, batch):
        if not torch.is_grad_enabled():
            self.assessed.append(copy.deepcopy(batch))
            return self._loss(model, batch)
        if self.start is None:
            self.start = {name: value.clone() for name, value in model.state_dict().items()}
        self.batches.append(copy.deepcopy(batch))
        return self._loss(model, batch)


class Kept:
    """A score function that keeps the weights it was given and whether they were in evaluation mode."""

    def __init__(self, score=lambda model: 0.0):
        self._score = score
        self.weights = None
        self.training = None

    def __call__(self, model):
        self.weights = {name: value.clone() for name, value in model.state_dict().items()}
        self.training = model.training
        return self._score(model)


def by_hand(
    build,
    optimizer,
    batches,
    loss,
    lr,
    *,
    multiplier=lambda step: 1.0,
    seed=0,
    accumulate=1,
    clip_norm=None,
    autocast=nullcontext,
    after=lambda model: None,
):
    """Train on the batches in order; losses of all updates and the trained model."""
    torch.manual_seed(seed)
    model = build()
    chosen = optimizer(model, lr)
    base = [group["lr"] for group in chosen.param_groups]
    torch.manual_seed(seed)
    model.train()
    losses = []
    for step in range(len(batches) // accumulate):
        for group, rate in zip(chosen.param_groups, base):
            group["lr"] = rate * multiplier(step)
        mean = 0.0
        for batch in batches[step * accumulate : (step + 1) * accumulate]:
            with autocast():
                value = loss(model, batch)
            (value / accumulate).backward()
            mean += (value / accumulate).detach()
        if clip_norm is not None:
            torch.nn.utils.clip_grad_norm_(model.parameters(), clip_norm)
        chosen.step()
        chosen.zero_grad()
        after(model)
        losses.append(float(mean))
    model.eval()
    return losses, model


def same_weights(one, other):
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)
