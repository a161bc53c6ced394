from __future__ import annotations

import random
import sys
from collections import deque
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from typing import Any, cast

import torch
from torch import nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

Undo = Callable[[], None]

_OURS_TO_OPEN = (nn.Module, Optimizer, LRScheduler, torch.amp.GradScaler)


@contextmanager
def kept(*things: Any) -> Generator[None]:
    """Put live objects back as they were, in place, whatever happened in between.

    Tensors keep their identity and their storage and get their values back; dicts, lists, sets and deques get their
    members back; modules, optimizers, schedulers and scalers are opened, and so are the things given themselves.
    Gradients and whether they are wanted are as before, ``None`` where there were none. Other objects that are found
    inside are kept by reference.

    Memory: one copy of the tensors found.

    Args:
        things: What to keep.

    Yields:
        Nothing.

    Raises:
        KeyboardInterrupt: One that came while things were put back; they are put back all the same.
    """
    copies = _Copies(things)
    try:
        yield
    finally:
        try:
            copies.put_back()
        except KeyboardInterrupt:
            copies.put_back()
            raise


class _Copies:
    """What was found, each thing with how to undo its changes. Has state: the copies."""

    def __init__(self, things: Iterable[Any]):
        self._undo: list[Undo] = []
        self._seen: dict[int, Any] = {}  # holds on to what was seen, so that no id is given again
        for thing in things:
            self._keep(thing, opened=True)

    def put_back(self) -> None:
        """Undo all changes; may be called again and again."""
        with torch.no_grad():
            for undo in self._undo:
                undo()

    def _keep(self, thing: Any, opened: bool = False) -> None:
        if id(thing) in self._seen:
            return
        self._seen[id(thing)] = thing
        undo = _undo_of(thing)
        if undo is not None:
            self._undo.append(undo)
        for part in _parts(thing, opened):
            self._keep(part)


def _parts(thing: Any, opened: bool) -> Iterable[Any]:
    if isinstance(thing, dict):
        return list(cast("dict[Any, Any]", thing).values())
    if isinstance(thing, list | tuple | deque):
        return list(cast("list[Any]", thing))
    if isinstance(thing, _OURS_TO_OPEN) or (opened and hasattr(thing, "__dict__")):
        return [] if isinstance(thing, torch.Tensor | type) else [vars(thing)]
    return []


def _undo_of(thing: Any) -> Undo | None:
    """How to undo changes of the thing itself; ``None`` for what cannot change or is not opened."""
    if isinstance(thing, torch.Tensor):
        return _undo_tensor(thing)
    if isinstance(thing, dict):
        return _undo_members(cast("dict[Any, Any]", thing), list(cast("dict[Any, Any]", thing).items()))
    if isinstance(thing, set | list | deque):
        return _undo_members(cast("list[Any]", thing), list(cast("list[Any]", thing)))
    return _undo_array(thing) or generator_undo(thing)


def _undo_members(container: Any, members: list[Any]) -> Undo:
    add = container.update if isinstance(container, dict | set) else container.extend

    def undo() -> None:
        container.clear()
        add(members)

    return undo


def _undo_tensor(tensor: torch.Tensor) -> Undo | None:
    if not tensor.is_leaf or _overlaps(tensor):
        return None  # computed from others, or a view that cannot be written: its owner's reference is what is kept
    storage, values = tensor.detach(), tensor.detach().clone()
    grad, wanted = tensor.grad, tensor.requires_grad  # a gradient itself is only put aside, and never written to
    strided = tensor.layout is torch.strided

    def undo() -> None:
        if strided and (tensor.data_ptr() != storage.data_ptr() or tensor.shape != storage.shape):
            tensor.data = storage
        tensor.copy_(values)
        tensor.requires_grad_(wanted)
        tensor.grad = grad

    return undo


def _overlaps(tensor: torch.Tensor) -> bool:
    if tensor.layout is not torch.strided:
        return False
    return any(step == 0 and size > 1 for size, step in zip(tensor.shape, tensor.stride(), strict=True))


def _undo_array(thing: Any) -> Undo | None:
    numpy = sys.modules.get("numpy")
    if numpy is None or not isinstance(thing, numpy.ndarray) or not thing.flags.writeable:
        return None
    values = thing.copy()
    return lambda: numpy.copyto(thing, values)


def generator_undo(thing: Any) -> Undo | None:
    """How to undo the draws from a generator of random numbers.

    Args:
        thing: Anything.

    Returns:
        What puts its state back; ``None`` when it is no generator.
    """
    if isinstance(thing, torch.Generator):
        state = thing.get_state()
        return lambda: cast("None", thing.set_state(state))
    if isinstance(thing, random.Random):
        drawn = thing.getstate()
        return lambda: thing.setstate(drawn)
    numpy = sys.modules.get("numpy")
    if numpy is None:
        return None
    if isinstance(thing, numpy.random.Generator):
        bits = thing.bit_generator
        position = bits.state
        return lambda: setattr(bits, "state", position)
    if isinstance(thing, numpy.random.RandomState):
        place = thing.get_state()
        return lambda: thing.set_state(place)
    return None
