"""A training loop of your own. Try it: surefoot find task.py:task --lr 0.01"""

import torch
import torch.nn.functional as F
from torch import nn

import surefoot as sf


def batches(seed):
    """Stands for your own data: must not end before trial.steps updates are done."""
    generator = torch.Generator().manual_seed(seed)
    while True:
        inputs = torch.randn(64, 20, generator=generator)
        yield inputs, inputs[:, :2].prod(dim=1, keepdim=True)


def train(trial):
    torch.manual_seed(trial.seed)
    model = nn.Sequential(nn.Linear(20, 64), nn.ReLU(), nn.Linear(64, 1))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    trial.drive(optimizer)  # sets the rate of every update; or read trial.lr(step) yourself
    for _, (inputs, targets) in zip(range(trial.steps), batches(trial.seed)):
        loss = F.mse_loss(model(inputs), targets)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        trial.step(loss)  # records; ends a hopeless trial by an exception that must pass
    with torch.no_grad():
        inputs, targets = next(batches(seed=1_000_000))
        trial.report(F.mse_loss(model(inputs), targets))


task = sf.FunctionTask(train, horizon=2000, goal="min")
