from __future__ import annotations

import random
import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any


def seed_everything(seed: int) -> None:
    """Seed Python, and NumPy and torch (on all devices) where they are loaded."""
    random.seed(seed)
    numpy, torch = sys.modules.get("numpy"), sys.modules.get("torch")
    if numpy is not None:
        numpy.random.seed(seed % 2**32)
    if torch is not None:
        torch.manual_seed(seed)


def random_states() -> dict[str, Any]:
    """The random states of Python, and of NumPy and torch where they are loaded.

    Returns:
        Plain values and tensors.
    """
    numpy, torch = sys.modules.get("numpy"), sys.modules.get("torch")
    states: dict[str, Any] = {"python": random.getstate()}
    if numpy is not None:
        kind, keys, *rest = numpy.random.get_state()
        states["numpy"] = (kind, keys.tolist(), *rest)
    if torch is not None:
        states["torch"] = torch.get_rng_state()
        if torch.cuda.is_initialized():
            states["cuda"] = torch.cuda.get_rng_state_all()
    return states


def set_random_states(states: dict[str, Any]) -> None:
    """Put random states back.

    Args:
        states: What ``random_states`` gave; those of GPUs that are not there are left out.
    """
    random.setstate(states["python"])
    if "numpy" in states and "numpy" in sys.modules:
        sys.modules["numpy"].random.set_state(states["numpy"])
    if "torch" in states:
        torch = sys.modules["torch"]
        torch.set_rng_state(states["torch"])
        for device, state in zip(range(torch.cuda.device_count()), states.get("cuda", ()), strict=False):
            torch.cuda.set_rng_state(state, device)


@contextmanager
def randomness_kept() -> Generator[None]:
    """Put the random states of Python, NumPy and torch back at the end, whatever happened in between.

    Yields:
        Nothing.
    """
    states = random_states()
    try:
        yield
    finally:
        set_random_states(states)
