from __future__ import annotations

import os
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager

from surefoot.records import Task, Traits
from surefoot.tasks import gpus_of, visible_gpus

_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


def cores() -> int:
    """The cores that this process may use.

    Returns:
        Their number.
    """
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def threads_each(task: Task, workers: int) -> int:
    """Threads for each of several workers, so that together they keep all cores busy and no more.

    Args:
        task: What they train; the processes that load its data are counted in.
        workers: How many there are.

    Returns:
        At least 1, and no more than ``OMP_NUM_THREADS`` allows.
    """
    share = cores() // workers - getattr(task, "traits", Traits()).loaders
    allowed = os.environ.get("OMP_NUM_THREADS", "")
    return max(1, min(share, int(allowed)) if allowed.isdigit() else share)


@contextmanager
def limited(threads: int | None) -> Generator[None]:
    """Train on so many threads, here and in the processes that are started meanwhile.

    Args:
        threads: How many; ``None`` leaves it as it is.

    Yields:
        Nothing.
    """
    torch = sys.modules.get("torch")
    if threads is None:
        yield
        return
    before = {name: os.environ.get(name) for name in _THREADS}
    torch_before = None if torch is None else torch.get_num_threads()
    os.environ.update(dict.fromkeys(_THREADS, str(threads)))
    try:
        if torch is not None:
            torch.set_num_threads(threads)
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value
        if torch is not None:
            torch.set_num_threads(torch_before)


def devices(task: Task, slot: int) -> Mapping[str, str]:
    """The GPUs of one worker: its own ones, or where there are fewer than workers, one that it shares.

    Args:
        task: What it trains.
        slot: Which of the workers, from 0.

    Returns:
        What to set in its environment; nothing where there is no GPU.

    Raises:
        BadTask: A command wants more of them for each trial than there are.
    """
    each: int | None = getattr(task, "gpus_per_trial", None)
    there = visible_gpus()
    if each is not None:
        return {"CUDA_VISIBLE_DEVICES": gpus_of(slot, each)}
    return {"CUDA_VISIBLE_DEVICES": there[slot % len(there)]} if there else {}
