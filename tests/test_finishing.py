"""With finish, find also trains with what it found to the end and hands the model over."""

import dataclasses
import resource
from pathlib import Path

import pytest
import torch
from _tasks import cross_entropy, digits, digits_task, loop_task, mlp, run
from torch.optim.swa_utils import AveragedModel

import surefoot as sf
from surefoot.checkpoints import Checkpoints
from surefoot.engines import Inline
from surefoot.errors import BadInput, StoreError
from surefoot.finder import known, plan
from surefoot.finder._asked import Asked
from surefoot.finder._setup import new_setup
from surefoot.records import Answer, Curve, Next, Segment, Trial, Verdict
from surefoot.store import open_store

STABLE = "warmup(10) >> hold() >> decay(0.2)"
NARROW = {"lr_min": 0.01, "lr_max": 0.3}  # where every rate trains to the end
ANSWER = Answer(0.05, (0.03, 0.08), None, None, Verdict("clear", "0.05.", 0.95), Curve(), "by hand")


def stable_task(**changes):
    return digits_task(**{"schedule": STABLE, "horizon": 100, **changes})  # its trunk goes to 80


def answered(task, store, trunks=(), answer=ANSWER, name="one"):
    """A study with an answer and some trunks, as search would have left it in the middle."""
    opened = open_store(store)
    settings, facts = new_setup(task, Asked(budget=0.5))
    study = opened.create(name, settings, facts, {"schedule": str(task.schedule)})
    study.decide(answer, after=0)
    engine = Inline(task, settings.assess_forwards, lambda segment, tick: None, study.checkpoints())
    for lr, stop in trunks:
        segment = Segment(Trial(lr, 0), "trunk", task.horizon, 0, stop)
        study.decide(Next((segment,), "by hand", finish=True), after=0)
        study.commit(*engine.run(segment))
    opened.close()


def shown(store, name="one"):
    opened = open_store(store)
    try:
        return known(opened.existing(name))
    finally:
        opened.close()


def files(store):
    return sorted(file.name for file in Path(store).glob("checkpoints/*/*"))


class Watch:
    """Keeps what happened; stops at the n-th event of a kind once the answer is there."""

    def __init__(self, kind=None, at=0):
        self.events, self._kind, self._left = [], kind, at

    def __call__(self, event):
        self.events.append(event)
        if "answered" in self.kinds and event.kind == self._kind:
            self._left -= 1
            if not self._left:
                raise KeyboardInterrupt

    @property
    def kinds(self):
        return [event.kind for event in self.events]

    @property
    def begun(self):
        return [event.segment for event in self.events if event.kind == "started"]


def score_of(state):
    model = mlp()
    model.load_state_dict(state)
    with torch.no_grad():
        return float(cross_entropy(model.eval(), digits()[1].tensors))


def same(one, other):
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def whole_by_hand(task, lr):
    """Score and weights of the whole training at a rate, without any search."""
    kept = []
    scored = digits_task(**{**task, "valid": None, "score": lambda model: kept.append(model.state_dict()) or 0.0})
    run(scored, lr)
    return kept[-1]


# A schedule that is bound to its horizon


def test_the_found_rate_is_trained_to_the_end_and_the_model_handed_over():
    found = sf.find(digits_task(valid_batches="all"), budget=0.6, **NARROW, store="none", finish=True)
    assert found.trained_lr == found.lr
    assert found.trained.rates == ((0, found.lr),)
    assert score_of(found.model_state) == pytest.approx(found.trained.score, rel=1e-5)
    assert same(found.model_state, whole_by_hand({}, found.lr))
    last = found.records.stages[-1]
    assert (last.segment.branch, last.segment.stop) == ("whole", 80)
    assert found.price.runs > 1
    assert found.price.updates == sum(stage.cost.updates for stage in found.records.stages)
    assert f"trained       to the end with {found.lr:.2g}" in str(found).replace("e-0", "e-")


def test_finishing_changes_nothing_of_the_answer():
    plain = sf.find(digits_task(), budget=0.6, **NARROW, store="none")
    finished = sf.find(digits_task(), budget=0.6, **NARROW, store="none", finish=True)
    assert plain.trained is None
    assert plain.trained_lr is None
    assert plain.model_state is None
    for name in ("lr", "interval", "fails_at", "verdict", "curve", "why"):
        assert getattr(finished, name) == getattr(plain, name)


def test_an_answered_study_is_only_finished_and_a_finished_one_only_read(store):
    first = sf.find(digits_task(), budget=0.6, **NARROW, study="one", store=store)
    assert files(store) == []
    watch = Watch()
    finished = sf.find(digits_task(), study="one", store=store, finish=True, on_event=watch)
    assert [(s.branch, s.start, s.stop) for s in watch.begun] == [("whole", 0, 80)]
    assert watch.kinds[-1] == "finished"
    assert finished.lr == first.lr
    watch = Watch()
    again = sf.find(digits_task(), study="one", store=store, finish=True, on_event=watch)
    assert watch.kinds == ["planned", "answered", "finished"]
    assert again == finished
    assert same(again.model_state, finished.model_state)
    bare = sf.find(digits_task(), study="one", store=store)
    assert bare == finished  # what is there is not thrown away
    assert len(files(store)) == 1
    assert shown(store) == finished
    assert same(shown(store).model_state, finished.model_state)


def test_a_larger_budget_after_finishing_goes_on_as_if_nothing_had_been_finished(store):
    sf.find(loop := digits_task(), budget=0.6, **NARROW, study="one", store=store, finish=True)
    sf.find(loop, budget=0.6, **NARROW, study="two", store=store)
    one, two = (sf.find(loop, budget=1.5, study=name, store=store) for name in ("one", "two"))
    for name in ("lr", "interval", "verdict", "curve", "why"):
        assert getattr(one, name) == getattr(two, name)
    assert one.price.updates == two.price.updates + 80


def test_a_whole_run_of_the_search_whose_model_was_not_kept_is_run_again_and_both_are_paid(store):
    task = digits_task()
    answered(task, store)
    opened = open_store(store)
    study = opened.existing("one")
    segment = Segment(Trial(0.05, 0), "whole", 80, 0, 80)
    study.commit(*Inline(task, 4, lambda segment, tick: None, study.checkpoints()).run(segment))
    (before,) = study.records().stages
    opened.close()
    found = sf.find(task, study="one", store=store, finish=True)
    (stage,) = found.records.stages
    assert stage.score == pytest.approx(before.score, rel=0.5)
    assert stage.cost.updates == 160
    assert found.model_state is not None


def test_a_task_that_keeps_its_model_to_itself_is_refused_before_anything_is_spent():
    calls = []
    with pytest.raises(BadInput, match=r"finish: a SteadyTask keeps its model to itself.*Leave finish out"):
        sf.find(loop_task(calls.append), store="none", finish=True)
    with pytest.raises(BadInput, match="keeps its model to itself"):
        plan(loop_task(calls.append), finish=True)
    assert calls == []


def test_where_nothing_was_found_nothing_is_trained(store):
    answered(digits_task(), store, answer=dataclasses.replace(ANSWER, lr=None, interval=None))
    found = sf.find(digits_task(), study="one", store=store, finish=True)
    assert (found.trained, found.trained_lr, found.model_state) == (None, None, None)
    assert found.records.stages == ()


# A schedule with a trunk


def test_the_longest_trunk_is_continued_and_the_model_is_that_of_the_whole_training(store):
    answered(stable_task(), store, [(0.05, 40), (0.03, 20), (0.5, 30)])
    watch = Watch()
    found = sf.find(stable_task(), study="one", store=store, finish=True, on_event=watch)
    assert [(s.branch, s.start, s.stop) for s in watch.begun] == [
        *(("trunk", at, at + 10) for at in range(40, 80, 10)),
        ("cooldown", 80, 100),
    ]
    assert {s.trial.lr for s in watch.begun} == {0.05}
    assert same(found.model_state, whole_by_hand({"schedule": STABLE, "horizon": 100}, 0.05))
    assert found.trained.rates == ((0, 0.05),)
    assert found.price.updates == 40 + 20 + 30 + 60
    assert len(files(store)) == 1  # the trunks are not kept beyond the end


def test_the_trunk_of_another_rate_is_continued_with_the_found_one_and_that_is_said(store):
    answered(stable_task(), store, [(0.04, 40)])
    found = sf.find(stable_task(), study="one", store=store, finish=True)
    assert found.trained_lr == found.lr == 0.05
    assert found.trained.rates == ((0, 0.04), (40, 0.05))
    assert "trained       to the end with 0.04, 0.05 from update 40 on: score" in str(found)
    assert found.price.updates == 100
    assert not same(found.model_state, whole_by_hand({"schedule": STABLE, "horizon": 100}, 0.05))
    assert shown(store) == found


def test_a_schedule_that_is_constant_to_the_end_needs_no_cooldown(store):
    task = stable_task(schedule="warmup(10) >> constant()")
    answered(task, store, [(0.05, 85)])
    found = sf.find(task, study="one", store=store, finish=True)
    assert [stage.segment.branch for stage in found.records.stages] == ["trunk"] * 3
    assert same(found.model_state, whole_by_hand({"schedule": "warmup(10) >> constant()", "horizon": 100}, 0.05))


def test_trunks_that_are_gone_are_done_without(store):
    answered(stable_task(), store, [(0.05, 40)])
    for file in Path(store).glob("checkpoints/*/*"):
        file.unlink()
    watch = Watch()
    found = sf.find(stable_task(), study="one", store=store, finish=True, on_event=watch)
    assert [s.branch for s in watch.begun] == ["whole"]
    assert found.trained_lr == 0.05


def test_a_model_that_is_gone_is_trained_again_where_it_is_asked_for(store):
    task = digits_task()
    finished = sf.find(task, budget=0.6, **NARROW, study="one", store=store, finish=True)
    weights = finished.model_state
    for file in Path(store).glob("checkpoints/*/*"):
        file.unlink()
    assert shown(store).trained_lr == finished.lr
    with pytest.raises(StoreError, match=r"cannot read the checkpoint .*: No such file"):
        shown(store).model_state  # noqa: B018
    assert same(sf.find(task, study="one", store=store, finish=True).model_state, weights)


def test_a_damaged_trunk_is_named_and_can_be_removed(store):
    answered(stable_task(), store, [(0.05, 40)])
    (file,) = Path(store).glob("checkpoints/*/*")
    file.write_bytes(b"nonsense")
    with pytest.raises(StoreError, match=rf"the checkpoint {file} is damaged.*Remove the file"):
        sf.find(stable_task(), study="one", store=store, finish=True)
    file.unlink()
    assert sf.find(stable_task(), study="one", store=store, finish=True).trained_lr == 0.05


@pytest.mark.parametrize(("kind", "at"), [("answered", 1), ("decided", 1), ("tick", 5), ("stage", 1), ("stage", 3),
                                          ("tick", 45), ("stage", 5), ("finished", 1)])  # fmt: skip
def test_an_interruption_at_any_moment_of_finishing_changes_nothing_of_the_model(kind, at, store):
    answered(stable_task(), store, [(0.05, 40)])
    answered(stable_task(), store, [(0.05, 40)], name="two")
    expected = sf.find(stable_task(), study="two", store=store, finish=True)
    watch = Watch(kind, at)
    with pytest.raises(KeyboardInterrupt):
        sf.find(stable_task(), study="one", store=store, finish=True, on_event=watch)
    done = watch.kinds.count("stage")
    watch = Watch()
    found = sf.find(stable_task(), study="one", store=store, finish=True, on_event=watch)
    assert watch.kinds.count("stage") == 5 - done
    assert same(found.model_state, expected.model_state)
    assert found.price.updates == expected.price.updates
    opened = open_store(store)
    one, two = ([d.why for d in opened.existing(name).decided()] for name in ("one", "two"))
    opened.close()
    assert one == two  # and nothing was decided twice


def test_when_the_disk_is_full_finishing_stops_and_goes_on_once_there_is_room(store):
    task = stable_task(model=lambda: torch.nn.Linear(64, 1000))  # its checkpoints are larger than the database
    answered(task, store, [(0.05, 40)])
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    def fill_the_disk(event):
        if event.kind == "started":
            resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, hard))

    try:
        with pytest.raises(StoreError, match=r"cannot keep a checkpoint in .*Make room"):
            sf.find(task, study="one", store=store, finish=True, on_event=fill_the_disk)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    found = sf.find(task, study="one", store=store, finish=True)
    assert found.trained.rates == ((0, 0.05),)
    assert found.price.updates == 100


def late(trial, batch):
    """Dies at update 60, whatever the rate."""
    loss = cross_entropy(trial.model, batch)
    loss.backward()
    trial.optimizer.step()
    trial.optimizer.zero_grad()
    return loss * float("nan") if trial.step == 60 else loss


@pytest.mark.parametrize("trunks", [[], [(0.05, 40)]])
def test_a_rate_that_fails_before_the_end_is_said_to_and_no_model_is_given(trunks, store):
    task = stable_task(step=late)
    answered(task, store, trunks)
    found = sf.find(task, study="one", store=store, finish=True)
    assert found.trained.reason == "the loss was nan at update 60"
    assert (found.trained_lr, found.trained.score, found.model_state) == (None, None, None)
    assert found.lr == 0.05
    assert found.verdict == ANSWER.verdict
    assert (
        "trained       FAILED before the end, so there is no model and the rate does not hold: the loss was nan"
        in str(found)
    )
    assert files(store) == []
    watch = Watch()
    assert sf.find(task, study="one", store=store, finish=True, on_event=watch) == found
    assert watch.begun == []


def test_the_model_is_the_one_that_is_assessed_under_the_names_of_ones_own(store):
    def step(trial, batch):
        loss = cross_entropy(trial.model, batch)
        loss.backward()
        trial.optimizer.step()
        trial.optimizer.zero_grad()
        trial.state["ema"].update_parameters(trial.model)
        return loss

    task = digits_task(step=step, state={"ema": AveragedModel}, eval_model="ema", valid_batches="all")
    answered(task, store)
    found = sf.find(task, study="one", store=store, finish=True)
    assert score_of(found.model_state) == pytest.approx(found.trained.score, rel=1e-5)
    assert not same(found.model_state, whole_by_hand({}, 0.05))


def along_trunks(records, settings):
    """A search that keeps its trials: two trunks, a cooldown off each, the better one goes on, is cooled, answers."""
    stages, (_, stop) = records.stages, settings.trunk
    trunks = {stage.segment.trial: stage for stage in stages if stage.segment.branch == "trunk"}
    cooled = [stage for stage in stages if stage.segment.branch == "cooldown"]
    if not trunks:
        return Next(tuple(Segment(Trial(lr, 0), "trunk", 100, 0, 24) for lr in (0.02, 0.05)), "two trunks")
    if not cooled:
        return Next(tuple(Segment(t, "cooldown", 30, 24, 30, s.checkpoint) for t, s in trunks.items()), "two cooldowns")
    best = min(cooled, key=lambda stage: stage.score).segment.trial
    if trunks[best].segment.stop == 24:
        return Next((Segment(best, "trunk", 100, 24, 48, trunks[best].checkpoint),), "the better one goes on")
    if cooled[-1].segment.stop == 30:
        return Next((Segment(best, "cooldown", 60, 48, 60, trunks[best].checkpoint),), "and is cooled down")
    assert stop == 80
    return dataclasses.replace(ANSWER, lr=best.lr * 1.1, interval=(best.lr, best.lr * 1.2))


def test_a_search_along_trunks_is_finished_for_little_more_than_one_training(store, monkeypatch):
    monkeypatch.setattr("surefoot.finder._find.ramp_before", lambda task, settings: 0)
    monkeypatch.setattr("surefoot.finder._conductor.decide", along_trunks)
    found = sf.find(stable_task(), study="one", store=store, finish=True)
    base = found.trained.rates[0][1]
    assert found.trained.rates == ((0, base), (48, pytest.approx(base * 1.1)))
    assert found.price.updates == 24 + 24 + 6 + 6 + 24 + 12 + (100 - 48)
    assert len(files(store)) == 1


@pytest.mark.parametrize("kind", ["started", "stage"])
def test_a_search_along_trunks_that_is_interrupted_everywhere_ends_with_the_same_model(kind, store, monkeypatch):
    monkeypatch.setattr("surefoot.finder._conductor.decide", along_trunks)
    expected = sf.find(stable_task(), study="two", store=store, finish=True)

    class Stopping:
        seen = 0

        def __call__(self, event):
            self.seen += event.kind == kind
            if event.kind == kind and self.seen == 2:
                raise KeyboardInterrupt

    for _ in range(20):
        try:
            found = sf.find(stable_task(), study="one", store=store, finish=True, on_event=Stopping())
            break
        except KeyboardInterrupt:
            continue
    assert [s.score for s in found.records.stages] == [s.score for s in expected.records.stages]
    assert same(found.model_state, expected.model_state)
    assert found.trained == expected.trained


def test_trunks_are_dropped_with_the_answer_and_search_is_told_when_it_goes_on(store, monkeypatch):
    seen = []

    def watching(records, settings):
        seen.append([stage.checkpoint for stage in records.stages if stage.segment.branch == "trunk"])
        return along_trunks(records, settings)

    monkeypatch.setattr("surefoot.finder._conductor.decide", watching)
    sf.find(stable_task(), budget=0.5, study="one", store=store)
    assert all(kept is not None for kept in seen[-1])
    assert files(store) == []
    sf.find(stable_task(), budget=2, study="one", store=store)
    assert seen[-1] == [None, None, None]


# Where things lie


def test_nothing_is_left_of_a_find_that_keeps_nothing(tmp_path, monkeypatch):
    import gc
    import tempfile

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    found = sf.find(digits_task(), budget=0.6, **NARROW, store="none", finish=True)
    assert found.model_state is not None
    assert len(list(tmp_path.glob("surefoot-*"))) == 1
    del found
    gc.collect()
    assert list(tmp_path.glob("surefoot-*")) == []


@pytest.mark.parametrize("name", ["a/../b", "..", "Ünïcode study", "x" * 200, "Study", "study"])
def test_any_name_of_a_study_is_a_folder_of_its_own(store, name):
    opened = open_store(store)
    answered(digits_task(), store, name=name)
    answered(digits_task(), store, name="other")
    folders = [opened.existing(one).checkpoints().folder for one in (name, "other")]
    opened.close()
    assert folders[0] != folders[1]
    assert {folder.parent for folder in folders} == {Path(store) / "checkpoints"}
    sf.find(digits_task(), study=name, store=store, finish=True)
    assert [file.parent for file in Path(store).glob("checkpoints/*/*")] == [folders[0]]


def test_the_checkpoints_of_a_database_elsewhere_lie_in_the_usual_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("SUREFOOT_HOME", str(tmp_path / "home"))
    found = sf.find(digits_task(), budget=0.6, **NARROW, store=f"sqlite:///{tmp_path / 'other.db'}", finish=True)
    assert len(list((tmp_path / "home" / "checkpoints").glob("*/*.pt"))) == 1
    assert isinstance(found.model_state, dict)


def test_a_store_can_be_moved_with_its_checkpoints(store, tmp_path):
    finished = sf.find(digits_task(), budget=0.6, **NARROW, study="one", store=store, finish=True)
    weights = finished.model_state
    Path(store).rename(tmp_path / "moved")
    assert same(shown(tmp_path / "moved").model_state, weights)
    assert isinstance(Checkpoints, type)


# The plan


def test_the_plan_says_what_finishing_costs_and_the_cheaper_schedule():
    planned = plan(digits_task(schedule="warmup(0.05) >> cosine()"), finish=True).finishing
    assert not planned.continues
    assert planned.cheaper == "warmup(0.05) >> hold() >> decay(0.2)"
    assert 1 < planned.runs < 1.2
    assert planned.seconds > 0
    assert plan(digits_task()).finishing is None


@pytest.mark.parametrize(
    ("schedule", "twin"),
    [
        ("linear()", "hold() >> decay(0.2)"),
        ("warmup(8, start=0.1) >> linear()", "warmup(8, start=0.1) >> hold() >> decay(0.2)"),
        ("warmup() >> cosine(0.5)", "hold() >> decay(0.2)"),
        ("cosine() * warmup(5)", "hold() >> decay(0.2)"),
    ],
)
def test_the_cheaper_schedule_keeps_the_warmup(schedule, twin):
    assert plan(digits_task(schedule=schedule), finish=True).finishing.cheaper == twin


def test_a_schedule_with_a_trunk_is_continued_and_has_nothing_cheaper():
    planned = plan(stable_task(), finish=True).finishing
    assert planned.continues
    assert planned.cheaper is None


def test_trials_that_can_only_be_started_again_are_not_continued():
    batches = [tuple(part[start : start + 20] for part in digits()[0].tensors) for start in range(0, 400, 20)]
    planned = plan(stable_task(train=batches, valid=batches, batch_size=None), finish=True)
    assert planned.settings.trunk is None
    assert not planned.finishing.continues
    assert planned.finishing.cheaper is None


def test_search_is_told_of_the_trunk_where_trials_can_be_continued():
    assert plan(stable_task()).settings.trunk == (10, 80)
    assert plan(digits_task()).settings.trunk is None
    assert plan(loop_task(schedule=STABLE)).settings.trunk is None
