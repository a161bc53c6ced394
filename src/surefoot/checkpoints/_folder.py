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

        file = self.folder / checkpoint.file
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

    def has(self, checkpoint: Checkpoint | None) -> bool:
        """Whether a checkpoint is still there.

        Returns:
            False also for ``None``.
        """
        return checkpoint is not None and (self.folder / checkpoint.file).is_file()

    def sound(self, checkpoint: Checkpoint) -> bool:
        """Whether a checkpoint is there and holds what was written.

        Returns:
            False also where it cannot be read.
        """
        try:
            return _hash(self.folder / checkpoint.file) == checkpoint.sha256
        except OSError:
            return False

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


_GO_ON = "Remove the file (surefoot studies check does): the study then goes on without it"


def _hash(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
