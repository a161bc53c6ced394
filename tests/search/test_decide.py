from __future__ import annotations

import dataclasses
import math
import random

import pytest
from hypothesis import given as examples
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from surefoot.errors import BadInput
from surefoot.records import Answer, Cost, Next, Records, Segment, Stage, Trial
from surefoot.search import conclude, decide

from ._trainings import bowl, run, search, settings, spent

places = st.floats(-4.5, -1.5)
drifts = st.floats(-0.1, 0.8)
cliffs = st.floats(0.2, 1.5)
budgets = st.sampled_from([0.04, 0.1, 0.5, 2.0])
few = hypothesis_settings(max_examples=8, deadline=None)


def same(one: Next | Answer, other: Next | Answer) -> bool:
    return dataclasses.asdict(one) == dataclasses.asdict(other)


@few
@examples(places, drifts, cliffs, budgets)
def test_the_same_records_give_the_same_decision_at_every_point(best, drift, cliff, budget):
    given = settings(budget=budget)
    answer, records = search(given, bowl(best, drift, cliff))
    assert same(decide(records, given), answer)
    for count in (0, len(records.stages) // 2):
        part = Records(records.stages[:count])
        assert same(decide(part, given), decide(Records(part.stages), given))


@few
@examples(places, drifts, cliffs, budgets, st.randoms(use_true_random=False))
def test_the_order_of_the_stages_does_not_matter(best, drift, cliff, budget, chance: random.Random):
    given = settings(budget=budget)
    answer, records = search(given, bowl(best, drift, cliff))
    shuffled = list(records.stages)
    chance.shuffle(shuffled)
    assert same(decide(Records(tuple(shuffled)), given), answer)


@few
@examples(places, drifts, cliffs, budgets)
def test_a_score_to_be_maximised_is_the_mirror_of_one_to_be_minimised(best, drift, cliff, budget):
    score = bowl(best, drift, cliff)
    down, seen = search(settings(budget=budget), score)
    up, mirrored = search(settings(budget=budget, goal="max", untrained=-2.3), lambda lr, updates: -score(lr, updates))
    assert same(up, down)
    assert [s.segment for s in mirrored.stages] == [s.segment for s in seen.stages]


@few
@examples(places, drifts, cliffs, st.floats(1e-3, 1e3), st.floats(-100, 100))
def test_scale_and_origin_of_the_score_change_no_decision(best, drift, cliff, scale, origin):
    score = bowl(best, drift, cliff)
    answer, seen = search(settings(), score)
    other, moved = search(
        settings(untrained=2.3 * scale + origin), lambda lr, updates: score(lr, updates) * scale + origin
    )
    assert other.lr == answer.lr
    assert other.interval == answer.interval
    assert [s.segment for s in moved.stages] == [s.segment for s in seen.stages]


@few
@examples(places, drifts, cliffs, st.floats(0.036, 5.0))
def test_spending_stays_within_the_budget_and_the_rates_within_the_limits(best, drift, cliff, budget):
    given = settings(budget=budget, floor=1e-5, ceiling=1e-1)
    _, records = search(given, bowl(best, drift, cliff))
    assert spent(records) <= budget * given.horizon * (1 + 1e-6)
    assert all(given.floor <= s.segment.trial.lr <= given.ceiling for s in records.stages)
    assert all(s.segment.stop <= given.horizon for s in records.stages)
    keys = [s.segment.key for s in records.stages]
    assert len(keys) == len(set(keys))


def test_what_failed_trials_leave_is_spent_on_others():
    score = bowl(best=-4.5, cliff=0.3)
    _, records = search(settings(), score)
    failed = [s for s in records.stages if not s.ok]
    planned = sum(s.segment.updates + 2 for s in records.stages)
    assert failed
    assert planned > spent(records)


def test_your_rate_is_tried():
    given = settings(yours=3e-4)
    _, records = search(given, bowl())
    assert 3e-4 in {s.segment.trial.lr for s in records.stages}


@pytest.mark.parametrize("best", [-6.0, 0.3])
def test_the_range_is_widened_when_the_best_rate_lies_outside(best):
    _, records = search(settings(), bowl(best=best))
    rates = [math.log10(s.segment.trial.lr) for s in records.stages]
    assert min(abs(rate - best) for rate in rates) < 0.7


def test_every_decision_says_why_with_a_number():
    given = settings()
    records = Records()
    while True:
        step = decide(records, given)
        assert any(letter.isdigit() for letter in step.why)
        assert "\n" not in step.why
        if isinstance(step, Answer):
            break
        records = Records(records.stages + tuple(run(segment, bowl()) for segment in step.segments))


def test_the_same_segment_with_two_results_is_refused_by_name():
    segment = Segment(Trial(1e-3, 0), "whole", 20, 0, 20)
    one, other = (Stage(segment, "ok", score, None, Cost(20, 6)) for score in (1.0, 1.1))
    with pytest.raises(BadInput) as caught:
        decide(Records((one, other)), settings())
    assert segment.key in str(caught.value)


def test_the_same_stage_twice_is_no_contradiction():
    stage = Stage(Segment(Trial(1e-3, 0), "whole", 20, 0, 20), "ok", 1.0, None, Cost(20, 6))
    assert conclude(Records((stage, stage)), settings()).lr is not None


def test_a_healthy_stage_without_a_finite_score_is_refused():
    stage = Stage(Segment(Trial(1e-3, 0), "whole", 20, 0, 20), "ok", math.nan, None, Cost(20, 6))
    with pytest.raises(BadInput, match="finite"):
        decide(Records((stage,)), settings())


def test_search_ends_early_when_there_is_nothing_left_to_gain():
    _, records = search(settings(budget=10.0), bowl())
    assert spent(records) < 8 * 1000


def test_two_hundred_stages_are_still_decided():
    chance = random.Random(0)
    stages = []
    for index in range(200):
        lr = 10 ** chance.uniform(-5, -1)
        segment = Segment(Trial(lr, 0), "whole", 40 if index < 150 else 160, 0, 40 if index < 150 else 160)
        stages.append(run(segment, bowl()))
    assert isinstance(decide(Records(tuple(stages)), settings(budget=100.0)), (Next, Answer))
