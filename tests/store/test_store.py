"""What is recorded is there afterwards, for everyone who opens the store."""

import math
import os
import sqlite3
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from surefoot.errors import BadStudy, StoreError, StudyBusy, SurefootError
from surefoot.records import Checkpoint, Next, Records, Tick
from surefoot.store import _lease, open_store

from ._studies import ANSWER, FACTS, SETTINGS, begun, create, segment, stage, ticks


@pytest.fixture
def opened(store):
    opened = open_store(store)
    yield opened
    opened.close()


def database(store):
    (file,) = Path(store).glob("*.db")
    return file


def change(store, statement, *values):
    connection = sqlite3.connect(database(store))
    with connection:
        connection.execute(statement, values)
    connection.close()


def test_a_study_is_the_same_for_whoever_opens_the_store_next(opened, store):
    begun(opened, "one").decide(ANSWER, after=2)
    other = open_store(store)
    study = other.existing("one")
    assert study.settings() == SETTINGS
    assert study.facts() == FACTS
    assert study.task() == {"schedule": "cosine()"}
    assert study.records() == Records((stage(0.01), stage(0.02)))
    assert study.answer() == ANSWER
    other.close()


def test_stages_come_back_in_the_order_they_were_recorded(opened):
    study = create(opened)
    recorded = [stage(lr) for lr in (0.3, 0.1, 0.2)]
    for one in recorded:
        study.commit(one, [])
    assert list(study.records().stages) == recorded


def test_the_same_rate_on_two_rungs_makes_two_stages_but_a_segment_only_one(opened):
    study = create(opened)
    study.commit(stage(updates=60), [])
    study.commit(stage(updates=61), [])
    with pytest.raises(StoreError):
        study.commit(stage(updates=60, score=0.7), [])
    assert study.records() == Records((stage(updates=60), stage(updates=61)))


def test_a_segment_that_is_run_again_to_keep_its_end_takes_the_place_of_its_stage(opened):
    study = create(opened)
    first, other = stage(0.01), stage(0.02)
    study.commit(first, ticks(2))
    study.commit(other, [])
    kept = Checkpoint("60-abc.pt", 60, "abc")
    again = replace(first, segment=replace(first.segment, keep=True), checkpoint=kept)
    study.mend(again)
    assert study.records().stages == (again, other)
    assert len(study.ticks(first.segment)) == 2
    study.mend(again, ticks(3))
    assert len(study.ticks(first.segment)) == 3


def test_a_stage_and_what_is_decided_on_it_are_recorded_together_or_not_at_all(opened):
    study = create(opened)
    study.commit(stage(0.01), [], Next((segment(0.02),), "one more"), after=1)
    assert [(one.after, one.why, one.segments) for one in study.decided()] == [(1, "one more", (segment(0.02),))]
    with pytest.raises(StoreError):
        study.commit(stage(0.01), [], Next((segment(0.03),), "not on this"), after=2)
    assert len(study.decided()) == 1
    study.commit(stage(0.02), [], ANSWER, after=2)
    assert study.answer() == ANSWER


def test_what_was_decided_to_finish_is_no_part_of_what_search_still_waits_for(opened):
    study = create(opened)
    study.decide(Next((segment(0.01),), "sought"), after=0)
    study.decide(Next((segment(0.02),), "to the end", finish=True), after=0)
    assert study.outstanding() == (segment(0.01),)
    assert [decision.finish for decision in study.decided()] == [False, True]


def test_a_stage_that_cannot_be_recorded_leaves_none_of_its_updates_behind(opened):
    study = create(opened)
    study.commit(stage(), ticks(2))
    with pytest.raises(StoreError):
        study.commit(stage(), ticks(9))
    assert len(study.ticks(segment())) == 2


@pytest.mark.parametrize("lr", [5e-324, 1e-300, 0.1 + 0.2, 1e308])
def test_rates_and_scores_come_back_to_the_last_digit(opened, lr):
    study = create(opened)
    study.commit(stage(lr, score=-lr), [])
    assert study.records().stages[0].segment.trial.lr == lr
    assert study.records().stages[0].score == -lr


def test_updates_come_back_with_a_loss_that_is_no_number_as_nan(opened):
    study = create(opened)
    recorded = [Tick(0, 1e-300, 0.1 + 0.2, 0.0), Tick(1, 1e300, math.nan, 0.1), Tick(2, 0.1, math.inf, 0.2)]
    study.commit(stage(score=None), recorded)
    back = study.ticks(segment())
    assert back[0] == recorded[0]
    assert [tick.lr for tick in back] == [tick.lr for tick in recorded]
    assert math.isnan(back[1].loss)
    assert math.isnan(back[2].loss)
    assert study.ticks(segment(lr=0.5)) == []


def test_decisions_are_kept_with_their_reasons_and_the_same_one_only_once(opened):
    study = create(opened)
    first = Next((segment(0.01), segment(0.02)), 'a "first" look')
    study.decide(first, after=0)
    study.decide(first, after=0)
    study.decide(Next((segment(0.03),), "a second"), after=2)
    study.decide(ANSWER, after=3)
    decided = study.decided()
    assert [(one.after, one.why) for one in decided] == [
        (0, 'a "first" look'),
        (2, "a second"),
        (3, "the budget is spent"),
    ]
    assert [one.segments for one in decided] == [first.segments, (segment(0.03),), ()]


def test_other_settings_open_the_answer_again(opened):
    study = begun(opened)
    study.decide(ANSWER, after=2)
    study.change(SETTINGS)
    assert study.answer() is None
    assert len(study.records().stages) == 2


def test_studies_are_listed_newest_first_with_what_they_came_to(opened):
    begun(opened, "old", stages=1)
    begun(opened, "answered", stages=3).decide(ANSWER, after=3)
    create(opened, "empty")
    opened.existing("old").commit(stage(0.5, score=None), [])
    found = opened.summaries()
    assert [summary.name for summary in found] == ["old", "empty", "answered"]
    assert [(summary.stages, summary.updates) for summary in found] == [(2, 120), (0, 0), (3, 180)]
    assert [summary.state for summary in found] == ["stopped", "stopped", "answered"]
    assert [summary.answer for summary in found] == [None, None, ANSWER]
    with opened.existing("empty").held():
        assert {summary.name: summary.state for summary in opened.summaries()}["empty"] == "running"


@pytest.mark.parametrize("name", ["it's", 'a "b"', "a\nb", "../../etc/passwd", "%s ? :x", "naïve 学習率 🙂", " "])
def test_a_study_may_have_any_name(opened, name):
    begun(opened, name)
    begun(opened, "another", stages=1)
    assert opened.existing(name).records() == Records((stage(0.01), stage(0.02)))
    assert {summary.name for summary in opened.summaries()} == {name, "another"}


def test_a_name_that_is_taken_is_refused(opened):
    create(opened, "one")
    with pytest.raises(StoreError):
        create(opened, "one")
    assert len(opened.summaries()) == 1


def test_a_study_that_is_not_there_is_refused_with_those_that_are_near(opened, store):
    with pytest.raises(BadStudy, match=r"no study 'resnet' in the store .*; there is none yet") as caught:
        opened.existing("resnet")
    assert store in str(caught.value)
    create(opened, "resnet-50")
    create(opened, "bert")
    with pytest.raises(BadStudy, match=r"no study 'resnet' .*; there are: resnet-50"):
        opened.existing("resnet")
    assert opened.study("resnet") is None


def test_a_study_without_a_name_gets_one_that_is_free(opened):
    create(opened, "study-2")
    names = [opened.create_next("study", SETTINGS, FACTS, {}).name for _ in range(3)]
    assert names == ["study-1", "study-3", "study-4"]


def test_a_store_in_memory_is_a_store_like_any_other():
    opened = open_store("none")
    begun(opened)
    with opened.existing("one").held():
        assert opened.existing("one").records() == Records((stage(0.01), stage(0.02)))
    opened.close()


def test_a_database_url_names_a_store_too(tmp_path):
    url = f"sqlite:///{tmp_path / 'mine.db'}"
    opened = open_store(url)
    begun(opened)
    opened.close()
    again = open_store(url)
    assert [summary.name for summary in again.summaries()] == ["one"]
    again.close()


def test_a_store_of_a_newer_version_is_refused_and_left_as_it_is(opened, store):
    create(opened)
    opened.close()
    change(store, "UPDATE store SET version = 2000")
    with pytest.raises(
        StoreError, match=r"version 2000; this Surefoot knows versions up to \d+.*pip install -U surefoot"
    ):
        open_store(store)
    connection = sqlite3.connect(database(store))
    assert connection.execute("SELECT version FROM store").fetchall() == [(2000,)]
    connection.close()


def test_a_store_of_the_version_before_is_brought_up_to_date_with_all_that_it_holds(opened, store):
    begun(opened, "answered").decide(ANSWER, after=2)
    begun(opened, "stopped")
    opened.close()
    for column in ("fence", "expires", "let_go", "brief"):
        change(store, f"ALTER TABLE studies DROP COLUMN {column}")
    change(store, "ALTER TABLE studies ADD COLUMN heartbeat FLOAT")
    change(store, "UPDATE studies SET holder = ?", '{"host": "elsewhere", "process": 1, "since": 1.0}')
    change(store, "UPDATE store SET version = 1")
    again = open_store(store)
    assert [(one.name, one.state, one.answer) for one in again.summaries()] == [
        ("stopped", "stopped", None),
        ("answered", "answered", ANSWER),
    ]
    study = again.existing("answered")
    assert (study.answer(), study.gone(), again.existing("stopped").gone()) == (ANSWER, 2, 0)
    with study.held():
        study.commit(stage(0.5), ticks())
    assert len(study.records().stages) == 3
    again.close()


def test_studies_of_two_stores_that_share_a_folder_have_files_of_their_own(tmp_path, monkeypatch):
    monkeypatch.setenv("SUREFOOT_HOME", str(tmp_path / "home"))
    first, second = (open_store(f"sqlite:///{tmp_path / name}.db") for name in ("first", "second"))
    one, two = create(first), create(second)
    assert one.folder.parent == two.folder.parent == tmp_path / "home" / "files"
    assert one.folder != two.folder
    assert one.checkpoints().folder != two.checkpoints().folder
    first.close()
    second.close()


def test_a_file_that_is_no_database_is_refused_and_left_as_it_is(opened, store):
    opened.close()
    file = database(store)
    for beside in Path(store).iterdir():
        beside.unlink()
    file.write_text("my thesis " * 1000)
    with pytest.raises(StoreError, match=r"cannot be used: .*not a database"):
        open_store(store)
    assert file.read_text() == "my thesis " * 1000


@pytest.mark.parametrize("below", ["", "below", "below/further"])
def test_a_file_in_place_of_the_folder_is_refused(tmp_path, below):
    file = tmp_path / "file"
    file.write_text("mine")
    with pytest.raises(StoreError, match=r"choose an?other.*--store PATH"):
        open_store(file / below)
    assert file.read_text() == "mine"


@pytest.mark.parametrize("url", ["nonsense://x", "sqlite://me@x/y?z=", "://"])
def test_a_url_that_names_no_database_is_refused(url):
    with pytest.raises(StoreError, match=r"--store"):
        open_store(url)


def test_a_database_that_is_out_of_reach_is_refused_without_repeating_the_password():
    with pytest.raises(SurefootError) as caught:
        open_store("postgresql+pg8000://me:secret@127.0.0.1:1/studies")
    assert "127.0.0.1" in str(caught.value)
    assert "secret" not in str(caught.value)


# One at a time


def test_a_study_that_is_worked_on_is_refused_with_who_and_since_when(opened, store):
    study = begun(opened)
    other = open_store(store)
    began = time.localtime()
    with study.held():
        with pytest.raises(StudyBusy) as caught, other.existing("one").held():
            pass
        (summary,) = other.summaries()
        assert summary.state == "running"
    said = str(caught.value)
    assert "'one'" in said
    assert f"process {os.getpid()} " in said
    assert time.strftime("since %Y-%m-%d", began) in said
    assert "use another --study name" in said
    with other.existing("one").held():
        assert other.summaries()[0].state == "running"
    assert other.summaries()[0].state == "stopped"
    other.close()


def test_a_study_is_let_go_of_whatever_happens(opened):
    study = begun(opened)
    for error in (RuntimeError, KeyboardInterrupt):
        with pytest.raises(error), study.held():
            raise error
    with study.held():
        pass


def test_of_many_at_once_exactly_one_gets_the_study(opened, store):
    begun(opened)
    inside, refused = [], []
    ready, done = threading.Barrier(6, timeout=60), threading.Barrier(6, timeout=60)

    def work():
        own = open_store(store)
        ready.wait()
        try:
            with own.existing("one").held():
                inside.append(1)
                done.wait()
        except StudyBusy:
            refused.append(1)
            done.wait()
        own.close()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(inside), len(refused)) == (1, 5)


HOLDER = """
import sys
from surefoot.store import _lease, open_store
with open_store(sys.argv[1]).existing("one").held():
    print("held", flush=True)
    sys.stdin.read()
"""


def holder(store):
    return subprocess.Popen(
        [sys.executable, "-c", HOLDER, store], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def test_the_study_of_a_process_that_was_killed_is_taken_over(opened, store):
    study = begun(opened)
    with holder(store) as process:
        assert process.stdout.readline() == "held\n"
        with pytest.raises(StudyBusy, match=f"by process {process.pid} on"), study.held():
            pass
        process.kill()
    assert opened.summaries()[0].state == "stopped"
    with study.held():
        study.commit(stage(0.5), [])
    assert len(study.records().stages) == 3


def test_a_holder_elsewhere_that_gives_no_sign_of_life_is_taken_over(opened, store, monkeypatch):
    study = begun(opened)
    there = '{"host": "elsewhere", "process": 1, "since": 1700000000.0}'
    change(store, "UPDATE studies SET holder = ?, expires = ?", there, time.time() + 20)
    with pytest.raises(StudyBusy, match="by process 1 on elsewhere since 2023-11-1"), study.held():
        pass
    monkeypatch.setattr(_lease, "WATCH", 0.3)
    change(store, "UPDATE studies SET expires = ?", time.time() - 1)
    with study.held():
        assert opened.summaries()[0].state == "running"


def test_a_study_that_was_taken_over_is_not_taken_from_its_new_holder(opened, store):
    study = begun(opened)
    with study.held():
        there = f'{{"host": "elsewhere", "process": 1, "since": {time.time()}}}'
        change(store, "UPDATE studies SET holder = ?, fence = fence + 1, expires = ?", there, time.time() + 20)
    with pytest.raises(StudyBusy, match="elsewhere"), study.held():
        pass
