from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from surefoot.errors import BadInput
from surefoot.logs._names import matching, near, plain, training_loss
from surefoot.logs._row import Row

_RATES = ("lr", "learning_rate")
_GAP = 10  # usual distances between two values that make a gap


@dataclass(frozen=True, slots=True)
class Point:
    """One logged training loss.

    Attributes:
        step: Updates done, or epochs, or rows, whatever the log counts.
        loss: The loss; NaN and infinity too.
        lr: The rate logged with it, if one was.
        first: A new training begins with it: what came before belongs to another one.
    """

    step: float
    loss: float
    lr: float | None = None
    first: bool = False


class LossLog:
    """Finds the training loss among what was logged, and puts it in order. Has state: where in the log it is.

    Memory does not grow with the log. A step that was logged before (twice, out of order, or again after going on
    from a checkpoint) is left out; a step back to the very beginning is the start of another training.

    Args:
        name: Of the loss; ``None``: the one that is called so.
        wait: Rows after which its name must be known.
    """

    def __init__(self, name: str | None = None, wait: int = 1000):
        self.name: str | None = None
        self.unit = "row"
        self._wanted, self._wait = name, wait
        self._waiting: list[Row] | None = []
        self._counts: Counter[str] = Counter()
        self._passing_too = False
        self._rate: str | None = None
        self._begin = self._last = self._usual = 0.0
        self._points = self._doubled = self._backs = self._trainings = 0
        self._behind = False
        self._gap: tuple[float, float] | None = None

    def feed(self, rows: Iterable[Row]) -> list[Point]:
        """Take what was logged next.

        Args:
            rows: In the order of the log.

        Returns:
            The losses that are new and in order.

        Raises:
            BadInput: Nothing in the log is called a training loss.
        """
        if self._waiting is None:
            return list(self._points_of(rows))
        for row in rows:
            self._waiting.append(row)
            self._counts.update(row.values.keys())
        return self._choose() if len(self._waiting) >= self._wait else []

    def close(self) -> list[Point]:
        """The log is at its end.

        Returns:
            The losses that waited for their name to be clear.

        Raises:
            BadInput: Nothing in the log is called a training loss, or it holds no number at all.
        """
        return [] if self._waiting is None else self._choose()

    def notes(self) -> tuple[str, ...]:
        """What was odd about the log.

        Returns:
            Sentences.
        """
        notes: list[str] = []
        if self._trainings > 1:
            notes.append(f"the log holds {self._trainings} trainings, each from its beginning: the last one is judged")
        if self._backs:
            times = "once" if self._backs == 1 else f"{self._backs} times"
            notes.append(
                f"the {self.unit} went back {times} (a restart from a checkpoint, or lines out of order): values up to"
                " where it had been are left out"
            )
        if self._doubled:
            notes.append(f"{self._doubled:,} values of a {self.unit} that was logged already are left out")
        if self._gap is not None:
            notes.append(f"nothing was logged between {self.unit} {self._gap[0]:,.12g} and {self._gap[1]:,.12g}")
        return tuple(notes)

    def _choose(self) -> list[Point]:
        rows, self._waiting = self._waiting or [], None
        names = dict.fromkeys(name for row in rows for name in row.values)
        if not names:
            raise BadInput("no number in this log: expected a training loss, in lines like 'step=10 loss=2.3'")
        self.name = self._named(list(names))
        holding = [row for row in rows if self.name in row.values]
        self._passing_too = all(row.passing for row in holding)
        holding = [row for row in holding if self._passing_too or not row.passing]
        self._rate = next((name for name in holding[0].values if plain(name).rpartition("train_")[2] in _RATES), None)
        for unit in ("step", "epoch"):
            if all(getattr(row, unit) is not None for row in holding):
                self.unit = unit
                break
        return list(self._points_of(rows))

    def _named(self, names: list[str]) -> str:
        have = f"it has {', '.join(names[:20])}{', ...' if len(names) > 20 else ''}"
        if self._wanted is None:
            found = training_loss(self._counts)
            if found is None:
                raise BadInput(f"nothing in this log is called a training loss: {have}. Say which: --loss NAME")
            return found
        fitting = matching(self._wanted, names)
        if len(fitting) == 1:
            return fitting[0]
        close = fitting or near(self._wanted, names)
        hint = f" Did you mean {' or '.join(close)}?" if close else ""
        problem = "is not in this log" if not fitting else "may mean several of its columns"
        raise BadInput(f"--loss {self._wanted} {problem}: {have}.{hint}")

    def _points_of(self, rows: Iterable[Row]) -> Iterator[Point]:
        for row in rows:
            loss = row.values.get(self.name or "")
            if loss is None or (row.passing and not self._passing_too):
                continue
            step = {"step": row.step, "epoch": row.epoch}.get(self.unit)
            point = self._ordered(float(self._points) if step is None else float(step), loss, row)
            if point is not None:
                yield point

    def _ordered(self, step: float, loss: float, row: Row) -> Point | None:
        first = not self._trainings or (step <= self._begin and step < self._last)
        if first:
            self._trainings += 1
            self._begin, self._usual, self._behind, self._gap = step, 0.0, False, None
        elif step == self._last:
            self._doubled += 1
            return None
        elif step < self._last:
            self._backs += not self._behind
            self._behind = True
            return None
        else:
            self._distance(step)
        self._behind = False
        self._last = step
        self._points += 1
        return Point(step, loss, None if self._rate is None else row.values.get(self._rate), first)

    def _distance(self, step: float) -> None:
        distance = step - self._last
        if self._usual and distance > _GAP * self._usual:
            longest = self._gap is None or distance > self._gap[1] - self._gap[0]
            self._gap = (self._last, step) if longest else self._gap
        else:
            self._usual = distance if not self._usual else 0.9 * self._usual + 0.1 * distance
