from __future__ import annotations

import os
import time
import weakref
from collections.abc import Collection, Generator, Hashable
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, func, insert, make_url, select
from sqlalchemy.exc import ArgumentError, DatabaseError, SQLAlchemyError
from sqlalchemy.pool import StaticPool

from surefoot.errors import BadStudy, StoreError
from surefoot.records import Facts
from surefoot.search import Settings
from surefoot.store import _schema
from surefoot.store._codec import to_json
from surefoot.store._study import Study, Summary, pulse, summaries

_FOLDER = ".surefoot"
_FILE = "surefoot.db"


def open_store(where: str | os.PathLike[str] = "default") -> Store:
    """Open the store, and make it where there is none.

    Args:
        where: ``default`` (``SUREFOOT_HOME``, else ``./.surefoot``), ``none`` (in memory, gone with the process),
            a folder, or a database URL.

    Returns:
        The store.

    Raises:
        StoreError: It cannot be read or written, is no store, or of a newer version.
    """
    where = os.fspath(where)
    if where == "none":
        return Store(
            create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False}),
            "memory",
            None,
        )
    default = os.environ.get("SUREFOOT_HOME", _FOLDER)
    if "://" in where:
        return Store(_engine(where), _without_password(where), Path(default).absolute())
    folder = Path(default if where == "default" else where).absolute()
    if folder.is_file():
        raise StoreError(f"the store {folder} is a file: expected a folder; choose another with --store PATH")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"cannot make the store's folder {folder}: {error.strerror}. {_ELSEWHERE}") from error
    return Store(create_engine(f"sqlite:///{folder / _FILE}"), str(folder), folder)


def _engine(url: str) -> Engine:
    try:
        return create_engine(url)
    except (ArgumentError, ImportError) as error:  # an unknown kind of database, or its driver is not installed
        raise StoreError(f"cannot use the store {_without_password(url)}: {error}. {_ELSEWHERE}") from error


def _without_password(url: str) -> str:
    try:
        return make_url(url).render_as_string(hide_password=True)
    except ArgumentError:
        return url


_ELSEWHERE = "Make room or choose another place with --store PATH (or SUREFOOT_HOME), or --store none to keep nothing"


class Store:
    """All studies in one database. Has state: the connection.

    Args:
        engine: To the database.
        place: How messages name it.
        folder: Where files beside it lie: its own folder, the default one for a database elsewhere, and none for
            a store in memory, whose files are gone with the process.
    """

    def __init__(self, engine: Engine, place: str, folder: Path | None):
        self.place = place
        self.folder = folder
        self._engine = engine
        weakref.finalize(self, engine.dispose)
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", _prepare_sqlite)
        with self.writing() as connection:
            _schema.metadata.create_all(connection)
            version = connection.execute(select(_schema.store.c.version)).scalar()
            if version is None:
                connection.execute(insert(_schema.store).values(version=_schema.VERSION))
            elif version > _schema.VERSION:
                raise StoreError(
                    f"the store {place} has version {version}; this Surefoot knows versions up to {_schema.VERSION}."
                    " Upgrade it (pip install -U surefoot), or choose another place with --store PATH"
                )

    @contextmanager
    def writing(self) -> Generator[Connection]:
        """A transaction: all of it is committed, or nothing.

        Yields:
            The connection.

        Raises:
            StoreError: The database refuses: full, read-only, not a database.
        """
        try:
            with self._engine.begin() as connection:
                yield connection
        except DatabaseError as error:
            said = str(error.orig)
            raise StoreError(f"the store {self.place} cannot be used: {said}. {_ELSEWHERE}") from error
        except SQLAlchemyError as error:
            raise StoreError(f"the store {self.place} cannot be used: {error}. {_ELSEWHERE}") from error

    def study(self, name: str) -> Study | None:
        """The study of that name.

        Args:
            name: As it was given.

        Returns:
            The study; ``None`` when there is none.
        """
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
            raise BadStudy(f"no study {name!r} in the store {self.place}; {there}")
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
        """
        now = time.time()
        with self.writing() as connection:
            result = connection.execute(
                insert(_schema.studies).values(
                    name=name,
                    created=now,
                    changed=now,
                    setup=to_json(settings),
                    facts=to_json(facts),
                    task=to_json(task),
                )
            )
            key: Any = result.inserted_primary_key
        return Study(self, key[0], name)

    def free_name(self, stem: str) -> str:
        """A name that no study has yet.

        Args:
            stem: What it starts with.

        Returns:
            ``stem-1``, ``stem-2`` ...
        """
        with self.writing() as connection:
            names = set(connection.execute(select(_schema.studies.c.name)).scalars())
            count: int = connection.execute(select(func.count()).select_from(_schema.studies)).scalar_one()
        return next(name for name in (f"{stem}-{number}" for number in range(1, count + 2)) if name not in names)

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
        """Close the connection; what lies in memory stays as long as somebody holds it: a result can be reported."""
        if self.folder is not None:
            self._engine.dispose()


def _prepare_sqlite(connection: Any, _: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA busy_timeout = 10000")
    cursor.close()
