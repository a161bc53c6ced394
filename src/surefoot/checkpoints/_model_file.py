from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from surefoot.checkpoints._write import write_whole
from surefoot.errors import BadInput, MissingExtra, StoreError

_ENDINGS = (".safetensors", ".pt", ".pth")


def check_model_file(path: Path) -> None:
    """Make sure that a model can be saved, before anything is spent.

    Args:
        path: Where to.

    Raises:
        BadInput: Its ending is no format, or the place cannot be written.
        MissingExtra: safetensors is not installed.
    """
    if path.suffix not in _ENDINGS:
        raise BadInput(f"--save {path}: expected an ending of {', '.join(_ENDINGS)}")
    if path.is_dir():
        raise BadInput(f"--save {path}: that is a folder, expected a file")
    if not path.parent.is_dir():
        raise BadInput(f"--save {path}: there is no folder {path.parent}")
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".surefoot-"):
            pass
    except OSError as error:
        raise BadInput(f"--save {path}: cannot write into {path.parent}: {error.strerror}") from error
    if path.suffix == ".safetensors":
        _safetensors()


def write_model_file(model_state: Mapping[str, Any], path: Path) -> None:
    """Save a model's tensors, whole or not at all.

    Args:
        model_state: Tensors by name. Names that share a tensor get a copy each in safetensors, which knows no
            shared ones.
        path: ``.safetensors``, or ``.pt`` or ``.pth`` for ``torch.load``.

    Raises:
        StoreError: The place cannot be written, or is full.
    """
    import torch

    try:
        if path.suffix == ".safetensors":
            # safetensors takes contiguous tensors of a storage of their own
            apart = {name: tensor.detach().contiguous().clone() for name, tensor in model_state.items()}
            content = _safetensors().save(apart, metadata={"format": "pt"})
            write_whole(path, lambda file: file.write(content))
        else:
            write_whole(path, lambda file: torch.save(dict(model_state), file))
    except OSError as error:
        raise StoreError(
            f"cannot save the model as {path}: {error.strerror or error}. It is kept with the study: the same command"
            " with another --save writes it without training again"
        ) from error


def _safetensors() -> Any:
    try:
        import safetensors.torch
    except ModuleNotFoundError as missing:
        raise MissingExtra("--save with .safetensors", "safetensors", "torch") from missing
    return safetensors.torch
