"""What kept states were lost or damaged is made again, and the answer is the one that would have been."""

from pathlib import Path

import pytest
import torch
from _tasks import digits_task

import surefoot as sf
from surefoot.checkpoints import Checkpoints
from surefoot.finder._mending import mended
from surefoot.records import Checkpoint, Segment, Trial
from surefoot.store import open_store

STABLE = {"schedule": "warmup(2) >> hold() >> decay(0.2)", "horizon": 100}
ASKED = {"budget": 1.2, "lr_min": 0.01, "lr_max": 0.3, "study": "one"}


def flip_a_bit(file):
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


DAMAGE = {
    "missing": Path.unlink,
    "torn": lambda file: file.write_bytes(file.read_bytes()[:-10]),
    "a bit flipped": flip_a_bit,
}


class Damaging:
    """Damages every state there is, whenever something is decided that goes on from one."""

    def __init__(self, store, damage):
        self.store, self.damage, self.mended = Path(store), damage, 0

    def __call__(self, event):
        self.mended += event.kind == "mended"
        if event.kind == "decided" and any(segment.parent for segment in event.decision.segments):
            for file in self.store.glob("checkpoints/*/*.pt"):
                self.damage(file)


def same_answer(one, two):
    for name in ("lr", "interval", "fails_at", "verdict", "curve", "why"):
        assert getattr(one, name) == getattr(two, name)
    assert [(s.segment, s.score, s.cost.updates) for s in one.records.stages] == [
        (s.segment, s.score, s.cost.updates) for s in two.records.stages
    ]


@pytest.fixture(scope="module")
def undisturbed():
    return sf.find(digits_task(**STABLE), **ASKED, store="none", finish=True)


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_every_lost_state_is_made_again_and_the_answer_and_the_model_are_the_same(damage, undisturbed, store):
    damaging = Damaging(store, damage)
    found = sf.find(digits_task(**STABLE), **ASKED, store=store, finish=True, on_event=damaging)
    assert damaging.mended > 2
    same_answer(found, undisturbed)
    assert found.trained == undisturbed.trained
    for name, weight in undisturbed.model_state.items():
        assert torch.equal(found.model_state[name], weight)
    assert found.price.updates > undisturbed.price.updates  # what was trained again is paid for, and said
    opened = open_store(store)
    assert opened.summaries()[0].updates == found.price.updates
    opened.close()


def test_what_was_lost_while_nobody_was_at_work_is_made_again_when_the_study_goes_on(undisturbed, store):
    def stop(event):
        if event.kind == "started" and event.segment.parent is not None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sf.find(digits_task(**STABLE), **ASKED, store=store, finish=True, on_event=stop)
    for file in Path(store).glob("checkpoints/*/*.pt"):
        file.unlink()
    same_answer(sf.find(digits_task(**STABLE), **ASKED, store=store, finish=True), undisturbed)


def test_a_state_of_which_nobody_knows_how_it_was_made_fails_its_trial_and_not_the_study(tmp_path):
    lost = Segment(Trial(0.1, 0), "cooldown", 20, 16, 20, Checkpoint("16-abc.pt", 16, "abc"))
    came_of_it = mended(lost, [], Checkpoints(tmp_path), lambda segment: pytest.fail("nothing can be run"))
    assert came_of_it.state == "failed"
    assert came_of_it.segment == lost
    assert "was lost, and cannot be made again: no stage is known that ended there" in came_of_it.reason
