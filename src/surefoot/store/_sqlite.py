"""SQLite as a store needs it: durable, made whole or not at all, and safe where a file system is another machine's."""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

# What is known to keep memory that processes share, as a write-ahead log needs; a network's, and what is not known
# (FUSE, 9p, any on a system without a list of mounts), gets the rollback journal, which is safe everywhere.
_LOCAL = "bcachefs btrfs exfat ext2 ext3 ext4 f2fs fuseblk jfs ntfs3 overlay ramfs reiserfs tmpfs ubifs vfat xfs zfs"
_MOUNTS = Path("/proc/self/mountinfo")


def is_local(path: Path, mounts: Path = _MOUNTS) -> bool:
    """Whether a file lies on a disk of this machine, as far as that can be told.

    Args:
        path: Of the file; need not exist.
        mounts: The list of mounts, as Linux writes it.

    Returns:
        False also where it cannot be told.
    """
    place, best, kind = path.resolve(), -1, ""
    with contextlib.suppress(OSError, ValueError, IndexError):
        for line in mounts.read_text(encoding="utf-8", errors="surrogateescape").splitlines():
            fields, _, rest = line.partition(" - ")
            point = Path(re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), fields.split()[4]))
            if place.is_relative_to(point) and len(point.parts) >= best:  # a later mount hides an earlier one
                best, kind = len(point.parts), rest.split()[0]
    return kind in _LOCAL.split()


def prepare(engine: Engine, file: Path | None, *, lazily: bool = False) -> None:
    """Set up every connection of an engine.

    Args:
        engine: To a SQLite database.
        file: Where it lies; ``None`` for one in memory, or one that SQLite alone knows the place of: it stays as it is.
        lazily: Whether a commit may be lost with the power, though never half of it; only with a write-ahead log.
    """
    logged = file is not None and is_local(file)

    def connect(connection: Any, _: Any) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA busy_timeout = 30000")  # first: the next one may have to wait
        if file is not None:
            cursor.execute(f"PRAGMA journal_mode = {'WAL' if logged else 'DELETE'}")
        cursor.execute(f"PRAGMA synchronous = {'NORMAL' if lazily and logged else 'EXTRA'}")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute("PRAGMA trusted_schema = OFF")  # the file may be a stranger's
        cursor.close()

    event.listen(engine, "connect", connect)


def appear(made: Path, file: Path) -> None:
    """Put a finished database in its place, unless there is one: another process may have been quicker.

    Args:
        made: Finished, and closed.
        file: Its place.
    """
    try:
        with contextlib.suppress(FileExistsError):
            os.link(made, file)
    except OSError:  # a file system without links: the place is filled on opening, which a kill may interrupt
        return
    finally:
        made.unlink(missing_ok=True)


def complaint(file: Path) -> str | None:
    """What is wrong with a file that is to be opened as a database, as far as the file itself shows.

    Args:
        file: That is to be opened.

    Returns:
        What is wrong and what to do; ``None`` where it is not there or nothing is wrong.
    """
    try:
        if file.stat().st_size == 0:
            return f"{file} is empty, it must have been cut off. Bring back a copy of it, or remove it to begin anew"
    except FileNotFoundError:
        return None
    except OSError as error:
        return f"{file}: {error.strerror}{_whose(file.parent)}"
    if not os.access(file, os.R_OK | os.W_OK) or not os.access(file.parent, os.W_OK):
        return f"{file} and its folder must be readable and writable{_whose(file)}"
    return None


def _whose(path: Path) -> str:
    try:
        owner, me = path.owner(), os.geteuid()
        return "" if path.stat().st_uid == me else f"; it belongs to {owner}"
    except (OSError, KeyError, AttributeError, NotImplementedError):
        return ""
