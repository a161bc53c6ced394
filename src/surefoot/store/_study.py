from __future__ import annotations

import hashlib
import json
import os
import re
import socket
import threading
import time
import uuid
from collections.abc import Collection, Generator, Hashable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, delete, func, insert, select, update

from surefoot.checkpoints import Checkpoints
from surefoot.errors import StudyBusy
from surefoot.records import Answer, Facts, Next, Records, Segment, Stage, Tick
from surefoot.search import Settings
from surefoot.store import _schema
from surefoot.store._codec import from_json, to_json

if TYPE_CHECKING:
    from surefoot.store._store import Store

_BEAT = 5.0  # seconds between two signs of life
_LOST = 30.0  # seconds without one after which a holder on another machine counts as gone
_HELD: set[str] = set()  # what this process holds itself
_RECYCLED = 600.0  # seconds without one after which a running process of that number is taken for another one


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


@dataclass(frozen=True, slots=True)
class Summary:
    """A study in one line.

    Attributes:
        name: Of the study.
        changed: Seconds since 1970.
        stages: How many are recorded.
        updates: Spent so far.
        state: ``answered``, ``running`` or ``stopped``.
        answer: Once there is one.
        heard: Last sign of life, in seconds since 1970, of the process that has not given it back; 0 without one.
    """

    name: str
    changed: float
    stages: int
    updates: int
    state: str
    answer: Answer | None
    heard: float = 0.0


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
        self._token: str | None = None

    @property
    def folder(self) -> Path | None:
        """Where its files lie, such as what a program printed; ``None`` where its store keeps none."""
        return None if self._store.folder is None else self._store.folder / "files" / str(self._number)

    def settings(self) -> Settings:
        """What its search was told.

        Returns:
            The settings of the last ``find`` on it.
        """
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
        """All stages in the order they were decided.

        Returns:
            The records, with nothing pending.
        """
        table = _schema.stages
        query = select(table.c.record).where(table.c.study == self._number).order_by(table.c.number)
        with self._store.writing() as connection:
            return Records(tuple(from_json(Stage, text) for text in connection.execute(query).scalars()))

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
        named = f"{self.name} {self._column(_schema.studies.c.created)!r}"  # a later study may have the same name
        readable = re.sub(r"[^A-Za-z0-9_-]+", "_", self.name)[:60]
        return Checkpoints(
            self._store.folder / "checkpoints" / f"{readable}-{hashlib.sha256(named.encode()).hexdigest()[:8]}"
        )

    def change(self, settings: Settings) -> None:
        """Go on with other settings: a larger budget, another tolerance; its answer is open again."""
        with self._store.writing() as connection:
            self._write(connection, setup=to_json(settings), answer=None)

    def decide(self, decision: Next | Answer, after: int) -> None:
        """Record a decision, before anything is built on it; the same one twice is recorded once.

        Args:
            decision: Segments or the answer.
            after: How many stages were known.
        """
        table, record = _schema.decisions, to_json(decision)
        values: dict[str, Any] = {"answer": record} if isinstance(decision, Answer) else {}
        with self._store.writing() as connection:
            self._write(connection, changed=time.time(), **values)
            known = connection.execute(
                select(table.c.number, table.c.record)
                .where(table.c.study == self._number)
                .order_by(table.c.number.desc())
                .limit(1)
            ).first()
            if known is None or known.record != record:
                connection.execute(
                    insert(table).values(
                        study=self._number,
                        number=0 if known is None else known.number + 1,
                        after=after,
                        why=decision.why,
                        record=record,
                        at=time.time(),
                    )
                )

    def commit(self, stage: Stage, ticks: Sequence[Tick]) -> None:
        """Record a stage and its ticks, in one transaction.

        A segment whose end is kept may be run again, where that is no longer there or was not kept before: it takes
        the place of its stage, with the cost of both.

        Args:
            stage: What came of a segment.
            ticks: Its updates, thinned.
        """
        segment = stage.segment
        with self._store.writing() as connection:
            self._write(connection, changed=time.time())
            number, stage = self._placed(connection, stage)
            connection.execute(
                insert(_schema.stages).values(
                    study=self._number,
                    number=number,
                    key=segment.key,
                    lr=segment.trial.lr,
                    seed=segment.trial.seed,
                    updates=stage.cost.updates,
                    state=stage.state,
                    score=stage.score,
                    record=to_json(stage),
                    at=time.time(),
                )
            )
            if ticks:
                connection.execute(insert(_schema.ticks), [self._tick_row(segment, tick) for tick in ticks])

    def _write(self, connection: Connection, **values: Any) -> None:
        """Change the study's row, first in every transaction: a process that has lost the study writes nothing more."""
        held = [] if self._token is None else [_schema.studies.c.holder == self._token]
        if connection.execute(update(_schema.studies).where(self._mine, *held).values(**values)).rowcount != 1:
            raise StudyBusy(
                f"study {self.name!r} was taken over or deleted while this process gave no sign of life (asleep, or"
                " stopped?): it keeps nothing more. What was finished before is kept; the same --study goes on from it"
            )

    def _placed(self, connection: Connection, stage: Stage) -> tuple[int, Stage]:
        """The number of a stage and what is recorded of it; what was recorded of its segment before is taken out."""
        stages, ticks, key = _schema.stages, _schema.ticks, stage.segment.key
        mine, same = stages.c.study == self._number, stages.c.key == key
        before = connection.execute(select(stages.c.number, stages.c.record).where(mine, same)).first()
        if before is None or not (stage.segment.keep or stage.segment.branch == "trunk"):
            return connection.execute(select(func.count()).select_from(stages).where(mine)).scalar_one(), stage
        connection.execute(delete(stages).where(mine, same))
        connection.execute(delete(ticks).where(ticks.c.study == self._number, ticks.c.key == key))
        return before.number, replace(stage, cost=stage.cost + from_json(Stage, before.record).cost)

    def _tick_row(self, segment: Segment, tick: Tick) -> dict[str, Any]:
        loss = tick.loss if tick.loss - tick.loss == 0 else None  # SQL has no NaN
        row = {"study": self._number, "key": segment.key, "step": tick.step, "lr": tick.lr}
        return row | {"loss": loss, "seconds": tick.seconds}

    def ticks(self, segment: Segment) -> list[Tick]:
        """The recorded updates of a segment.

        Args:
            segment: Whose.

        Returns:
            In order; a loss that was not finite is NaN.
        """
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
            self._write(connection, changed=time.time())
            for table in (_schema.ticks, _schema.decisions, _schema.stages):
                connection.execute(delete(table).where(table.c.study == self._number))
            connection.execute(delete(_schema.studies).where(self._mine))

    def left_behind(self) -> str:
        """Whose lease is still there although nobody works on it; holding the study ends it.

        Returns:
            A sentence; empty when there is none.
        """
        holder = self._column(_schema.studies.c.holder)
        if holder is None:
            return ""
        there = json.loads(holder)
        return f"process {there['process']} on {there['host']} ended without giving it back: it is free now"

    @contextmanager
    def held(self) -> Generator[None]:
        """Hold the study: no other process may work on it meanwhile.

        Yields:
            Nothing; while inside, a sign of life is written every few seconds.

        Raises:
            StudyBusy: Another process holds it; says which and since when. Also what writes inside raises this, once
                another process has taken over.
        """
        me = {"host": socket.gethostname(), "process": os.getpid(), "since": time.time(), "id": uuid.uuid4().hex}
        token = to_json(me)
        _HELD.add(token)  # before it can be read in the store: another thread of ours must not take it for left behind
        try:
            self._take(me, token)
            self._token = token
            yield from self._kept(token)
        finally:
            self._token = None
            _HELD.discard(token)

    def _take(self, me: dict[str, Any], token: str) -> None:
        columns = _schema.studies.c
        with self._store.writing() as connection:
            row = connection.execute(select(columns.holder, columns.heartbeat).where(self._mine)).one()
            taken = update(_schema.studies).where(self._mine, columns.holder.is_not_distinct_from(row.holder))
            if _alive(row.holder, row.heartbeat, me):
                raise StudyBusy(self._busy(json.loads(row.holder)))
            if connection.execute(taken.values(holder=token, heartbeat=time.time())).rowcount != 1:
                raise StudyBusy(f"study {self.name!r} was just taken by another process; try again when it is done")

    def _kept(self, token: str) -> Generator[None]:
        columns = _schema.studies.c
        done = threading.Event()
        beat = threading.Thread(target=self._beat, args=(done, token), daemon=True)
        beat.start()
        try:
            yield
        finally:
            done.set()
            beat.join()
            with self._store.writing() as connection:
                connection.execute(
                    update(_schema.studies).where(self._mine, columns.holder == token).values(holder=None)
                )

    def _busy(self, holder: dict[str, Any]) -> str:
        since = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(holder["since"]))
        return (
            f"study {self.name!r} is being worked on by process {holder['process']} on {holder['host']} since {since}:"
            " wait for it, stop it, or use another --study name"
        )

    def _beat(self, done: threading.Event, token: str) -> None:
        while not done.wait(_BEAT):
            try:
                with self._store.writing() as connection:
                    connection.execute(
                        update(_schema.studies)
                        .where(self._mine, _schema.studies.c.holder == token)
                        .values(heartbeat=time.time())
                    )
            except Exception:  # noqa: BLE001  (a missed sign of life is not worth a training)
                continue


def _alive(holder: str | None, heartbeat: float | None, me: dict[str, Any]) -> bool:
    """Whether the recorded holder is still at work; a dead process on this machine is not."""
    if holder is None:
        return False
    there = json.loads(holder)
    silent = time.time() - (heartbeat or 0.0)
    if there["host"] == me["host"] and there["process"] == os.getpid():
        return holder in _HELD
    if there["host"] == me["host"]:
        return _runs(there["process"]) and silent < _RECYCLED
    return silent < _LOST


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def summaries(connection: Connection, names: Collection[str] | None = None) -> list[Summary]:
    """Studies, newest first.

    Args:
        connection: To the store.
        names: Which; all without.

    Returns:
        A line each.
    """
    studies, stages = _schema.studies, _schema.stages
    counts = (
        select(stages.c.study, func.count().label("stages"), func.sum(stages.c.updates).label("updates"))
        .group_by(stages.c.study)
        .subquery()
    )
    query = (
        select(studies, counts.c.stages, counts.c.updates)
        .outerjoin(counts, counts.c.study == studies.c.id)
        .order_by(studies.c.changed.desc(), studies.c.id.desc())
    )
    if names is not None:
        query = query.where(studies.c.name.in_(names))
    me = {"host": socket.gethostname(), "process": -1}
    found: list[Summary] = []
    for row in connection.execute(query):
        state = "running" if _alive(row.holder, row.heartbeat, me) else "answered" if row.answer else "stopped"
        answer = from_json(Answer, row.answer) if row.answer else None
        heard = row.heartbeat or 0.0 if row.holder else 0.0
        found.append(Summary(row.name, row.changed, row.stages or 0, row.updates or 0, state, answer, heard))
    return found


def pulse(connection: Connection, names: Collection[str] | None = None) -> Hashable:
    """What is different whenever a study changed, or somebody began or ceased to work on it.

    Args:
        connection: To the store.
        names: Which studies; all without.

    Returns:
        A value to compare.
    """
    studies = _schema.studies.c
    query = select(studies.id, studies.changed, studies.answer.is_(None), studies.holder, studies.heartbeat)
    if names is not None:
        query = query.where(studies.name.in_(names))
    me = {"host": socket.gethostname(), "process": -1}
    return tuple(
        (number, changed, open_, holder, _alive(holder, heartbeat, me))
        for number, changed, open_, holder, heartbeat in connection.execute(query.order_by(studies.id))
    )
