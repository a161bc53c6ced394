from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO


def write_whole(path: Path, write: Callable[[BinaryIO], object], name: Callable[[Path], str] | None = None) -> Path:
    """Write a file whole or not at all, also where the process is killed in the middle.

    Args:
        path: Where to.
        write: Writes its content.
        name: Gives the name it gets in the end, from its content; the one of ``path`` without.

    Returns:
        The file.

    Raises:
        OSError: The place cannot be written, or is full.
    """
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with unfinished.open("wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        finished = path if name is None else path.with_name(name(unfinished))
        unfinished.replace(finished)
    except RuntimeError as error:  # how torch says that a file cannot be written
        raise OSError(f"{error}") from error
    finally:
        with contextlib.suppress(OSError):
            unfinished.unlink()
    _sync_folder(path.parent)
    return finished


def _sync_folder(folder: Path) -> None:
    with contextlib.suppress(OSError):  # not every file system can; the file itself is synced already
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)
