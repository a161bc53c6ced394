"""Whatever happens to a study, it goes on, or stops with a message and exit status 4 and goes on later."""

import contextlib
import fcntl
import json
import os
import pty
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import termios
from pathlib import Path

import pytest

from surefoot.finder import find

from ._files import ANSWERED, LOOP
from .test_process import SUREFOOT, typed

ASKED = ["find", "task.py:task", "--budget", "0.3", "--study", "one", "--json"]
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="mounts a file system: needs root")

HELPERS = """
import os, signal, time
from pathlib import Path
calls = []
reach = lambda name: Path(name).touch()
def wait_for(name):
    while not Path(name).exists():
        time.sleep(.01)
"""


def hit_by(what, call=3):
    """A task to which something happens in the middle of its n-th training."""
    inside = "    for step in range(trial.steps):"
    return HELPERS + LOOP.replace(
        inside, f"    calls.append(1)\n{inside}\n        if len(calls) == {call} and step == 5: {what}"
    )


def answer(out):
    found = json.loads(out)
    return found | {"price": found["price"]["updates"]}


@pytest.fixture(scope="module")
def expected():
    namespace = {}
    exec(LOOP, namespace)
    return answer(find(namespace["task"], budget=0.3, study="one", store="none").to_json())


@pytest.fixture
def stopped(here, tmp_path):
    """A store in which a study was stopped on the way, and the task to go on with."""
    namespace = {}
    exec(LOOP, namespace)

    def stop(event):
        if event.kind == "stage" and len(event.records.stages) == 3:
            raise KeyboardInterrupt

    with contextlib.suppress(KeyboardInterrupt):
        find(namespace["task"], budget=0.3, study="one", store=tmp_path / "home", on_event=stop)
    (here / "task.py").write_text(LOOP)
    return tmp_path / "home"


# Told to end


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_who_is_told_to_end_says_how_to_go_on_and_the_answer_is_the_same(here, environment, expected, name):
    (here / "task.py").write_text(hit_by(f"os.kill(os.getpid(), signal.{name})"))
    done = typed(ASKED, here, environment, preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL))
    assert (done.returncode, done.stdout) == (4, "")
    assert f"stopped by {name}; all finished stages are kept: surefoot find task.py:task --study one" in done.stderr
    assert "Traceback" not in done.stderr
    (here / "task.py").write_text(LOOP)
    assert answer(typed(ASKED, here, environment).stdout) == expected


def test_under_nohup_a_closed_terminal_stops_nothing(here, environment, expected):
    (here / "task.py").write_text(hit_by("os.kill(os.getpid(), signal.SIGHUP)"))
    done = typed(ASKED, here, environment, preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    assert done.returncode in ANSWERED, done.stderr
    assert answer(done.stdout) == expected


@pytest.mark.parametrize("ignored", [False, True], ids=["told", "not told"])
def test_a_terminal_that_is_closed_stops_it_in_order_or_not_at_all(here, environment, expected, ignored):
    (here / "task.py").write_text(hit_by("reach('there'); wait_for('closed')"))
    ours, theirs = pty.openpty()
    os.set_blocking(ours, False)

    def on_the_terminal():
        os.setsid()
        fcntl.ioctl(theirs, termios.TIOCSCTTY, 0)
        signal.signal(signal.SIGHUP, signal.SIG_IGN if ignored else signal.SIG_DFL)  # whatever these tests run under

    with subprocess.Popen(
        [SUREFOOT, *ASKED],
        cwd=here,
        env=environment | {"TERM": "xterm"},
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=theirs,
        preexec_fn=on_the_terminal,
        text=True,
    ) as process:
        os.close(theirs)
        while not (here / "there").exists():
            assert process.poll() is None
            with contextlib.suppress(BlockingIOError):
                os.read(ours, 65536)
        os.close(ours)
        (here / "closed").touch()
        out = process.stdout.read()
    if ignored:
        assert process.returncode in ANSWERED
        assert answer(out) == expected
    else:
        assert (process.returncode, out) == (4, "")
        (here / "task.py").write_text(LOOP)
        assert answer(typed(ASKED, here, environment).stdout) == expected


# Two at once


def test_a_second_one_is_refused_with_who_is_at_work_and_since_when(here, environment, expected):
    (here / "task.py").write_text(hit_by("reach('there'); wait_for('refused')"))
    with subprocess.Popen([SUREFOOT, *ASKED], cwd=here, env=environment, stdout=subprocess.PIPE, text=True) as first:
        while not (here / "there").exists():
            assert first.poll() is None
        second = typed(ASKED, here, environment)
        (here / "refused").touch()
        out = first.stdout.read()
    assert (second.returncode, second.stdout) == (4, "")
    assert f"study 'one' is being worked on by process {first.pid} on " in second.stderr
    assert " since 2" in second.stderr
    assert answer(out) == expected


def test_who_slept_for_longer_than_the_lease_stops_when_another_one_has_gone_on(here, environment, expected):
    (here / "slow.py").write_text(hit_by("reach('there'); wait_for('done')"))
    (here / "task.py").write_text(LOOP)
    impatient = "from surefoot.store import _lease\n_lease.LEASE, _lease.BEAT, _lease.WATCH = 0.2, 0.05, 0.5\n"
    command = [sys.executable, "-c", f"{impatient}from surefoot.cli import main\nmain()"]
    asleep = subprocess.Popen(
        [*command, ASKED[0], "slow.py:task", *ASKED[2:]],
        cwd=here,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while not (here / "there").exists():
        assert asleep.poll() is None
    asleep.send_signal(signal.SIGSTOP)
    done = subprocess.run([*command, *ASKED], cwd=here, env=environment, capture_output=True, text=True, check=False)
    (here / "done").touch()
    asleep.send_signal(signal.SIGCONT)
    out, said = asleep.communicate()
    assert done.returncode in ANSWERED, done.stderr
    assert answer(done.stdout) == expected
    assert (asleep.returncode, out) == (4, "")
    assert "study 'one' was taken over or deleted while this process gave no sign of life" in said


# Disks and files


def refused(surefoot, said):
    done = surefoot(*ASKED)
    assert (done.status, done.out) == (4, "")
    assert said in done.err
    assert "Traceback" not in done.err


@contextlib.contextmanager
def small_disk(place, size):
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "surefoot", place], check=True)
    try:
        yield lambda options: subprocess.run(["mount", "-o", f"remount,{options}", place], check=True)
    finally:
        subprocess.run(["umount", "-l", place], check=True)


@AS_ROOT
def test_on_a_full_disk_it_stops_and_goes_on_when_there_is_room(surefoot, here, tmp_path, monkeypatch, expected):
    (here / "task.py").write_text(LOOP)
    monkeypatch.setenv("SUREFOOT_HOME", str(tmp_path / "disk" / "home"))
    with small_disk(tmp_path / "disk", "10m") as again:
        (tmp_path / "disk" / "filler").write_bytes(bytes(10 * 2**20 - 180_000))
        refused(surefoot, "Make room")
        assert surefoot("studies", "list").status in {0, 4}
        (tmp_path / "disk" / "filler").unlink()
        done = surefoot(*ASKED)
        assert done.status in ANSWERED, done.err
        assert answer(done.out) == expected
        again("ro")
        refused(surefoot, "must be readable and writable")
        again("rw")
        assert answer(surefoot(*ASKED).out) == expected


AS_NOBODY = """
import os, sys
from surefoot.errors import StoreError
from surefoot.store import open_store
open_store("none").close()  # what is imported later lies where nobody may not read
os.setgroups([])
os.setgid(65534)
os.setuid(65534)
try:
    open_store(sys.argv[1])
except StoreError as error:
    print(error)
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="takes another user's place: needs root")
def test_a_store_of_another_user_is_refused_with_whose_it_is(stopped):
    with tempfile.TemporaryDirectory() as elsewhere:
        Path(elsewhere).chmod(0o755)
        shutil.copytree(stopped, Path(elsewhere) / "home")
        command = [sys.executable, "-c", AS_NOBODY, str(Path(elsewhere) / "home")]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "must be readable and writable; it belongs to root" in said
    assert "choose another place with --store PATH" in said


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9], ids=["to nothing", "to a third", "a little"])
def test_a_store_that_was_cut_off_is_said_to_be_and_its_copy_goes_on(stopped, surefoot, expected, share):
    (file,) = stopped.glob("*.db")
    copy = file.read_bytes()
    file.write_bytes(copy[: int(share * len(copy))])
    done = surefoot(*ASKED)
    assert (done.status, done.out) == (4, "")
    assert "ring back a copy" in done.err
    assert "Traceback" not in done.err
    file.write_bytes(copy)
    assert answer(surefoot(*ASKED).out) == expected


def test_what_is_another_programs_database_is_left_as_it_is(stopped, surefoot):
    (file,) = stopped.glob("*.db")
    file.unlink()
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE studies (study_id INTEGER)")  # Optuna's, for one
    connection.close()
    before = file.read_bytes()
    refused(surefoot, "is not a store: its tables are another program's")
    assert file.read_bytes()[:18] == before[:18]
    assert len(file.read_bytes()) == len(before)


def test_a_store_of_a_newer_version_is_left_alone(stopped, surefoot):
    (file,) = stopped.glob("*.db")
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE store SET version = 77")
    connection.close()
    refused(surefoot, "has version 77; this Surefoot knows versions up to 2. Upgrade it")


def test_a_record_that_is_none_is_said_to_be(stopped, surefoot):
    (file,) = stopped.glob("*.db")
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE stages SET record = substr(record, 1, 30) WHERE number = 1")
    connection.close()
    refused(surefoot, "the store holds something that is no Stage")
