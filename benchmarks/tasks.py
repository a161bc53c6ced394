"""Small real trainings of many kinds, a few seconds each on one core, on data that ships in packages.

Used by the benchmarks that need the truth about a rate: a full sweep over rates is affordable on these.
"""

from __future__ import annotations

import math
import pydoc_data.topics
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Any

import torch
import torch.nn.functional as F
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits
from torch import nn
from torch.utils.data import TensorDataset

import surefoot as sf


def _split(inputs: torch.Tensor, targets: torch.Tensor, train: int) -> tuple[TensorDataset, TensorDataset]:
    order = torch.randperm(len(inputs), generator=torch.Generator().manual_seed(0))
    inputs, targets = inputs[order], targets[order]
    return TensorDataset(inputs[:train], targets[:train]), TensorDataset(inputs[train:], targets[train:])


def _digits(image: bool, only: range = range(10)) -> tuple[TensorDataset, TensorDataset]:
    pixels, labels = load_digits(return_X_y=True)
    inputs = torch.tensor(pixels, dtype=torch.float32) / 16
    targets = torch.tensor(labels)
    kept = (targets >= only.start) & (targets < only.stop)
    inputs, targets = inputs[kept], targets[kept] - only.start
    return _split(inputs.reshape(-1, 1, 8, 8) if image else inputs, targets, int(0.75 * len(inputs)))


def _cross_entropy(model: nn.Module, batch: list[torch.Tensor]) -> torch.Tensor:
    return F.cross_entropy(model(batch[0]), batch[1])


def _mlp(*widths: int, act: type[nn.Module] = nn.ReLU, dropout: float = 0.0, norm: bool = False) -> nn.Sequential:
    layers: list[nn.Module] = []
    for before, after in pairwise(widths[:-1]):
        layers += [nn.Linear(before, after), *([nn.BatchNorm1d(after)] if norm else []), act()]
        layers += [nn.Dropout(dropout)] if dropout else []
    return nn.Sequential(*layers, nn.Linear(widths[-2], widths[-1]))


def _cnn(norm: bool) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(1, 12, 3, padding=1), *([nn.BatchNorm2d(12)] if norm else []), nn.ReLU(),
        nn.Conv2d(12, 24, 3, padding=1), *([nn.BatchNorm2d(24)] if norm else []), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(384, 10),
    )  # fmt: skip


def cnn_adamw(**changes: Any) -> sf.TorchTask:
    """A convolutional network with AdamW."""
    train, valid = _digits(image=True)
    return sf.TorchTask(model=lambda: _cnn(norm=False), optimizer=torch.optim.AdamW, train=train, valid=valid,
                        loss=_cross_entropy, batch_size=32, horizon=800, **changes)  # fmt: skip


def cnn_bn_sgdm(**changes: Any) -> sf.TorchTask:
    """A convolutional network with BatchNorm, Nesterov momentum and weight decay."""
    train, valid = _digits(image=True)
    optimizer = partial(torch.optim.SGD, momentum=0.9, nesterov=True, weight_decay=5e-4)
    return sf.TorchTask(model=lambda: _cnn(norm=True), optimizer=optimizer, train=train, valid=valid,
                        loss=_cross_entropy, batch_size=32, horizon=600, **changes)  # fmt: skip


def mlp_sgd(**changes: Any) -> sf.TorchTask:
    """A small network with plain SGD."""
    train, valid = _digits(image=False)
    return sf.TorchTask(model=lambda: _mlp(64, 64, 64, 10), optimizer=torch.optim.SGD, train=train, valid=valid,
                        loss=_cross_entropy, batch_size=32, horizon=1500, **changes)  # fmt: skip


def deep_tanh_sgdm(**changes: Any) -> sf.TorchTask:
    """Eight tanh layers: the best rate falls much with the horizon."""
    train, valid = _digits(image=False)
    return sf.TorchTask(model=lambda: _mlp(64, *[48] * 8, 10, act=nn.Tanh),
                        optimizer=partial(torch.optim.SGD, momentum=0.9), train=train, valid=valid,
                        loss=_cross_entropy, batch_size=32, horizon=1200, **changes)  # fmt: skip


def noisy_labels_rmsprop(**changes: Any) -> sf.TorchTask:
    """A third of the training labels is wrong; dropout; RMSprop: overfitting punishes high rates."""
    train, valid = _digits(image=False)
    generator = torch.Generator().manual_seed(1)
    inputs, targets = train.tensors
    wrong = torch.rand(len(targets), generator=generator) < 1 / 3
    targets = torch.where(wrong, torch.randint(10, targets.shape, generator=generator), targets)
    return sf.TorchTask(model=lambda: _mlp(64, 128, 128, 10, dropout=0.2), optimizer=torch.optim.RMSprop,
                        train=TensorDataset(inputs, targets), valid=valid, loss=_cross_entropy, batch_size=32,
                        horizon=1200, **changes)  # fmt: skip


class _Transformer(nn.Module):
    """A character model of two blocks."""

    def __init__(self, symbols: int, width: int = 48, length: int = 32):
        super().__init__()
        self.embed = nn.Embedding(symbols, width)
        self.place = nn.Parameter(torch.randn(length, width) * 0.02)
        block = partial(nn.TransformerEncoderLayer, width, 4, 4 * width, dropout=0.0, batch_first=True, norm_first=True)
        self.blocks = nn.ModuleList([block(), block()])
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, symbols)
        self.register_buffer("mask", nn.Transformer.generate_square_subsequent_mask(length), persistent=False)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        """Next-character logits, (batch, length, symbols)."""
        hidden = self.embed(tokens) + self.place
        for block in self.blocks:
            hidden = block(hidden, src_mask=self.mask, is_causal=True)
        return self.head(self.norm(hidden))


def transformer_adamw(**changes: Any) -> sf.TorchTask:
    """A character transformer on Python's own help texts, AdamW with and without decay."""
    text = "".join(pydoc_data.topics.topics.values())
    symbols = sorted(set(text))
    codes = torch.tensor([symbols.index(letter) for letter in text[:200_000]])
    windows = codes[: len(codes) // 33 * 33].reshape(-1, 33)
    train, valid = _split(windows[:, :-1], windows[:, 1:], len(windows) - 480)

    def optimizer(model: nn.Module, lr: float) -> torch.optim.Optimizer:
        matrices = [p for p in model.parameters() if p.ndim >= 2]
        vectors = [p for p in model.parameters() if p.ndim < 2]
        groups = [{"params": matrices, "weight_decay": 0.1}, {"params": vectors, "weight_decay": 0.0}]
        return torch.optim.AdamW(groups, lr=lr, betas=(0.9, 0.95))

    def loss(model: nn.Module, batch: list[torch.Tensor]) -> torch.Tensor:
        return F.cross_entropy(model(batch[0]).flatten(0, 1), batch[1].flatten())

    return sf.TorchTask(model=lambda: _Transformer(len(symbols)), optimizer=optimizer, train=train, valid=valid,
                        loss=loss, batch_size=16, horizon=500, clip_norm=1.0, **changes)  # fmt: skip


def fine_tune_adam(**changes: Any) -> sf.TorchTask:
    """Digits 5 to 9 with a network that was trained on 0 to 4."""
    state = torch.random.get_rng_state()
    torch.manual_seed(7)
    before, _ = _digits(image=True, only=range(5))
    model = _cnn(norm=True)
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    for _ in range(15):
        for images, classes in zip(before.tensors[0].split(64), before.tensors[1].split(64), strict=True):
            F.cross_entropy(model(images), classes).backward()
            optimizer.step()
            optimizer.zero_grad()
    torch.random.set_rng_state(state)
    train, valid = _digits(image=True, only=range(5, 10))
    weights = {name: tensor.clone() for name, tensor in model.state_dict().items()}

    def make() -> nn.Module:
        tuned = _cnn(norm=True)
        tuned.load_state_dict(weights)
        return tuned

    return sf.TorchTask(model=make, optimizer=torch.optim.Adam, train=train, valid=valid, loss=_cross_entropy,
                        batch_size=16, horizon=300, **{"schedule": "warmup(0.1) >> linear()"} | changes)  # fmt: skip


def likelihood_adam(**changes: Any) -> sf.TorchTask:
    """Regression by Gaussian likelihood: a loss around zero that becomes negative."""
    pixels, labels = load_diabetes(return_X_y=True)
    inputs = torch.tensor(pixels, dtype=torch.float32) * 20
    targets = (torch.tensor(labels, dtype=torch.float32) - 152) / 500
    train, valid = _split(inputs, targets, 330)

    def loss(model: nn.Module, batch: list[torch.Tensor]) -> torch.Tensor:
        mean, spread = model(batch[0]).unbind(dim=1)
        return F.gaussian_nll_loss(mean, batch[1], F.softplus(spread) + 1e-4)

    return sf.TorchTask(model=lambda: _mlp(10, 64, 64, 2, act=nn.SiLU), optimizer=torch.optim.Adam, train=train,
                        valid=valid, loss=loss, batch_size=16, horizon=800, **changes)  # fmt: skip


def muon(**changes: Any) -> sf.TorchTask:
    """Muon for the matrices and AdamW, at a tenth of the rate, for the rest."""
    train, valid = _digits(image=False)

    def optimizers(model: nn.Module, lr: float) -> dict[str, torch.optim.Optimizer]:
        hidden = [p for name, p in model.named_parameters() if p.ndim == 2 and not name.startswith("0.")]
        rest = [p for name, p in model.named_parameters() if p.ndim != 2 or name.startswith("0.")]
        return {"muon": torch.optim.Muon(hidden, lr=lr), "adamw": torch.optim.AdamW(rest, lr=lr / 10)}

    return sf.TorchTask(model=lambda: _mlp(64, 96, 96, 10), optimizer=optimizers, train=train, valid=valid,
                        loss=_cross_entropy, batch_size=32, horizon=600, **changes)  # fmt: skip


def accuracy_sgdm(**changes: Any) -> sf.TorchTask:
    """The score is an accuracy, to be maximised: steps and plateaus."""
    inputs, labels = load_breast_cancer(return_X_y=True)
    scaled = torch.tensor(inputs, dtype=torch.float32)
    scaled = (scaled - scaled.mean(0)) / scaled.std(0)
    train, valid = _split(scaled, torch.tensor(labels), 300)
    held, classes = valid.tensors

    def accuracy(model: nn.Module) -> float:
        return (model(held).argmax(1) == classes).float().mean().item()

    return sf.TorchTask(model=lambda: _mlp(30, 64, 64, 2), optimizer=partial(torch.optim.SGD, momentum=0.9),
                        train=train, score=accuracy, goal="max", loss=_cross_entropy, batch_size=16,
                        horizon=600, **changes)  # fmt: skip


TASKS: dict[str, Callable[..., sf.TorchTask]] = {
    make.__name__.replace("_", "-"): make
    for make in (
        cnn_adamw, cnn_bn_sgdm, mlp_sgd, deep_tanh_sgdm, noisy_labels_rmsprop, transformer_adamw, fine_tune_adam,
        likelihood_adam, muon, accuracy_sgdm,
    )
}  # fmt: skip

GRID_PER_DECADE = 5


def grid(lr_range: tuple[float, float]) -> list[float]:
    """The rates of a full sweep: five a decade over the range that search looks at first, and a decade more."""
    low, high = (round(GRID_PER_DECADE * math.log10(lr)) for lr in (lr_range[0], lr_range[1] * 10))
    return [10 ** (step / GRID_PER_DECADE) for step in range(low, high + 1)]
