"""Small real trainings for tests of what drives them."""

import torch


def training(make=torch.optim.SGD, rates=(0.1,), **options):
    """A model and its optimizer, one group a rate."""
    torch.manual_seed(0)
    layers = [torch.nn.Linear(4, 4) for _ in rates[1:]] + [torch.nn.Linear(4, 1)]
    groups = [{"params": layer.parameters(), "lr": lr} for layer, lr in zip(layers, rates, strict=True)]
    return torch.nn.Sequential(*layers), make(groups, **options)


def rates(optimizer):
    return [float(group["lr"]) for group in optimizer.param_groups]


def backward(model, step, scaled=lambda loss: loss):
    inputs = torch.randn(8, 4, generator=torch.Generator().manual_seed(step))
    scaled(model(inputs).square().mean()).backward()


def update(model, optimizer, step=0):
    backward(model, step)
    optimizer.step()
    optimizer.zero_grad()
