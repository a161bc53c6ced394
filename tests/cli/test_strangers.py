"""A store, its checkpoints and its names may come from a stranger: nothing in them is run, or reaches elsewhere."""

import hashlib
import json
import os
import shutil
import sqlite3

import pytest
import torch
from _tasks import digits_task

import surefoot as sf
from surefoot.checkpoints import Checkpoints
from surefoot.errors import StoreError
from surefoot.records import Checkpoint, Next
from surefoot.store import open_store

STABLE = {"schedule": "warmup(2) >> hold() >> decay(0.2)", "horizon": 100}


@pytest.fixture(scope="module")
def once(tmp_path_factory):
    store = tmp_path_factory.mktemp("once") / "home"

    def stop(event):
        if event.kind == "started" and event.segment.parent is not None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sf.find(digits_task(**STABLE), budget=0.5, lr_min=0.01, lr_max=0.3, study="one", store=store, on_event=stop)
    return store


@pytest.fixture
def stopped(once, tmp_path):
    """A store with a study that was stopped where it would have gone on from a state."""
    return shutil.copytree(once, tmp_path / "home")


def rewrite(store, change):
    """Let a stranger's hand go over every record of a store."""
    (database,) = store.glob("*.db")
    with sqlite3.connect(database) as connection:
        for table in ("stages", "decisions"):
            for row, record in connection.execute(f"SELECT rowid, record FROM {table}").fetchall():
                connection.execute(f"UPDATE {table} SET record = ? WHERE rowid = ?", (change(record), row))
    connection.close()


def test_a_pickle_in_place_of_a_state_is_not_run_though_its_hash_is_right(stopped, tmp_path):
    ran = tmp_path / "ran"

    class Evil:
        def __reduce__(self):
            return os.system, (f"touch {ran}",)

    (folder,) = (stopped / "checkpoints").iterdir()
    names = {}
    for file in list(folder.iterdir()):
        torch.save(Evil(), file)
        names[file.stem.partition("-")[2]] = hashlib.sha256(file.read_bytes()).hexdigest()

    def with_its_hash(record):
        for before, after in names.items():
            record = record.replace(f'"sha256": "{before}"', f'"sha256": "{after}"')
        return record

    rewrite(stopped, with_its_hash)
    with pytest.raises(StoreError, match="holds more than data, so it is not read"):
        sf.find(digits_task(**STABLE), study="one", store=stopped)
    assert not ran.exists()


@pytest.mark.parametrize("name", ["../../precious", "/{here}/precious", "..", ".", "", "a\0b", "..\\precious"])
def test_a_checkpoint_that_names_a_file_elsewhere_is_none_and_that_file_stays(stopped, tmp_path, surefoot, name):
    precious = tmp_path / "precious"
    precious.write_text("mine")
    name = name.replace("/{here}", str(tmp_path))

    def elsewhere(record):
        data = json.loads(record)
        if data.get("checkpoint"):
            data["checkpoint"]["file"] = name
        return json.dumps(data)

    rewrite(stopped, elsewhere)
    assert surefoot("studies", "check").status == 0
    assert surefoot("studies", "show", "one").status == 0
    assert surefoot("studies", "delete", "one").status == 0
    assert precious.read_text() == "mine"
    checkpoint = Checkpoint(name, 1, hashlib.sha256(b"mine").hexdigest())
    there = Checkpoints(tmp_path / "a" / "b")
    assert not there.has(checkpoint)
    assert not there.sound(checkpoint)
    with pytest.raises(StoreError, match=r"none of this store's: expected a file's name"):
        there.load(checkpoint)


def test_a_pipe_in_place_of_a_state_is_not_waited_for(stopped):
    for file in stopped.glob("checkpoints/*/*.pt"):
        file.unlink()
        os.mkfifo(file)
    found = sf.find(digits_task(**STABLE), study="one", store=stopped)
    assert found.lr is not None


NAMES = [
    "$(touch ran)",
    "`touch ran`; touch ran",
    "'\"; DROP TABLE studies; --",
    "../../../../etc/passwd",
    "a/b\\c",
    "two\nlines",
    "\x1b]0;mine\x07\x1b[2J",
    "\r\b\t\x00\x7f\x9b31m",
    "%s {0} {__class__} %(x)s",
    "__import__('os').system('touch ran')",
    "\u202egnp.exe",
    "x" * 10_000,
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_a_name_whatever_is_in_it(stopped, surefoot, here, name):
    opened = open_store(stopped)
    old = opened.existing("one")
    study = opened.create(name, old.settings(), old.facts(), old.task())
    for one in old.records().stages:
        study.commit(one, [])
    study.decide(Next(old.decided()[0].segments, f"because of {name}"), after=0)
    study.checkpoints().save({"a": 1}, 1)
    opened.close()
    said = surefoot("studies", "list")
    assert said.status == 0
    assert len(said.out.splitlines()) == 3
    checked = surefoot("studies", "check")
    for done in (said, checked):
        assert all(c.isprintable() or c == "\n" for c in done.out + done.err)
        assert max(map(len, done.out.splitlines())) < 400
    if "\0" not in name:
        for verb in ("show", "why"):
            done = surefoot("studies", verb, "--", name)
            assert done.status == 0, done.err
            assert all(c.isprintable() or c == "\n" for c in done.out + done.err)
        assert surefoot("studies", "export", "--", name, "out.json").status == 0
        assert json.loads((here / "out.json").read_text())["study"] == name
        assert surefoot("studies", "delete", "--", name).status == 0
        assert len(surefoot("studies", "list").out.splitlines()) == 2
    assert not (here / "ran").exists()
    assert {folder.parent for folder in stopped.glob("checkpoints/*")} == {stopped / "checkpoints"}


@pytest.mark.parametrize("name", [*NAMES, "", " ", os.fsdecode(b"\xff")])
def test_a_name_that_is_not_there_is_refused(stopped, surefoot, here, name):
    for verb, *more in (("show",), ("why",), ("export", "out.json"), ("delete",)):
        done = surefoot("studies", verb, "--", name, *more)
        assert done.status == 2
        assert len(done.err) < 700
        assert all(c.isprintable() or c == "\n" for c in done.err)
    assert [file.name for file in here.iterdir()] == []


@pytest.mark.parametrize("name", ["", " ", "a\nb", "\x1b[2J", "x" * 10_000, os.fsdecode(b"\xff"), "\u202egnp.exe"])
def test_a_new_study_gets_no_name_that_cannot_be_printed(surefoot, here, name):
    (here / "task.py").write_text("from _tasks import loop_task\ntask = loop_task()\n")
    done = surefoot("find", "task.py:task", "--study", name, "--budget", "0.1")
    assert done.status == 2
    assert "expected a name of 1 to 200 printable characters" in done.err
    assert len(done.err) < 700
