"""Schedule to text; the inverse of ``parse``."""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import Any

from surefoot.schedules._algebra import Clamp, Maximum, Minimum, Opposite, Product, Repeat, Scale, Shift, Then
from surefoot.schedules._schedule import Schedule, word_of


def write(schedule: Schedule) -> str:
    """The text of a schedule; what has its default value is left out.

    Returns:
        Text that ``parse`` reads back, and that is Python as well.
    """
    match schedule:
        case Then():
            return " >> ".join(write(part) for part in schedule.parts)
        case Product():
            return " * ".join(_in_brackets(part, Then) for part in schedule.parts)
        case Minimum() | Maximum():
            return f"{word_of(type(schedule))}({', '.join(write(part) for part in schedule.parts)})"
        case Scale() | Clamp() | Shift() | Repeat() | Opposite():
            return f"{_in_brackets(schedule.of, Then, Product)}.{_call(schedule)}"
        case _:
            return _call(schedule)


def _in_brackets(schedule: Schedule, *looser: type[Schedule]) -> str:
    return f"({write(schedule)})" if isinstance(schedule, looser) else write(schedule)


def _call(schedule: Any) -> str:
    words: list[str] = []
    by_name = False
    for argument in fields(schedule):
        if argument.name == "of":
            continue
        value = getattr(schedule, argument.name)
        by_name = by_name or argument.kw_only
        if argument.default is not MISSING and value == argument.default:
            by_name = True
            continue
        text = f"[{', '.join(map(repr, value))}]" if isinstance(value, tuple) else repr(value)
        words.append(f"{argument.name}={text}" if by_name else text)
    return f"{word_of(type(schedule))}({', '.join(words)})"
