from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Collection, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from surefoot.checkpoints import Checkpoints
from surefoot.records import Answer, Curve, Facts, Next, Records, Segment, Stage, Tick
from surefoot.store import _schema
from surefoot.store._codec import from_json, to_json
from surefoot.store._lease import Lease
from surefoot.store._order import ordered
from surefoot.store._ticks import Later

if TYPE_CHECKING:
    from surefoot.search import Settings
    from surefoot.store._store import Store

# A stage behind those that are there. Built once: putting it together takes longer than carrying it out.
_BEHIND = func.coalesce(func.max(_schema.stages.c.number) + 1, 0)
_ONE_MORE = insert(_schema.stages).values(
    number=select(_BEHIND).where(_schema.stages.c.study == bindparam("of")).scalar_subquery()
)


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision as it was recorded: what was known, what was chosen, and why.

    Attributes:
        after: Stages known when it was made.
        why: The reason.
        segments: What was to be run; none for an answer.
        finish: Whether they belong to the training with the found rate, and not to the search for it.
    """

    after: int
    why: str
    segments: tuple[Segment, ...]
    finish: bool


class Study:
    """One study in the store. Has state: the lease while it is held.

    Args:
        store: Where it lies.
        number: Its key there.
        name: As the user calls it.
    """

    def __init__(self, store: Store, number: int, name: str):
        self.name = name
        self._store = store
        self._number = number
        self._mine = _schema.studies.c.id == number
        self._lease = Lease(store, number, name)
        self._later: Later | None = None

    @property
    def folder(self) -> Path | None:
        """Where its files lie, such as what a program printed; ``None`` where its store keeps none."""
        return None if self._store.folder is None else self._store.folder / "files" / self._folder_name()

    def _folder_name(self) -> str:
        """What its folders are called: a later study of the same name, or one of another store, has others."""
        named = f"{self.name} {self._column(_schema.studies.c.created)!r}"
        readable = re.sub(r"[^A-Za-z0-9_-]+", "_", self.name)[:60]
        return f"{readable}-{hashlib.sha256(named.encode()).hexdigest()[:8]}"

    def settings(self) -> Settings:
        """What its search was told.

        Returns:
            The settings of the last ``find`` on it.
        """
        from surefoot.search import Settings  # brings NumPy, which a list of studies does not need

        return from_json(Settings, self._column(_schema.studies.c.setup))

    def facts(self) -> Facts:
        """What preflight found when it began.

        Returns:
            The facts.
        """
        return from_json(Facts, self._column(_schema.studies.c.facts))

    def task(self) -> dict[str, Any]:
        """Where it came from, for people.

        Returns:
            Plain values.
        """
        return json.loads(self._column(_schema.studies.c.task))

    def answer(self) -> Answer | None:
        """Its answer.

        Returns:
            ``None`` before there is one.
        """
        text = self._column(_schema.studies.c.answer)
        return None if text is None else from_json(Answer, text)

    def _column(self, column: Any) -> Any:
        with self._store.writing() as connection:
            return connection.execute(select(column).where(self._mine)).scalar()

    def records(self) -> Records:
        """All stages in the order they were decided, whatever the order they came back in.

        Returns:
            The records, with nothing pending.
        """
        table = _schema.stages
        query = select(table.c.record).where(table.c.study == self._number).order_by(table.c.number)
        with self._store.writing() as connection:
            stages = [from_json(Stage, text) for text in connection.execute(query).scalars()]
        return ordered(stages, (segment for decision in self.decided() for segment in decision.segments))

    def decided(self) -> list[Decided]:
        """All decisions in order.

        Returns:
            One a decision; the answer has no segments.
        """
        table = _schema.decisions
        query = select(table).where(table.c.study == self._number).order_by(table.c.number)
        with self._store.writing() as connection:
            rows = connection.execute(query).all()
        found: list[Decided] = []
        for row in rows:
            chosen = from_json(Next, row.record) if '"segments"' in row.record else Next((), row.why)
            found.append(Decided(row.after, row.why, chosen.segments, chosen.finish))
        return found

    def outstanding(self) -> tuple[Segment, ...]:
        """Segments that search decided on and that did not come back.

        Returns:
            In the order they were decided.
        """
        known = {stage.segment for stage in self.records().stages}
        sought = (s for decision in self.decided() if not decision.finish for s in decision.segments)
        return tuple(dict.fromkeys(segment for segment in sought if segment not in known))

    def checkpoints(self) -> Checkpoints:
        """Where the states of its trials are kept: a folder of its own beside the store.

        Returns:
            A temporary one where nothing is to be kept.
        """
        if self._store.folder is None:
            return Checkpoints.temporary()
        return Checkpoints(self._store.folder / "checkpoints" / self._folder_name())

    def change(self, settings: Settings) -> None:
        """Go on with other settings: a larger budget, another tolerance; its answer is open again."""
        with self._store.writing() as connection:
            self._lease.write(connection, setup=to_json(settings), answer=None, brief=None)

    def decide(self, decision: Next | Answer, after: int) -> None:
        """Record a decision, before anything is built on it; the same one twice is recorded once.

        Args:
            decision: Segments or the answer.
            after: How many stages were known.
        """
        with self._store.writing() as connection:
            self._decide(connection, decision, after)

    def _decide(self, connection: Connection, decision: Next | Answer, after: int) -> None:
        table, record = _schema.decisions, to_json(decision)
        values: dict[str, Any] = {}
        if isinstance(decision, Answer):
            values = {"answer": record, "brief": to_json(replace(decision, curve=Curve()))}
        self._lease.write(connection, changed=time.time(), **values)
        mine = table.c.study == self._number
        query = select(table.c.number, table.c.record).where(mine).order_by(table.c.number.desc()).limit(1)
        known = connection.execute(query).first()
        if known is not None and known.record == record:
            return
        row = {"number": 0 if known is None else known.number + 1, "after": after, "why": decision.why}
        connection.execute(insert(table).values(study=self._number, record=record, at=time.time(), **row))

    def commit(
        self, stage: Stage, ticks: Sequence[Tick], decision: Next | Answer | None = None, after: int = 0
    ) -> None:
        """Record a stage and what is decided on it, both or neither. Its ticks follow while the next segment is run.

        Args:
            stage: What came of a segment.
            ticks: Its updates, thinned.
            decision: What it led to; ``None`` while others of its round are out.
            after: How many stages were known when that was decided, this one among them.
        """
        segment = stage.segment
        with self._store.writing() as connection:
            self._lease.write(connection, changed=time.time())
            connection.execute(
                _ONE_MORE,
                {
                    "of": self._number,
                    "study": self._number,
                    "key": segment.key,
                    "lr": segment.trial.lr,
                    "seed": segment.trial.seed,
                    "at": time.time(),
                    **_said(stage),
                },
            )
            if decision is not None:
                self._decide(connection, decision, after)
        self._put(segment, ticks)

    def mend(self, stage: Stage, ticks: Sequence[Tick] = ()) -> None:
        """Record anew a stage whose segment was run again, because its end was lost or is to be kept now.

        Args:
            stage: In the place of what was recorded of its segment.
            ticks: In the place of its updates; none leaves those as they are.
        """
        stages, old = _schema.stages, _schema.ticks
        with self._store.writing() as connection:
            self._lease.write(connection, changed=time.time())
            same = (stages.c.study == self._number, stages.c.key == stage.segment.key)
            connection.execute(update(stages).where(*same).values(**_said(stage)))
            if ticks:
                same = (old.c.study == self._number, old.c.key == stage.segment.key)
                connection.execute(delete(old).where(*same))
        self._put(stage.segment, ticks)

    def _put(self, segment: Segment, ticks: Sequence[Tick]) -> None:
        if ticks:
            write = self._write_ticks if self._later is None else self._later.put
            write(segment, ticks)

    def let_go(self, stages: int) -> None:
        """Record that the states of the first so many stages are removed on purpose, before they are."""
        with self._store.writing() as connection:
            self._lease.write(connection, let_go=stages)

    def gone(self) -> int:
        """How many of its first stages have had their states removed on purpose; a model to be kept is not among them.

        Returns:
            A number of stages.
        """
        return self._column(_schema.studies.c.let_go)

    def _write_ticks(self, segment: Segment, ticks: Sequence[Tick]) -> None:
        rows = [
            {
                "study": self._number,
                "key": segment.key,
                "step": tick.step,
                "lr": tick.lr,
                "loss": tick.loss if tick.loss - tick.loss == 0 else None,  # SQL has no NaN
                "seconds": tick.seconds,
            }
            for tick in ticks
        ]
        with self._store.writing(lazily=True) as connection:
            self._lease.write(connection, changed=time.time())
            connection.execute(insert(_schema.ticks), rows)

    def ticks(self, segment: Segment) -> list[Tick]:
        """The recorded updates of a segment.

        Args:
            segment: Whose.

        Returns:
            In order; a loss that was not finite is NaN.
        """
        if self._later is not None:
            self._later.wait()
        table = _schema.ticks
        query = select(table.c.step, table.c.lr, table.c.loss, table.c.seconds).order_by(table.c.step)
        query = query.where(table.c.study == self._number, table.c.key == segment.key)
        with self._store.writing() as connection:
            rows = connection.execute(query).all()
        return [Tick(step, lr, float("nan") if loss is None else loss, seconds) for step, lr, loss, seconds in rows]

    def all_ticks(self, but: Collection[str] = ()) -> dict[str, list[Tick]]:
        """The recorded updates of all segments, in one go.

        Args:
            but: Keys of segments that are not wanted: whoever looks on has them already.

        Returns:
            By key of the segment, in order; a loss that was not finite is NaN.
        """
        table = _schema.ticks
        query = select(table.c.key, table.c.step, table.c.lr, table.c.loss, table.c.seconds).order_by(table.c.step)
        query = query.where(table.c.study == self._number, table.c.key.not_in(but))
        found: dict[str, list[Tick]] = {}
        with self._store.writing() as connection:
            rows = connection.execute(query).all()
        for key, step, lr, loss, seconds in rows:
            found.setdefault(key, []).append(Tick(step, lr, float("nan") if loss is None else loss, seconds))
        return found

    def remove(self) -> None:
        """Take all of it out of the database; its files are not touched."""
        with self._store.writing() as connection:
            self._lease.write(connection, changed=time.time())
            for table in (_schema.ticks, _schema.decisions, _schema.stages):
                connection.execute(delete(table).where(table.c.study == self._number))
            connection.execute(delete(_schema.studies).where(self._mine))

    def left_behind(self) -> str:
        """Whose lease is still there although nobody works on it; holding the study ends it.

        Returns:
            A sentence; empty when there is none.
        """
        there = self._lease.left_behind()
        if there is None:
            return ""
        return f"process {there.process} on {there.host} ended without giving it back: it is free now"

    @contextmanager
    def held(self) -> Generator[None]:
        """Hold the study: no other process may work on it meanwhile.

        Yields:
            Nothing; while inside, a sign of life is written every few seconds, and updates follow their stages.

        Raises:
            StudyBusy: Another process holds it; says which and since when. Also what writes inside raises this, once
                another process has taken over.
        """
        with self._lease.held():
            self._later = Later(self._write_ticks)
            try:
                yield
            finally:
                later, self._later = self._later, None
                later.close()


def _said(stage: Stage) -> dict[str, Any]:
    """The columns of a stage that change when its segment is run again."""
    updates = stage.cost.updates + stage.again.updates
    return {"updates": updates, "state": stage.state, "score": stage.score, "record": to_json(stage)}
