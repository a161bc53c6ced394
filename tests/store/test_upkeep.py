"""Studies are handed on, removed and mended."""

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from surefoot.errors import StoreError, StudyBusy
from surefoot.records import Losses, Records, Tick
from surefoot.store import as_csv, as_json, check, delete, open_store
from surefoot.store._codec import to_json
from surefoot.store._lease import Holder

from ._studies import ANSWER, begun, segment, stage, ticks
from .test_store import change


@pytest.fixture
def opened(store):
    opened = open_store(store)
    yield opened
    opened.close()


def with_checkpoints(opened, name="one", count=2):
    """A study with a kept state a stage."""
    study = begun(opened, name, stages=0)
    for number in range(count):
        kept = study.checkpoints().save({"weights": [0.5 * number]}, 60)
        study.commit(replace(stage(0.01 * (number + 1)), checkpoint=kept), ticks())
    return study


def sentences(opened):
    return [(finding.study, finding.sentence) for finding in check(opened)]


def test_json_holds_every_decision_stage_and_update(opened):
    study = begun(opened)
    study.decide(ANSWER, after=2)
    held = json.loads(as_json(study))
    assert held["answer"]["lr"] == ANSWER.lr
    assert [one["segment"]["trial"]["lr"] for one in held["stages"]] == [0.01, 0.02]
    assert [tick["loss"] for tick in held["stages"][0]["ticks"]] == [tick.loss for tick in ticks()]
    assert [one["why"] for one in held["decisions"]] == ["a first look", "the budget is spent"]


def test_json_is_strict_where_a_loss_was_not_finite(opened):
    study = begun(opened, stages=0)
    infinite = replace(stage(0.5, score=None), losses=Losses(2.3, float("nan"), 1.0, float("inf"), 3))
    study.commit(infinite, [Tick(0, 0.5, float("nan"), 0.0)])

    def refuse(constant):
        raise AssertionError(constant)

    (one,) = json.loads(as_json(study), parse_constant=refuse)["stages"]
    assert one["losses"]["last"] is None
    assert one["ticks"][0]["loss"] is None


def test_csv_has_a_line_a_stage_and_its_numbers_come_back_exactly(opened):
    study = begun(opened)
    study.commit(stage(1 / 3, score=None), [])
    lines = list(csv.DictReader(io.StringIO(as_csv(study))))
    assert [float(line["lr"]) for line in lines] == [0.01, 0.02, 1 / 3]
    assert [line["state"] for line in lines] == ["ok", "ok", "failed"]
    assert lines[2]["score"] == ""
    assert lines[2]["reason"] == "the loss was nan at update 3"


def test_a_deleted_study_leaves_nothing_and_others_everything(opened, store):
    study, other = with_checkpoints(opened), with_checkpoints(opened, "other")
    study.folder.mkdir(parents=True)
    (study.folder / "said.txt").write_text("a program's output")
    delete(study)
    assert [summary.name for summary in opened.summaries()] == ["other"]
    assert not study.folder.exists()
    assert [folder.name for folder in (Path(store) / "checkpoints").iterdir()] == [other.checkpoints().folder.name]
    assert len(other.records().stages) == 2
    assert len(other.ticks(segment(0.01))) == 3
    again = begun(opened, stages=0)
    assert again.records() == Records()
    assert again.ticks(segment(0.01)) == []


def test_a_study_that_is_worked_on_is_not_deleted(opened, store):
    study = with_checkpoints(opened)
    with study.held(), pytest.raises(StudyBusy, match="being worked on"):
        delete(opened.existing("one"))
    assert len(opened.existing("one").records().stages) == 2
    assert all(study.checkpoints().has(one.checkpoint) for one in study.records().stages)


def test_a_check_of_what_is_well_finds_nothing(opened):
    with_checkpoints(opened)
    begun(opened, "other").decide(ANSWER, after=2)
    assert sentences(opened) == []


def test_a_damaged_checkpoint_is_removed_so_that_the_study_goes_on_without_it(opened):
    study = with_checkpoints(opened)
    kept = study.records().stages[0].checkpoint
    (study.checkpoints().folder / kept.file).write_bytes(b"torn")
    first, second = sentences(opened)
    assert first == ("one", f"checkpoint {kept.file} is not what was written: removed")
    assert second == ("one", "1 of 2 checkpoints are not there: what still needs one is trained again")
    assert not study.checkpoints().has(kept)
    assert study.checkpoints().has(study.records().stages[1].checkpoint)


def test_a_checkpoint_of_no_stage_is_removed_and_those_of_stages_stay(opened):
    study = with_checkpoints(opened)
    orphan = study.checkpoints().save({"weights": [9.0]}, 30)
    unfinished = study.checkpoints().folder / ".60.pt.12345"
    unfinished.write_bytes(b"half of")
    assert sorted(sentences(opened)) == [
        ("one", f"checkpoint {name} belongs to no stage: removed") for name in sorted([unfinished.name, orphan.file])
    ]
    assert sentences(opened) == []
    assert all(study.checkpoints().has(one.checkpoint) for one in study.records().stages)


def test_checkpoints_that_an_answered_study_dropped_are_not_missed(opened):
    study = with_checkpoints(opened)
    study.decide(ANSWER, after=2)
    study.checkpoints().drop()
    assert sentences(opened) == []


def test_a_lease_that_a_dead_process_left_is_ended(opened, store):
    begun(opened)
    dead = replace(Holder.me(), process=2**22 + 1)  # above every number of Linux
    change(store, "UPDATE studies SET holder = ?, expires = 1.0", to_json(dead))
    ((name, said),) = sentences(opened)
    assert name == "one"
    assert said.startswith(f"process {dead.process} on {dead.host} ended without giving it back")
    assert sentences(opened) == []


def test_a_study_that_is_worked_on_is_left_alone(opened):
    study = with_checkpoints(opened)
    with study.held():
        orphan = study.checkpoints().save({"weights": [9.0]}, 30)  # its stage is not committed yet
        assert sentences(opened) == []
        assert study.checkpoints().has(orphan)


def test_a_damaged_database_is_said_to_be_one(opened, store):
    for number in range(40):
        begun(opened, f"study {number}")
    opened.close()
    (file,) = Path(store).glob("*.db")
    content = bytearray(file.read_bytes())
    content[4096 * 5 : 4096 * 9] = b"\xff" * 4096 * 4
    file.write_bytes(content)
    with pytest.raises(StoreError, match=r"the store .* (is damaged|cannot be used)"):
        check(opened)
