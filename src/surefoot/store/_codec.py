from __future__ import annotations

import dataclasses
import functools
import json
import types
import typing
from collections.abc import Mapping
from typing import Any, TypeVar

from surefoot.errors import StoreError

T = TypeVar("T")
_PLAIN = (float, int, str, bool)


def to_json(value: Any) -> str:
    """A record as JSON; floats are written so that they come back exactly.

    Args:
        value: A frozen dataclass of plain values, or a plain value.

    Returns:
        JSON text.
    """
    return json.dumps(value, default=_plain)


def _plain(record: Any) -> dict[str, Any]:
    """A record's fields as they are: ``dataclasses.asdict`` copies all that is in them first, which takes longer."""
    return {name: getattr(record, name) for name in _parts(type(record))}


def from_json(kind: type[T], text: str) -> T:
    """The record that ``to_json`` wrote.

    Args:
        kind: Its class.
        text: What was written.

    Returns:
        An equal one.

    Raises:
        StoreError: It is not what was written.
    """
    try:
        return _build(kind, json.loads(text))
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise StoreError(
            f"the store holds something that is no {kind.__name__}: {text[:60]!r}. Was it changed by hand, or cut off?"
            " Delete the study, or bring back a copy of the store"
        ) from error


def _build(kind: Any, data: Any) -> Any:
    """``data`` as ``kind``: dataclasses, tuples and unions with None of them; anything else as it is."""
    if kind in _PLAIN:
        return data
    if dataclasses.is_dataclass(kind) and isinstance(data, dict):
        parts = _parts(kind)
        return kind(**{name: _build(parts[name], part) for name, part in data.items() if name in parts})  # pyright: ignore[reportCallIssue]
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in {typing.Union, types.UnionType}:
        inner = [argument for argument in arguments if argument is not type(None)]
        return data if data is None or len(inner) != 1 else _build(inner[0], data)
    if origin is tuple and isinstance(data, list):
        if arguments[-1] is Ellipsis:
            return tuple(data if arguments[0] in _PLAIN else (_build(arguments[0], part) for part in data))
        return tuple(_build(inner, part) for inner, part in zip(arguments, data, strict=True))
    if origin is Mapping or not isinstance(data, list):
        return data
    return tuple(data)


@functools.cache
def _parts(kind: type) -> dict[str, Any]:
    """What the fields of a dataclass hold, by name; worked out once, since a list of studies asks a million times."""
    hints = typing.get_type_hints(kind)
    return {field.name: hints[field.name] for field in dataclasses.fields(kind)}
