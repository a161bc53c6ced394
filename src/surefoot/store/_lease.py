from __future__ import annotations

import os
import socket
import threading
import time
import uuid
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import Connection, bindparam, select, update

from surefoot.errors import StoreError, StudyBusy
from surefoot.store import _schema
from surefoot.store._clock import now
from surefoot.store._codec import from_json, to_json

if TYPE_CHECKING:
    from surefoot.store._store import Store

LEASE = 30.0  # seconds that a lease lasts after a sign of life
BEAT = 5.0  # seconds between two signs of life
WATCH = 11.0  # seconds without one in which a holder whose lease looks expired shows that it is gone: two beats
_LOOK = 0.1  # seconds between two looks at it
_HELD: set[str] = set()  # what this process holds itself

_columns = _schema.studies.c
_OPEN = update(_schema.studies).where(_columns.id == bindparam("this"))  # built once: that costs as much as a commit
_FENCED = _OPEN.where(_columns.fence == bindparam("held"))


@dataclass(frozen=True, slots=True)
class Holder:
    """Who works on a study.

    Attributes:
        host: Its name.
        process: Its number there.
        since: Seconds since 1970, by its own clock: for people.
        place: Host, boot and process namespace; in an equal one a number means the same process.
        id: Of this lease.
    """

    host: str
    process: int
    since: float
    place: str = ""
    id: str = ""

    @staticmethod
    def me() -> Holder:
        """This process, from now on.

        Returns:
            A new one each time.
        """
        return Holder(socket.gethostname(), os.getpid(), time.time(), _place(), uuid.uuid4().hex)


class Lease:
    """One study's lease. Has state: the fencing number while it is held.

    A lease ends a while after the last sign of life, by the database's clock. Where that clock itself may have
    jumped (SQLite has none but the host's), who finds a lease expired, or longer than leases are, first watches for a
    sign of life by a clock that cannot jump. A fencing number that grows with each holder guards every write, so that
    also where all clocks are wrong a holder that was replaced writes nothing more.

    Args:
        store: Where the study lies.
        number: Its key there.
        name: As the user calls it.
    """

    def __init__(self, store: Store, number: int, name: str):
        self._store = store
        self._name = name
        self._number = number
        self._mine = _columns.id == number
        self._fence: int | None = None

    def write(self, connection: Connection, **values: Any) -> None:
        """Change the study's row, first in every transaction: a process that has lost the study writes nothing more.

        Args:
            connection: In a transaction.
            values: By column.

        Raises:
            StudyBusy: Another process has taken over, or the study was deleted.
        """
        mine = {"this": self._number} if self._fence is None else {"this": self._number, "held": self._fence}
        if connection.execute(_OPEN if self._fence is None else _FENCED, mine | values).rowcount != 1:
            raise StudyBusy(
                f"study {self._name!r} was taken over or deleted while this process gave no sign of life (asleep, or"
                " stopped?): it keeps nothing more. What was finished before is kept; the same --study goes on from it"
            )

    @contextmanager
    def held(self) -> Generator[None]:
        """Hold the study: no other process may work on it meanwhile.

        Yields:
            Nothing; while inside, a sign of life is written every few seconds.
        """
        me = Holder.me()
        _HELD.add(me.id)  # before it can be read in the store: another thread of ours must not take it for left behind
        try:
            self._fence = self._take(me)
            done = threading.Event()
            beat = threading.Thread(target=self._beat, args=(done, self._fence), daemon=True)
            beat.start()
            try:
                yield
            finally:
                done.set()
                beat.join()
                self._give_back(self._fence)
        finally:
            self._fence = None
            _HELD.discard(me.id)

    def left_behind(self) -> Holder | None:
        """Whose lease is still there although nobody works on it; holding the study ends it.

        Returns:
            ``None`` when there is none.
        """
        with self._store.writing() as connection:
            row = self._row(connection)
        return None if row.holder is None or standing(row) == "held" else from_json(Holder, row.holder)

    def _row(self, connection: Connection) -> Any:
        asked = select(_columns.holder, _columns.fence, _columns.expires, now().label("now"))
        row = connection.execute(asked.where(self._mine)).first()
        if row is None:
            raise StudyBusy(
                f"study {self._name!r} was just deleted by another process; the same command begins it anew"
            )
        return row

    def _take(self, me: Holder) -> int:
        with self._store.writing() as connection:
            row = self._row(connection)
        if standing(row) == "doubtful":
            row = self._watched(row)
        elif standing(row) == "held":
            raise StudyBusy(self._busy(row))
        as_seen = (_columns.fence == row.fence, _columns.expires.is_not_distinct_from(row.expires))
        taken = update(_schema.studies).where(self._mine, *as_seen)
        values = {"holder": to_json(me), "fence": row.fence + 1, "expires": now() + LEASE}
        with self._store.writing() as connection:
            if connection.execute(taken.values(**values)).rowcount == 1:
                return row.fence + 1
            row = self._row(connection)
        raise StudyBusy(self._busy(row))

    def _watched(self, row: Any) -> Any:
        """The row again, after a while without a sign of life by a clock that does not jump."""
        until = time.monotonic() + WATCH
        while time.monotonic() < until:
            time.sleep(_LOOK)
            with self._store.writing() as connection:
                seen = self._row(connection)
            if standing(seen) == "free":
                return seen
            if (seen.fence, seen.expires) != (row.fence, row.expires):
                raise StudyBusy(self._busy(seen))
        return row

    def _busy(self, row: Any) -> str:
        if row.holder is None:
            return f"study {self._name!r} was just held by another process; try again"
        holder = from_json(Holder, row.holder)
        since = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(holder.since))
        return (
            f"study {self._name!r} is being worked on by process {holder.process} on {holder.host} since {since}:"
            " wait for it, stop it, or use another --study name"
        )

    def _give_back(self, fence: int) -> None:
        with suppress(StoreError), self._store.writing() as connection:  # on a full disk it expires by itself
            mine = update(_schema.studies).where(self._mine, _columns.fence == fence)
            connection.execute(mine.values(holder=None, expires=None))

    def _beat(self, done: threading.Event, fence: int) -> None:
        mine = update(_schema.studies).where(self._mine, _columns.fence == fence)
        while not done.wait(BEAT):
            with suppress(StoreError), self._store.writing() as connection:  # a missed one is not worth a training
                if connection.execute(mine.values(expires=now() + LEASE)).rowcount != 1:
                    return  # lost: the next write says so


def standing(row: Any) -> Literal["free", "held", "doubtful"]:
    """What a study's row says of its lease.

    Args:
        row: With ``holder``, ``expires`` and the database's ``now``.

    Returns:
        ``doubtful`` where only the clock says that its holder is gone.
    """
    if row.holder is None:
        return "free"
    there = from_json(Holder, row.holder)
    if there.place == _place():
        if there.process == os.getpid():
            return "held" if there.id in _HELD else "free"
        if not _runs(there.process):
            return "free"
    lasts = row.expires is not None and row.now < row.expires <= row.now + LEASE + 1.0
    return "held" if lasts else "doubtful"


def _place() -> str:
    parts = [socket.gethostname()]
    with suppress(OSError):
        parts.append(Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip())
        parts.append(os.readlink("/proc/self/ns/pid"))  # noqa: PTH115  (no path: the name of a namespace)
    return " ".join(parts)


def _runs(process: int) -> bool:
    if os.name == "nt":
        return True  # there a signal 0 would end it; its lease expires
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
