"""A trained model is saved in the format that its file's ending says, or refused before anything is spent."""

import resource
import sys

import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from surefoot.checkpoints import check_model_file, write_model_file
from surefoot.errors import BadInput, MissingExtra, StoreError


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.inside = nn.Embedding(5, 3)
        self.outside = nn.Linear(3, 5, bias=False)
        self.outside.weight = self.inside.weight
        self.register_buffer("turned", torch.arange(6.0).reshape(2, 3).T)


@pytest.mark.parametrize("name", ["model.safetensors", "model.pt", "model.pth"])
def test_a_model_with_shared_and_turned_tensors_comes_back(tmp_path, name):
    model, path = Tied(), tmp_path / name
    check_model_file(path)
    write_model_file(model.state_dict(), path)
    again = load_file(path) if path.suffix == ".safetensors" else torch.load(path, weights_only=True)
    other = Tied()
    other.load_state_dict(again)
    assert all(torch.equal(one, two) for one, two in zip(model.state_dict().values(), other.state_dict().values()))
    assert [file.name for file in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("model.bin", r"expected an ending of \.safetensors, \.pt, \.pth"),
        ("model", r"expected an ending of \.safetensors"),
        ("folder.pt", "that is a folder, expected a file"),
        ("nowhere/model.pt", "there is no folder .*nowhere"),
        ("file/model.pt", "there is no folder .*file"),
    ],
)
def test_a_place_that_cannot_be_written_is_refused(tmp_path, name, said):
    (tmp_path / "folder.pt").mkdir()
    (tmp_path / "file").write_text("mine")
    with pytest.raises(BadInput, match=f"--save .*: {said}"):
        check_model_file(tmp_path / name)


def test_checking_leaves_what_is_there_as_it_is(tmp_path):
    (tmp_path / "model.pt").write_text("mine")
    check_model_file(tmp_path / "model.pt")
    assert [file.read_text() for file in tmp_path.iterdir()] == ["mine"]


def test_a_folder_that_refuses_is_named(tmp_path, monkeypatch):
    import tempfile

    def refuse(**how):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(tempfile, "NamedTemporaryFile", refuse)  # a test may run as root, who may write anywhere
    with pytest.raises(BadInput, match=f"--save .*: cannot write into {tmp_path}: Permission denied"):
        check_model_file(tmp_path / "model.pt")


def test_without_safetensors_the_command_that_installs_it_is_said(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "safetensors.torch", None)
    monkeypatch.setitem(sys.modules, "safetensors", None)
    with pytest.raises(
        MissingExtra, match=r"needs the package safetensors. Install it: pip install 'surefoot\[torch\]'"
    ):
        check_model_file(tmp_path / "model.safetensors")
    check_model_file(tmp_path / "model.pt")


@pytest.mark.parametrize("name", ["model.safetensors", "model.pt"])
def test_on_a_full_disk_the_old_file_stays(tmp_path, name):
    path = tmp_path / name
    path.write_text("old")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(StoreError, match=rf"cannot save the model as {path}: .*without training again"):
            write_model_file({"a": torch.zeros(1_000_000)}, path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert [file.read_text() for file in tmp_path.iterdir()] == ["old"]
