"""A store in PostgreSQL is a store like any other. Starts a server of its own, in a folder that is gone afterwards."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import pytest

import surefoot as sf
from surefoot.errors import MissingExtra, StoreError, StudyBusy
from surefoot.records import Next, Records
from surefoot.store import _lease, as_json, check, delete, open_store

from ._studies import ANSWER, FACTS, SETTINGS, begun, create, segment, stage, ticks

pytestmark = pytest.mark.full
PLACES = [Path(found).parent for found in [shutil.which("initdb")] if found]
PLACES += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)


def answers(url):
    import psycopg

    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return False
    return True


@pytest.fixture(scope="module")
def server():
    """The URL of a private server that only a socket in its own folder leads to."""
    pytest.importorskip("psycopg", reason="needs psycopg: pip install 'surefoot[postgresql]'")
    if not PLACES:
        pytest.skip("needs a PostgreSQL server: apt-get install postgresql")
    someone = {"user": 65534, "group": 65534} if os.geteuid() == 0 else {}  # it refuses to run as root
    with tempfile.TemporaryDirectory() as name:
        if someone:
            os.chown(name, 65534, 65534)
        data = f"{name}/data"
        make = [PLACES[0] / "initdb", "-D", data, "-A", "trust", "-U", "surefoot", "--no-sync", "-E", "UTF8"]
        subprocess.run(make, check=True, capture_output=True, cwd=name, **someone)
        run = [PLACES[0] / "postgres", "-D", data, "-k", name, "-c", "listen_addresses=", "-c", "fsync=off"]
        with (Path(name) / "log").open("wb") as log:
            process = subprocess.Popen(run, cwd=name, stdout=log, stderr=log, **someone)
        try:
            url = f"postgresql://surefoot@/template1?host={name}"
            while not answers(url):
                assert process.poll() is None, (Path(name) / "log").read_text()
                time.sleep(0.05)
            yield url
        finally:
            process.send_signal(signal.SIGINT)  # its word for a fast end
            process.wait()


@pytest.fixture
def url(server):
    """An empty database."""
    import psycopg

    name = f"studies_{time.monotonic_ns()}"
    with psycopg.connect(server.replace("template1", "postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return server.replace("template1", name)


@pytest.fixture
def opened(url):
    opened = open_store(url)
    yield opened
    opened.close()


def test_what_is_recorded_is_there_for_whoever_opens_it_next(opened, url):
    study = begun(opened)
    with study.held():
        study.commit(stage(0.3, score=None), ticks(1000))
        study.decide(ANSWER, after=3)
    other = open_store(url)
    again = other.existing("one")
    assert again.records() == Records((stage(0.01), stage(0.02), stage(0.3, score=None)))
    assert (again.settings(), again.facts(), again.answer()) == (SETTINGS, FACTS, ANSWER)
    assert len(again.ticks(segment(0.3))) == 1000
    assert [(one.name, one.stages, one.state) for one in other.summaries()] == [("one", 3, "answered")]
    assert len(json.loads(as_json(again))["stages"]) == 3
    assert check(other) == []
    delete(again)
    assert other.summaries() == []
    other.close()


def test_numbers_and_texts_of_any_size_come_back_exactly(opened):
    study = opened.create('größe "7"\n\x1b', SETTINGS, replace(FACTS, notes=["a\0b\ud800"]), {"a": "x" * 10**6})
    for lr in (5e-324, 1e-300, 0.1 + 0.2, 1e308):
        study.commit(stage(lr, score=-lr, seed=2**62), [])
    assert [one.score for one in study.records().stages] == [-5e-324, -1e-300, -0.1 - 0.2, -1e308]
    assert study.facts().notes == ("a\0b\ud800",)
    assert opened.existing(study.name).task() == {"a": "x" * 10**6}


def test_a_name_that_is_taken_is_refused_and_one_of_ones_own_is_free(opened):
    create(opened, "study-1")
    with pytest.raises(StudyBusy, match="'study-1' was just made by another process"):
        create(opened, "study-1")
    assert opened.create_next("study", SETTINGS, FACTS, {}).name == "study-2"


def test_one_works_on_a_study_at_a_time_and_who_was_replaced_writes_nothing(opened, url, monkeypatch):
    study, other = begun(opened), open_store(url)
    with study.held():
        monkeypatch.setattr(_lease, "_HELD", set())  # as if we were another process
        monkeypatch.setattr(_lease, "_place", lambda: "elsewhere")
        with pytest.raises(StudyBusy, match=f"by process {os.getpid()} on"), other.existing("one").held():
            pass
        monkeypatch.setattr(_lease, "WATCH", 0.3)
        with opened.writing() as connection:
            connection.exec_driver_sql("UPDATE studies SET expires = expires - 3600")
        with other.existing("one").held():
            for write in (
                lambda: study.commit(stage(0.5), []),
                lambda: study.decide(Next((segment(0.5),), "more"), after=2),
                lambda: study.change(replace(SETTINGS, budget=2.0)),
            ):
                with pytest.raises(StudyBusy, match="was taken over"):
                    write()
            other.existing("one").commit(stage(0.7), [])
    assert [one.segment.trial.lr for one in study.records().stages] == [0.01, 0.02, 0.7]
    other.close()


TASK = """
import dataclasses, os, signal
import surefoot as sf

class Loop(sf.FunctionTask):
    def preflight(self, seed, assess_cap):
        return dataclasses.replace(super().preflight(seed, assess_cap), assess_batches=1)

calls = []

def train(trial, kill):
    height = 2.0
    calls.append(1)
    for step in range(trial.steps):
        lr, loss = trial.lr(step), height
        height -= min(lr, 1.5) * height * (1 - lr)
        if kill and len(calls) == 6 and step == 5:
            os.kill(os.getpid(), signal.SIGKILL)
        trial.step(loss)
    trial.report(height)

def find(url, kill):
    return sf.find(Loop(lambda trial: train(trial, kill), horizon=400), budget=0.3, study="one", store=url)
"""


def test_a_study_that_was_killed_goes_on_to_the_same_answer(url, tmp_path):
    (tmp_path / "task.py").write_text(TASK)
    command = [sys.executable, "-c", "import sys, task; task.find(sys.argv[1], True)", url]
    assert subprocess.run(command, cwd=tmp_path, check=False).returncode == -signal.SIGKILL
    namespace = {}
    exec(TASK, namespace)
    found, straight = namespace["find"](url, False), namespace["find"]("none", False)
    for name in ("lr", "interval", "verdict", "curve", "why"):
        assert getattr(found, name) == getattr(straight, name)
    assert found.price.updates == straight.price.updates


def test_a_database_of_another_program_is_left_as_it_is(url):
    import psycopg

    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE studies (study_id integer)")
    with pytest.raises(StoreError, match="is not a store: its tables are another program's"):
        open_store(url)
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone() == (1,)


def test_a_server_that_is_gone_is_said_to_be_and_what_was_finished_is_kept(opened, url):
    study = begun(opened)
    with opened.writing() as connection:
        connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid()"
        )
    assert len(study.records().stages) == 2  # a connection that broke is made again
    with pytest.raises(StoreError, match="cannot be used: "):
        open_store(url.replace("studies_", "nowhere_"))


def test_without_a_driver_it_says_how_to_get_one(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(MissingExtra, match=r"pip install 'surefoot\[postgresql\]'"):
        open_store("postgresql://me:secret@127.0.0.1:1/studies")
    assert sf.find is not None
