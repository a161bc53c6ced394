from __future__ import annotations

import html
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from surefoot.draw._numbers import score_text

TEXT = 6.6  # width of a letter at the size that STYLE sets; measured on system-ui, rounded up
BOLD = 7.6  # the same where it is bold
_NICE = (1.0, 2.0, 5.0, 10.0)
_MARKS = {1: (1.0, 2.0, 5.0), 2: (1.0, 3.0)}  # decades shown: mantissas that are labelled; else whole decades


def tag(name: str, *inside: str, **attributes: str | float | None) -> str:
    """An element; everything in its attributes is escaped.

    Args:
        name: Of the element.
        inside: Elements within it, already made.
        attributes: Numbers are rounded to a tenth; ``_`` stands for ``-``, a trailing one is dropped.

    Returns:
        Markup.
    """
    said = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{html.escape(_plain(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{said}>{''.join(inside)}</{name}>" if inside else f"<{name}{said}/>"


def said(text: str, x: float, y: float, class_: str = "sf-text", anchor: str = "start", most: int = 60) -> str:
    """Text in a picture, escaped, shortened where it is long.

    Args:
        text: From anywhere.
        x: Where it is anchored.
        y: Its base line.
        class_: For its looks.
        anchor: ``start``, ``middle`` or ``end``.
        most: Letters after which it is cut.

    Returns:
        Markup.
    """
    short = text if len(text) <= most else f"{text[: most - 1]}…"
    return tag("text", html.escape(short), x=x, y=y, class_=class_, text_anchor=anchor)


def title(text: str) -> str:
    """What is shown when the mouse rests on an element.

    Args:
        text: From anywhere.

    Returns:
        Markup.
    """
    return tag("title", html.escape(text))


def picture(label: str, width: float, height: float, *inside: str) -> str:
    """A whole picture that grows and shrinks with its place.

    Args:
        label: What it shows, for those who do not see it.
        width: Of its own coordinates.
        height: Likewise.
        inside: Elements.

    Returns:
        Markup.
    """
    box = f"0 0 {_plain(width)} {_plain(height)}"
    return tag("svg", *inside, class_="sf-picture", viewBox=box, role="img", aria_label=label)


def polyline(points: Sequence[tuple[float, float]], class_: str, *inside: str) -> str:
    """A line through points.

    Args:
        points: In coordinates of the picture.
        class_: For its looks.
        inside: A title.

    Returns:
        Markup.
    """
    return tag("path", *inside, d="M" + " ".join(f"{_plain(x)},{_plain(y)}" for x, y in points), class_=class_)


def _plain(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:.1f}".removesuffix(".0")


@dataclass(frozen=True, slots=True)
class Scale:
    """From values to places.

    Attributes:
        low: Value at ``start``.
        high: Value at ``stop``; above ``low``.
        start: Place of the lowest value.
        stop: Place of the highest.
        log: Whether equal steps are equal factors; then ``low`` is above 0.
    """

    low: float
    high: float
    start: float
    stop: float
    log: bool = False

    def __call__(self, value: float, beyond: float = 0.0) -> float:
        """The place of a value.

        Args:
            value: Any.
            beyond: Share of the scale that a value outside may lie outside.

        Returns:
            Within the scale, or that much outside.
        """
        low, high = self.low, self.high
        if self.log:
            value, low, high = (math.log(max(one, 1e-300)) for one in (value, low, high))
        share = 0.5 if high == low else (value - low) / (high - low)
        return self.start + (self.stop - self.start) * min(1 + beyond, max(-beyond, share))

    def holds(self, value: float) -> bool:
        """Whether a value lies within.

        Returns:
            Also at the ends.
        """
        return self.low <= value <= self.high

    def name(self, value: float) -> str:
        """A value as its mark is labelled: in so many digits that neighbours differ.

        Args:
            value: Of a mark.

        Returns:
            Text.
        """
        if self.log:
            return score_text(value)
        largest = max(abs(self.low), abs(self.high))
        return score_text(value, max(3, 1 + math.ceil(math.log10(largest / (self.high - self.low)) + 0.3)))

    def marks(self, most: int = 5) -> list[float]:
        """Values worth a label.

        Args:
            most: About as many on an even scale.

        Returns:
            Ascending, all within.
        """
        if self.log:
            first, last = math.floor(math.log10(self.low)), math.ceil(math.log10(self.high))
            chosen = _MARKS.get(max(1, math.ceil(math.log10(self.high) - math.log10(self.low))), (1.0,))
            step = max(1, math.ceil((last - first) / 8)) if len(chosen) == 1 else 1
            values = [mantissa * 10.0**power for power in range(first, last + 1, step) for mantissa in chosen]
        else:
            rough = (self.high - self.low) / most
            size = 10.0 ** math.floor(math.log10(rough)) if rough > 0 else 1.0
            step = next(nice * size for nice in _NICE if nice * size >= rough * (1 - 1e-9))
            values = [number * step for number in range(math.ceil(self.low / step), math.floor(self.high / step) + 1)]
        return [value for value in values if self.low * (1 - 1e-12) <= value <= self.high * (1 + 1e-12) or value == 0]


def span(low: float, high: float, start: float, stop: float, *, log: bool) -> Scale:
    """A scale that holds two values, with a little room where they are the same.

    Args:
        low: The lowest value.
        high: The highest.
        start: Place of the lowest.
        stop: Place of the highest.
        log: Whether equal steps are to be equal factors.

    Returns:
        The scale.
    """
    if high <= low:
        room = 1.5 if log else max(abs(low) * 0.1, 1e-9)
        low, high = (low / room, high * room) if log else (low - room, high + room)
    return Scale(low, high, start, stop, log)


def axes(
    x: Scale, y: Scale, name_x: Callable[[float], str] | None, name_y: Callable[[float], str], title_y: str
) -> str:
    """Grid, labels and a frame to draw in.

    Args:
        x: From left to right.
        y: Upward.
        name_x: Labels of the lower axis; ``None`` for none.
        name_y: Labels of the left axis.
        title_y: What is upward; stands above the frame.

    Returns:
        Markup.
    """
    parts: list[str] = []
    for value in x.marks(max(2, round((x.stop - x.start) / 90))):
        parts.append(tag("line", x1=x(value), x2=x(value), y1=y.start, y2=y.stop, class_="sf-grid"))
        if name_x is not None:
            parts.append(said(name_x(value), x(value), y.start + 16, anchor="middle"))
    for value in y.marks(4):
        parts.append(tag("line", x1=x.start, x2=x.stop, y1=y(value), y2=y(value), class_="sf-grid"))
        parts.append(said(name_y(value), x.start - 6, y(value) + 4, anchor="end"))
    parts.extend((
        tag("line", x1=x.start, x2=x.stop, y1=y.start, y2=y.start, class_="sf-axis"),
        said(title_y, x.start, y.stop - 7, "sf-text sf-quiet", most=100),
    ))
    return "".join(parts)
