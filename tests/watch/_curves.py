"""Made-up loss curves of known kinds, with the noise of small batches."""

import numpy as np


def noise(seed, length):
    return np.random.default_rng(seed).standard_normal(length)


def right(seed, length=1000):
    """Most of the descent at once, then ever slower."""
    return 0.3 + 2 / (1 + 100 * np.arange(length) / length) ** 0.7 + 0.05 * noise(seed, length)


def straight(seed, length=1500):
    """As evenly as if it had only just begun."""
    return 2.3 - 0.8 * np.arange(length) / length + 0.05 * noise(seed, length)


def unmoved(seed, length=1000):
    """Not by a fiftieth of its noise: a fifth, over 50,000 losses, is a descent that may be all there is."""
    return 2.3 - 0.001 * np.arange(length) / length + 0.05 * noise(seed, length)


def blown_up(seed, length=1000):
    losses = right(seed, length)
    losses[length // 10 - 5 : length // 10] *= 10.0 ** np.arange(1, 6)
    losses[length // 10 :] = np.nan
    return losses


def died(seed, length=1000):
    """Thrown up by the first updates, at rest at its start."""
    return 2.3 + 0.02 * noise(seed, length) + 50 * np.exp(-np.arange(length) / 5) * (np.arange(length) > 0)


def climbed(seed, length=1000):
    return 2.3 * np.exp(2 * np.arange(length) / length) * (1 + 0.01 * noise(seed, length))


def fell_back(seed, length=1000):
    """Learned, and lost it all again."""
    losses = right(seed, length)
    losses[length // 2 :] = 2.3 + 0.02 * noise(seed, length)[length // 2 :]
    return losses


def overshot(seed, length=1000):
    return right(seed, length) + 100 * np.exp(-np.arange(length) / 5) * (np.arange(length) > 0)


def thrown_late(seed, length=1000):
    losses = right(seed, length)
    losses[length // 2 : length // 2 + 5] += 4
    return losses


def rested_above(seed, length=1000):
    losses = 1.2 + 0.02 * noise(seed, length)
    losses[:4] = 2.3, 1.5, 0.6, 0.7
    return losses


def spiked(seed, length=1000):
    """One bad batch now and then."""
    losses = right(seed, length)
    losses[[length // 3, length // 2]] += 20
    return losses
