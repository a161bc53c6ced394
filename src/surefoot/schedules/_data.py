"""Dict to schedule; the inverse of ``Schedule.to_dict``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any, cast

from surefoot.errors import BadSchedule
from surefoot.schedules._algebra import NODES
from surefoot.schedules._checks import nearest
from surefoot.schedules._schedule import Schedule
from surefoot.schedules._shapes import SHAPES


def from_dict(data: Mapping[str, Any]) -> Schedule:
    """Read what ``schedule.to_dict()`` wrote, perhaps by way of JSON or TOML.

    Args:
        data: ``kind`` and the arguments of that kind; arguments with a default may be left out.

    Returns:
        The schedule.

    Raises:
        BadSchedule: It is not the dict of a schedule.

    >>> from surefoot.schedules import from_dict
    >>> from_dict({"kind": "then", "parts": [{"kind": "warmup", "length": 500}, {"kind": "cosine"}]})
    warmup(500) >> cosine()
    """
    if not isinstance(cast("object", data), Mapping) or "kind" not in data:
        raise BadSchedule(f"a schedule must be a dict with a 'kind', such as {{'kind': 'cosine'}}, given {data!r}.")
    kinds = SHAPES | NODES
    word = data["kind"]
    if not isinstance(word, str) or word not in kinds:
        raise BadSchedule(f"unknown kind of schedule {word!r}. {nearest(str(word), kinds)}")
    known = {field.name: field for field in fields(cast("Any", kinds[word]))}
    values = {name: _from_plain(value) for name, value in data.items() if name != "kind"}
    for name in values:
        if name not in known:
            raise BadSchedule(f"{word} has no argument {name!r}. {nearest(str(name), known)}")
    for name, field in known.items():
        if name not in values and field.default is MISSING:
            raise BadSchedule(f"{word} needs {name!r}, given {dict(data)!r}.")
    return kinds[word](**values)


def _from_plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return from_dict(cast("Mapping[str, Any]", value))
    return tuple(_from_plain(part) for part in value) if isinstance(value, list) else value
