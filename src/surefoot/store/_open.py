from __future__ import annotations

import os
import tempfile
from pathlib import Path

from sqlalchemy import URL, create_engine, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import StaticPool

from surefoot.errors import MissingExtra, StoreError
from surefoot.store._sqlite import appear, complaint
from surefoot.store._store import ELSEWHERE, Store

_FOLDER = ".surefoot"
_FILE = "surefoot.db"
_EXPECTED = "expected a folder, none, sqlite:///FILE or postgresql://USER@HOST/DATABASE"


def open_store(where: str | os.PathLike[str] = "default") -> Store:
    """Open the store, and make it where there is none.

    Args:
        where: ``default`` (``SUREFOOT_HOME``, else ``./.surefoot``), ``none`` (in memory, gone with the process),
            a folder, or the URL of a database of SQLite or PostgreSQL.

    Returns:
        The store.

    Raises:
        StoreError: It cannot be read or written, is no store, or of a newer version.
    """
    where = os.fspath(where)
    if where == "none":
        memory = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
        return Store(memory, "memory", None)
    default = os.environ.get("SUREFOOT_HOME", _FOLDER)
    if "://" in where:
        return _at_url(where, Path(default).absolute())
    folder = Path(default if where == "default" else where).absolute()
    if folder.is_file():
        raise StoreError(f"the store {folder} is a file: expected a folder; choose another with --store PATH")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"cannot make the store's folder {folder}: {error.strerror}. {ELSEWHERE}") from error
    return _of_file(folder / _FILE, str(folder), folder)


def _of_file(file: Path, place: str, folder: Path) -> Store:
    """A store in a file that is there whole or not at all, so that an empty one is known to have been cut off."""
    said = complaint(file)
    if said is not None:
        raise StoreError(f"the store {place} cannot be used: {said}. {ELSEWHERE}")
    if not file.exists():
        try:
            made = Path(tempfile.mkdtemp(prefix=".surefoot-", dir=file.parent)) / _FILE
        except OSError as error:
            raise StoreError(f"cannot make a store in {file.parent}: {error.strerror}. {ELSEWHERE}") from error
        try:
            Store(create_engine(f"sqlite:///{made}"), place, folder, made).close()
            appear(made, file)
        finally:
            for left in made.parent.iterdir():
                left.unlink()
            made.parent.rmdir()
    return Store(create_engine(URL.create("sqlite", database=str(file))), place, folder, file)


def _at_url(text: str, folder: Path) -> Store:
    try:
        url = make_url(text)
    except ArgumentError as error:
        raise StoreError(f"--store {text}: not the URL of a database; {_EXPECTED}") from error
    place = url.render_as_string(hide_password=True)
    if url.drivername in {"postgres", "postgresql"}:
        url = url.set(drivername="postgresql+psycopg")
    kind = url.get_backend_name() if url.drivername.startswith(("sqlite", "postgresql")) else ""
    if not kind or (kind == "sqlite" and url.host):
        raise StoreError(f"--store {place}: {_EXPECTED}")
    if kind == "sqlite" and url.database and not url.query and not url.database.startswith(("file:", ":memory:")):
        return _of_file(Path(url.database).absolute(), place, folder)
    try:
        engine = create_engine(url, pool_pre_ping=kind == "postgresql")
    except ImportError as missing:
        raise MissingExtra(f"--store {place}", "psycopg", "postgresql") from missing
    except (ArgumentError, TypeError) as error:  # a driver that is unknown, or an option
        raise StoreError(f"--store {place}: {error}; {_EXPECTED}") from error
    return Store(engine, place, folder)
