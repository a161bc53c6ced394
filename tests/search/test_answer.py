from __future__ import annotations

import math

import pytest

from surefoot.records import Answer, Records
from surefoot.search import conclude, decide

from ._trainings import bowl, regret, run, search, settings


@pytest.mark.parametrize("best", [-4.0, -3.0, -2.0])
@pytest.mark.parametrize("drift", [0.0, 0.3, 0.6])
def test_a_bowl_is_found_for_half_a_run(best, drift):
    score = bowl(best, drift)
    answer, _ = search(settings(budget=0.5), score)
    assert answer.lr is not None
    assert regret(score, answer.lr) < 0.05
    assert answer.verdict.kind == "clear"


@pytest.mark.parametrize("best", [-4.0, -3.0, -2.0])
def test_a_bowl_is_found_within_the_tolerance_for_two_runs(best):
    score = bowl(best)
    answer, _ = search(settings(budget=2.0), score)
    assert answer.lr is not None
    assert regret(score, answer.lr) < 0.01


def test_the_interval_holds_the_rate_and_little_that_is_bad():
    score = bowl()
    answer, _ = search(settings(budget=2.0), score)
    assert answer.interval is not None
    low, high = answer.interval
    assert low <= answer.lr <= high
    assert regret(score, low) < 0.05
    assert regret(score, high) < 0.05


def test_the_curve_covers_what_may_be_tried():
    answer, _ = search(settings(), bowl())
    assert answer.curve.lr[0] == pytest.approx(1e-7)
    assert answer.curve.lr[-1] == pytest.approx(10)
    assert len(answer.curve.lr) == len(answer.curve.regret) == len(answer.curve.chance)
    assert all(0 <= value <= 1 for value in answer.curve.regret + answer.curve.chance)


def test_fails_at_is_the_smallest_rate_from_which_everything_failed():
    answer, records = search(settings(), bowl(best=-3.0))
    failed = {s.segment.trial.lr for s in records.stages if not s.ok}
    healthy = {s.segment.trial.lr for s in records.stages if s.ok}
    assert answer.fails_at == min(lr for lr in failed if lr > max(healthy))
    assert answer.lr < answer.fails_at


def test_a_task_whose_every_rate_fails_cannot_be_told():
    answer, records = search(settings(), lambda lr, updates: math.nan)
    assert answer.lr is None
    assert answer.interval is None
    assert answer.verdict.kind == "cannot_tell"
    assert "every trial failed" in answer.verdict.sentence.lower()
    assert answer.fails_at == min(s.segment.trial.lr for s in records.stages)
    assert answer.fails_at < 1e-6


def test_a_constant_score_cannot_be_told():
    answer, _ = search(settings(), lambda lr, updates: 0.7)
    assert answer.lr is None
    assert answer.verdict.kind == "cannot_tell"
    assert "0.7" in answer.verdict.sentence


def test_no_progress_over_the_untrained_model_cannot_be_told():
    answer, _ = search(settings(), lambda lr, updates: 2.3 + 1e-3 * lr)
    assert answer.lr is None
    assert answer.verdict.kind == "cannot_tell"


def test_scores_equal_within_noise_are_flat():
    answer, _ = search(settings(), lambda lr, updates: 0.7 + 1e-4 * math.sin(1000 * lr))
    assert answer.lr is not None
    assert "flat" in answer.verdict.flags


def test_failures_below_a_good_range_do_not_draw_the_answer_there():
    score = bowl()
    answer, _ = search(settings(), lambda lr, updates: math.nan if lr < 1e-4 else score(lr, updates))
    assert answer.lr is not None
    assert answer.lr > 1e-4
    assert regret(score, answer.lr) < 0.05


def test_an_optimum_beyond_the_limit_is_flagged_as_at_the_edge():
    answer, _ = search(settings(floor=1e-5, ceiling=1e-1), bowl(best=1.0, cliff=3.0))
    assert answer.lr is not None
    assert answer.lr > 0.05
    assert "edge" in answer.verdict.flags


@pytest.mark.parametrize(
    ("yours", "kind", "words"),
    [(1e-4, "too_low", "x too low, costs about"), (0.09, "fails", "fails: every trial at and above")],
)
def test_your_rate_is_judged(yours, kind, words):
    answer, _ = search(settings(budget=1.0, yours=yours), bowl(best=-2.5))
    assert answer.yours is not None
    assert answer.yours.kind == kind
    assert words in answer.yours.sentence


def test_your_rate_is_good_when_it_is_the_answer():
    answer, _ = search(settings(budget=1.0), bowl())
    again, _ = search(settings(budget=1.0, yours=answer.lr), bowl())
    assert again.yours is not None
    assert again.yours.kind == "good"


def test_nothing_run_is_nothing_told():
    answer = conclude(Records(), settings(yours=1e-3))
    assert answer.lr is None
    assert answer.verdict.kind == "cannot_tell"
    assert answer.yours is not None
    assert answer.yours.kind == "cannot_tell"


def test_a_search_that_is_stopped_still_has_its_best_guess():
    given = settings()
    step = decide(Records(), given)
    assert not isinstance(step, Answer)
    answer = conclude(Records(tuple(run(segment, bowl()) for segment in step.segments)), given)
    assert answer.lr is not None
    assert "stopped" in answer.why


def ramp(turns_at, **changes):
    answer = decide(
        Records(), settings(**{"horizon": 1000, "budget": 0.1, "ramped": 90, "turns_at": turns_at} | changes)
    )
    assert isinstance(answer, Answer)
    return answer


def test_a_ramp_alone_answers_about_a_decade_below_its_turn_and_is_not_sure():
    answer = ramp(1e-2)
    assert answer.lr is not None
    assert 10**-3.4 < answer.lr < 10**-2.7
    assert answer.verdict.confidence < 0.8
    assert any(evidence.value == 1e-2 for evidence in answer.verdict.evidence)


def test_what_a_ramp_answers_moves_with_its_turn_and_falls_with_the_horizon():
    assert ramp(1e-2).lr / ramp(1e-3).lr == pytest.approx(10, rel=0.3)
    longer = ramp(1e-2, horizon=100_000, budget=0.001)
    assert longer.lr < ramp(1e-2).lr / 2


def test_a_ramp_that_tells_nothing_and_leaves_no_budget_is_said():
    answer = ramp(None)
    assert answer.lr is None
    assert answer.verdict.kind == "cannot_tell"
    assert "ramp" in answer.verdict.sentence


@pytest.mark.parametrize("off", [-1.0, -0.5, 0.0, 0.5, 1.0])
def test_trials_correct_a_ramp_that_misleads(off):
    score = bowl(-3.0)
    answer, _ = search(settings(budget=2.0, ramped=90, turns_at=10 ** (-2.0 + off)), score)
    assert answer.lr is not None
    assert regret(score, answer.lr) < 0.05
