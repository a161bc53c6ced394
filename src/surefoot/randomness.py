"""The random states of Python, NumPy and torch, whichever are loaded."""

from __future__ import annotations

import random
import sys
from collections.abc import Generator
from contextlib import contextmanager


def seed_everything(seed: int) -> None:
    """Seed Python, and NumPy and torch (on all devices) where they are loaded."""
    random.seed(seed)
    numpy, torch = sys.modules.get("numpy"), sys.modules.get("torch")
    if numpy is not None:
        numpy.random.seed(seed % 2**32)
    if torch is not None:
        torch.manual_seed(seed)


@contextmanager
def randomness_kept() -> Generator[None]:
    """Put the random states of Python, NumPy and torch back at the end, whatever happened in between.

    Yields:
        Nothing.
    """
    numpy, torch = sys.modules.get("numpy"), sys.modules.get("torch")
    python_state = random.getstate()
    numpy_state = numpy.random.get_state() if numpy is not None else None
    torch_state = torch.get_rng_state() if torch is not None else None
    cuda_states = torch.cuda.get_rng_state_all() if torch is not None and torch.cuda.is_initialized() else None
    try:
        yield
    finally:
        random.setstate(python_state)
        if numpy is not None:
            numpy.random.set_state(numpy_state)
        if torch is not None:
            torch.set_rng_state(torch_state)
        if torch is not None and cuda_states is not None:
            torch.cuda.set_rng_state_all(cuda_states)
