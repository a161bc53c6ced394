from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast

import torch

from surefoot.errors import BadTask


def moved(batch: Any, device: torch.device) -> Any:
    """The batch on a device: tensors, and any nesting of mappings, lists and (named) tuples of them.

    Args:
        batch: As the data gave it. Other objects are moved by their own ``.to(device)``.
        device: Where to.

    Returns:
        The same structure; on a CPU the batch itself.

    Raises:
        BadTask: A part of it cannot be moved to the device.
    """
    if device.type == "cpu":
        return batch
    if isinstance(batch, torch.Tensor):
        return batch.to(device, non_blocking=True)
    if batch is None or isinstance(batch, str | bytes | int | float):
        return batch
    if callable(getattr(batch, "to", None)):
        return batch.to(device)
    if isinstance(batch, Mapping | list | tuple):
        return _rebuilt(batch, lambda part: moved(part, device))
    raise BadTask(
        f"cannot move a {type(batch).__name__} in a batch to {device}: expected tensors, dicts, lists and tuples of"
        " them, or an object with a .to(device) method. Return such from your dataset or collate function"
    )


def _rebuilt(batch: Any, change: Callable[[Any], Any]) -> Any:
    if isinstance(batch, Mapping):
        return {key: change(part) for key, part in cast("Mapping[Any, Any]", batch).items()}
    parts = [change(part) for part in batch]
    if isinstance(batch, list):
        return parts
    return type(batch)(*parts) if hasattr(batch, "_fields") else tuple(parts)


def tensors_of(batch: Any) -> Iterator[torch.Tensor]:
    """The tensors in a batch, depth first.

    Yields:
        Each tensor.
    """
    if isinstance(batch, torch.Tensor):
        yield batch
    elif isinstance(batch, Mapping):
        for part in cast("Mapping[Any, Any]", batch).values():
            yield from tensors_of(part)
    elif isinstance(batch, list | tuple):
        for part in cast("list[Any]", batch):
            yield from tensors_of(part)
    elif hasattr(batch, "__dict__"):
        yield from tensors_of(vars(batch))


def examples_in(batch: Any) -> int:
    """How many examples a batch holds: the first dimension of its first tensor.

    Returns:
        Their number; 1 when that cannot be told.
    """
    return next((len(tensor) for tensor in tensors_of(batch) if tensor.ndim), 1)


def digest(batch: Any) -> str:
    """Short hash of the tensors in a batch: their types, shapes and values.

    Returns:
        16 hexadecimal digits; of the text form when there is no tensor.
    """
    sha = hashlib.sha256()
    seen = False
    for tensor in tensors_of(batch):
        seen = True
        data = tensor.detach().cpu().contiguous()
        sha.update(f"{data.dtype}{tuple(data.shape)}".encode())
        sha.update(data.reshape(-1).view(torch.uint8).numpy().tobytes() if data.numel() else b"")
    if not seen:
        sha.update(repr(batch).encode())
    return sha.hexdigest()[:16]
