"""A schedule's formula as code: its curve is evaluated with words for numbers, which write down what is done."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from surefoot.schedules import Course
from surefoot.schedules._maths import Curve, Maths

_FUNCTIONS = (math.cos, math.exp, math.sqrt, math.tanh)
LONGEST = 4_000  # characters; what is longer is better read as a table
_LOOSE, _SUM, _PRODUCT, _POWER, _ATOM = range(5)  # how tightly what an expression is made of binds


class NotWritten(Exception):
    """No formula of a bearable length says it."""


@dataclass(frozen=True, slots=True)
class Words:
    """An expression as text; arithmetic with it is text too, and what changes nothing is left out.

    Attributes:
        text: In the dialect.
        binding: How tightly its outermost operation binds.
        choices: For a choice between pieces: the condition and value of each, the last without one.
    """

    text: str
    binding: int = _ATOM
    choices: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        if len(self.text) > LONGEST:  # here, because a formula that names its argument twice doubles with each level
            raise NotWritten(f"more than {LONGEST} characters")

    def __add__(self, other: Any) -> Any:
        return self if _is(other, 0) else _joined(self, "+", other, _SUM)

    def __radd__(self, other: Any) -> Any:
        return self if _is(other, 0) else _joined(other, "+", self, _SUM)

    def __sub__(self, other: Any) -> Any:
        return self if _is(other, 0) else _joined(self, "-", other, _SUM)

    def __rsub__(self, other: Any) -> Any:
        return _joined(other, "-", self, _SUM)

    def __mul__(self, other: Any) -> Any:
        return 0.0 if _is(other, 0) else self if _is(other, 1) else _joined(self, "*", other, _PRODUCT)

    def __rmul__(self, other: Any) -> Any:
        return 0.0 if _is(other, 0) else self if _is(other, 1) else _joined(other, "*", self, _PRODUCT)

    def __truediv__(self, other: Any) -> Any:
        return self if _is(other, 1) else _joined(self, "/", other, _PRODUCT)

    def __rtruediv__(self, other: Any) -> Any:
        return _joined(other, "/", self, _PRODUCT)

    def __floordiv__(self, other: Any) -> Any:
        return _joined(self, "//", other, _PRODUCT)

    def __pow__(self, other: Any) -> Any:
        return self if _is(other, 1) else _joined(self, "**", other, _POWER)

    def __rpow__(self, other: Any) -> Any:
        return _joined(other, "**", self, _POWER)


def _is(value: Any, number: int) -> bool:
    return isinstance(value, int | float) and value == number


def _words(value: Any) -> Words:
    if isinstance(value, Words):
        return value
    if value == math.pi:
        return Words("math.pi")
    number = value if isinstance(value, int) else float(value)
    return Words(repr(number), _ATOM if number >= 0 else _SUM)


def _joined(left: Any, sign: str, right: Any, binding: int) -> Words:
    left, right = _words(left), _words(right)
    # Operations of one kind group from the left, except for **; so the other side needs brackets at equal binding.
    inside_left = left.binding > binding or (left.binding == binding and sign != "**")
    first = left.text if inside_left else f"({left.text})"
    second = right.text if right.binding > binding else f"({right.text})"
    return Words(f"{first} {sign} {second}", binding)


@dataclass(frozen=True, slots=True)
class Dialect:
    """Where the functions of formulas are found.

    Attributes:
        functions: What stands before ``cos``, ``exp``, ``sqrt`` and ``tanh``.
        lowest: The lower of two.
        highest: The higher of two.
        where: ``where(condition, a, b)``; empty for Python's own ``a if condition else b``.
    """

    functions: str
    lowest: str
    highest: str
    where: str = ""

    def formula(self, course: Course) -> Words:
        """The multiplier at update ``t``, which is at most the horizon.

        Returns:
            The whole expression.

        Raises:
            NotWritten: It would be longer than ``LONGEST``, or is no formula.
        """
        try:
            return _words(course.traced(Words("t"), self._maths(course.horizon)))
        except (TypeError, AttributeError, ValueError) as error:
            raise NotWritten(str(error)) from error

    def _maths(self, horizon: int) -> Maths:
        def call(name: str, known: Callable[..., Any]) -> Callable[..., Any]:
            def called(*given: Any) -> Any:
                if not any(isinstance(one, Words) for one in given):
                    return known(*given)
                return Words(f"{name}({', '.join(_words(one).text for one in given)})")

            return called

        def lowest(a: Any, b: Any) -> Any:
            beyond = a == Words("t") and isinstance(b, int | float) and b >= horizon
            return a if beyond else call(self.lowest, min)(a, b)

        def pick(t: Any, starts: Sequence[int], curves: Sequence[Curve]) -> Any:
            values = [_words(curve(t - start, maths)) for start, curve in zip(starts, curves, strict=True)]
            conditions = [f"{t.text} < {start}" for start in starts[1:]]
            text = values[-1].text
            for condition, value in zip(reversed(conditions), reversed(values[:-1]), strict=True):
                text = self._choice(condition, value.text, text)
            choices = tuple(zip([*conditions, ""], [value.text for value in values], strict=True))
            return Words(text, _ATOM if self.where else _LOOSE, choices) if conditions else values[0]

        def look_up(table: Sequence[float], i: Any) -> Any:
            raise NotWritten("a table")

        functions = {known.__name__: call(f"{self.functions}.{known.__name__}", known) for known in _FUNCTIONS}
        highest = call(self.highest, max)
        maths = Maths(**functions, minimum=lowest, maximum=highest, pick=pick, look_up=look_up)
        return maths

    def _choice(self, condition: str, value: str, other: str) -> str:
        return f"{self.where}({condition}, {value}, {other})" if self.where else f"{value} if {condition} else {other}"
