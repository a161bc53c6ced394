import os
import sys
from dataclasses import dataclass

import pytest

from surefoot.cli import main


@dataclass(frozen=True)
class Done:
    """What a command came to."""

    status: int
    out: str
    err: str


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder of the user's, where commands are typed; imports from it are forgotten afterwards."""
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "path", [*sys.path])
    before = set(sys.modules)
    yield folder
    for name in set(sys.modules) - before:
        if str(tmp_path) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


@pytest.fixture
def surefoot(here, monkeypatch, capfd):
    """Type a command: surefoot("find", "task.py:task"). Looks at what was really written to the descriptors."""

    def typed(*arguments):
        monkeypatch.setattr(sys, "argv", ["surefoot", *map(str, arguments)])
        # As in a process of its own: on the descriptors, while pytest's own go past them.
        monkeypatch.setattr(sys, "stdout", os.fdopen(1, "w", encoding="utf-8", closefd=False))
        monkeypatch.setattr(sys, "stderr", os.fdopen(2, "w", encoding="utf-8", closefd=False, buffering=1))
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        sys.stdout.flush()
        out, err = capfd.readouterr()
        return Done(ended.value.code, out, err)

    return typed


@pytest.fixture
def environment(tmp_path):
    """What a new process of ours sees."""
    return {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "error", "SUREFOOT_HOME": str(tmp_path / "home")}
