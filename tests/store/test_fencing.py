"""A process that was asleep for longer than its lease finds that another one has gone on: it writes nothing more."""

from dataclasses import replace

import pytest

from surefoot.errors import StudyBusy
from surefoot.records import Next
from surefoot.store import open_store

from ._studies import ANSWER, SETTINGS, begun, segment, stage, ticks
from .test_store import change

ELSEWHERE = '{"host": "elsewhere", "process": 1, "since": 1700000000.0}'
TAKEN = "UPDATE studies SET holder = ?, fence = fence + 1, expires = (julianday('now') - 2440587.5) * 86400.0 + 20"


@pytest.fixture
def study(store):
    opened = open_store(store)
    yield begun(opened)
    opened.close()


@pytest.mark.parametrize(
    "write",
    [
        lambda study: study.commit(stage(0.5), ticks()),
        lambda study: study.decide(Next((segment(0.5),), "more"), after=2),
        lambda study: study.decide(ANSWER, after=2),
        lambda study: study.change(replace(SETTINGS, budget=2.0)),
    ],
    ids=["a stage", "a decision", "the answer", "the settings"],
)
@pytest.mark.parametrize("holder", [ELSEWHERE, None], ids=["at work", "gone again"])
def test_nothing_of_a_process_that_lost_its_study_is_kept(study, store, write, holder):
    before = study.records(), study.decided(), study.answer(), study.settings()
    with study.held():
        change(store, TAKEN, holder)
        with pytest.raises(StudyBusy, match="'one' was taken over or deleted while this process gave no sign of life"):
            write(study)
    assert (study.records(), study.decided(), study.answer(), study.settings()) == before


def test_who_lost_a_study_leaves_it_to_its_new_holder(study, store):
    with study.held():
        change(store, TAKEN, ELSEWHERE)
    with pytest.raises(StudyBusy, match="by process 1 on elsewhere"), study.held():
        pass
