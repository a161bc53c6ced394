"""Ten training loops of different kinds, as users write them, and a look at everything they hold."""

import random
import warnings
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from _tasks import digits
from torch import nn
from torch.optim.lr_scheduler import LambdaLR, OneCycleLR
from torch.utils.data import DataLoader, Dataset, RandomSampler, TensorDataset


@dataclass
class Loop:
    """What a loop holds, and how it does an update."""

    model: nn.Module
    optimizer: Any
    loss: Any
    batches: Any
    extra: dict = field(default_factory=dict)  # further arguments of range_test

    def optimizers(self):
        return list(self.optimizer.values()) if isinstance(self.optimizer, dict) else [self.optimizer]

    def train(self, updates):
        """So many updates; the losses."""
        scaler, scheduler = self.extra.get("scaler"), self.extra.get("scheduler")
        losses = []
        while len(losses) < updates:
            for batch in self.batches:
                value = self.loss(self.model, batch)
                (value if scaler is None else scaler.scale(value)).backward()
                for optimizer in self.optimizers():
                    optimizer.step() if scaler is None else scaler.step(optimizer)
                if scaler is not None:
                    scaler.update()
                if scheduler is not None:
                    scheduler.step()
                for optimizer in self.optimizers():
                    optimizer.zero_grad()
                losses.append(value.item())
                if len(losses) == updates:
                    break
        return losses


def cross_entropy(model, batch):
    return F.cross_entropy(model(batch[0]), batch[1])


def loader(**options):
    return DataLoader(digits()[0], batch_size=20, **{"shuffle": True, **options})


def plain_sgd():
    model = nn.Sequential(nn.Linear(64, 16), nn.ReLU(), nn.Linear(16, 10))
    return Loop(model, torch.optim.SGD(model.parameters(), lr=0.1), cross_entropy, loader())


def batchnorm_and_dropout_with_a_scheduler():
    model = nn.Sequential(nn.Linear(64, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(0.3), nn.Linear(16, 10))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, nesterov=True)
    warmup = LambdaLR(optimizer, lambda step: min(1.0, step / 10))  # the first rate is 0
    return Loop(model, optimizer, cross_entropy, loader(), {"scheduler": warmup})


def two_groups_of_adamw():
    model = nn.Sequential(nn.Linear(64, 16), nn.GELU(), nn.Linear(16, 10))
    groups = [{"params": model[0].parameters(), "lr": 1e-2}, {"params": model[2].parameters(), "lr": 1e-3}]
    optimizer = torch.optim.AdamW(groups, amsgrad=True)
    cycle = OneCycleLR(optimizer, max_lr=[1e-2, 1e-3], total_steps=400)  # moves the betas too
    return Loop(model, optimizer, cross_entropy, loader(), {"scheduler": cycle})


class _Tied(nn.Module):
    """A character model whose embedding is its head."""

    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(17, 12)
        self.mix = nn.GRU(12, 12, batch_first=True)
        self.head = nn.Linear(12, 17, bias=False)
        self.head.weight = self.embed.weight

    def forward(self, tokens):
        return self.head(self.mix(self.embed(tokens))[0])


def tied_weights_of_a_recurrent_net():
    model = _Tied()
    pixels = digits()[0].tensors[0].mul(16).long()
    rows = TensorDataset(pixels[:, :-1], pixels[:, 1:])

    def loss(model, batch):
        return F.cross_entropy(model(batch[0]).flatten(0, 1), batch[1].flatten())

    optimizer = torch.optim.Adam(model.parameters(), lr=torch.tensor(1e-2), capturable=False, foreach=False)
    return Loop(model, optimizer, loss, DataLoader(rows, batch_size=16, shuffle=True))


def old_weight_norm():
    with_norm = nn.Linear(64, 16)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch calls it deprecated; users still have it
        nn.utils.weight_norm(with_norm)
    model = nn.Sequential(with_norm, nn.Tanh(), nn.utils.parametrizations.spectral_norm(nn.Linear(16, 10)))
    model(torch.zeros(2, 64))  # a deepcopy fails from here on
    return Loop(model, torch.optim.RMSprop(model.parameters(), lr=1e-3, momentum=0.5), cross_entropy, loader())


def half_precision_with_a_scaler():
    model = nn.Sequential(nn.Linear(64, 16), nn.ReLU(), nn.Linear(16, 10))

    def loss(model, batch):
        with torch.autocast("cpu", torch.bfloat16):
            return F.cross_entropy(model(batch[0]), batch[1])

    scaler = torch.amp.GradScaler("cpu", growth_interval=5)
    return Loop(model, torch.optim.Adam(model.parameters(), lr=1e-3), loss, loader(), {"scaler": scaler})


class _Counting(nn.Module):
    """Keeps things of its own: a count, a list, a tensor that is no buffer, a buffer that is replaced, noise."""

    def __init__(self):
        super().__init__()
        self.body = nn.Linear(64, 10)
        self.calls = 0
        self.norms = []
        self.seen = torch.zeros(64)
        self.noise = torch.Generator().manual_seed(5)
        self.chance = random.Random(5)
        self.table = np.zeros(3)
        self.register_buffer("average", torch.zeros(64), persistent=False)

    def forward(self, inputs):
        self.calls += 1
        self.norms.append(float(inputs.norm()))
        self.seen += inputs.mean(0)
        self.average = 0.9 * self.average + 0.1 * inputs.mean(0)
        self.table[self.calls % 3] += self.chance.random()
        mask = torch.rand(inputs.shape, generator=self.noise) < 0.9
        return self.body(inputs * mask - self.average + 1e-3 * self.table.sum())


def a_model_with_state_of_its_own():
    model = _Counting()
    return Loop(model, torch.optim.Adagrad(model.parameters(), lr=1e-2), cross_entropy, loader())


class _Noisy(Dataset):
    """Examples with noise from every source of randomness; batches are dicts."""

    def __len__(self):
        return 200

    def __getitem__(self, index):
        image, label = digits()[0][index]
        noise = torch.randn(64) * 0.1 + random.random() * 0.1 + float(np.random.rand()) * 0.1
        return {"image": image + noise, "label": label}


def dicts_with_noise_from_everywhere():
    model = nn.Sequential(nn.Linear(64, 16), nn.ReLU(), nn.Linear(16, 10))
    data = _Noisy()
    sampler = RandomSampler(data, generator=torch.Generator().manual_seed(9))
    batches = DataLoader(data, batch_size=25, sampler=sampler)
    return Loop(model, torch.optim.NAdam(model.parameters(), lr=1e-3),
                lambda model, batch: F.cross_entropy(model(batch["image"]), batch["label"]), batches)  # fmt: skip


@dataclass
class _Pair:
    inputs: Any
    labels: Any


def several_optimizers_on_objects():
    model = nn.Sequential(nn.Linear(64, 16), nn.ReLU(), nn.Linear(16, 10))
    matrices = [p for p in model.parameters() if p.ndim == 2]
    vectors = [p for p in model.parameters() if p.ndim == 1]
    optimizers = {"muon": torch.optim.Muon(matrices, lr=0.02), "adam": torch.optim.Adam(vectors, lr=2e-3)}
    images, labels = digits()[0].tensors
    batches = [_Pair(images[i : i + 20], labels[i : i + 20]) for i in range(0, 400, 20)]
    return Loop(model, optimizers, lambda model, batch: F.cross_entropy(model(batch.inputs), batch.labels), batches)


def frozen_backbone_with_an_average():
    backbone = nn.Sequential(nn.Linear(64, 16), nn.BatchNorm1d(16), nn.ReLU())
    for parameter in backbone.parameters():
        parameter.requires_grad_(False)
    model = nn.Sequential(backbone, nn.Linear(16, 10))
    backbone.eval()
    average = torch.optim.swa_utils.AveragedModel(model, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.9))
    queue = []

    def loss(model, batch):
        average.update_parameters(model)
        queue.append(batch[1][:2])
        return cross_entropy(model, batch) + 0.01 * F.mse_loss(model(batch[0]), average(batch[0]).detach())

    trainable = [p for p in model.parameters() if p.requires_grad]
    return Loop(model, torch.optim.AdamW(trainable, lr=1e-3), loss, loader(),
                {"state": {"average": average, "queue": queue}})  # fmt: skip


LOOPS = {
    make.__name__: make
    for make in (
        plain_sgd, batchnorm_and_dropout_with_a_scheduler, two_groups_of_adamw, tied_weights_of_a_recurrent_net,
        old_weight_norm, half_precision_with_a_scaler, a_model_with_state_of_its_own,
        dicts_with_noise_from_everywhere, several_optimizers_on_objects, frozen_backbone_with_an_average,
    )
}  # fmt: skip


def seed_all(seed):
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


def made(name):
    """A loop at its start, with everything that is random fixed."""
    seed_all(3)
    return LOOPS[name]()


def plain(thing):
    """Values that can be compared with ==, tensors and all."""
    if isinstance(thing, torch.Tensor):
        return ("tensor", str(thing.dtype), tuple(thing.shape), thing.detach().to(torch.float64).tolist())
    if isinstance(thing, dict):
        return {str(key): plain(value) for key, value in thing.items()}
    if isinstance(thing, list | tuple):
        return [plain(value) for value in thing]
    if isinstance(thing, np.ndarray):
        return thing.tolist()
    return thing


def look(loop):
    """Everything a loop holds, as plain values; objects by their identity and storage."""
    modules = list(loop.model.modules())
    tensors = [*loop.model.parameters(), *loop.model.buffers()]
    scaler, scheduler = loop.extra.get("scaler"), loop.extra.get("scheduler")
    return {
        "weights": plain(loop.model.state_dict()),
        "tensors": [(id(tensor), tensor.data_ptr(), tensor.requires_grad) for tensor in tensors],
        "grads": [plain(p.grad) for p in loop.model.parameters()],
        "modes": [module.training for module in modules],
        "optimizer": [plain(one.state_dict()) for one in loop.optimizers()],
        "state": [[(id(p), id(held)) for p, held in one.state.items()] for one in loop.optimizers()],
        "groups": [[{k: plain(v) for k, v in g.items() if k != "params"} for g in one.param_groups]
                   for one in loop.optimizers()],
        "scaler": None if scaler is None else plain(scaler.state_dict()),
        "scheduler": None if scheduler is None else plain(
            {k: v for k, v in scheduler.state_dict().items() if k != "lr_lambdas"}),
        "python": random.getstate(),
        "numpy": plain(list(np.random.get_state())),
        "torch": torch.get_rng_state().tolist(),
    }  # fmt: skip
