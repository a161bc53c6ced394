"""States of trials take as much of the disk as they may; less changes the price, never the answer."""

from pathlib import Path

import pytest
from _tasks import digits_task
from test_mending import ASKED, STABLE, same_answer, undisturbed  # noqa: F401  (a fixture)

import surefoot as sf
from surefoot.errors import BadInput, StoreError
from surefoot.finder._room import size_in_bytes


class Watch:
    """The largest size of all states together, and how many there were, after each stage; and what was said."""

    def __init__(self, store):
        self.store, self.sizes, self.kinds = Path(store), [], []

    def __call__(self, event):
        self.kinds.append(event.kind)
        if event.kind in {"started", "decided", "answered", "finished"}:
            self.sizes.append([file.stat().st_size for file in self.store.glob("checkpoints/*/*.pt")])


def found(store, watch=None, **changes):
    return sf.find(digits_task(**STABLE), **ASKED, store=store, finish=True, on_event=watch, **changes)


def test_with_room_for_little_more_than_one_state_the_answer_and_the_model_are_the_same(store, undisturbed):  # noqa: F811
    without = Watch(store)
    found(store, without)
    one = max(size for sizes in without.sizes for size in sizes)
    limit, watch = int(1.5 * one), Watch(store + "2")
    tight = found(store + "2", watch, checkpoint_space=limit)
    assert max(sum(sizes) for sizes in watch.sizes) <= limit
    assert max(sum(sizes) for sizes in without.sizes) > 2 * limit
    assert watch.kinds.count("let_go") == 1
    same_answer(tight, undisturbed)
    assert tight.trained == undisturbed.trained
    assert tight.price.updates > undisturbed.price.updates
    assert "let_go" not in without.kinds


def test_what_nothing_can_go_on_from_is_not_kept(store):
    watch = Watch(store)
    done = found(store, watch)
    searched = [s for s in done.records.stages if s.segment.branch == "trunk" and s.checkpoint is not None]
    longest = {stage.segment.trial for stage in searched}
    assert max(len(sizes) for sizes in watch.sizes) <= len(longest)


def test_a_limit_below_one_state_is_refused_with_both_sizes_and_a_larger_one_goes_on(store, undisturbed):  # noqa: F811
    with pytest.raises(StoreError, match=r"a state of this training takes [\d,]+ bytes, more than the 1,000 of"):
        found(store, checkpoint_space="1 kB")
    same_answer(found(store), undisturbed)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("20 GB", 20 * 10**9),
        ("1.5 KiB", 1536),
        ("3m", 3 * 10**6),
        (4096, 4096),
        ("7", 7),
        (None, None),
        ("2TiB", 2**41),
    ],
)
def test_a_size_is_bytes_or_a_text(text, size):
    assert size_in_bytes(text) == size


@pytest.mark.parametrize("text", ["", "GB", "0", "-1 GB", "much", 0, -5, True, float("nan"), "1e9", b"1"])
def test_what_is_no_size_is_refused(text):
    with pytest.raises(BadInput, match=r"checkpoint_space=.*for example '20 GB'"):
        size_in_bytes(text)
