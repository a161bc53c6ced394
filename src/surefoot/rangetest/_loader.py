from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any

from surefoot.errors import BadInput
from surefoot.rangetest._kept import generator_undo


@contextmanager
def loader_kept(batches: Any) -> Generator[None]:
    """Put the generators of a loader, its samplers and its dataset back at the end, and end its workers.

    Args:
        batches: A DataLoader, or any other iterable.

    Yields:
        Nothing.

    Raises:
        BadInput: Its persistent workers are at work for somebody else.
    """
    persistent = getattr(batches, "persistent_workers", False)
    if persistent and getattr(batches, "_iterator", None) is not None:
        raise BadInput(
            "batches= is a DataLoader with persistent_workers whose workers are running already: beginning anew would"
            " end the loop that uses them. Call range_test before that loop, or give a DataLoader of its own"
        )
    undo = [undo for thing in _parts(batches) if (undo := generator_undo(thing)) is not None]
    try:
        yield
    finally:
        for put_back in undo:
            put_back()
        if persistent:
            batches._iterator = None


def _parts(batches: Any) -> Iterator[Any]:
    """What a loader, its samplers and its dataset hold of their own: a generator may be among it."""
    sampler, batch_sampler = getattr(batches, "sampler", None), getattr(batches, "batch_sampler", None)
    inner, dataset = getattr(batch_sampler, "sampler", None), getattr(batches, "dataset", None)
    for part in (batches, sampler, batch_sampler, inner, dataset):
        yield from (vars(part) if hasattr(part, "__dict__") else {}).values()
