"""SQLite as a store: what is decided is on the disk, and a network file system is found out."""

import subprocess
import sys
from pathlib import Path

import pytest

from surefoot.records import Records
from surefoot.store import _sqlite, open_store
from surefoot.store._sqlite import is_local

from ._studies import begun, segment, stage, ticks

MOUNTS = """\
27 1 254:0 / / rw,relatime - ext4 /dev/vda rw
30 27 0:40 / /home rw,relatime shared:1 - nfs4 server:/home rw
31 30 0:41 / /home/me/fast rw - xfs /dev/vdb rw
32 27 0:42 / /mnt/with\\040space rw - cifs //server/share rw
33 27 0:43 / /mnt/ssh rw - fuse.sshfs me@server: rw
34 27 0:44 / /mnt/cloud rw - fuse.s3fs s3fs rw
35 27 0:45 / /mnt/both rw - ext4 /dev/vdc rw
36 35 0:46 / /mnt/both rw - lustre server@tcp:/scratch rw
37 27 0:47 / /mnt/wsl rw - 9p drvfs rw
38 27 0:48 / /tmp rw - tmpfs tmpfs rw
broken line
39 27 0:49 / /container rw - overlay overlay rw
"""


@pytest.mark.parametrize(
    ("file", "local"),
    [
        ("/var/db", True),
        ("/home/me/work/.surefoot/surefoot.db", False),
        ("/home/me/fast/surefoot.db", True),
        ("/homes/db", True),
        ("/mnt/with space/db", False),
        ("/mnt/ssh/db", False),
        ("/mnt/cloud/db", False),
        ("/mnt/both/db", False),
        ("/mnt/wsl/db", False),
        ("/tmp/not/there/yet/db", True),
        ("/container/db", True),
    ],
)
def test_a_disk_of_this_machine_is_told_from_a_network_by_the_mount_it_lies_on(tmp_path, file, local):
    mounts = tmp_path / "mountinfo"
    mounts.write_text(MOUNTS)
    assert is_local(Path(file), mounts) is local


def test_a_link_is_followed_to_where_the_file_lies(tmp_path):
    (tmp_path / "there").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "there")
    mounts = tmp_path / "mountinfo"
    mounts.write_text(f"1 1 0:1 / / rw - ext4 x rw\n2 1 0:2 / {tmp_path}/there rw - nfs x rw\n")
    assert is_local(tmp_path / "link" / "db", mounts) is False


def test_where_nobody_lists_the_mounts_a_file_counts_as_on_a_network(tmp_path):
    assert is_local(tmp_path / "db", tmp_path / "nothing") is False


def pragmas(opened):
    with opened.writing() as decided, opened.writing(lazily=True) as lazily:
        return [
            str(connection.exec_driver_sql(f"PRAGMA {name}").scalar())
            for connection, name in ((decided, "journal_mode"), (decided, "synchronous"), (lazily, "synchronous"))
        ]


def test_on_a_disk_of_this_machine_only_updates_may_wait_for_the_disk(store):
    opened = open_store(store)
    assert pragmas(opened) == ["wal", "3", "1"]  # EXTRA and NORMAL
    opened.close()


@pytest.fixture
def on_a_network(monkeypatch):
    monkeypatch.setattr(_sqlite, "is_local", lambda file: False)


def test_on_a_network_there_is_no_write_ahead_log(store, on_a_network):
    opened = open_store(store)
    begun(opened)
    assert pragmas(opened) == ["delete", "3", "3"]
    other = open_store(store)
    with opened.existing("one").held():
        assert other.summaries()[0].state == "running"
    assert other.existing("one").records() == Records((stage(0.01), stage(0.02)))
    other.close()
    opened.close()
    assert [file.name for file in Path(store).iterdir()] == ["surefoot.db"]


def test_a_store_that_was_moved_to_a_network_goes_on_there(store, monkeypatch):
    opened = open_store(store)
    study = begun(opened)
    opened.close()
    monkeypatch.setattr(_sqlite, "is_local", lambda file: False)
    opened = open_store(store)
    assert pragmas(opened) == ["delete", "3", "3"]
    assert len(opened.existing("one").records().stages) == 2
    assert len(opened.existing("one").ticks(segment())) == 3
    opened.close()
    assert study.name == "one"


MAKER = "import sys\nfrom surefoot.store import open_store\nsys.stdin.read(1)\nopen_store(sys.argv[1]).close()\n"


def test_several_processes_may_make_the_same_store_at_once(store):
    makers = [
        subprocess.Popen([sys.executable, "-c", MAKER, store], stdin=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(2)
    ]
    for maker in makers:
        maker.stdin.write(b"x")
        maker.stdin.flush()
    said = [maker.communicate()[1] for maker in makers]
    assert said == [b""] * 2
    opened = open_store(store)
    assert opened.summaries() == []
    opened.close()
    assert [file.name for file in Path(store).iterdir()] == ["surefoot.db"]


def test_a_store_where_files_cannot_be_linked_is_made_all_the_same(store, monkeypatch):
    def refuse(made, file):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(_sqlite.os, "link", refuse)
    opened = open_store(store)
    begun(opened)
    opened.close()
    again = open_store(store)
    assert [summary.name for summary in again.summaries()] == ["one"]
    again.close()


def test_updates_follow_their_stage_and_are_there_when_they_are_asked_for(store):
    opened = open_store(store)
    study = begun(opened, stages=0)
    with study.held():
        for number in range(5):
            study.commit(stage(0.1 + number), ticks(1000))
        assert [len(study.ticks(segment(0.1 + number))) for number in range(5)] == [1000] * 5
        study.commit(stage(9.0), ticks(1000))
    other = open_store(store)
    assert len(other.existing("one").ticks(segment(9.0))) == 1000
    other.close()
    opened.close()


def test_the_training_goes_on_while_updates_wait_for_the_database(store):
    opened, other = open_store(store), open_store(store)
    study = begun(opened, stages=0)
    with study.held():
        with other.writing() as connection:
            connection.exec_driver_sql("UPDATE store SET version = version")  # it is locked from here on
            study._later.put(segment(0.5), ticks(3))
        assert len(study.ticks(segment(0.5))) == 3
    other.close()
    opened.close()
