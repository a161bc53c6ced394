"""A schedule laid over a horizon."""

from __future__ import annotations

import numbers
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any, overload

from surefoot.errors import BadInput, BadSchedule
from surefoot.schedules._algebra import Then
from surefoot.schedules._checks import plain
from surefoot.schedules._lay import Lay
from surefoot.schedules._maths import ONE, Curve, Maths, many
from surefoot.schedules._schedule import Schedule

_BLOCK = 8192  # updates at a time: what is computed on the way stays in the cache

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of the outermost chain.

    Attributes:
        start: Its first update.
        stop: One past its last update.
        schedule: What it is.
    """

    start: int
    stop: int
    schedule: Schedule


@dataclass(frozen=True, slots=True, repr=False)
class Course:
    """The multiplier of the peak rate at every update of a training: ``course(step)``.

    After its end a schedule holds its last value, so that a training may run longer than planned.

    Attributes:
        schedule: What is laid.
        horizon: Updates of the training.
        planned: The horizon that lengths in updates were written for; differs when it was shrunk.

    >>> from surefoot.schedules import cosine, warmup
    >>> course = (warmup(100) >> cosine()).over(1000)
    >>> course(0), course(550), course(5000)
    (0.01, 0.5, 0.0)
    >>> course([99, 100, 550]).tolist()
    [1.0, 1.0, 0.5]
    >>> course.shrunk(10)(0)
    1.0
    """

    schedule: Schedule
    horizon: int
    planned: int
    _curve: Curve = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "horizon", _updates(self.horizon))
        object.__setattr__(self, "planned", _updates(self.planned))
        object.__setattr__(self, "_curve", self._laid.place(self.schedule, self.horizon, 1.0))

    @overload
    def __call__(self, step: int) -> float: ...
    @overload
    def __call__(self, step: Sequence[int] | NDArray[Any]) -> NDArray[np.float64]: ...
    def __call__(self, step: int | Sequence[int] | NDArray[Any]) -> float | NDArray[np.float64]:
        """The multiplier at one update, or at many.

        Args:
            step: Index of the update, from 0; or a sequence or array of them in any order and shape.

        Returns:
            A float; or float64 of the same shape, whose last place may differ from that of the float: some processors
            compute powers of arrays otherwise. Drivers ask for one update at a time.

        Raises:
            BadInput: A step is negative or not whole.
        """
        if type(step) is not int and not isinstance(step, numbers.Integral):
            return self._at_all(step)
        if step < 0:
            raise BadInput(f"step must be 0 or more, given {step}. The first update is step 0.")
        return self._curve(min(int(step), self.horizon), ONE)

    def each(self) -> Callable[[int], float]:
        """The same function for one whole step from 0 at a time, without checks: for loops that step.

        Returns:
            What gives the multiplier at an update.
        """
        curve, horizon = self._curve, self.horizon
        return lambda step: curve(step if step < horizon else horizon, ONE)

    def traced(self, t: Any, maths: Maths) -> Any:
        """The same formula for something else than numbers: for writing it down as code.

        Args:
            t: The update, at most the horizon, with arithmetic of its own.
            maths: The functions for it.

        Returns:
            What the arithmetic makes; a number where the multiplier does not depend on the update.
        """
        return self._curve(t, maths)

    def shrunk(self, horizon: int) -> Course:
        """The same course over another horizon, all its lengths in proportion, lengths in updates too.

        Every piece keeps at least one update. Lengths are taken from the first horizon, not from the last, so
        that shrinking in several steps is the same as shrinking at once. Fewer updates than pieces are
        refused.

        Args:
            horizon: Updates, fewer or more.

        Returns:
            The shrunk course.

        >>> from surefoot.schedules import parse
        >>> course = parse("warmup(100) >> hold() >> decay(0.2)").over(1000)
        >>> [(piece.start, piece.stop) for piece in course.shrunk(50).pieces]
        [(0, 5), (5, 40), (40, 50)]
        """
        return Course(self.schedule, horizon, self.planned)

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """The pieces of the outermost chain, in order; one for a schedule that is no chain."""
        lay = self._laid
        if isinstance(self.schedule, Then):
            parts, ends = self.schedule.parts, self.schedule.ends(lay, self.horizon)
        else:
            parts, ends = (
                (self.schedule,),
                lay.split(self.schedule, [self.schedule.size(lay)], self.horizon),
            )
        return tuple(map(Piece, [0, *ends[:-1]], ends, parts))

    @property
    def trunk(self) -> tuple[int, int] | None:
        """The updates ``(start, stop)`` at the constant peak from which a training can be continued.

        That is ``hold`` or ``constant`` as the last piece (it then lasts to the horizon), or as the last but
        one with a fall after it, and with nothing higher before it. ``None`` when there is no such piece.

        >>> from surefoot.schedules import parse
        >>> parse("warmup(100) >> hold() >> decay(0.2)").over(1000).trunk
        (100, 800)
        """
        pieces = self.pieces
        for i, piece in enumerate(pieces):
            level = self(piece.start)
            if not piece.schedule.flat or level == 0 or any(self(before.start) > level for before in pieces[:i]):
                continue
            if i == len(pieces) - 1:
                return piece.start, self.horizon
            if i == len(pieces) - 2 and self(self.horizon) < level:
                return piece.start, piece.stop
        return None

    @property
    def _laid(self) -> Lay:
        return Lay(self.horizon, Fraction(self.horizon, self.planned))

    def _at_all(self, step: Any) -> NDArray[np.float64]:
        import numpy as np

        steps = np.asarray(step)
        if steps.size and steps.dtype.kind not in "iu":
            raise BadInput(f"steps must be whole numbers, given {step!r}. Convert them: steps.astype(int).")
        flat = steps.ravel()
        values = np.empty(flat.shape)
        for first in range(0, flat.size, _BLOCK):
            here = slice(first, first + _BLOCK)
            values[here] = self._at_block(np.minimum(flat[here], self.horizon).astype(np.int64, copy=False))
        return values.reshape(steps.shape)

    def _at_block(self, steps: NDArray[np.int64]) -> Any:
        import numpy as np

        if steps.min() < 0:
            raise BadInput(f"steps must be 0 or more, given {int(steps.min())}. The first update is step 0.")
        if bool((steps[1:] >= steps[:-1]).all()):
            return self._curve(steps, many())
        order = np.argsort(steps, kind="stable")
        values = np.empty(steps.shape)
        values[order] = self._curve(steps[order], many())
        return values

    def __reduce__(self) -> tuple[type[Course], tuple[Schedule, int, int]]:
        return Course, (self.schedule, self.horizon, self.planned)

    def __repr__(self) -> str:
        shrunk = "" if self.planned == self.horizon else f".over({self.planned}).shrunk({self.horizon})"
        return f"({self.schedule}){shrunk or f'.over({self.horizon})'}"

    def _repr_html_(self) -> str:
        from surefoot.schedules._show import course_html

        return course_html(self)


def _updates(horizon: object) -> int:
    updates = plain(horizon)
    if isinstance(updates, int) and updates >= 1:
        return updates
    raise BadSchedule(
        "horizon must be the length of the training in optimizer updates, a whole number from 1, "
        f"given {horizon!r}. From epochs: epochs * len(loader) // accumulation."
    )
