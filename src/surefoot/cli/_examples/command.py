"""A program as you may have it: it takes its rate, its length and a seed, and prints what it gets to. Try it:

surefoot find --horizon 1000 --score val_loss --lr 0.01 -- python train.py --lr {lr} --steps {steps} --seed {seed}

In place of {steps} a program may take {epochs} (with --horizon '100 epochs'); {dir} is a folder of the run's own, where
--score-file '{dir}/**/results.csv' finds what it writes; {{ and }} stand for braces. No shell sees the command.
"""

import argparse
import math

import numpy as np

parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.01)
parser.add_argument("--steps", type=int, default=1000)
parser.add_argument("--seed", type=int, default=0)
asked = parser.parse_args()


def examples(count, seed):
    """Stands for your own data."""
    chance = np.random.default_rng(seed)
    inputs = chance.standard_normal((count, 20))
    labels = inputs @ np.linspace(-1, 1, 20) + 0.5 * chance.standard_normal(count) > 0
    return inputs, labels


def log_loss(weights, inputs, labels):
    return np.logaddexp(0, np.where(labels, -1, 1) * (inputs @ weights)).mean()


weights = np.random.default_rng(asked.seed).standard_normal(20)
for step in range(asked.steps):
    inputs, labels = examples(64, seed=(asked.seed, step))
    print(f"step={step} loss={log_loss(weights, inputs, labels)}")
    rate = asked.lr * (1 + math.cos(math.pi * step / asked.steps)) / 2  # as long as the run that is asked for
    wrong = 1 / (1 + np.exp(-(inputs @ weights))) - labels
    weights -= rate * inputs.T @ wrong / len(labels)
print(f"val_loss={log_loss(weights, *examples(1000, seed=0))}")
