"""A model, its data and a loss. Try it: surefoot find task.py:task --lr 3e-4"""

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import TensorDataset

import surefoot as sf


def make_data(examples, seed):
    """Stands for your own datasets: anything with __len__ and __getitem__."""
    generator = torch.Generator().manual_seed(seed)
    inputs = torch.randn(examples, 20, generator=generator)
    labels = (inputs[:, :3].prod(dim=1) > 0).long()
    return TensorDataset(inputs, labels)


def make_model():
    """Called once a trial, under a fixed seed: every rate starts from the same weights."""
    return nn.Sequential(nn.Linear(20, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 2))


def loss(model, batch):
    inputs, labels = batch
    return F.cross_entropy(model(inputs), labels)


task = sf.TorchTask(
    model=make_model,
    optimizer=torch.optim.AdamW,
    train=make_data(4000, seed=0),
    valid=make_data(1000, seed=1),
    loss=loss,
    batch_size=64,
    horizon="10 epochs",
    schedule="warmup(0.05) >> cosine()",
)
