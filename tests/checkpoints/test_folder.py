"""Checkpoints are data, whole or not at all, and nothing else is taken for one."""

import gc
import hashlib
import resource
import signal
import subprocess
import sys
from collections import OrderedDict, defaultdict
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from surefoot.checkpoints import Checkpoints, not_plain
from surefoot.errors import BadInput, StoreError
from surefoot.records import Checkpoint

STATE = {
    "tensors": [torch.arange(6.0).reshape(2, 3), torch.tensor(True), torch.ones(2, dtype=torch.bfloat16)],
    "parameter": nn.Parameter(torch.ones(3)),
    "numbers": (1, -2.5, 2**80, 1j, None, True, float("inf")),
    "texts": {"a": "ä", 3: b"bytes", ("x", 1): {1, 2}},
    "torch": (torch.float32, torch.device("cpu"), torch.Size([1, 2])),
    "ordered": OrderedDict(a=1, b=2),
}


@pytest.fixture
def checkpoints(tmp_path):
    return Checkpoints(tmp_path / "one" / "kept")


def flat(value):
    if isinstance(value, torch.Tensor):
        return str(value.dtype), value.tolist()
    if isinstance(value, dict):
        return {key: flat(part) for key, part in value.items()}
    return [flat(part) for part in value] if isinstance(value, list | tuple) else value


def test_a_state_comes_back_as_it_was_kept(checkpoints):
    kept = checkpoints.save(STATE, 7)
    assert kept.step == 7
    assert flat(checkpoints.load(kept)) == flat(STATE)


def test_a_state_that_goes_on_to_change_stays_as_it_was_kept(checkpoints):
    weights = torch.zeros(3)
    kept = checkpoints.save({"weights": weights}, 1)
    weights += 1
    assert checkpoints.load(kept)["weights"].tolist() == [0, 0, 0]


@pytest.mark.parametrize("kind", ["SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "Adadelta", "NAdam", "RAdam", "LBFGS"])
def test_the_states_of_torchs_own_optimizers_are_data(checkpoints, kind):
    model = nn.Linear(3, 2)
    optimizer = getattr(torch.optim, kind)(model.parameters(), lr=0.1)

    def closure():
        optimizer.zero_grad()
        loss = model(torch.ones(1, 3)).square().sum()
        loss.backward()
        return loss

    optimizer.step(closure)
    state = optimizer.state_dict()
    assert flat(checkpoints.load(checkpoints.save(state, 1))) == flat(state)


class Thing:
    pass


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ({"a": [1, Thing()]}, r"state\['a'\]\[1\] is a Thing"),
        ({"a": np.zeros(3)}, r"state\['a'\] is a ndarray"),
        ({"a": np.float64(3)}, r"state\['a'\] is a float64"),
        ({Thing: 1}, "a key of state is a type"),
        (defaultdict(list), "state is a defaultdict"),
        ((1, (lambda: 1)), r"state\[1\] is a function"),
    ],
)
def test_what_is_no_data_is_refused_and_named(checkpoints, state, said):
    with pytest.raises(BadInput, match=f"cannot keep this state: {said}. Expected tensors, numbers, texts"):
        checkpoints.save(state, 1)
    assert not checkpoints.folder.exists()


def test_data_is_told_from_what_is_none():
    assert not_plain(STATE) is None
    assert not_plain({"a": {"b": Thing()}}, "it") == "it['a']['b'] is a Thing"


def test_a_file_that_would_run_code_is_not_loaded(checkpoints, tmp_path):
    class Evil:
        def __reduce__(self):
            return Path.touch, (tmp_path / "ran",)

    checkpoints.folder.mkdir(parents=True)
    file = checkpoints.folder / "1-evil.pt"
    torch.save(Evil(), file)
    kept = Checkpoint(file.name, 1, hashlib.sha256(file.read_bytes()).hexdigest())
    with pytest.raises(StoreError, match=rf"the checkpoint {file} holds more than data"):
        checkpoints.load(kept)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("place", [0, 100, -1])
def test_a_file_that_was_changed_is_refused_by_name(checkpoints, place):
    kept = checkpoints.save(STATE, 7)
    file = checkpoints.folder / kept.file
    content = bytearray(file.read_bytes())
    content[place] ^= 1
    file.write_bytes(content)
    with pytest.raises(StoreError, match=rf"the checkpoint {file} is damaged: .*Remove the file"):
        checkpoints.load(kept)


def test_a_file_that_was_cut_off_or_removed_is_refused_by_name(checkpoints):
    kept = checkpoints.save(STATE, 7)
    file = checkpoints.folder / kept.file
    assert checkpoints.has(kept)
    file.write_bytes(file.read_bytes()[:-10])
    with pytest.raises(StoreError, match="is damaged"):
        checkpoints.load(kept)
    file.unlink()
    assert not checkpoints.has(kept)
    with pytest.raises(StoreError, match=rf"cannot read the checkpoint {file}: No such file"):
        checkpoints.load(kept)


def test_nothing_is_there_where_nothing_was_kept(checkpoints):
    assert not checkpoints.has(None)
    assert not checkpoints.has(Checkpoint("1-abc.pt", 1, "abc"))
    checkpoints.drop()


def test_all_but_what_is_to_stay_is_removed(checkpoints):
    first, second, third = (checkpoints.save({"number": number}, number) for number in (1, 2, 3))
    checkpoints.drop(keep=[second, None])
    assert [checkpoints.has(one) for one in (first, second, third)] == [False, True, False]
    checkpoints.drop()
    assert not checkpoints.folder.exists()


def test_on_a_full_disk_nothing_half_written_stays(checkpoints):
    kept = checkpoints.save({"small": 1}, 1)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(StoreError, match=rf"cannot keep a checkpoint in {checkpoints.folder}: .*Make room"):
            checkpoints.save({"large": torch.zeros(1_000_000)}, 2)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert [file.name for file in checkpoints.folder.iterdir()] == [kept.file]


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(StoreError, match=rf"cannot keep a checkpoint in {tmp_path / 'file' / 'below'}: "):
        Checkpoints(tmp_path / "file" / "below").save({}, 1)


def test_a_process_killed_while_it_writes_leaves_nothing_that_could_be_taken_for_a_checkpoint(checkpoints):
    code = (
        "import os, signal, torch\nfrom pathlib import Path\nfrom surefoot.checkpoints import Checkpoints\n"
        "os.fsync = lambda descriptor: os.kill(os.getpid(), signal.SIGKILL)\n"  # written, and not yet finished
        f"Checkpoints(Path({str(checkpoints.folder)!r})).save({{'a': torch.zeros(1000)}}, 5)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False)
    assert done.returncode == -signal.SIGKILL
    (left,) = checkpoints.folder.iterdir()
    assert left.name.startswith(".")
    kept = checkpoints.save({"a": torch.zeros(1000)}, 5)
    assert checkpoints.load(kept)["a"].shape == (1000,)
    checkpoints.drop(keep=[kept])
    assert [file.name for file in checkpoints.folder.iterdir()] == [kept.file]


def test_a_temporary_folder_is_gone_when_nobody_needs_it_any_more():
    checkpoints = Checkpoints.temporary()
    kept = checkpoints.save({"a": 1}, 1)
    folder, load = checkpoints.folder, partial(checkpoints.load, kept)
    del checkpoints
    gc.collect()
    assert load() == {"a": 1}
    del load
    gc.collect()
    assert not folder.exists()
    assert folder.parent.is_dir()
