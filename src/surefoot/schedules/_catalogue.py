"""Every word of the language with an example, to be listed and drawn."""

from __future__ import annotations

import inspect
from dataclasses import dataclass

from surefoot.schedules._parse import parse
from surefoot.schedules._recipes import RECIPES
from surefoot.schedules._schedule import Schedule
from surefoot.schedules._shapes import SHAPES

_EXAMPLES = {
    "levels": ("constant()", "hold()", "piecewise([0.3, 0.6], [0.5, 1, 0.2])", "values([1, 0.6, 0.3, 0.8, 0.4])"),
    "warmups": (
        "warmup(0.5)",
        "warmup_cosine(0.5)",
        "warmup_quadratic(0.5)",
        "warmup_sqrt(0.5)",
        "warmup_exponential(0.2)",
        "warmup_radam()",
        "warmup_untuned(0.995)",
    ),
    "falls": (
        "linear()",
        "cosine()",
        "cosine_power(exponent=2)",
        "k_decay(k=2)",
        "polynomial(power=2)",
        "exponential()",
        "rex()",
        "tanh()",
        "hyperbolic(bound=2000)",
        "exp_hyperbolic(bound=2000)",
        "decay(shape='1-sqrt')",
    ),
    "drops": ("step(0.3)", "multistep([0.5, 0.75], factor=0.3)"),
    "falls without an end": ("inverse_time(0.2)", "inverse_sqrt(0.1)", "noam(0.1)", "power_law(0.1)"),
    "cycles": (
        "one_cycle()",
        "restarts(cycles=3, growth=2)",
        "cosine_wave(cycles=2)",
        "triangular(0.125)",
        "triangular2(0.125)",
        "exp_range(0.125)",
        "polynomial_cycles(0.25, power=1)",
        "chebyshev()",
    ),
    "whole schedules": (
        "linear_to_zero()",
        "wsd()",
        "flat_cosine()",
        "knee()",
        "slanted_triangular()",
        "infinite()",
    ),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One word of the language.

    Attributes:
        word: Its name in text.
        group: What kind it is.
        example: Text that uses it, for a horizon of 1,000 updates.
        summary: What it is, one line.
    """

    word: str
    group: str
    example: str
    summary: str

    @property
    def schedule(self) -> Schedule:
        """The example as a schedule."""
        return parse(self.example)


def catalogue() -> tuple[Entry, ...]:
    """All shapes and named chains.

    Returns:
        One entry a word, by groups.

    >>> from surefoot.schedules import catalogue
    >>> print(*(f"{entry.example}: {entry.summary}" for entry in catalogue()[-5:-3]), sep=chr(10))
    wsd(): Warmup, stable, decay
    flat_cosine(): The peak, then half a cosine
    """
    entries: list[Entry] = []
    for group, examples in _EXAMPLES.items():
        for example in examples:
            word = example.split("(", 1)[0]
            doc = inspect.getdoc(SHAPES[word] if word in SHAPES else RECIPES[word]) or ""
            summary = doc.splitlines()[0].split(": ", 1)[0].replace("``", "").rstrip(".")
            entries.append(Entry(word, group, example, summary))
    return tuple(entries)
