"""What is left to train with the answer, from the records alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from surefoot.errors import BadInput
from surefoot.records import Answer, Checkpoint, Cost, Curve, Next, Records, Segment, Stage, Trial, Verdict
from surefoot.search import finish, trained_rates

from ._trainings import settings

STABLE = settings(horizon=1000, trunk=(100, 800))
ENDLESS = settings(horizon=1000, trunk=(100, 1000))
BOUND = settings(horizon=1000)


def found(lr=0.1, interval=(0.05, 0.2)):
    return Answer(lr, interval, None, None, Verdict("clear", "", 0.95), Curve(), "")


FOUND = found()


def stage(lr, stop, start=0, branch="trunk", state="ok", parent=None, horizon=1000, kept=True, seed=0):
    segment = Segment(Trial(lr, seed), branch, horizon, start, stop, parent and parent.checkpoint)
    checkpoint = Checkpoint(f"{lr}-{branch}-{stop}.pt", stop, "") if kept and state == "ok" else None
    return Stage(segment, state, None, None, Cost(stop - start), checkpoint, "" if state == "ok" else "nan")


def wanted(*stages, settings=STABLE, answer=FOUND):
    chosen = finish(Records(stages), answer, settings)
    assert isinstance(chosen, Next)
    assert chosen.finish
    (segment,) = chosen.segments
    return segment


def through(*stages, settings=STABLE, answer=FOUND):
    """All segments until it has ended, as if each of them succeeded."""
    done = list(stages)
    while isinstance(chosen := finish(Records(tuple(done)), answer, settings), Next):
        for segment in chosen.segments:
            kept = Checkpoint(f"{segment.key}.pt", segment.stop, "")
            keeps = segment.branch == "trunk" or segment.keep
            done.append(Stage(segment, "ok", 1.0, None, Cost(segment.updates), kept if keeps else None))
    return [one.segment for one in done[len(stages) :]], chosen, Records(tuple(done))


def test_without_a_trunk_it_takes_a_whole_training():
    segment = wanted(settings=BOUND)
    assert segment == Segment(Trial(0.1, 0), "whole", 1000, 0, 1000)
    assert segment.keep
    assert segment.parent is None


def test_a_trunk_is_no_use_where_the_schedule_has_none():
    assert wanted(stage(0.1, 300), settings=BOUND).branch == "whole"


def test_without_a_trial_to_continue_it_takes_a_whole_training():
    assert wanted().branch == "whole"
    assert wanted(stage(0.1, 300, kept=False)).branch == "whole"


def test_a_trunk_is_continued_in_pieces_and_cooled_down():
    base = stage(0.1, 300)
    segments, last, records = through(base)
    trunk, cooldown = segments[:-1], segments[-1]
    assert [(s.start, s.stop) for s in trunk] == [(at, at + 100) for at in range(300, 800, 100)]
    assert trunk[0].parent == base.checkpoint
    assert all(s.parent.step == s.start for s in segments)
    assert (cooldown.branch, cooldown.start, cooldown.stop, cooldown.schedule_horizon) == ("cooldown", 800, 1000, 1000)
    assert cooldown.keep
    assert last.segment == cooldown
    assert trained_rates(records, last) == ((0, 0.1),)


def test_a_trunk_that_lasts_to_the_end_needs_no_cooldown():
    segments, last, _ = through(stage(0.1, 850), settings=ENDLESS)
    assert [(s.branch, s.start, s.stop) for s in segments] == [("trunk", 850, 950), ("trunk", 950, 1000)]
    assert last.segment == segments[-1]


def test_the_longest_trunk_in_the_interval_is_taken_before_the_nearest():
    segment = wanted(stage(0.1, 100), stage(0.06, 400), stage(0.15, 300), stage(0.9, 700))
    assert segment.parent.file == "0.06-trunk-400.pt"
    assert segment.trial.lr == 0.1


def test_of_equally_long_ones_the_nearest_is_taken():
    assert wanted(stage(0.06, 400), stage(0.11, 400)).parent.file == "0.11-trunk-400.pt"


def test_without_one_in_the_interval_the_nearest_is_taken_if_it_is_near():
    assert wanted(stage(0.3, 100), stage(0.28, 200), stage(0.31, 700)).parent.file == "0.28-trunk-200.pt"
    assert wanted(stage(0.02, 700), stage(0.4, 700)).branch == "whole"


def test_a_trial_that_failed_later_is_not_continued():
    healthy = stage(0.15, 400)
    failed = stage(0.15, 600, 400, state="failed", parent=healthy)
    assert wanted(healthy, failed, stage(0.06, 200)).parent.file == "0.06-trunk-200.pt"


@pytest.mark.parametrize("other", [{"seed": 1}, {"horizon": 500}, {"branch": "cooldown"}])
def test_what_is_no_part_of_this_training_is_not_continued(other):
    assert wanted(stage(0.1, 400, **other)).branch == "whole"


def test_a_trunk_that_is_complete_is_only_cooled_down():
    segment = wanted(stage(0.12, 800))
    assert (segment.branch, segment.start, segment.trial.lr) == ("cooldown", 800, 0.1)


def test_a_trunk_of_another_rate_that_has_no_end_left_is_not_taken():
    assert wanted(stage(0.12, 1000), settings=ENDLESS).branch == "whole"
    assert wanted(stage(0.12, 1000), stage(0.12, 500), settings=ENDLESS).parent.step == 500


def test_a_change_of_rate_is_told_with_its_update():
    base = stage(0.06, 400)
    _, last, records = through(base)
    assert trained_rates(records, last) == ((0, 0.06), (400, 0.1))


def test_a_base_in_pieces_is_one_rate():
    first = stage(0.06, 200)
    second = stage(0.06, 400, 200, parent=first)
    _, last, records = through(first, second)
    assert trained_rates(records, last) == ((0, 0.06), (400, 0.1))


def test_what_is_done_already_is_not_done_again():
    _, last, records = through(stage(0.06, 400))
    assert finish(records, FOUND, STABLE) == last
    assert isinstance(finish(records, found(lr=0.11), STABLE), Next)


def test_a_whole_run_of_the_search_is_enough_when_its_model_was_kept():
    whole = stage(0.1, 1000, branch="whole")
    assert finish(Records((whole,)), FOUND, BOUND) == whole
    assert wanted(replace(whole, checkpoint=None), settings=BOUND) == whole.segment


def test_a_failure_on_the_way_is_where_it_ends():
    base = stage(0.06, 400)
    failed = stage(0.1, 500, 400, state="failed", parent=base)
    assert finish(Records((base, failed)), FOUND, STABLE) == failed
    assert (
        finish(Records((failed_whole := stage(0.1, 1000, branch="whole", state="ended"),)), FOUND, BOUND)
        == failed_whole
    )


def test_a_failure_in_a_shorter_training_says_nothing_of_the_whole_one():
    short = stage(0.1, 50, branch="whole", state="failed", horizon=50)
    assert wanted(short, settings=BOUND).stop == 1000


def test_without_a_rate_there_is_nothing_to_train():
    assert finish(Records(), found(lr=None, interval=None), STABLE) is None


@pytest.mark.parametrize("trunk", [(-1, 10), (10, 10), (20, 10), (0, 1001)])
def test_a_trunk_outside_of_the_training_is_refused(trunk):
    with pytest.raises(BadInput, match=r"trunk=.*: expected its start before its stop, within 1000 updates"):
        settings(horizon=1000, trunk=trunk)
