"""A small convolutional network on real handwritten digits (8x8 pixels, from scikit-learn). Run by `make demo`."""

import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import TensorDataset

import surefoot as sf

torch.set_num_threads(1)  # a network this small is quicker on one thread


def digits():
    """1,400 digits to train on, 397 to validate on."""
    pixels, labels = load_digits(return_X_y=True)
    order = torch.randperm(len(pixels), generator=torch.Generator().manual_seed(0))
    images = torch.tensor(pixels, dtype=torch.float32)[order].reshape(-1, 1, 8, 8) / 16
    classes = torch.tensor(labels)[order]
    return TensorDataset(images[:1400], classes[:1400]), TensorDataset(images[1400:], classes[1400:])


def make_model():
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(),
        nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(512, 64), nn.ReLU(), nn.Linear(64, 10),
    )  # fmt: skip


def loss(model, batch):
    images, classes = batch
    return F.cross_entropy(model(images), classes)


train, valid = digits()
task = sf.TorchTask(
    model=make_model,
    optimizer=torch.optim.AdamW,
    train=train,
    valid=valid,
    loss=loss,
    batch_size=64,
    horizon="100 epochs",
    schedule="warmup(0.05) >> cosine()",
)
