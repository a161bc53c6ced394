"""What every schedule is and can do."""

from __future__ import annotations

import abc
import functools
import typing
from collections.abc import Callable
from dataclasses import fields, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any, ClassVar, Literal, cast

from surefoot.errors import BadInput, BadSchedule
from surefoot.schedules._checks import POSITIVE, BadArgument, Check, ChoiceCheck, LengthCheck, ListCheck, complaint
from surefoot.schedules._lay import Lay, exact, whole
from surefoot.schedules._maths import Curve

if TYPE_CHECKING:
    from surefoot.driving import Driver, Key, Resume
    from surefoot.schedules._course import Course


class Schedule(abc.ABC):
    """A pure function of the update index that gives the multiplier of the peak rate; a frozen value.

    Make one with a shape (``warmup(0.05)``), from text (``parse``) or from a dict (``from_dict``), join them,
    and lay the whole over a horizon:

    >>> from surefoot.schedules import cosine, warmup
    >>> course = (warmup(0.05) >> cosine()).over(1000)
    >>> course(0), course(49), course(525), course(1000)
    (0.02, 1.0, 0.5, 0.0)

    A shape is a frozen dataclass derived from this class. The annotations of its fields carry their checks
    (``_checks``), its class name is its name in text.
    """

    __slots__ = ()

    flat: ClassVar[bool] = False
    """Whether it never changes: a training can be continued from it."""

    @abc.abstractmethod
    def size(self, lay: Lay) -> Fraction | None:
        """Updates it takes, not yet whole; ``None`` for what is left."""

    @abc.abstractmethod
    def curve(self, lay: Lay, span: int, entry: float) -> Curve:
        """Its curve over ``span`` updates; ``entry`` is the multiplier with which the piece before ended."""

    def _check(self) -> None:  # noqa: B027  (most shapes have no such rules)
        """For rules between several fields; the fields themselves are checked already."""

    def __post_init__(self) -> None:
        for name, check in checks_of(type(self)).items():
            object.__setattr__(self, name, check(getattr(self, name), word_of(type(self)), name))
        self._check()

    def over(self, horizon: int) -> Course:
        """Lay it over a training.

        Args:
            horizon: Length of the training in updates.

        Returns:
            The course: the multiplier at every update. A schedule that does not fit is refused here.
        """
        from surefoot.schedules._course import Course

        return Course(self, horizon, horizon)

    def bind(self, *optimizers: Any, horizon: int, resume: Resume | None = None, key: Key = "lr") -> Driver:
        """Put it to work: the optimizers' present rates are the peaks that it multiplies.

        Args:
            optimizers: One or several, of torch or with its ``param_groups``.
            horizon: Length of the training in updates.
            resume: What to do when a state of another horizon is loaded: ``keep`` the old horizon, ``recompute`` the
                rate by the new one (it jumps), or ``replan``: stay at the present rate and plan the rest anew.
            key: What is multiplied: ``lr``, or ``weight_decay`` or ``momentum``, each by a driver of its own.

        Returns:
            A driver: call its ``step()`` after each update. With torch's optimizers it passes for a torch
            ``LRScheduler``.

        Raises:
            BadInput: The schedule does not fit the horizon, or an optimizer cannot be driven or is already.

        >>> from types import SimpleNamespace
        >>> from surefoot.schedules import cosine, warmup
        >>> optimizer = SimpleNamespace(param_groups=[{"lr": 0.5}])
        >>> driver = (warmup(2) >> cosine()).bind(optimizer, horizon=10)
        >>> optimizer.param_groups[0]["lr"]
        0.25
        >>> driver.step()
        >>> optimizer.param_groups[0]["lr"]
        0.5
        """
        from surefoot.driving import drive

        if not optimizers or any(isinstance(one, list | tuple | int) for one in optimizers):
            raise BadInput(
                "bind: expected an optimizer, or several one by one: schedule.bind(optimizer, horizon=10_000)"
            )
        return drive(self.over(horizon), optimizers, resume, key)

    def __rshift__(self, other: object) -> Schedule:
        """``a >> b``: first a, then b; at most one piece of a chain has no length.

        Returns:
            The chain.

        >>> from surefoot.schedules import decay, hold, warmup
        >>> warmup(500) >> hold() >> decay(0.2)
        warmup(500) >> hold() >> decay(0.2)
        """
        from surefoot.schedules._algebra import Then

        return Then((self, other)) if isinstance(other, Schedule) else NotImplemented

    def __mul__(self, other: Schedule | float) -> Schedule:
        """``a * b``: both at once, multiplied; ``a * 0.5`` is ``a.scale(0.5)``.

        Each part starts at the first update. The product takes as long as the longest part; the others hold
        their last value.

        Returns:
            The product.

        >>> from surefoot.schedules import cosine, warmup
        >>> (warmup(100) * cosine()).over(1000)(500)
        0.5
        """
        from surefoot.schedules._algebra import Product

        if isinstance(other, Schedule):
            return Product((self, other))
        return self.scale(other)

    def __rmul__(self, other: float) -> Schedule:
        return self.scale(other)

    def scale(self, factor: float) -> Schedule:
        """All values times ``factor``.

        Args:
            factor: Above 0.

        Returns:
            The scaled schedule.

        >>> from surefoot.schedules import cosine
        >>> cosine().scale(0.1).over(100)(50)
        0.05
        """
        from surefoot.schedules._algebra import Scale

        return Scale(self, factor)

    def clamp(self, low: float | None = None, high: float | None = None) -> Schedule:
        """No value below ``low`` or above ``high``.

        Args:
            low: Lower limit, a multiple of the peak rate.
            high: Upper limit.

        Returns:
            The limited schedule.

        >>> from surefoot.schedules import cosine
        >>> cosine().clamp(0.1).over(100)(99)
        0.1
        """
        from surefoot.schedules._algebra import Clamp

        return Clamp(self, low, high)

    def shift(self, by: float) -> Schedule:
        """Starts later; until then its first value is held.

        Args:
            by: How much later, a length: updates or a share of the horizon.

        Returns:
            The later schedule.

        >>> from surefoot.schedules import linear
        >>> linear(50).shift(100).over(1000)([0, 100, 125, 150]).tolist()
        [1.0, 1.0, 0.5, 0.0]
        """
        from surefoot.schedules._algebra import Shift

        return Shift(self, by)

    def repeat(self, times: int) -> Schedule:
        """Several times in a row: ``a.repeat(2)`` is ``a >> a``.

        A schedule without a length gets equal parts of what is left. Shares inside stay shares of the whole
        horizon.

        Args:
            times: How often.

        Returns:
            The repeated schedule.

        >>> from surefoot.schedules import cosine
        >>> cosine().repeat(4).over(1000)([0, 125, 250, 875, 1000]).tolist()
        [1.0, 0.5, 1.0, 0.5, 0.0]
        """
        from surefoot.schedules._algebra import Repeat

        return Repeat(self, times)

    def opposite(self, low: float) -> Schedule:
        """1 where this is 0, ``low`` where this is 1, in a straight line between: ``1 - (1 - low) min(s, 1)``.

        For a momentum that falls while the rate rises. Such a schedule multiplies the highest momentum; it is laid
        over the horizon by itself.

        Args:
            low: From 0 and below 1.

        Returns:
            The opposite schedule.

        >>> from surefoot.schedules import one_cycle
        >>> momentum = one_cycle(start=0, end=0).opposite(0.85 / 0.95).over(10)
        >>> [round(0.95 * momentum(step), 3) for step in (0, 3, 10)]
        [0.95, 0.85, 0.95]
        """
        from surefoot.schedules._algebra import Opposite

        return Opposite(self, low)

    def stretch(self, factor: float) -> Schedule:
        """All its lengths times ``factor``: updates (rounded, at least one) and shares alike.

        Args:
            factor: Above 0; below 1 it gets shorter.

        Returns:
            The same schedule with other lengths; a piece without length stays without. A share that would
            reach the whole horizon is refused.

        >>> from surefoot.schedules import decay, hold, warmup
        >>> (warmup(500) >> hold() >> decay(0.1)).stretch(2)
        warmup(1000) >> hold() >> decay(0.2)
        """
        factor = POSITIVE(factor, "stretch", "factor")
        checks = checks_of(type(self))

        def stretched(name: str, value: Any) -> Any:
            check = checks[name]
            if isinstance(check, ListCheck) and isinstance(check.each, LengthCheck):
                return tuple(_stretch_length(length, factor, self) for length in value)
            return _stretch_length(value, factor, self) if isinstance(check, LengthCheck) else value

        return self._rebuilt(stretched, lambda part: part.stretch(factor))

    def to_dict(self) -> dict[str, Any]:
        """As plain values for JSON or TOML; ``from_dict`` reads them back. What is ``None`` is left out.

        Returns:
            ``kind`` and the arguments; composites nest.

        >>> from surefoot.schedules import warmup
        >>> warmup(500).to_dict()
        {'kind': 'warmup', 'length': 500, 'start': 0.0}
        """
        values = {field.name: _to_plain(getattr(self, field.name)) for field in fields(cast("Any", self))}
        return {"kind": word_of(type(self))} | {k: v for k, v in values.items() if v is not None}

    def __str__(self) -> str:
        from surefoot.schedules._write import write

        return write(self)

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str | None:
        from surefoot.schedules._show import schedule_html

        return schedule_html(self)

    def _rebuilt(self, other: Callable[[str, Any], Any], part: Callable[[Schedule], Schedule]) -> Schedule:
        # The same kind with its fields changed: parts by ``part``, everything else by ``other``.
        def changed(name: str, value: Any) -> Any:
            if isinstance(value, Schedule):
                return part(value)
            if name == "parts":
                return tuple(part(p) for p in value)
            return other(name, value)

        names = [field.name for field in fields(cast("Any", self))]
        return replace(cast("Any", self), **{name: changed(name, getattr(self, name)) for name in names})


def word_of(kind: type[Schedule]) -> str:
    """Its name in text and dicts.

    Returns:
        The class's name in lower case.
    """
    return kind.__name__.lower()


@functools.cache
def checks_of(kind: type[Schedule]) -> dict[str, Check]:
    """The checks that the annotations of its fields carry.

    Returns:
        For each field its check.
    """
    hints = typing.get_type_hints(kind, include_extras=True)
    return {field.name: _check_of(hints[field.name]) for field in fields(cast("Any", kind))}


def _check_of(hint: Any) -> Check:
    if typing.get_origin(hint) is Literal:
        return ChoiceCheck(typing.get_args(hint))
    if hint is Schedule:
        return _check_part
    if hint == tuple[Schedule, ...]:
        return _check_parts
    return hint.__metadata__[0]


def _check_part(value: Any, owner: str, argument: str) -> Schedule:
    if isinstance(value, Schedule):
        return value
    raise BadArgument(*complaint(owner, argument, "a schedule", value))


def _check_parts(value: Any, owner: str, argument: str) -> tuple[Schedule, ...]:
    parts = tuple(_check_part(part, owner, argument) for part in value) if isinstance(value, list | tuple) else ()
    if len(parts) < 2:
        raise BadArgument(*complaint(owner, argument, "two schedules or more", value))
    return parts


def _stretch_length(length: float | None, factor: float, schedule: Schedule) -> int | float | None:
    if length is None:
        return None
    longer = exact(length) * exact(factor)
    if isinstance(length, int):
        return max(1, whole(longer))
    if longer >= 1:
        raise BadSchedule(
            f"({schedule}).stretch({factor!r}): {length!r} of the horizon would become {float(longer):g}, "
            "and a share has to stay below 1. Use a smaller factor."
        )
    return float(longer)


def _to_plain(value: Any) -> Any:
    if isinstance(value, Schedule):
        return value.to_dict()
    return [_to_plain(part) for part in value] if isinstance(value, tuple) else value
