from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from surefoot.checkpoints import Checkpoints
from surefoot.errors import BadInput, BadTask
from surefoot.finder._asked import Asked
from surefoot.finder._conductor import Conductor, apart
from surefoot.finder._events import Event, OnEvent, Plan
from surefoot.finder._finishing import finishing_of
from surefoot.finder._ramp import known_ramp, ramp, ramp_before
from surefoot.finder._setup import new_setup, setup_again
from surefoot.found import Background, Found, Trained
from surefoot.records import Answer, Checkpoint, Cost, Facts, Records, Stage, Task, Tick, Traits, is_task
from surefoot.search import Settings, conclude, outline, trained_rates
from surefoot.search import finish as next_to_finish
from surefoot.store import Study, open_store


def find(
    task: Task,
    *,
    lr: float | None = None,
    lr_min: float | None = None,
    lr_max: float | None = None,
    budget: float | str | None = None,
    tolerance: float | None = None,
    seed: int | None = None,
    study: str | None = None,
    store: str | os.PathLike[str] = "default",
    finish: bool = False,
    on_event: OnEvent | None = None,
) -> Found:
    """Find the learning rate of a task.

    Args:
        task: What is trained: a ``TorchTask``, a ``FunctionTask``, a ``CommandTask``, or anything with their protocol.
        lr: The rate you use today: it is always judged.
        lr_min: Nothing below is tried; by default chosen by the optimizer, and widened where needed.
        lr_max: Nothing above is tried.
        budget: What may be spent: runs (full trainings), ``"quick"`` (0.05, at least 100 updates),
            ``"balanced"`` (0.5, the default; 0.2 with ``finish`` on a schedule with a trunk, so that search and
            training come to 1.2), ``"thorough"`` (2), or a time such as ``"20 min"``.
        tolerance: Regret that does not matter (default 0.01: one percent of the possible progress).
        seed: Of the trials (default 0).
        study: Name under which everything is kept. The name of a study that exists goes on with it, with the
            settings that it has where none are given here.
        store: ``"default"`` (``./.surefoot`` or ``SUREFOOT_HOME``), a folder, a database URL, or ``"none"``.
            States of trials lie in files beside it: for a database in the default folder, for none in a
            temporary one that is gone with the result.
        finish: Train with the found rate to the end as well, whatever the verdict: ``model_state`` of the result
            is the model. That comes on top of the budget: with a schedule that has a trunk the rest of a trial's
            training, else a whole one.
        on_event: Called with every ``Event`` on the way.

    Returns:
        The rate, its interval, the verdict, and what they rest on.

    Raises:
        BadInput: An argument or the task cannot work; nothing was spent.
        UserCodeError: The task's own code raised; all finished stages are kept.
        StoreError: The store cannot be used, or another process holds the study.
    """
    check_task(task, finish=finish)
    asked = Asked(lr, lr_min, lr_max, budget, tolerance, seed, finish)
    if study is not None and (not study.strip() or len(study) > 200 or not study.isprintable()):
        raise BadInput(f"study={study[:60]!r}: expected a name of 1 to 200 printable characters")
    tell = on_event or _nobody
    opened = open_store(store)
    try:
        existing = None if study is None else opened.study(study)
        if existing is not None:
            with existing.held():
                settings, facts = setup_again(existing, task, asked)
                return _conduct(existing, task, settings, facts, tell, finish=finish)
        settings, facts = new_setup(task, asked)
        about = {"schedule": str(getattr(task, "schedule", "")), "kind": type(task).__name__}
        about["command"] = getattr(task, "command", "")
        new = opened.create(study or opened.free_name("study"), settings, facts, about)
        with new.held():
            return _conduct(new, task, settings, facts, tell, finish=finish)
    finally:
        opened.close()


def _nobody(event: Event) -> None:
    """Nobody looks on."""


def plan(
    task: Task,
    *,
    lr: float | None = None,
    lr_min: float | None = None,
    lr_max: float | None = None,
    budget: float | str | None = None,
    tolerance: float | None = None,
    seed: int | None = None,
    finish: bool = False,
) -> Plan:
    """What ``find`` would do with the same arguments; only preflight is run.

    Args:
        task: As for ``find``.
        lr: As for ``find``.
        lr_min: As for ``find``.
        lr_max: As for ``find``.
        budget: As for ``find``.
        tolerance: As for ``find``.
        seed: As for ``find``.
        finish: As for ``find``.

    Returns:
        The plan.

    Raises:
        BadInput: An argument or the task cannot work.
    """
    check_task(task, finish=finish)
    settings, facts = new_setup(task, Asked(lr, lr_min, lr_max, budget, tolerance, seed, finish))
    return _plan("", task, settings, facts, 0, ramp_before(task, settings), finish=finish)


def _conduct(study: Study, task: Task, settings: Settings, facts: Facts, tell: OnEvent, *, finish: bool) -> Found:
    records = study.records()
    steps = 0 if records.stages or study.decided() or study.answer() is not None else ramp_before(task, settings)
    planned = _plan(study.name, task, settings, facts, len(records.stages), steps, finish=finish)
    tell(Event("planned", records, plan=planned))
    if steps:
        settings = _ramped(study, task, settings, tell)
    conductor = Conductor(study, task, settings, tell)
    answer = conductor.search()
    if finish:
        conductor.finish(answer)
    conductor.clear(answer)
    return _found(study, settings, facts, answer, conductor.records, conductor.checkpoints)


def _ramped(study: Study, task: Task, settings: Settings, tell: OnEvent) -> Settings:
    """The settings of a search that knows what a ramp told; kept before anything is built on them."""
    test = ramp(task, settings)
    if test is None:
        return settings
    settings = known_ramp(settings, test)
    study.change(settings)
    tell(Event("ramped", Records(), ramp=test))
    return settings


def _found(
    study: Study,
    settings: Settings,
    facts: Facts,
    answer: Answer,
    records: Records,
    checkpoints: Checkpoints,
    ticks: dict[str, list[Tick]] | None = None,
) -> Found:
    last, trained, model = next_to_finish(records, answer, settings), None, None
    if isinstance(last, Stage):
        trained = Trained(trained_rates(records, last), last.score, last.reason)
        model = None if last.checkpoint is None else partial(_weights, checkpoints, last.checkpoint)
    return Found.of(
        answer,
        records,
        schedule=study.task().get("schedule", ""),
        horizon=settings.horizon,
        study=study.name,
        goal=settings.goal,
        granularity=facts.granularity,
        beforehand=facts.cost + Cost(updates=settings.ramped, training=settings.ramped * facts.update_seconds),
        command=study.task().get("command", ""),
        trained=trained,
        model=model,
        background=partial(_background, study, settings, facts, records, {} if ticks is None else ticks),
    )


def _background(
    study: Study, settings: Settings, facts: Facts, records: Records, ticks: dict[str, list[Tick]]
) -> Background:
    ticks.update(study.all_ticks(but=ticks))
    return Background(
        study.answer() is not None,
        study.decided(),
        {s.segment: ticks[s.segment.key] for s in records.stages if s.segment.key in ticks},
        facts,
        settings,
    )


def _weights(checkpoints: Checkpoints, kept: Checkpoint) -> Mapping[str, Any]:
    return checkpoints.load(kept)["weights"]


def known(study: Study, ticks: dict[str, list[Tick]] | None = None) -> Found:
    """What a study in the store says as it stands.

    Args:
        study: Answered or not.
        ticks: Recorded updates that were read before, by the keys of their segments; new ones are added.

    Returns:
        Its answer, or the best that can be said so far.
    """
    settings, records = study.settings(), study.records()
    answer = study.answer()
    if answer is None:
        left_out = apart(study)
        answer = conclude(Records(tuple(s for s in records.stages if s.segment not in left_out)), settings)
    return _found(study, settings, study.facts(), answer, records, study.checkpoints(), ticks)


def _plan(name: str, task: Task, settings: Settings, facts: Facts, stages: int, steps: int, *, finish: bool) -> Plan:
    expected = replace(settings, ramped=steps, turns_at=settings.lr_max) if steps else settings
    rungs = tuple(outline(expected))
    updates = steps + sum(rung.updates * rung.rates for rung in rungs)
    assessments = sum(rung.rates for rung in rungs)
    seconds = updates * facts.update_seconds + assessments * facts.assess_seconds
    finishing = finishing_of(task, settings, facts) if finish else None
    return Plan(settings, facts, rungs, seconds, name, stages, finishing, steps)


def check_task(task: object, *, finish: bool = False) -> None:
    """Make sure that something is a task, and that this process may train it.

    Args:
        task: As the user gave it.
        finish: Whether a model is to be trained to the end.

    Raises:
        BadInput: This is one of several processes that train together, or the task cannot be finished.
        BadTask: It is no task.
    """
    if os.environ.get("WORLD_SIZE", "1").strip() not in {"", "1"}:
        raise BadInput(
            f"WORLD_SIZE={os.environ['WORLD_SIZE']}: this is one of several processes that train together, and find"
            " runs its trials in one process. Start it outside of torchrun"
        )
    if not is_task(task):
        hint = " (call it: it may make one)" if callable(task) else ""
        raise BadTask(
            f"{type(task).__name__} is not a task{hint}: expected a surefoot.TorchTask, FunctionTask or CommandTask"
        )
    if finish and not getattr(task, "traits", Traits()).keeps:
        raise BadInput(
            f"finish: a {type(task).__name__} keeps its model to itself, so there is none to hand over. Leave finish"
            " out and train with the found rate in your own loop, or give a surefoot.TorchTask"
        )
