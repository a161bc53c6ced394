from __future__ import annotations

import contextlib
import hashlib
import pickle
import shutil
import tempfile
import weakref
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from surefoot.checkpoints._plain import not_plain
from surefoot.checkpoints._write import write_whole
from surefoot.errors import BadInput, StoreError
from surefoot.records import Checkpoint


class Checkpoints:
    """The kept states of one study's trials, a file each. Has state: the folder.

    Args:
        folder: Where they lie; made when the first is kept.
    """

    def __init__(self, folder: Path):
        self.folder = folder

    @staticmethod
    def temporary() -> Checkpoints:
        """A folder that is gone when nobody uses it any more, at the latest with the process.

        Returns:
            It, empty.
        """
        made = Checkpoints(Path(tempfile.mkdtemp(prefix="surefoot-")))
        weakref.finalize(made, shutil.rmtree, made.folder, ignore_errors=True)
        return made

    def save(self, state: Any, step: int) -> Checkpoint:
        """Keep a state; the file is there whole or not at all.

        Args:
            state: Tensors, numbers, texts, and dicts, lists, tuples and sets of them.
            step: Updates done.

        Returns:
            What fetches it again.

        Raises:
            BadInput: A part of the state is something else.
            StoreError: It cannot be written; says where and why.
        """
        import torch

        said = not_plain(state)
        if said is not None:
            raise BadInput(f"cannot keep this state: {said}. Expected tensors, numbers, texts and containers of them")
        place = self.folder / f"{step}.pt"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            file = write_whole(place, lambda file: torch.save(state, file), lambda done: f"{step}-{_hash(done)}.pt")
        except OSError as error:
            raise StoreError(
                f"cannot keep a checkpoint in {self.folder}: {error.strerror or error}. Make room or choose another"
                " place with --store PATH (or SUREFOOT_HOME); all finished stages are kept"
            ) from error
        return Checkpoint(file.name, step, file.stem.partition("-")[2])

    def load(self, checkpoint: Checkpoint) -> Any:
        """Fetch a state that was kept.

        Args:
            checkpoint: What ``save`` returned.

        Returns:
            The state, its tensors on the CPU.

        Raises:
            StoreError: The file is not there, is not what was written, or could run code.
        """
        import torch

        file = self._place(checkpoint)
        try:
            damaged = _hash(file) != checkpoint.sha256
        except OSError as error:
            raise StoreError(f"cannot read the checkpoint {file}: {error.strerror}. {_GO_ON}") from error
        if damaged:
            raise StoreError(f"the checkpoint {file} is damaged: its content is not what was written. {_GO_ON}")
        try:
            return torch.load(file, map_location="cpu", weights_only=True)
        except pickle.UnpicklingError as error:
            raise StoreError(f"the checkpoint {file} holds more than data, so it is not read. {_GO_ON}") from error
        except (RuntimeError, EOFError, ValueError, KeyError) as error:
            raise StoreError(f"{file} is no checkpoint, so it is not read. {_GO_ON}") from error

    def has(self, checkpoint: Checkpoint | None) -> bool:
        """Whether a checkpoint is still there.

        Returns:
            False also for ``None``.
        """
        return checkpoint is not None and _is_a_name(checkpoint.file) and self._place(checkpoint).is_file()

    def sound(self, checkpoint: Checkpoint) -> bool:
        """Whether a checkpoint is there and holds what was written.

        Returns:
            False also where it cannot be read.
        """
        try:
            return self.has(checkpoint) and _hash(self._place(checkpoint)) == checkpoint.sha256
        except OSError:
            return False

    def _place(self, checkpoint: Checkpoint) -> Path:
        if not _is_a_name(checkpoint.file):
            raise StoreError(f"a checkpoint {checkpoint.file[:60]!r} is none of this store's: expected a file's name")
        return self.folder / checkpoint.file

    def size(self, checkpoint: Checkpoint) -> int:
        """How many bytes a checkpoint takes.

        Returns:
            0 where it is not there.
        """
        return self._place(checkpoint).stat().st_size if self.has(checkpoint) else 0

    def let_go(self, checkpoints: Iterable[Checkpoint]) -> None:
        """Remove some files.

        Args:
            checkpoints: Which.
        """
        for checkpoint in checkpoints:
            with contextlib.suppress(OSError):  # what cannot be removed does no harm
                self._place(checkpoint).unlink()

    def drop(self, *, keep: Iterable[Checkpoint | None] = ()) -> None:
        """Remove the files.

        Args:
            keep: All but these.
        """
        kept = {checkpoint.file for checkpoint in keep if checkpoint is not None}
        with contextlib.suppress(OSError):  # what cannot be removed does no harm
            for file in self.folder.iterdir():
                if file.name not in kept:
                    file.unlink()
            if not kept:
                self.folder.rmdir()


_GO_ON = "Remove the file: the same surefoot find makes it again"


def _is_a_name(file: str) -> bool:
    """Whether it names a file in the folder, and nothing elsewhere: the store may be a stranger's."""
    return file not in {"", ".", ".."} and not set(file) & set("/\\\0")


def _hash(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
