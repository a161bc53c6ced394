"""Six more small trainings, made after the range test's rule was fixed: nothing was chosen by them.

    python benchmarks/unseen.py        # their truth: a full sweep each, three seeds; resumable

``benchmarks/finders.py`` runs the finders on them too, and the page shows them apart.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from sklearn.datasets import load_breast_cancer, load_digits, load_wine, make_friedman1
from tasks import TASKS
from torch import nn
from torch.utils.data import TensorDataset
from truth import sweep

import surefoot as sf

Split = tuple[TensorDataset, TensorDataset]


def _split(inputs: torch.Tensor, targets: torch.Tensor, share: float = 0.7) -> Split:
    order = torch.randperm(len(inputs), generator=torch.Generator().manual_seed(11))
    cut = int(share * len(inputs))
    first, rest = order[:cut], order[cut:]
    return TensorDataset(inputs[first], targets[first]), TensorDataset(inputs[rest], targets[rest])


def _table(load: Callable[..., tuple[object, object]]) -> Split:
    features, labels = load(return_X_y=True)
    inputs = torch.tensor(features, dtype=torch.float32)
    return _split((inputs - inputs.mean(0)) / inputs.std(0), torch.tensor(labels))


def _digits() -> tuple[torch.Tensor, torch.Tensor]:
    pixels, labels = load_digits(return_X_y=True)
    return torch.tensor(pixels, dtype=torch.float32) / 16, torch.tensor(labels)


def _cross_entropy(model: nn.Module, batch: list[torch.Tensor]) -> torch.Tensor:
    return F.cross_entropy(model(batch[0]), batch[1])


def _squares(model: nn.Module, batch: list[torch.Tensor]) -> torch.Tensor:
    return F.mse_loss(model(batch[0]), batch[1])


def wine_adamw(**changes: Any) -> sf.TorchTask:
    """124 examples, AdamW with strong decay."""
    train, valid = _table(load_wine)
    return sf.TorchTask(model=lambda: nn.Sequential(nn.Linear(13, 32), nn.GELU(), nn.Linear(32, 3)),
                        optimizer=partial(torch.optim.AdamW, weight_decay=0.1), train=train, valid=valid,
                        loss=_cross_entropy, batch_size=16, horizon=300, **changes)  # fmt: skip


def autoencoder_adam(**changes: Any) -> sf.TorchTask:
    """Digits through a bottleneck of eight; squared error."""
    pixels, _ = _digits()
    train, valid = _split(pixels, pixels)
    return sf.TorchTask(model=lambda: nn.Sequential(nn.Linear(64, 48), nn.ReLU(), nn.Linear(48, 8), nn.Linear(8, 48),
                                                    nn.ReLU(), nn.Linear(48, 64)),
                        optimizer=torch.optim.Adam, train=train, valid=valid, loss=_squares, batch_size=32,
                        horizon=600, **{"schedule": "warmup(0.05) >> linear()"} | changes)  # fmt: skip


class _Rows(nn.Module):
    """Reads an image row by row."""

    def __init__(self) -> None:
        super().__init__()
        self.gru = nn.GRU(8, 32, batch_first=True)
        self.head = nn.Linear(32, 10)

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """Class logits."""
        return self.head(self.gru(pixels.view(-1, 8, 8))[0][:, -1])


def gru_sgdm(**changes: Any) -> sf.TorchTask:
    """A recurrent network with momentum and clipping."""
    train, valid = _split(*_digits())
    return sf.TorchTask(model=_Rows, optimizer=partial(torch.optim.SGD, momentum=0.9), train=train, valid=valid,
                        loss=_cross_entropy, batch_size=32, horizon=500, clip_norm=1.0, **changes)  # fmt: skip


class _Residual(nn.Module):
    """Four residual blocks with LayerNorm."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Linear(64, 48)
        self.blocks = nn.ModuleList(
            nn.Sequential(nn.LayerNorm(48), nn.Linear(48, 96), nn.SiLU(), nn.Linear(96, 48)) for _ in range(4)
        )
        self.head = nn.Linear(48, 10)

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """Class logits."""
        hidden = self.inner(pixels)
        for block in self.blocks:
            hidden = hidden + block(hidden)
        return self.head(hidden)


def residual_nadam(**changes: Any) -> sf.TorchTask:
    """A residual network with NAdam and label smoothing."""
    train, valid = _split(*_digits())

    def loss(model: nn.Module, batch: list[torch.Tensor]) -> torch.Tensor:
        return F.cross_entropy(model(batch[0]), batch[1], label_smoothing=0.1)

    return sf.TorchTask(model=_Residual, optimizer=torch.optim.NAdam, train=train, valid=valid, loss=loss,
                        batch_size=64, horizon=400, **changes)  # fmt: skip


def friedman_adagrad(**changes: Any) -> sf.TorchTask:
    """Regression of a made-up function with noise, Adagrad."""
    features, values = make_friedman1(n_samples=1200, noise=1.0, random_state=5)
    inputs = torch.tensor(features, dtype=torch.float32)
    targets = (torch.tensor(values, dtype=torch.float32)[:, None] - 14) / 5
    train, valid = _split(inputs, targets)
    return sf.TorchTask(model=lambda: nn.Sequential(nn.Linear(10, 64), nn.ReLU(), nn.Linear(64, 1)),
                        optimizer=torch.optim.Adagrad, train=train, valid=valid, loss=_squares, batch_size=32,
                        horizon=600, **changes)  # fmt: skip


def logistic_sgd(**changes: Any) -> sf.TorchTask:
    """Logistic regression with plain SGD."""
    train, valid = _table(load_breast_cancer)
    return sf.TorchTask(model=lambda: nn.Linear(30, 2), optimizer=torch.optim.SGD, train=train, valid=valid,
                        loss=_cross_entropy, batch_size=32, horizon=400, **changes)  # fmt: skip


UNSEEN: dict[str, Callable[..., sf.TorchTask]] = {
    make.__name__.replace("_", "-"): make
    for make in (wine_adamw, autoencoder_adam, gru_sgdm, residual_nadam, friedman_adagrad, logistic_sgd)
}
TASKS.update(UNSEEN)  # so that sweeps and truth of this process know them


if __name__ == "__main__":
    torch.set_num_threads(1)
    sweep(list(UNSEEN))
