"""Text to schedule, without ``eval``.

    chain    = product { ">>" product }
    product  = factor { "*" factor }
    factor   = ( number | word "(" arguments ")" | "(" chain ")" ) { "." word "(" arguments ")" }
    argument = [ word "=" ] ( string | chain | list )
    list     = "[" [ chain { "," chain } ] "]"

``>>`` binds more loosely than ``*``, as in Python.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, cast

from surefoot.errors import BadSchedule
from surefoot.schedules._algebra import maximum, minimum
from surefoot.schedules._arguments import Argument, by_name
from surefoot.schedules._checks import BadArgument, nearest
from surefoot.schedules._recipes import RECIPES
from surefoot.schedules._schedule import Schedule
from surefoot.schedules._shapes import SHAPES
from surefoot.schedules._tokens import Misread, Token, pointing, tokens

DEEPEST = 50  # brackets in brackets; far above any use, far below Python's recursion limit

ENVELOPES: dict[str, Callable[..., Schedule]] = {"minimum": minimum, "maximum": maximum}
METHODS = ("clamp", "opposite", "repeat", "scale", "shift", "stretch")


def parse(text: str | Schedule) -> Schedule:
    """Read a schedule from text; ``str(schedule)`` writes it.

    Args:
        text: Shapes joined with ``>>`` (then), ``*``, ``minimum(a, b)``, ``maximum(a, b)``, ``.clamp(low,
            high)``, ``.stretch(factor)``, ``.shift(by)``, ``.repeat(times)``, ``.scale(factor)``,
            ``.opposite(low)``. Lists have square brackets. A schedule is handed back as it is.

    Returns:
        The schedule.

    Raises:
        BadSchedule: The text is no schedule; the message points at the place.

    >>> from surefoot.schedules import parse
    >>> parse("warmup(500) >> hold() >> decay(0.2, '1-sqrt')")
    warmup(500) >> hold() >> decay(0.2, '1-sqrt')
    >>> parse("warmup(500) >> cosin()")
    Traceback (most recent call last):
        ...
    surefoot.errors.BadSchedule: unknown shape 'cosin'. Did you mean 'cosine'? (column 16)
        warmup(500) >> cosin()
                       ^
    """
    if isinstance(text, Schedule):
        return text
    if not isinstance(cast("object", text), str):
        raise BadSchedule(f"a schedule must be text such as 'warmup(0.05) >> cosine()', given {text!r}.")
    try:
        return _Parser(text).whole()
    except Misread as error:
        raise BadSchedule(pointing(text, error)) from None


class _Parser:
    """Reads one text from left to right; its state is how far it has come."""

    def __init__(self, text: str):
        self.tokens = tokens(text)
        self.at = 0
        self.depth = 0

    def whole(self) -> Schedule:
        first = self.now()
        if first.kind == "end":
            raise Misread("the text is empty. Write a schedule such as warmup(0.05) >> cosine().", 0)
        value = self.chain()
        if self.now().kind != "end":
            raise Misread(f"{self.now()} does not belong here. Pieces are joined with '>>'.", self.now().position)
        return _schedule(value, first)

    def chain(self) -> Schedule | float:
        self.depth += 1
        first = self.now()
        if self.depth > DEEPEST:
            raise Misread(f"more than {DEEPEST} brackets in brackets.", first.position)
        value = self.product()
        while self.skip(">>"):
            left, here = _schedule(value, first), self.now()
            right = _schedule(self.product(), here)
            value = _made(lambda left=left, right=right: left >> right, here.position)
        self.depth -= 1
        return value

    def product(self) -> Schedule | float:
        value = self.factor()
        while self.skip("*"):
            here = self.now()
            other = self.factor()
            value = _made(lambda value=value, other=other: value * other, here.position)
        return value

    def factor(self) -> Schedule | float:
        first = self.now()
        value = self.primary()
        while self.skip("."):
            here = self.take()
            schedule = _schedule(value, first)
            if here.text not in METHODS:
                raise Misread(f"schedules have no '.{here.text}'. {nearest(here.text, METHODS)}", here.position)
            value = self.call(here, getattr(schedule, here.text))
        return value

    def primary(self) -> Schedule | float:
        here = self.take()
        if here.text == "(":
            value = self.chain()
            self.expect(")", "')'")
            return value
        if here.text in ("-", "+"):
            return -self.number(self.take()) if here.text == "-" else self.number(self.take())
        if here.kind == "number":
            return self.number(here)
        if here.kind != "name":
            raise Misread(f"expected a shape such as cosine(), found {here}.", here.position)
        known = ENVELOPES | SHAPES | RECIPES
        if here.text not in known:
            raise Misread(f"unknown shape {here}. {nearest(here.text, known)}", here.position)
        return self.call(here, known[here.text])

    def number(self, here: Token) -> int | float:
        try:
            value = float(here.text)
            whole = here.text.replace("_", "").isdecimal()
            return int(here.text) if whole and math.isfinite(value) else value
        except ValueError:
            raise Misread(f"expected a number, found {here}.", here.position) from None

    def call(self, here: Token, function: Callable[..., Schedule]) -> Schedule:
        if self.now().text != "(":
            raise Misread(f"{here} needs brackets: {here.text}().", here.position)
        given = self.arguments()
        if here.text in ENVELOPES:
            for argument in given:
                if argument.name is not None:
                    raise Misread(f"{here.text} takes schedules, without names.", argument.position)
            return _made(lambda: function(*(argument.value for argument in given)), here.position)
        named = by_name(function, given, here)
        positions = {name: argument.position for name, argument in named.items()}
        values = {name: argument.value for name, argument in named.items()}
        return _made(lambda: function(**values), here.position, positions)

    def arguments(self) -> list[Argument]:
        self.expect("(", "'('")
        given: list[Argument] = []
        while not self.skip(")"):
            if given:
                self.expect(",", "',' or ')'")
            here, name = self.now(), None
            if here.kind == "name" and self.tokens[self.at + 1].text == "=":
                name = here.text
                self.at += 2
            given.append(Argument(name, self.value(), here.position))
        return given

    def value(self) -> Any:
        here = self.now()
        if here.kind == "string":
            return self.take().text[1:-1]
        if here.kind == "name" and self.tokens[self.at + 1].text != "(":
            raise Misread(
                f"{here} is no value. Numbers have digits, words have quotes ('cosine'), "
                "schedules have brackets (cosine()).",
                here.position,
            )
        return self.list() if here.text == "[" else self.chain()

    def list(self) -> tuple[Any, ...]:
        self.expect("[", "'['")
        given: list[Any] = []
        while not self.skip("]"):
            if given:
                self.expect(",", "',' or ']'")
            given.append(self.chain())
        return tuple(given)

    def now(self) -> Token:
        return self.tokens[self.at]

    def take(self) -> Token:
        token = self.now()
        self.at = min(self.at + 1, len(self.tokens) - 1)
        return token

    def skip(self, sign: str) -> bool:
        found = self.now().kind == "sign" and self.now().text == sign
        self.at += found
        return found

    def expect(self, sign: str, called: str) -> None:
        if not self.skip(sign):
            advice = " Words such as '1-sqrt' have quotes." if self.now().text == "-" else ""
            raise Misread(f"expected {called}, found {self.now()}.{advice}", self.now().position)


def _schedule(value: Schedule | float, here: Token) -> Schedule:
    if isinstance(value, Schedule):
        return value
    raise Misread(f"the number {value!r} is no schedule: constant(value={value!r}) is.", here.position)


def _made(make: Callable[[], Any], position: int, positions: dict[str, int] | None = None) -> Any:
    # An error is shown at the argument it is about, else at the position.
    try:
        return make()
    except BadSchedule as error:
        argument = error.argument if isinstance(error, BadArgument) else ""
        raise Misread(str(error), (positions or {}).get(argument, position)) from None
