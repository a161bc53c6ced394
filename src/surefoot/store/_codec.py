from __future__ import annotations

import dataclasses
import functools
import json
import types
import typing
from collections.abc import Mapping
from typing import Any, TypeVar

T = TypeVar("T")


def to_json(value: Any) -> str:
    """A record as JSON; floats are written so that they come back exactly.

    Args:
        value: A frozen dataclass of plain values, or a plain value.

    Returns:
        JSON text.
    """
    return json.dumps(dataclasses.asdict(value) if dataclasses.is_dataclass(value) else value)  # pyright: ignore[reportArgumentType]


def from_json(kind: type[T], text: str) -> T:
    """The record that ``to_json`` wrote.

    Args:
        kind: Its class.
        text: What was written.

    Returns:
        An equal one.
    """
    return _build(kind, json.loads(text))


@functools.cache
def _fields(kind: Any) -> dict[str, Any]:
    """Names and kinds of a dataclass's fields; kept, since finding them out is most of reading a record."""
    hints = typing.get_type_hints(kind)
    return {field.name: hints[field.name] for field in dataclasses.fields(kind)}


def _build(kind: Any, data: Any) -> Any:
    """``data`` as ``kind``: dataclasses, tuples and unions with None of them; anything else as it is."""
    if dataclasses.is_dataclass(kind) and isinstance(data, dict):
        hints = _fields(kind)
        return kind(**{name: _build(hints[name], part) for name, part in data.items() if name in hints})  # pyright: ignore[reportCallIssue]
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in {typing.Union, types.UnionType}:
        inner = [argument for argument in arguments if argument is not type(None)]
        return data if data is None or len(inner) != 1 else _build(inner[0], data)
    if origin is tuple and isinstance(data, list):
        kinds = [arguments[0]] * len(data) if arguments[-1] is Ellipsis else arguments
        return tuple(_build(inner, part) for inner, part in zip(kinds, data, strict=True))
    if origin is Mapping or not isinstance(data, list):
        return data
    return tuple(data)
