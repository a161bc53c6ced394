"""Text to tokens, and errors that point at the place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from surefoot.errors import BadSchedule

Kind = Literal["name", "number", "string", "sign", "end"]

_TOKEN = re.compile(
    r"""
    (?P<name>[^\W\d]\w*)
  | (?P<number>(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
  | (?P<string>"[^"\n]*"|'[^'\n]*')
  | (?P<sign>>>|[][()*.,=+-])
    """,
    re.VERBOSE,
)

_ADVICE = {
    ">": "Pieces are joined with '>>'.",
    "%": "A share is written as a number between 0 and 1: 0.2 is 20 %.",
    "'": "The closing quote is missing.",
    '"': "The closing quote is missing.",
    "|": "Pieces are joined with '>>'.",
}


class Misread(BadSchedule):
    """Something in a text that cannot be; ``parse`` shows it with its place.

    Args:
        message: What is wrong.
        position: Index of the character where it is.
    """

    def __init__(self, message: str, position: int = 0):
        super().__init__(message)
        self.position = position


def pointing(text: str, error: Misread) -> str:
    """The message with its column, from 1, and the line with a caret under the place.

    Returns:
        Three lines.
    """
    start = text.rfind("\n", 0, error.position) + 1
    line = text[start:].split("\n", 1)[0].replace("\t", " ")
    column = error.position - start
    row = f"line {text.count(chr(10), 0, start) + 1}, " if "\n" in text.strip() else ""
    return f"{error} ({row}column {column + 1})\n    {line}\n    {' ' * column}^"


@dataclass(frozen=True, slots=True)
class Token:
    """A word, number, string or sign.

    Attributes:
        kind: Which of them.
        text: As written.
        position: Index of its first character in the whole text.
    """

    kind: Kind
    text: str
    position: int

    def __str__(self) -> str:
        return "the end of the text" if self.kind == "end" else repr(self.text)


def tokens(text: str) -> list[Token]:
    """Split a text.

    Returns:
        Its tokens, the last of kind ``end``.

    Raises:
        Misread: A character has no meaning here.
    """
    found: list[Token] = []
    position = 0
    while position < len(text):
        if text[position].isspace():
            position += 1
            continue
        match = _TOKEN.match(text, position)
        if match is None:
            sign = text[position]
            raise Misread(f"{sign!r} has no meaning in a schedule. {_ADVICE.get(sign, '')}".rstrip(), position)
        kind: Kind = match.lastgroup  # pyright: ignore[reportAssignmentType]  (the groups are named by kind)
        found.append(Token(kind, match.group(), position))
        position = match.end()
    return [*found, Token("end", "", len(text.rstrip()))]
