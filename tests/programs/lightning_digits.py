"""A LightningCLI as its documentation shows it."""

import torch
import torch.nn.functional as F
from pytorch_lightning import LightningDataModule, LightningModule
from pytorch_lightning.cli import LightningCLI
from sklearn.datasets import load_digits
from torch.utils.data import DataLoader, TensorDataset


class Digits(LightningDataModule):
    def setup(self, stage=None):
        pixels, labels = load_digits(return_X_y=True)
        data = TensorDataset(torch.tensor(pixels, dtype=torch.float32) / 16, torch.tensor(labels))
        self.train, self.valid = torch.utils.data.random_split(data, [1400, 397], torch.Generator().manual_seed(0))

    def train_dataloader(self):
        return DataLoader(self.train, batch_size=50, shuffle=True)

    def val_dataloader(self):
        return DataLoader(self.valid, batch_size=397)


class Classifier(LightningModule):
    def __init__(self, width: int = 32):
        super().__init__()
        self.layers = torch.nn.Sequential(torch.nn.Linear(64, width), torch.nn.ReLU(), torch.nn.Linear(width, 10))

    def training_step(self, batch, _):
        loss = F.cross_entropy(self.layers(batch[0]), batch[1])
        self.log("train_loss", loss)
        return loss

    def validation_step(self, batch, _):
        self.log("val_loss", F.cross_entropy(self.layers(batch[0]), batch[1]))


if __name__ == "__main__":
    LightningCLI(Classifier, Digits)
