"""Where batches come from.

The order of training batches comes from our own seeded stream of indices, so that trials with the same seed
see the same batches and a trial can be taken up again in the middle by index, without loading what came
before. Iterating a torch DataLoader moves the global random state, even an unshuffled one; this does not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, Protocol, cast

import torch
from torch.utils.data import (
    BatchSampler,
    DataLoader,
    Dataset,
    IterableDataset,
    RandomSampler,
    SequentialSampler,
    default_collate,
)

from surefoot.errors import BadTask
from surefoot.randomness import seed_everything

_FIXED_ORDER = 20_260_101  # seed of the choice of validation examples: the same for all rates and studies


class Data(Protocol):
    """Batches of one dataset."""

    resumable: bool
    per_epoch: int | None
    workers: int

    def stream(self, seed: int, start: int, stop: int) -> Iterator[Any]:
        """Training batches with index ``start`` to ``stop``, over as many epochs as it takes."""
        ...

    def fixed(self, batches: int | None) -> Iterator[Any]:
        """The same part of the data each time: so many batches, or all."""
        ...


class MapData:
    """A map-style dataset, batched by our own stream of indices.

    Args:
        name: ``train`` or ``valid``, for messages.
        dataset: Has ``__len__`` and ``__getitem__``.
        batch_size: Examples in a batch.
        collate: Makes a batch of a list of examples; torch's own if ``None``.
        workers: Processes that load data.
        shuffle: Whether each epoch has an order of its own.
        drop_last: Whether an incomplete batch at the end of an epoch is left out: an update of another
            batch size is an update of another rate.
    """

    resumable = True

    def __init__(
        self,
        name: str,
        dataset: Any,
        batch_size: int,
        collate: Callable[[list[Any]], Any] | None,
        workers: int,
        *,
        shuffle: bool,
        drop_last: bool,
    ):
        self._dataset = dataset
        self._size = len(dataset)
        if self._size == 0:
            raise BadTask(f"{name}= is empty: it has no examples")
        self._batch_size = min(batch_size, self._size)
        self._collate = collate or default_collate
        self.workers = workers
        self._shuffle = shuffle
        self._whole = self._size // self._batch_size
        partial = not drop_last and self._size % self._batch_size > 0
        self.per_epoch: int | None = self._whole + partial

    def stream(self, seed: int, start: int, stop: int) -> Iterator[Any]:
        """Training batches with index ``start`` to ``stop``.

        Args:
            seed: Of the order.
            start: Index of the first.
            stop: Index after the last.

        Returns:
            An iterator over them.
        """
        return self._fetch(self._orders(seed, start, stop), seed, start)

    def fixed(self, batches: int | None) -> Iterator[Any]:
        """The same part of the data each time: spread at random over the dataset, all examples without a limit.

        Args:
            batches: How many; ``None`` for all.

        Returns:
            An iterator over them.
        """
        wanted = self._size if batches is None else min(self._size, batches * self._batch_size)
        indices = list(range(self._size))
        if wanted < self._size:
            generator = torch.Generator().manual_seed(_FIXED_ORDER)
            indices = sorted(torch.randperm(self._size, generator=generator)[:wanted].tolist())
        return self._fetch(self._cut(indices, -(-wanted // self._batch_size)), seed=0, start=0)

    def _cut(self, indices: list[int], batches: int) -> Iterator[list[int]]:
        size = self._batch_size
        return (indices[number * size : (number + 1) * size] for number in range(batches))

    def _orders(self, seed: int, start: int, stop: int) -> Iterator[list[int]]:
        assert self.per_epoch is not None
        while start < stop:
            epoch, begin = divmod(start, self.per_epoch)
            end = min(self.per_epoch, begin + stop - start)
            indices = list(range(self._size))
            if self._shuffle:
                generator = torch.Generator().manual_seed((seed * 1_000_003 + epoch) % 2**63)
                indices = torch.randperm(self._size, generator=generator).tolist()
            yield from islice(self._cut(indices, self.per_epoch), begin, end)
            start += end - begin

    def _fetch(self, orders: Iterator[list[int]], seed: int, start: int) -> Iterator[Any]:
        if self.workers:
            loader = DataLoader(
                _SeededByBatch(self._dataset, seed),
                batch_sampler=cast("Any", _Once(enumerate(orders, start))),
                num_workers=self.workers,
                collate_fn=self._collate,
                generator=torch.Generator().manual_seed(seed),
            )
            return iter(loader)
        together = getattr(self._dataset, "__getitems__", None)
        if together is not None:
            return (self._collate(together(order)) for order in orders)
        return (self._collate([self._dataset[index] for index in order]) for order in orders)


class _Once:
    """Numbered index lists as a batch sampler."""

    def __init__(self, orders: Iterator[tuple[int, list[int]]]):
        self._orders = orders

    def __iter__(self) -> Iterator[tuple[int, list[int]]]:
        return self._orders


class _SeededByBatch(Dataset[Any]):
    """A dataset in another process, whose random transforms depend on the batch alone.

    Else they would depend on what that process did before, and a training that is taken up in the middle could
    not go on as it would have.
    """

    def __init__(self, dataset: Any, seed: int):
        self._dataset = dataset
        self._seed = seed

    def __getitems__(self, numbered: tuple[int, list[int]]) -> Any:
        number, order = numbered
        seed_everything((self._seed * 1_000_003 + number) % 2**63)
        together = getattr(self._dataset, "__getitems__", None)
        return together(order) if together is not None else [self._dataset[index] for index in order]


class IterableData:
    """Anything that can be iterated again and again for batches; a trial on it can only be restarted."""

    resumable = False

    def __init__(self, name: str, batches: Iterable[Any]):
        if isinstance(batches, Iterator):  # iter() itself would start a DataLoader and move the random state
            raise BadTask(
                f"{name}= is a one-shot iterator ({type(batches).__name__}): it is used up after one trial, and every"
                " rate must see the same batches. Give a dataset with batch_size=, a DataLoader, or a list of batches"
            )
        self.workers: int = getattr(batches, "num_workers", 0)
        self._name = name
        self._batches = batches
        self.per_epoch: int | None = None
        try:
            self.per_epoch = len(cast("list[Any]", batches))
        except TypeError:
            return  # no length: the horizon must be given in updates
        if self.per_epoch == 0:
            raise BadTask(f"{name}= is empty: it gives no batches")

    def stream(self, seed: int, start: int, stop: int) -> Iterator[Any]:
        """The first ``stop`` batches, from the first on again as often as it takes.

        Args:
            seed: Seeds the loader's own generator, if it has one.
            start: Must be 0.
            stop: Index after the last.

        Yields:
            Each batch.

        Raises:
            BadTask: It gives no batches.
        """
        for generator in _generators(self._batches):
            generator.manual_seed(seed)
        given = 0
        while given < stop:
            before = given
            for batch in islice(self._batches, stop - given):
                given += 1
                yield batch
            if given == before:
                raise BadTask(f"{self._name}= is empty: it gives no batches")

    def fixed(self, batches: int | None) -> Iterator[Any]:
        """The first so many batches, or all.

        Args:
            batches: How many; ``None`` for all.

        Returns:
            An iterator over them.
        """
        return islice(self._batches, batches)


def _generators(batches: Any) -> Iterator[torch.Generator]:
    """The generators that a loader, its sampler and its batch sampler hold of their own."""
    loader = [batches, getattr(batches, "sampler", None), getattr(batches, "batch_sampler", None)]
    loader.append(getattr(loader[2], "sampler", None))
    for part in loader:
        generator = getattr(part, "generator", None)
        if isinstance(generator, torch.Generator):
            yield generator


def data_of(
    name: str,
    source: Any,
    batch_size: int | None,
    collate: Callable[[list[Any]], Any] | None,
    workers: int,
) -> Data:
    """What the user gave as data, as batches.

    Args:
        name: ``train`` or ``valid``.
        source: A map-style dataset with ``batch_size``, or a DataLoader or an iterable of batches without.
        batch_size: Examples in a batch.
        collate: Makes a batch of a list of examples.
        workers: Processes that load data.

    Returns:
        Its batches; a plain DataLoader is rebuilt around our own stream of indices.

    Raises:
        BadTask: It is none of these, empty, one-shot, or a DataLoader together with ``batch_size``.
    """
    if isinstance(workers, bool) or not isinstance(workers, int) or workers < 0:
        raise BadTask(f"num_workers={workers!r}: expected the number of processes that load data, 0 for none")
    if isinstance(source, DataLoader):
        if batch_size is not None or collate is not None or workers:
            raise BadTask(
                f"{name}= is a DataLoader and batch_size=, collate= or num_workers= is given too: the DataLoader"
                " already says how to batch. Leave those out, or give its dataset instead of the DataLoader"
            )
        return _rebuilt(name, source)
    is_map = hasattr(source, "__getitem__") and hasattr(source, "__len__")
    if batch_size is None:
        if isinstance(source, Dataset) and is_map:
            raise BadTask(f"{name}= is a dataset: say how many examples make a batch, for example batch_size=64")
        if isinstance(source, IterableDataset) or not hasattr(source, "__iter__"):
            raise BadTask(
                f"{name}={type(source).__name__}: expected a map-style dataset (with batch_size=), a DataLoader or an"
                " iterable of batches that can be started again"
            )
        return IterableData(name, cast("Iterable[Any]", source))
    if isinstance(batch_size, bool) or not isinstance(batch_size, int) or batch_size < 1:
        raise BadTask(f"batch_size={batch_size!r}: expected a whole number of at least 1")
    if not is_map:
        if hasattr(source, "__iter__"):
            IterableData(name, source)  # a one-shot iterator has its own, clearer message
        raise BadTask(
            f"{name}={type(source).__name__} together with batch_size: expected a map-style dataset, with __len__ and"
            " __getitem__. For an iterable of batches leave batch_size= out"
        )
    return MapData(name, source, batch_size, collate, workers, shuffle=name == "train", drop_last=name == "train")


def _rebuilt(name: str, loader: DataLoader[Any]) -> Data:
    sampler = loader.sampler
    plain = type(sampler) is SequentialSampler or (type(sampler) is RandomSampler and not sampler.replacement)
    if loader.batch_size is None or type(loader.batch_sampler) is not BatchSampler or not plain:
        return IterableData(name, loader)
    return MapData(
        name,
        loader.dataset,
        loader.batch_size,
        loader.collate_fn,
        loader.num_workers,
        shuffle=type(sampler) is RandomSampler,
        drop_last=loader.drop_last,
    )
