"""One process works on a study, whatever the clocks do and however long a process sleeps."""

import json
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

from surefoot.errors import StudyBusy
from surefoot.store import _lease, open_store

from ._studies import begun, stage
from .test_store import change

ELSEWHERE = '{"host": "elsewhere", "process": 1, "since": 1700000000.0}'
HOUR = 3600.0

# A process that holds a study and writes a stage for each line that it reads.
HOLDER = """
import sys
sys.path[:0] = [sys.argv[1]]
from store._studies import stage
from store.test_lease import clock
from surefoot.errors import StudyBusy
from surefoot.store import _lease, open_store

_lease.BEAT, _lease.LEASE = 0.05, float(sys.argv[3])
with clock(sys.argv[4]):
    study = open_store(sys.argv[2]).existing("one")
    with study.held():
        print("held", flush=True)
        for number, line in enumerate(sys.stdin):
            try:
                study.commit(stage(0.5 + number), [])
                print("written", flush=True)
            except StudyBusy as error:
                print(error, flush=True)
"""


@contextmanager
def clock(ahead):
    """The databases' clock, so many seconds ahead of the real one as a file says."""

    def connect(connection, _):
        connection.create_function(
            "julianday", 1, lambda _: (time.time() + float(Path(ahead).read_text())) / 86400 + 2440587.5
        )

    event.listen(Engine, "connect", connect)
    try:
        yield
    finally:
        event.remove(Engine, "connect", connect)


@pytest.fixture
def ahead(tmp_path):
    file = tmp_path / "ahead"
    file.write_text("0")
    with clock(file):
        yield file


def jump(ahead, seconds):
    """The clock of all processes jumps; whole or not at all, since they read it meanwhile."""
    ahead.with_suffix(".new").write_text(str(seconds))
    ahead.with_suffix(".new").replace(ahead)


@pytest.fixture
def study(store, ahead):
    opened = open_store(store)
    yield begun(opened)
    opened.close()


@contextmanager
def holder(store, ahead, lease=30.0):
    """Another process at work on the study."""
    tests = str(Path(__file__).parents[1])
    command = [sys.executable, "-c", HOLDER, tests, store, str(lease), str(ahead)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.send_signal(signal.SIGCONT)
            process.stdin.close()


def told_to_write(process):
    process.stdin.write("write\n")
    process.stdin.flush()
    return process.stdout.readline()


@pytest.mark.parametrize("seconds", [HOUR, -HOUR, 1e9, -1e9])
def test_a_clock_that_jumps_takes_no_study_from_who_is_at_work(study, store, ahead, monkeypatch, seconds):
    monkeypatch.setattr(_lease, "WATCH", 60.0)  # ends with the first sign of life
    with holder(store, ahead) as process:
        jump(ahead, seconds)
        with pytest.raises(StudyBusy, match=f"by process {process.pid} on"), study.held():
            pass
        assert told_to_write(process) == "written\n"
    assert len(study.records().stages) == 3


@pytest.mark.parametrize("seconds", [0.0, HOUR, -HOUR, 1e9, -1e9])
def test_a_clock_that_jumps_keeps_no_study_for_a_holder_that_is_gone(study, store, ahead, monkeypatch, seconds):
    monkeypatch.setattr(_lease, "WATCH", 0.3)
    change(store, "UPDATE studies SET holder = ?, fence = 7, expires = ?", ELSEWHERE, time.time() - 1)
    jump(ahead, seconds)
    with study.held():
        study.commit(stage(0.5), [])
    assert len(study.records().stages) == 3


def test_a_lease_that_lasts_is_believed_at_once(study, store, monkeypatch):
    monkeypatch.setattr(_lease, "WATCH", 1e9)  # a watch would never end
    change(store, "UPDATE studies SET holder = ?, fence = 7, expires = ?", ELSEWHERE, time.time() + 20)
    with pytest.raises(StudyBusy, match="by process 1 on elsewhere since 2023-11-1"), study.held():
        pass


def test_who_sleeps_for_longer_than_the_lease_is_replaced_and_writes_nothing_more(study, store, ahead, monkeypatch):
    monkeypatch.setattr(_lease, "WATCH", 0.3)
    with holder(store, ahead, lease=0.2) as process:
        assert told_to_write(process) == "written\n"
        process.send_signal(signal.SIGSTOP)
        jump(ahead, 1)  # the lease of 0.2 s is over
        with study.held():
            process.send_signal(signal.SIGCONT)
            assert "'one' was taken over or deleted while this process gave no sign" in told_to_write(process)
            study.commit(stage(9.0), [])
        assert "was taken over" in told_to_write(process)  # also when the new one is gone
    assert [one.segment.trial.lr for one in study.records().stages] == [0.01, 0.02, 0.5, 9.0]
    with study.held():
        pass


def test_who_sleeps_and_is_not_replaced_goes_on(study, store, ahead):
    with holder(store, ahead, lease=0.2) as process:
        process.send_signal(signal.SIGSTOP)
        jump(ahead, HOUR)
        process.send_signal(signal.SIGCONT)
        assert told_to_write(process) == "written\n"


def test_who_wakes_up_while_another_one_watches_keeps_the_study(study, store, ahead, monkeypatch):
    looks = []

    def look(seconds):
        looks.append(seconds)
        if len(looks) == 2:
            process.send_signal(signal.SIGCONT)

    monkeypatch.setattr(_lease, "WATCH", 60.0)
    with holder(store, ahead, lease=0.2) as process:
        process.send_signal(signal.SIGSTOP)
        jump(ahead, 1)
        monkeypatch.setattr(_lease.time, "sleep", look)
        with pytest.raises(StudyBusy, match=f"by process {process.pid} on"), study.held():
            pass
        monkeypatch.undo()
        assert told_to_write(process) == "written\n"
    assert len(looks) >= 2


def test_every_holder_has_a_higher_number_than_the_one_before(study, store):
    numbers = []
    for _ in range(3):
        with study.held():
            numbers.append(study._lease._fence)
    assert numbers == [1, 2, 3]


def test_a_process_of_another_container_is_not_taken_for_one_of_ours(study, store, monkeypatch):
    there = json.loads(ELSEWHERE) | {"host": "same", "process": 2**22 + 1, "place": "same pid:[1]"}
    monkeypatch.setattr(_lease, "_place", lambda: "same pid:[2]")
    change(store, "UPDATE studies SET holder = ?, expires = ?", json.dumps(there), time.time() + 20)
    with pytest.raises(StudyBusy), study.held():
        pass
    monkeypatch.setattr(_lease, "_place", lambda: "same pid:[1]")
    with study.held():
        pass


def test_a_deleted_study_is_said_to_be_gone(study, store):
    other = open_store(store).existing("one")
    with study.held():
        study.remove()
    with pytest.raises(StudyBusy, match="'one' was just deleted by another process"), other.held():
        pass
