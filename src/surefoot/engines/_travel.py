"""How a task reaches a worker: by name, or in memory by value; never as a file."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import FunctionType
from typing import Any, cast

from surefoot.errors import BadTask
from surefoot.records import Task
from surefoot.tasks import load_task, target_of

_DEEP = 12  # parts within parts that are looked through for the one that cannot travel


@dataclass(frozen=True, slots=True)
class Packed:
    """A task on its way to another process.

    Attributes:
        content: The TARGET that it is loaded from again; or its value, as cloudpickle writes it.
    """

    content: str | bytes

    def unpack(self) -> Task:
        """Make the task again.

        Returns:
            It.

        Raises:
            BadTask: It cannot be made here.
        """
        if isinstance(self.content, str):
            return load_task(self.content)
        try:
            return pickle.loads(self.content)
        except Exception as error:
            raise BadTask(
                f"the task cannot be made again in a worker: {type(error).__name__}: {error}. {_FIX}"
            ) from error


def pack(task: Task) -> Packed:
    """Make a task ready to travel.

    Args:
        task: One that was loaded from a TARGET, or made in Python.

    Returns:
        It.

    Raises:
        BadTask: A part of it cannot travel: the message says which, and what to do.
    """
    target = target_of(task)
    if target is not None:
        return Packed(target)
    import cloudpickle

    try:
        return Packed(cloudpickle.dumps(task))
    except Exception as error:
        where, what = _culprit(task, cloudpickle.dumps)
        raise BadTask(
            f"{where} cannot travel to a worker: it is, or holds, a {what} ({type(error).__name__}: {error}). {_FIX}"
        ) from error


_FIX = (
    "Make the task in a file and give its name (surefoot find train.py:task --workers N), so that every worker makes"
    " its own; or open such a thing where it is used; or leave workers= out"
)


def _culprit(task: Any, dumps: Any) -> tuple[str, str]:
    """The innermost part that cannot travel: how the user may know it, and its type."""
    name, part = type(task).__name__, task
    for _ in range(_DEEP):
        stuck = next(((key, inner) for key, inner in _parts(part) if not _travels(inner, dumps)), None)
        if stuck is None:
            break
        name, part = f"{name}.{stuck[0]}", stuck[1]
    return name, type(part).__name__


def _parts(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, FunctionType):
        if value.__closure__:
            cells = zip(value.__code__.co_freevars, value.__closure__, strict=True)
            yield from ((name, cell.cell_contents) for name, cell in cells)
        yield from ((name, value.__globals__[name]) for name in value.__code__.co_names if name in value.__globals__)
    elif isinstance(value, Mapping):
        yield from ((f"[{key!r}]", inner) for key, inner in cast("Mapping[Any, Any]", value).items())
    elif isinstance(value, list | tuple):
        yield from ((f"[{index}]", inner) for index, inner in enumerate(cast("list[Any]", value)))
    else:
        yield from ((name.lstrip("_"), inner) for name, inner in getattr(value, "__dict__", {}).items())


def _travels(value: Any, dumps: Any) -> bool:
    if value is sys.modules.get(getattr(value, "__name__", "")):
        return True
    try:
        dumps(value)
    except Exception:  # noqa: BLE001  (whatever it raises, it cannot travel)
        return False
    return True
