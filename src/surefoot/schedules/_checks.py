"""The kinds of numbers that schedules are made of; each type carries its check."""

from __future__ import annotations

import difflib
import math
import numbers
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Protocol

from surefoot.errors import BadSchedule


class BadArgument(BadSchedule):
    """One argument is wrong.

    Args:
        message: The whole error.
        argument: Its name, with which the parser finds the column.
    """

    def __init__(self, message: str, argument: str = ""):
        super().__init__(message)
        self.argument = argument


class Check(Protocol):
    """Tells whether a value will do."""

    def __call__(self, value: Any, owner: str, argument: str) -> Any:
        """The value in its plain Python type; raises ``BadArgument`` if it won't do."""
        ...


def nearest(word: str, known: Iterable[str]) -> str:
    """What to say about a word that nobody knows.

    Returns:
        ``Did you mean 'cosine'?``, or the list of what is known.
    """
    words = sorted(known)
    begin = [known for known in words if word.lower().startswith(known.replace("_", ""))]  # OneCycleLR: one_cycle
    close = (
        difflib.get_close_matches(word.lower(), words, n=1, cutoff=0.8)
        or sorted(begin, key=len)[-1:]
        or difflib.get_close_matches(word.lower(), words, n=1, cutoff=0.5)
    )
    return f"Did you mean {close[0]!r}?" if close else f"Known: {', '.join(words)}."


def complaint(owner: str, argument: str, expected: str, given: object, advice: str = "") -> tuple[str, str]:
    """The one form of message for a bad argument.

    Returns:
        What ``BadArgument`` takes.
    """
    if isinstance(given, str) and not advice and _is_number(given):
        advice = "Take away the quotes. In YAML write 1.0e-3, because it reads 1e-3 as text."
    text = f"{owner}: {argument} must be {expected}, given {given!r}."
    return f"{text} {advice}".rstrip(), argument


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def plain(value: object) -> int | float | None:
    """A number in its plain Python type.

    Returns:
        An int, a finite float, or ``None`` for what is neither.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, numbers.Integral):
        return int(value)
    if isinstance(value, numbers.Real) and math.isfinite(value):
        return float(value)
    return None


@dataclass(frozen=True, slots=True)
class LengthCheck:
    """Check of a length."""

    optional: bool = True

    def __call__(self, value: Any, owner: str, argument: str) -> int | float | None:
        """The length as int, float or ``None``.

        Returns:
            The same length.

        Raises:
            BadArgument: It is not a length.
        """
        if value is None and self.optional:
            return None
        number = plain(value)
        if isinstance(number, int) and number >= 1:
            return number
        if isinstance(number, float) and 0 < number < 1:
            return number
        expected = "a whole number of updates from 1, or a share of the horizon strictly between 0 and 1"
        raise BadArgument(*complaint(owner, argument, expected, value, self._advice(number)))

    def _advice(self, number: float | None) -> str:
        if isinstance(number, float) and number.is_integer() and number > 1:
            return f"Write {int(number)} for updates."
        if number == 1:
            left_out = ", or leave it out for all that is left" if self.optional else ""
            return f"Write 1 for one update{left_out}."
        return ""


@dataclass(frozen=True, slots=True)
class NumberCheck:
    """Check of a number in an interval."""

    expected: str
    low: float
    high: float = math.inf
    low_too: bool = False
    optional: bool = False

    def __call__(self, value: Any, owner: str, argument: str) -> float | None:
        """The number as float, or ``None``.

        Returns:
            The same number.

        Raises:
            BadArgument: It is no number, not finite, or outside.
        """
        if value is None and self.optional:
            return None
        number = plain(value)
        if number is not None and (self.low < number < self.high or (self.low_too and number == self.low)):
            try:
                return float(number) + 0.0  # -0.0 becomes 0.0
            except OverflowError:
                pass
        raise BadArgument(*complaint(owner, argument, self.expected, value))


def _count(value: Any, owner: str, argument: str) -> int:
    number = plain(value)
    if isinstance(number, int) and number >= 1:
        return number
    raise BadArgument(*complaint(owner, argument, "a whole number from 1", value))


def _optional_count(value: Any, owner: str, argument: str) -> int | None:
    return None if value is None else _count(value, owner, argument)


@dataclass(frozen=True, slots=True)
class ChoiceCheck:
    """Check of a word."""

    words: tuple[str | int, ...]

    def __call__(self, value: Any, owner: str, argument: str) -> str | int:
        """The word.

        Returns:
            The same word.

        Raises:
            BadArgument: It is none of them.
        """
        if value in self.words and not isinstance(value, bool):
            return self.words[self.words.index(value)]  # 2.0 becomes 2
        expected = f"one of {', '.join(map(repr, self.words))}"
        words = [word for word in self.words if isinstance(word, str)]
        advice = nearest(value, words) if words and isinstance(value, str) else ""
        raise BadArgument(*complaint(owner, argument, expected, value, advice))


@dataclass(frozen=True, slots=True)
class ListCheck:
    """Check of a list: every entry."""

    each: Check
    expected: str

    def __call__(self, value: Any, owner: str, argument: str) -> tuple[Any, ...]:
        """The entries in their plain Python type.

        Returns:
            The same entries.

        Raises:
            BadArgument: It is no list, is empty, or an entry won't do.
        """
        entries: Any = value.tolist() if hasattr(value, "tolist") else value
        if not isinstance(entries, list | tuple) or not entries:
            raise BadArgument(*complaint(owner, argument, f"a list of {self.expected}, such as [0.3, 0.6]", value))
        try:
            return tuple(self.each(entry, owner, f"{argument}[{i}]") for i, entry in enumerate(entries))
        except BadArgument as error:
            raise BadArgument(str(error), argument) from None


Length = Annotated[int | float | None, LengthCheck()]
"""How long: an int counts updates, a float strictly between 0 and 1 is a share of the horizon, ``None`` takes
what is left."""
Span = Annotated[int | float, LengthCheck(optional=False)]
"""A length that has to be given."""
Multiplier = Annotated[float, NumberCheck("a finite number, 0 or more", 0, low_too=True)]
"""A multiple of the peak rate."""
Limit = Annotated[float | None, NumberCheck("a finite number, 0 or more", 0, low_too=True, optional=True)]
"""A multiplier, or none."""
Floor = Annotated[float, NumberCheck("a number from 0 and below 1", 0, 1, low_too=True)]
"""A multiple of the peak rate below it."""
Number = Annotated[float, NumberCheck("a finite number", -math.inf)]
Share = Annotated[float, NumberCheck("a number strictly between 0 and 1", 0, 1)]
Positive = Annotated[float, NumberCheck("a finite number above 0", 0)]
Growth = Annotated[float, NumberCheck("a finite number, 1 or more", 1, low_too=True)]
Count = Annotated[int, _count]
OptionalCount = Annotated[int | None, _optional_count]
Positions = Annotated[Sequence[int | float], ListCheck(LengthCheck(optional=False), "lengths from the start")]
"""Places in a piece: each an update or a share of the horizon, counted from the start of the piece."""
Multipliers = Annotated[
    Sequence[float], ListCheck(NumberCheck("a finite number, 0 or more", 0, low_too=True), "multipliers")
]
"""Multiples of the peak rate."""

POSITIVE: Check = NumberCheck("a finite number above 0", 0)
