"""Which argument in a text is for which parameter."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from surefoot.schedules._checks import nearest
from surefoot.schedules._tokens import Misread, Token


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument as written.

    Attributes:
        name: The name before ``=``, if there is one.
        value: What was read.
        position: Where it begins.
    """

    name: str | None
    value: Any
    position: int


def by_name(function: Callable[..., object], given: Sequence[Argument], call: Token) -> dict[str, Argument]:
    """Match arguments with the parameters of a function.

    Args:
        function: What is called; its signature says all.
        given: The arguments in order.
        call: The word that calls it.

    Returns:
        For each parameter that is given its argument.

    Raises:
        Misread: One is unknown, given twice, too many or missing.
    """
    parameters = inspect.signature(function).parameters
    places = [name for name, p in parameters.items() if p.kind is p.POSITIONAL_OR_KEYWORD]
    named: dict[str, Argument] = {}
    for i, argument in enumerate(given):
        name = argument.name or (places[i] if i < len(places) else None)
        if name is None:
            left = [f"{word}=…" for word in parameters if word not in named]
            advice = f"Give it by name: {', '.join(left)}." if left else "It has no others."
            count = len(places) or "no"
            plural = "" if count == 1 else "s"
            raise Misread(f"{call.text} takes {count} argument{plural} without a name. {advice}", argument.position)
        if name not in parameters:
            raise Misread(f"{call.text} has no argument {name!r}. {nearest(name, parameters)}", argument.position)
        if name in named:
            raise Misread(f"{call.text} is given {name} twice.", argument.position)
        named[name] = argument
    for name, parameter in parameters.items():
        if name not in named and parameter.default is inspect.Parameter.empty:
            raise Misread(f"{call.text} needs {name}: {call.text}({name}=…).", call.position)
    return named
