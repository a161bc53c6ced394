from __future__ import annotations

import contextlib
import shutil
from dataclasses import dataclass
from pathlib import Path

from surefoot.checkpoints import Checkpoints
from surefoot.errors import StoreError, StudyBusy
from surefoot.records import Checkpoint
from surefoot.store._store import Store
from surefoot.store._study import Study


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a check came across.

    Attributes:
        study: Whose; empty for the store's own.
        sentence: What it is, and what was done about it.
    """

    study: str
    sentence: str


def delete(study: Study) -> None:
    """Remove a study with its checkpoints and files.

    The files go first: killed on the way, the study is still there to be deleted again.

    Args:
        study: Which.

    Raises:
        StudyBusy: It is being worked on.
        StoreError: Its files cannot be removed; the study is kept then.
    """
    with study.held():
        try:
            for folder in (study.checkpoints().folder, study.folder):
                if folder is not None and folder.exists():
                    shutil.rmtree(folder)
        except OSError as error:
            raise StoreError(
                f"cannot remove {error.filename}: {error.strerror}; study {study.name!r} is kept"
            ) from error
        study.remove()


def check(store: Store) -> list[Finding]:
    """Look at every study that nobody works on, and mend what can be.

    Args:
        store: Which.

    Returns:
        What was found, in the order of the list; nothing when all is well.

    Raises:
        StoreError: The database itself is damaged.
    """
    said = store.integrity()
    if said != "ok":
        raise StoreError(
            f"the store {store.place} is damaged: {said}. Move it away and begin a new one, or bring back a copy of it"
        )
    found: list[Finding] = []
    for summary in store.summaries():
        study = store.study(summary.name)
        if study is None or summary.state == "running":
            continue
        with contextlib.suppress(StudyBusy):  # taken since: then it is not ours to mend
            left = study.left_behind()
            with study.held():
                found += [Finding(summary.name, sentence) for sentence in (left, *_of_study(study)) if sentence]
    return found


def _of_study(study: Study) -> list[str]:
    checkpoints = study.checkpoints()
    recorded = [stage.checkpoint for stage in study.records().stages if stage.checkpoint is not None]
    found = _damaged(checkpoints, recorded) + _dangling(checkpoints, recorded)
    later = study.records().stages[study.gone() :]
    needed = [stage.checkpoint for stage in later if stage.checkpoint is not None]
    missing = sum(not checkpoints.has(checkpoint) for checkpoint in needed)
    if missing and study.answer() is None:  # training to the end drops what it has gone on from
        found.append(f"{missing} of {len(needed)} checkpoints are not there: what still needs one is trained again")
    return found


def _damaged(checkpoints: Checkpoints, recorded: list[Checkpoint]) -> list[str]:
    bad = [one for one in recorded if checkpoints.has(one) and not checkpoints.sound(one)]
    return [_removed(checkpoints.folder / one.file, "is not what was written") for one in bad]


def _dangling(checkpoints: Checkpoints, recorded: list[Checkpoint]) -> list[str]:
    known = {checkpoint.file for checkpoint in recorded}
    files = sorted(checkpoints.folder.iterdir()) if checkpoints.folder.is_dir() else []
    return [_removed(file, "belongs to no stage") for file in files if file.name not in known and file.is_file()]


def _removed(file: Path, why: str) -> str:
    try:
        file.unlink()
    except OSError as error:
        return f"checkpoint {file} {why}; it could not be removed: {error.strerror}"
    return f"checkpoint {file.name} {why}: removed"
