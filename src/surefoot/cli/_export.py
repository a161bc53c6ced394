from __future__ import annotations

from pathlib import Path

from surefoot.checkpoints import write_whole
from surefoot.errors import BadInput, StoreError
from surefoot.store import Study, as_csv, as_json

_TEXTS = {".json": as_json, ".csv": as_csv}


def export_study(study: Study, file: Path) -> None:
    """Write a study in the format that a file's ending says.

    Args:
        study: Which.
        file: ``.json``, ``.csv``, or ``.db`` for Optuna.

    Raises:
        BadInput: Another ending, or there is no such folder.
        StoreError: The place cannot be written.
    """
    if not file.absolute().parent.is_dir():
        raise BadInput(f"{file}: there is no folder {file.parent}")
    if file.suffix == ".db":
        from surefoot.integrations import to_optuna

        to_optuna(study, f"sqlite:///{file.absolute()}")
        return
    if file.suffix not in _TEXTS:
        raise BadInput(f"{file}: expected an ending of {', '.join(_TEXTS)}, or .db for a study of Optuna's")
    content = _TEXTS[file.suffix](study).encode()
    try:
        write_whole(file, lambda opened: opened.write(content))
    except OSError as error:
        raise StoreError(f"cannot write {file}: {error.strerror or error}") from error
