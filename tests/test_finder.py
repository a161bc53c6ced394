"""The conductor: from a task to an answer that is kept, priced, and the same however often it is interrupted."""

import functools
import itertools
import math
import resource
import sqlite3
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from _tasks import (
    cross_entropy,
    descend,
    digits,
    digits_task,
    hopeless,
    loop_task,
    mlp,
    run,
    without_seconds,
)
from torch import nn

import surefoot as sf
from surefoot.errors import BadInput, BadStudy, BadTask, StoreError, StudyBusy, UserCodeError
from surefoot.finder import Event, known, plan
from surefoot.store import open_store


def summaries(store):
    opened = open_store(store)
    found = opened.summaries()
    opened.close()
    return found


def what_repeats(found):
    """An answer without its seconds."""
    return (
        found.lr, found.interval, found.fails_at, found.yours, found.verdict, found.curve, found.why,
        [without_seconds(stage) for stage in found.records.stages],
    )  # fmt: skip


class Watch:
    """Keeps what happened; stops at the n-th event of a kind by raising."""

    def __init__(self, kind=None, at=0, error=KeyboardInterrupt):
        self.events = []
        self._kind, self._left, self._error = kind, at, error

    def __call__(self, event):
        self.events.append(event)
        if event.kind == self._kind:
            self._left -= 1
            if self._left == 0:
                raise self._error

    @property
    def kinds(self):
        return [event.kind for event in self.events]


@functools.cache
def undisturbed(make=loop_task, budget=0.3):
    """What a find that nothing disturbs says."""
    return sf.find(make(), budget=budget, store="none")


# The answer


def regret_of(task, lr, untrained, rates):
    """Regret of a rate from a full sweep, interpolated over the log rate; a failed run counts as untrained."""
    scores = [stage.score if stage.ok else untrained for stage in (run(task, rate)[0] for rate in rates)]
    best = min(scores)
    reached = float(np.interp(math.log(lr), np.log(rates), scores))
    return (reached - best) / (untrained - best)


def test_on_real_data_the_answer_lies_where_a_full_sweep_says_it_should():
    task = digits_task(horizon=160, optimizer=torch.optim.AdamW)
    found = sf.find(task, budget=1.5, store="none")
    untrained = task.preflight(0, 10).untrained
    rates = np.geomspace(1e-3, 0.3, 6)
    assert regret_of(task, found.lr, untrained, rates) < 0.1
    assert regret_of(task, 1e-3, untrained, rates) > 0.3  # the sweep does tell rates apart
    assert found.interval[0] <= found.lr <= found.interval[1]
    assert found.verdict.kind in {"clear", "cannot_tell"}
    assert found.fails_at is None or found.fails_at > found.lr


def test_a_loop_of_ones_own_is_answered_too():
    task = loop_task()
    found = sf.find(task, budget=1.0, store="none")
    assert regret_of(task, found.lr, task.preflight(0, 1).untrained, np.geomspace(1e-3, 2, 12)) < 0.1
    assert found.fails_at is None or found.fails_at > 0.9


def test_a_score_that_is_to_be_maximised_leads_to_the_same_place():
    def upside_down(trial):
        report = trial.report
        trial.report = lambda score: report(-score)
        descend(trial)

    higher = sf.find(loop_task(upside_down, goal="max"), budget=0.3, store="none")
    assert higher.lr == undisturbed().lr
    assert higher.interval == undisturbed().interval


@pytest.mark.parametrize(("make", "budget"), [(loop_task, 0.3), (digits_task, 1.5)])
def test_the_same_find_twice_is_the_same(make, budget):
    assert what_repeats(sf.find(make(), budget=budget, store="none")) == what_repeats(undisturbed(make, budget))


def test_a_hiccup_of_the_machine_while_preflight_looks_at_the_clock_changes_no_answer():
    calls = []

    def interrupted_once(trial):
        calls.append(1)
        report = trial.report
        trial.report = lambda score: report(score + 0 * sum(range(100_000 if len(calls) == 2 else 0)))
        descend(trial)

    steady = sf.find(sf.FunctionTask(descend, horizon=400), budget=0.3, store="none")
    found = sf.find(sf.FunctionTask(interrupted_once, horizon=400), budget=0.3, store="none")
    tried = [[(s.segment, s.score) for s in one.records.stages] for one in (steady, found)]
    assert tried[0] == tried[1]
    assert (found.lr, found.interval) == (steady.lr, steady.interval)


def test_another_seed_is_another_search():
    other = sf.find(loop_task(), budget=0.3, store="none", seed=1)
    assert {stage.segment.trial.seed for stage in other.records.stages} == {1}
    assert [s.score for s in undisturbed().records.stages] != [s.score for s in other.records.stages]


def test_when_every_rate_fails_it_says_that_it_cannot_tell():
    found = sf.find(loop_task(hopeless), budget=0.5, store="none", lr=0.1)
    assert found.verdict.kind == "cannot_tell"
    assert found.lr is None
    assert found.interval is None
    assert found.fails_at == min(stage.segment.trial.lr for stage in found.records.stages)
    assert found.yours is not None
    assert found.yours.lr == 0.1
    assert found.yours.kind in {"fails", "cannot_tell"}
    assert "failed" in found.verdict.sentence
    assert "none" in str(found)


@pytest.mark.parametrize(("lr", "kind"), [(1e-3, "too_low"), (3.0, "fails")])
def test_the_rate_one_has_today_is_judged(lr, kind):
    found = sf.find(loop_task(), lr=lr, budget=1.0, store="none")
    assert found.yours.lr == lr
    assert found.yours.kind == kind
    assert found.yours.regret > 0.3
    assert found.yours.factor == pytest.approx(found.lr / lr)
    assert lr in {stage.segment.trial.lr for stage in found.records.stages}


def test_without_a_rate_of_ones_own_nothing_is_judged():
    assert undisturbed().yours is None


def test_only_rates_between_the_given_ones_are_tried():
    found = sf.find(loop_task(), lr_min=1e-3, lr_max=0.05, budget=0.25, store="none")
    rates = [stage.segment.trial.lr for stage in found.records.stages]
    assert min(rates) >= 1e-3
    assert max(rates) <= 0.05
    assert 1e-3 <= found.lr <= 0.05


def test_a_range_far_from_the_usual_one_is_taken_as_given():
    low = sf.find(loop_task(), lr_max=1e-7, budget=0.1, store="none")
    assert max(stage.segment.trial.lr for stage in low.records.stages) <= 1e-7
    high = sf.find(loop_task(), lr_min=1e3, budget=0.1, store="none")
    assert min(stage.segment.trial.lr for stage in high.records.stages) >= 1e3


# The price


@pytest.mark.parametrize("budget", [0.3, 1.5])
def test_the_price_adds_up_and_keeps_to_the_budget(budget):
    counted = {"updates": 0, "forwards": 0}

    def loss(model, batch):
        counted["updates" if torch.is_grad_enabled() else "forwards"] += 1
        return cross_entropy(model, batch)

    ramp = 0

    def on_event(event):
        nonlocal ramp
        if event.kind == "planned":  # what preflight does is not part of the price
            counted.update(updates=0, forwards=0)
        if event.kind == "ramped":
            ramp = counted["updates"]

    task = digits_task(loss=loss, horizon=200)
    found = sf.find(task, budget=budget, store="none", on_event=on_event)
    stages = found.records.stages
    assert found.price.updates == ramp + sum(stage.cost.updates for stage in stages) == counted["updates"]
    assert ramp > 0
    assert found.price.cost.forwards == sum(stage.cost.forwards for stage in stages) == counted["forwards"]
    assert found.price.runs == pytest.approx((counted["updates"] + counted["forwards"] / 3) / 200)
    longest = max((stage.cost.runs(200) for stage in stages), default=0.0)
    assert found.price.runs <= budget + longest
    assert found.price.seconds > sum(stage.cost.seconds for stage in stages)


def test_failed_trials_are_part_of_the_price():
    found = sf.find(loop_task(hopeless), budget=0.5, store="none")
    assert found.price.updates == 2 * len(found.records.stages)


def test_assessments_take_less_than_about_a_quarter_of_the_budget():
    train, _ = digits()
    found = sf.find(digits_task(valid=train, batch_size=5, horizon=300), budget=1.0, store="none")
    assert found.price.cost.forwards / 3 <= 0.3 * 300


@pytest.mark.parametrize(
    ("budget", "runs"), [("quick", 0.25), ("balanced", 0.5), (None, 0.5), ("thorough", 2.0), ("0.7", 0.7), (1, 1.0)]
)
def test_a_budget_may_be_a_word_or_a_number(budget, runs):
    assert plan(loop_task(), budget=budget).settings.budget == runs  # quick: 100 updates of 400


def test_a_quick_budget_is_a_twentieth_of_a_long_training():
    assert plan(loop_task(horizon=100_000), budget="quick").settings.budget == 0.05


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("2 s", 2), ("2s", 2), ("0.5 min", 30), ("20 minutes", 1200), ("1 h", 3600), ("2 Hours", 7200), ("90 sec", 90)],
)
def test_a_budget_may_be_a_time_that_is_turned_into_runs_once(text, seconds):
    planned = plan(loop_task(horizon=10), budget=text)
    assert planned.settings.budget == pytest.approx(seconds / (10 * planned.facts.update_seconds))


@pytest.mark.parametrize("budget", ["20 parsecs", "fast", "-3 s", "0 s", "500 ms", "", "min", "1 2"])
def test_a_budget_that_is_no_time_is_refused(budget):
    with pytest.raises(BadInput, match=r"budget='.*': expected runs .*or a time such as '20 min'"):
        plan(loop_task(), budget=budget)


def test_a_study_with_a_time_for_a_budget_is_answered_and_stays_so(store):
    found = sf.find(loop_task(horizon=20_000), budget="0.2 s", study="timed", store=store)
    watch = Watch()
    again = sf.find(loop_task(horizon=20_000), budget="0.2 s", study="timed", store=store, on_event=watch)
    assert "started" not in watch.kinds
    assert what_repeats(again) == what_repeats(found)


def test_assessments_are_capped_by_what_the_time_pays_for():
    train, _ = digits()
    planned = plan(digits_task(valid=train, batch_size=5, horizon=100_000), budget="0.3 s").settings
    paid = planned.budget * planned.horizon
    assert planned.assess_forwards <= max(4, 0.25 * paid * 3 / 12 + 1)


def test_the_plan_is_known_before_anything_is_spent():
    trained = []

    def loss(model, batch):
        trained.append(torch.is_grad_enabled())
        return cross_entropy(model, batch)

    planned = plan(digits_task(loss=loss, horizon=1000), budget=0.5, lr=0.02)
    assert sum(trained) < 12
    assert planned.settings.yours == 0.02
    assert sum(rung.rates for rung in planned.rungs) >= 3
    assert planned.seconds > 0
    assert planned.known == 0


# The way there


def test_events_come_in_order():
    watch = Watch()
    found = sf.find(loop_task(), budget=0.3, store="none", on_event=watch)
    shrunk = [kind for kind, _ in itertools.groupby(watch.kinds)]
    assert shrunk[:2] == ["planned", "decided"]
    assert shrunk[-1] == "answered"
    assert set(shrunk[2:-1]) == {"started", "tick", "stage", "decided"}
    running = None
    for event in watch.events:
        assert isinstance(event, Event)
        if event.kind == "started":
            assert running is None
            running = event.segment
        elif event.kind == "tick":
            assert event.segment == running
        elif event.kind == "stage":
            assert event.stage.segment == running
            assert event.records.stages[-1] == event.stage
            running = None
        elif event.kind == "decided":
            assert running is None
            assert event.decision.segments
            assert event.decision.why
    done = [event.stage for event in watch.events if event.kind == "stage"]
    assert tuple(done) == found.records.stages
    assert watch.events[-1].decision.lr == found.lr


def long_task():
    return digits_task(horizon=300)


@pytest.mark.parametrize(
    ("make", "budget", "stages"),
    [(loop_task, 0.3, 1), (loop_task, 0.3, 3), (loop_task, 0.3, -2), (loop_task, 0.3, -1), (long_task, 2, 2)],
)
def test_a_study_that_is_interrupted_goes_on_as_if_nothing_had_happened(make, budget, stages, store):
    expected = undisturbed(make, budget)
    count = len(expected.records.stages)
    assert count > 4
    done = stages if stages > 0 else count + 1 + stages
    with pytest.raises(KeyboardInterrupt):
        sf.find(make(), budget=budget, study="one", store=store, on_event=Watch("stage", done))
    (summary,) = summaries(store)
    assert summary.stages == done
    assert (summary.state == "stopped") == (done < count)  # with the last stage, its answer is recorded
    watch = Watch()
    found = sf.find(make(), study="one", store=store, on_event=watch)
    assert watch.kinds.count("stage") == count - done
    assert what_repeats(found) == what_repeats(expected)


@pytest.mark.parametrize(("kind", "at"), [("ramped", 1), ("stage", 1)])
def test_the_ramp_before_a_search_is_run_once(kind, at, store):
    counted = 0

    def loss(model, batch):
        nonlocal counted
        counted += torch.is_grad_enabled()
        return cross_entropy(model, batch)

    make = functools.partial(digits_task, loss=loss, horizon=200)
    expected = undisturbed(make, 1)
    once, counted = counted, 0
    with pytest.raises(KeyboardInterrupt):
        sf.find(make(), budget=1, study="one", store=store, on_event=Watch(kind, at))
    watch = Watch()
    found = sf.find(make(), study="one", store=store, on_event=watch)
    assert watch.kinds.count("ramped") == 0
    assert what_repeats(found) == what_repeats(expected)
    assert counted - once < 20  # the second preflight's updates


def test_a_quick_search_is_a_ramp_and_tells_how_sure_it_is():
    found = sf.find(digits_task(horizon=200), budget=0.5, store="none")
    assert found.records.stages == ()
    assert found.price.updates <= 100
    assert found.lr == found.interval[0] == found.interval[1]
    assert found.verdict.confidence < 0.8
    assert "too little is known for an interval" in str(found)


def test_a_plan_runs_no_ramp():
    counted = 0

    def loss(model, batch):
        nonlocal counted
        counted += torch.is_grad_enabled()
        return cross_entropy(model, batch)

    planned = plan(digits_task(loss=loss, horizon=200), budget=0.5)
    assert planned.ramp == 100
    assert planned.rungs == ()
    assert counted < 30


@pytest.mark.parametrize(("kind", "at"), [("planned", 1), ("decided", 1), ("decided", 2), ("started", 3), ("tick", 50)])
def test_an_interruption_at_any_moment_loses_no_finished_stage(kind, at, store):
    watch = Watch(kind, at)
    with pytest.raises(KeyboardInterrupt):
        sf.find(loop_task(), budget=0.3, study="one", store=store, on_event=watch)
    found = sf.find(loop_task(), study="one", store=store)
    assert found.records.stages[: watch.kinds.count("stage")] == watch.events[-1].records.stages
    assert what_repeats(found) == what_repeats(undisturbed())


@pytest.mark.parametrize("make", [loop_task, digits_task])
def test_what_the_conductor_has_in_mind_is_what_it_has_recorded(make, store):
    watch = Watch()
    sf.find(make(), budget=0.5, study="one", store=store, on_event=watch)
    opened = open_store(store)
    assert opened.existing("one").records() == watch.events[-1].records
    opened.close()


def test_a_study_interrupted_after_every_single_stage_still_ends_with_the_same_answer(store):
    for _ in undisturbed().records.stages:
        with pytest.raises(KeyboardInterrupt):
            sf.find(loop_task(), budget=0.3, study="one", store=store, on_event=Watch("stage", 1))
    assert what_repeats(sf.find(loop_task(), study="one", store=store)) == what_repeats(undisturbed())


def test_an_error_of_the_users_in_the_middle_keeps_all_finished_stages(store):
    calls = []

    def unlucky(trial):
        calls.append(1)
        if len(calls) == 7:  # two calls are preflight's
            raise OSError("the disk went away")
        descend(trial)

    with pytest.raises(UserCodeError, match="the disk went away"):
        sf.find(loop_task(unlucky), budget=0.3, study="one", store=store)
    assert summaries(store)[0].stages == 4
    assert what_repeats(sf.find(loop_task(), study="one", store=store)) == what_repeats(undisturbed())


def test_the_same_name_again_returns_what_is_known_without_training(store):
    first = sf.find(digits_task(), budget=0.6, lr=0.02, study="digits", store=store)
    watch = Watch()
    again = sf.find(digits_task(), budget=0.6, lr=0.02, study="digits", store=store, on_event=watch)
    assert watch.kinds == ["planned", "answered"]
    assert again == first
    bare = sf.find(digits_task(), study="digits", store=store)
    assert bare == first


def test_a_larger_budget_goes_on_from_what_is_known(store):
    small = sf.find(loop_task(), budget=0.1, study="one", store=store)
    large = sf.find(loop_task(), budget=1.5, study="one", store=store)
    assert large.records.stages[: len(small.records.stages)] == small.records.stages
    assert len(large.records.stages) > len(small.records.stages)
    assert large.price.runs <= 1.5 + max(stage.cost.runs(400) for stage in large.records.stages)


def test_a_narrower_range_given_later_is_kept_to_from_then_on(store):
    with pytest.raises(KeyboardInterrupt):
        sf.find(loop_task(), budget=0.3, study="one", store=store, on_event=Watch("stage", 1))
    found = sf.find(loop_task(), lr_max=0.01, study="one", store=store)
    assert max(stage.segment.trial.lr for stage in found.records.stages[1:]) <= 0.01
    assert found.lr <= 0.01


def test_a_rate_of_ones_own_given_later_is_judged_then(store):
    sf.find(loop_task(), budget=0.3, study="one", store=store)
    found = sf.find(loop_task(), lr=1e-3, budget=1.0, study="one", store=store)
    assert found.yours.lr == 1e-3
    assert found.yours.kind in {"too_low", "cannot_tell"}


def test_a_study_without_a_name_gets_one(store):
    names = [sf.find(loop_task(), budget=0.1, store=store).study for _ in range(2)]
    assert len(set(names)) == 2
    assert {summary.name for summary in summaries(store)} == set(names)


@pytest.mark.parametrize("name", ['it\'s "mine"', "a/b/../c", "größe 7 → 8", "--study", "x" * 200, "'; DROP TABLE x;"])
def test_a_study_may_have_any_printable_name(name, store):
    found = sf.find(loop_task(), budget=0.1, study=name, store=store)
    assert found.study == name
    assert sf.find(loop_task(), study=name, store=store) == found
    assert [summary.name for summary in summaries(store)] == [name]


def test_nothing_is_written_where_nothing_is_to_be_kept(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    sf.find(loop_task(), budget=0.1, store="none")
    assert list(tmp_path.iterdir()) == []


def test_the_store_lies_beside_the_work_unless_the_environment_says_otherwise(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    sf.find(loop_task(), budget=0.1, study="home")
    assert [summary.name for summary in summaries(str(tmp_path / "home"))] == ["home"]
    monkeypatch.delenv("SUREFOOT_HOME")
    sf.find(loop_task(), budget=0.1, study="beside")
    assert [summary.name for summary in summaries(str(tmp_path / ".surefoot"))] == ["beside"]


def test_a_study_as_it_stands_can_be_looked_at_before_it_is_done(store):
    with pytest.raises(KeyboardInterrupt):
        sf.find(loop_task(), budget=0.3, study="one", store=store, on_event=Watch("stage", 6))
    opened = open_store(store)
    found = known(opened.existing("one"))
    opened.close()
    assert len(found.records.stages) == 6
    assert "6" in found.why
    assert found.lr is not None


# What it gives back


def test_a_found_is_a_short_readable_answer_and_plain_data():
    found = sf.find(loop_task(), lr=1e-3, budget=0.3, store="none")
    text = str(found)
    assert len(text.splitlines()) < 16
    for word in ("learning rate", "yours", "verdict", "price", "study"):
        assert word in text
    assert str(found) in found._repr_html_().replace("&quot;", '"').replace("&gt;", ">").replace("&#x27;", "'")
    plain = found.to_dict()
    assert plain["lr"] == found.lr
    assert plain["yours"]["lr"] == 1e-3
    assert len(plain["tried"]) == len(found.records.stages)


def test_the_answer_in_a_notebook_escapes_what_would_be_markup():
    found = sf.find(loop_task(), budget=0.1, store="none", study="<b>&")
    assert "<b>" not in found._repr_html_()
    assert "&lt;b&gt;&amp;" in found._repr_html_()


# What cannot work


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"budget": 0}, r"budget=0: expected runs above 0"),
        ({"budget": -1.0}, r"budget=-1.0: expected runs above 0"),
        ({"budget": math.nan}, r"budget=nan: expected runs above 0"),
        ({"budget": math.inf}, r"budget=inf: expected runs above 0"),
        ({"budget": "0"}, r"budget=.*0.*: expected runs above 0"),
        ({"budget": "-1"}, r"budget=.*-1.*: expected runs above 0"),
        ({"budget": "nan"}, r"budget=.*nan.*: expected runs above 0"),
        ({"budget": "inf"}, r"budget=.*inf.*: expected runs above 0"),
        ({"budget": True}, r"budget=True: expected runs above 0"),
        ({"budget": [1]}, r"budget=\[1\]: expected runs above 0"),
        ({"budget": 0.01}, r"budget=0.01 runs is too small: the smallest .* 3 rates.* runs. Give at least that"),
        ({"lr": 0}, r"lr=0: expected a rate above 0, for example 3e-4"),
        ({"lr": -1e-3}, r"lr=-0.001: expected a rate above 0"),
        ({"lr": math.nan}, r"lr=nan: expected a rate above 0"),
        ({"lr": "3e-4"}, r"lr='3e-4': expected a rate above 0"),
        ({"lr_min": 0}, r"lr_min=0: expected a rate above 0"),
        ({"lr_max": -1}, r"lr_max=-1: expected a rate above 0"),
        ({"lr_max": math.inf}, r"lr_max=inf: expected a rate above 0"),
        ({"lr_min": 0.1, "lr_max": 0.1}, r"lr_min=0.1 and lr_max=0.1: expected lr_min below lr_max"),
        ({"lr_min": 0.1, "lr_max": 0.01}, r"lr_min=0.1 and lr_max=0.01: expected lr_min below lr_max"),
        ({"tolerance": 0}, r"tolerance=0: expected a regret between 0 and 1, for example 0.01"),
        ({"tolerance": 1.0}, r"tolerance=1.0: expected a regret between 0 and 1"),
        ({"seed": -1}, r"seed=-1: expected a whole number of at least 0"),
        ({"seed": 0.5}, r"seed=0.5: expected a whole number of at least 0"),
        ({"study": ""}, r"study='': expected a name of 1 to 200 printable characters"),
        ({"study": "a\nb"}, r"study='a\\nb': expected a name of 1 to 200 printable characters"),
        ({"study": "x" * 201}, r"study='xxx.*': expected a name of 1 to 200 printable characters"),
    ],
)
def test_an_argument_that_cannot_work_is_refused_before_anything_is_spent(given, said, store):
    with pytest.raises(BadInput, match=said):
        sf.find(loop_task(), **{"study": "one", "store": store, **given})
    assert summaries(store) == []


def test_the_smallest_budget_that_is_named_does_work(store):
    with pytest.raises(BadInput) as caught:
        sf.find(loop_task(), budget=1e-4, store=store)
    smallest = float(str(caught.value).split(" runs. Give at least that")[0].split()[-1])
    assert len(sf.find(loop_task(), budget=smallest * 1.001, store=store).records.stages) >= 3


@pytest.mark.parametrize("given", [descend, loop_task, mlp(), "train.py:task", None])
def test_what_is_no_task_is_refused(given, store):
    with pytest.raises(BadTask, match=r"is not a task.*expected a surefoot.TorchTask, FunctionTask or CommandTask"):
        sf.find(given, store=store)


def test_a_function_in_place_of_a_task_gets_a_hint_to_call_it():
    with pytest.raises(BadTask, match="call it: it may make one"):
        sf.find(loop_task, store="none")


def test_numbers_of_numpy_are_numbers(store):
    found = sf.find(
        loop_task(horizon=np.int64(400)),
        lr=np.float32(1e-3),
        lr_min=np.float32(1e-4),
        lr_max=np.float64(1.0),
        budget=np.float32(0.5),
        seed=np.int64(3),
        study="one",
        store=store,
    )
    assert found.yours.lr == float(np.float32(1e-3))
    assert sf.find(loop_task(), study="one", store=store) == found


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"model": lambda: nn.Sequential(nn.Linear(64, 23), nn.ReLU(), nn.Linear(23, 10))}, r"parameters: .*24.*23"),
        ({"train": torch.utils.data.Subset(digits()[0], range(100))}, "first batch: "),
        ({"loss": lambda m, b: cross_entropy(m, b) * 2}, "first loss: 2.* then, 4.* now"),
        ({"optimizer": lambda m, lr: torch.optim.AdamW(m.parameters(), lr=lr)}, "optimizer: .*SGD.*AdamW"),
        ({"schedule": "linear()"}, r"schedule: warmup\(0.05\) >> cosine\(\) then, linear\(\) now"),
        ({"horizon": 81}, "horizon: 80 then, 81 now"),
    ],
)
def test_the_name_of_another_tasks_study_is_refused_and_what_differs_is_said(changed, said, store):
    first = sf.find(digits_task(), budget=0.6, study="digits", store=store)
    with pytest.raises(
        BadStudy, match=r"(?s)study 'digits' belongs to another task.*" + said + ".*another --study name"
    ):
        sf.find(digits_task(**changed), study="digits", store=store)
    assert sf.find(digits_task(), study="digits", store=store) == first


def test_the_source_text_of_a_task_may_change(store):
    first = sf.find(digits_task(), budget=0.6, study="digits", store=store)

    def the_same_model_under_another_name():
        return nn.Sequential(nn.Linear(64, 24), nn.ReLU(), nn.Linear(24, 10))

    assert sf.find(digits_task(model=the_same_model_under_another_name), study="digits", store=store) == first


def test_another_seed_for_a_study_is_refused(store):
    sf.find(loop_task(), budget=0.1, study="one", seed=3, store=store)
    with pytest.raises(BadStudy, match=r"study 'one' has seed 3, not 4.*Leave --seed out, or use another --study name"):
        sf.find(loop_task(), seed=4, study="one", store=store)
    assert sf.find(loop_task(), seed=3, study="one", store=store).study == "one"


def test_two_finds_on_one_study_at_once_are_refused(store):
    refused = []

    def on_event(event):
        if event.kind == "stage" and not refused:
            with pytest.raises(
                StudyBusy, match=r"study 'one' is being worked on by process \d+ on .* since \d{4}-"
            ) as caught:
                sf.find(loop_task(), study="one", store=store)
            refused.append(caught.value)

    found = sf.find(loop_task(), budget=0.3, study="one", store=store, on_event=on_event)
    assert len(refused) == 1
    assert "use another --study name" in str(refused[0])
    assert what_repeats(found) == what_repeats(undisturbed())


def test_two_studies_may_be_worked_on_at_once(store):
    inner = []

    def on_event(event):
        if event.kind == "stage" and not inner:
            inner.append(sf.find(loop_task(), budget=0.3, study="two", store=store))

    outer = sf.find(loop_task(), budget=0.3, study="one", store=store, on_event=on_event)
    assert what_repeats(outer) == what_repeats(inner[0]) == what_repeats(undisturbed())


def test_a_store_that_cannot_be_made_is_refused_before_anything_is_spent(tmp_path):
    calls = []

    def train(trial):
        calls.append(1)
        descend(trial)

    file = tmp_path / "file"
    file.write_text("mine")
    for store, said in ((file, "is a file: expected a folder"), (file / "below", "cannot make the store's folder")):
        with pytest.raises(StoreError, match=said):
            sf.find(loop_task(train), store=store, budget=0.3)
    assert calls == []
    assert file.read_text() == "mine"


def test_a_store_that_cannot_be_written_is_refused_before_anything_is_spent(tmp_path):
    store, calls = tmp_path / "store", []

    def train(trial):
        calls.append(1)
        descend(trial)

    sf.find(loop_task(), budget=0.1, study="one", store=store)
    (database,) = store.glob("*.db")
    url = f"sqlite:///file:{database}?mode=ro&uri=true"  # as on a read-only disk; a test may run as root
    with pytest.raises(StoreError, match=r"cannot be used.*readonly.*choose another place with --store PATH"):
        sf.find(loop_task(train), budget=0.1, study="two", store=url)
    assert len(calls) <= 2  # preflight's


def test_when_the_disk_is_full_it_stops_and_goes_on_once_there_is_room(store):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    def fill_the_disk(event):
        if event.kind == "stage" and len(event.records.stages) == 3:
            largest = max(file.stat().st_size for file in Path(store).iterdir())
            resource.setrlimit(resource.RLIMIT_FSIZE, (largest, hard))

    try:
        with pytest.raises(StoreError, match=r"cannot be used: .*Make room or choose another place"):
            sf.find(loop_task(), budget=0.3, study="one", store=store, on_event=fill_the_disk)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert summaries(store)[0].stages >= 3
    assert what_repeats(sf.find(loop_task(), study="one", store=store)) == what_repeats(undisturbed())


def test_a_study_of_a_store_of_a_newer_version_is_left_alone(store):
    sf.find(loop_task(), budget=0.1, study="one", store=store)
    (database,) = Path(store).glob("*.db")
    with sqlite3.connect(database) as connection:
        connection.execute("UPDATE store SET version = 999")
    connection.close()
    with pytest.raises(StoreError, match="version 999"):
        sf.find(loop_task(), study="one", store=store)


def test_a_task_of_ones_own_kind_works_through_the_protocol(store):
    class Wrapped:
        """Anything with a task's four attributes; its schedule is its own affair."""

        def __init__(self, task):
            self._task = task
            self.horizon, self.goal, self.traits = task.horizon, task.goal, task.traits

        def preflight(self, seed, assess_cap):
            facts = self._task.preflight(seed, assess_cap)
            return replace(facts, notes=["mine"])

        def run(self, segment, host):
            return self._task.run(segment, host)

    found = sf.find(Wrapped(loop_task()), budget=0.3, study="one", store=store)
    assert found.lr == undisturbed().lr
    assert found.lr is not None
    assert "learning rate" in str(found)
