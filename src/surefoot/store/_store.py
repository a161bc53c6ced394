from __future__ import annotations

import time
import weakref
from collections.abc import Collection, Generator, Hashable
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, create_engine, event, insert, inspect, select, update
from sqlalchemy.exc import DatabaseError, IntegrityError, SQLAlchemyError

from surefoot.errors import BadStudy, StoreError, StudyBusy
from surefoot.records import Facts
from surefoot.store import _schema
from surefoot.store._codec import to_json
from surefoot.store._sqlite import prepare
from surefoot.store._study import Study
from surefoot.store._summary import Summary, pulse, summaries

if TYPE_CHECKING:
    from surefoot.search import Settings

ELSEWHERE = "Make room or choose another place with --store PATH (or SUREFOOT_HOME), or --store none to keep nothing"
_SHOWN = 60  # characters of a name in a message


class Store:
    """All studies in one database. Has state: the connection.

    Args:
        engine: To the database.
        place: How messages name it.
        folder: Where files beside it lie: its own folder, the default one for a database elsewhere, and none for
            a store in memory, whose files are gone with the process.
        file: The database's own, where it is one of SQLite's.
    """

    def __init__(self, engine: Engine, place: str, folder: Path | None, file: Path | None = None):
        self.place = place
        self.folder = folder
        self._engine = engine
        self._alone = nullcontext() if folder is not None else RLock()  # in memory all threads share a connection
        self._lazy = engine if folder is None else create_engine(engine.url, pool_pre_ping=file is None)
        weakref.finalize(self, engine.dispose)
        if engine.dialect.name == "sqlite":
            prepare(engine, file)
            if self._lazy is not engine:
                prepare(self._lazy, file, lazily=True)
        else:
            event.listen(self._lazy, "connect", _relax)
        try:
            with self.writing() as connection:
                self._found_or_made(connection)
        except StoreError:
            self.close()
            raise

    def _found_or_made(self, connection: Connection) -> None:
        tables = set(inspect(connection).get_table_names())
        if "store" not in tables and tables & set(_schema.metadata.tables):
            raise StoreError(
                f"{self.place} is not a store: its tables are another program's. Choose another place with --store PATH"
            )
        _schema.metadata.create_all(connection)
        version = connection.execute(select(_schema.store.c.version)).scalar()
        if version is None:
            connection.execute(insert(_schema.store).values(version=_schema.VERSION))
            return
        if version > _schema.VERSION:
            raise StoreError(
                f"the store {self.place} has version {version}; this Surefoot knows versions up to {_schema.VERSION}."
                " Upgrade it (pip install -U surefoot), or choose another place with --store PATH"
            )
        for later in range(version + 1, _schema.VERSION + 1):
            for statement in _schema.UPGRADES[later]:
                connection.exec_driver_sql(statement)
            connection.execute(update(_schema.store).values(version=later))

    @contextmanager
    def writing(self, *, lazily: bool = False) -> Generator[Connection]:
        """A transaction: all of it is committed, or nothing.

        Args:
            lazily: Whether it may be lost with the power, which costs less.

        Yields:
            The connection.

        Raises:
            StoreError: The database refuses: full, read-only, not a database.
        """
        try:
            with self._alone, (self._lazy if lazily else self._engine).begin() as connection:
                yield connection
        except DatabaseError as error:
            raise StoreError(f"the store {self.place} cannot be used: {error.orig}. {_advice(error)}") from error
        except SQLAlchemyError as error:
            raise StoreError(f"the store {self.place} cannot be used: {error}. {ELSEWHERE}") from error

    def study(self, name: str) -> Study | None:
        """The study of that name.

        Args:
            name: As it was given.

        Returns:
            The study; ``None`` when there is none.
        """
        if name.encode("utf-8", "ignore").decode() != name:
            return None  # half a character: no database takes it
        with self.writing() as connection:
            row = connection.execute(select(_schema.studies.c.id).where(_schema.studies.c.name == name)).scalar()
        return None if row is None else Study(self, row, name)

    def existing(self, name: str) -> Study:
        """The study of that name.

        Args:
            name: As it was given.

        Returns:
            The study.

        Raises:
            BadStudy: There is none; says which there are.
        """
        study = self.study(name)
        if study is None:
            import difflib

            names = [summary.name for summary in self.summaries()]
            near = difflib.get_close_matches(name, names, n=3) or names[:5]
            there = f"there are: {', '.join(near)}" if near else "there is none yet"
            raise BadStudy(f"no study {name[:_SHOWN]!r} in the store {self.place}; {there}")
        return study

    def create(self, name: str, settings: Settings, facts: Facts, task: dict[str, Any]) -> Study:
        """A new study.

        Args:
            name: Must be free.
            settings: Of its search.
            facts: What preflight found.
            task: Where it came from, for people.

        Returns:
            The study.

        Raises:
            StudyBusy: Another process has just made one of that name.
        """
        at = time.time()
        texts = {"setup": to_json(settings), "facts": to_json(facts), "task": to_json(task)}
        new = insert(_schema.studies).values(name=name, created=at, changed=at, **texts)
        with self.writing() as connection:
            try:
                key: Any = connection.execute(new).inserted_primary_key
            except IntegrityError as error:
                raise StudyBusy(
                    f"study {name[:_SHOWN]!r} was just made by another process, which is at work on it. Wait for it,"
                    " or use another --study name"
                ) from error
        return Study(self, key[0], name)

    def create_next(self, stem: str, settings: Settings, facts: Facts, task: dict[str, Any]) -> Study:
        """A new study under a name that no study has yet: ``stem-1``, ``stem-2`` ...

        Args:
            stem: What its name starts with.
            settings: Of its search.
            facts: What preflight found.
            task: Where it came from, for people.

        Returns:
            The study.
        """
        with self.writing() as connection:
            names = set(connection.execute(select(_schema.studies.c.name)).scalars())
        number = 1
        while True:
            with suppress(StudyBusy):  # another process took that name at this moment
                if f"{stem}-{number}" not in names:
                    return self.create(f"{stem}-{number}", settings, facts, task)
            number += 1

    def summaries(self, names: Collection[str] | None = None) -> list[Summary]:
        """Studies, newest first.

        Args:
            names: Which; all without.

        Returns:
            A line each.
        """
        with self.writing() as connection:
            return summaries(connection, names)

    def pulse(self, names: Collection[str] | None = None) -> Hashable:
        """What is different whenever a study changed, or somebody began or ceased to work on it.

        Args:
            names: Which studies; all without.

        Returns:
            A value to compare; cheap enough to be asked for every second.
        """
        with self.writing() as connection:
            return pulse(connection, names)

    def integrity(self) -> str:
        """What the database says of its own state.

        Returns:
            ``ok``, also where it cannot tell; else its first complaint.
        """
        if self._engine.dialect.name != "sqlite":
            return "ok"
        with self.writing() as connection:
            return str(connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar())

    def close(self) -> None:
        """Close the connections; what lies in memory stays as long as somebody holds it: a result can be reported."""
        if self.folder is not None:
            self._engine.dispose()
            self._lazy.dispose()


def _relax(connection: Any, _: Any) -> None:
    """PostgreSQL: a commit may be lost with the power, though never half of it."""
    cursor = connection.cursor()
    cursor.execute("SET synchronous_commit TO off")
    cursor.close()
    connection.commit()


def _advice(error: DatabaseError) -> str:
    said = str(error.orig)
    if "malformed" in said or "not a database" in said:
        return "It is damaged, or no store: move it away and begin a new one, or bring back a copy of it"
    return ELSEWHERE
