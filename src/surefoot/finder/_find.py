from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from surefoot.checkpoints import Checkpoints
from surefoot.ending import ended_like_an_interrupt
from surefoot.engines import limited
from surefoot.errors import BadInput, BadTask
from surefoot.finder._asked import Asked
from surefoot.finder._conductor import Conductor, apart
from surefoot.finder._crew import Crew
from surefoot.finder._events import Event, OnEvent, Plan
from surefoot.finder._finishing import finishing_of
from surefoot.finder._ramp import ramp, ramp_before
from surefoot.finder._room import size_in_bytes
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
    engine: str | None = None,
    workers: int = 1,
    finish: bool = False,
    checkpoint_space: int | str | None = None,
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
        engine: Where trials are trained: ``"inline"``, in this process, or ``"processes"``, in worker processes beside
            it; by default that with several workers.
        workers: How many trials are trained at the same time. The answer does not depend on it, but on the threads of
            each trial: a new study gives each worker its share of the cores.
        finish: Train with the found rate to the end as well, whatever the verdict: ``model_state`` of the result
            is the model. That comes on top of the budget: with a schedule that has a trunk the rest of a trial's
            training, else a whole one.
        checkpoint_space: What the states of trials that are kept for going on may take on the disk: bytes, or a text
            such as ``"20 GB"``; by default all that can still be needed. Where it is too small, states that cost
            least to train again are removed, and are trained again where they turn out to be needed: the answer
            stays the same, the price grows. The disk also needs room for the one that is being written.
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
    tell, space = on_event or _nobody, size_in_bytes(checkpoint_space)
    crew = Crew.of(task, engine, workers)
    opened = open_store(store)
    try:
        existing = None if study is None else opened.study(study)
        threads = crew.threads(task, None if existing is None else existing.facts())
        with ended_like_an_interrupt(), limited(threads):
            if existing is not None:
                with existing.held():
                    settings, facts = setup_again(existing, task, asked)
                    return _conduct(existing, task, settings, facts, crew, tell, space, finish=finish)
            settings, facts = _begun(task, asked, threads)
            about = {"schedule": str(getattr(task, "schedule", "")), "kind": type(task).__name__}
            about["command"] = getattr(task, "command", "")
            new = (
                opened.create_next("study", settings, facts, about)
                if study is None
                else opened.create(study, settings, facts, about)
            )
            with new.held():
                return _conduct(new, task, settings, facts, crew, tell, space, finish=finish)
    finally:
        opened.close()


def _begun(task: Task, asked: Asked, threads: int | None) -> tuple[Settings, Facts]:
    """A new study, with the threads of its trials on record."""
    settings, facts = new_setup(task, asked)
    if threads is not None:
        facts = replace(facts, environment={**facts.environment, "threads": threads})
    return settings, facts


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
    engine: str | None = None,
    workers: int = 1,
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
        engine: As for ``find``.
        workers: As for ``find``.
        finish: As for ``find``.

    Returns:
        The plan.

    Raises:
        BadInput: An argument or the task cannot work.
    """
    check_task(task, finish=finish)
    asked, crew = Asked(lr, lr_min, lr_max, budget, tolerance, seed, finish), Crew.of(task, engine, workers)
    threads = crew.threads(task, None)
    with limited(threads):
        settings, facts = _begun(task, asked, threads)
    return _plan(task, settings, facts, crew, ramp_before(task, settings), finish=finish)


def _conduct(
    study: Study,
    task: Task,
    settings: Settings,
    facts: Facts,
    crew: Crew,
    tell: OnEvent,
    space: int | None,
    *,
    finish: bool,
) -> Found:
    records = study.records()
    steps = 0 if records.stages or study.decided() or study.answer() is not None else ramp_before(task, settings)
    planned = _plan(task, settings, facts, crew, steps, finish=finish)
    tell(Event("planned", records, plan=replace(planned, study=study.name, known=len(records.stages))))
    if steps:
        settings = _ramped(study, task, settings, tell)
    conductor = Conductor(study, task, settings, facts, crew, tell, space)
    try:
        answer = conductor.search()
        if finish:
            conductor.finish(answer)
    finally:
        conductor.stop()
    conductor.clear(answer)
    return _found(study, settings, facts, answer, conductor.records, conductor.checkpoints)


def _ramped(study: Study, task: Task, settings: Settings, tell: OnEvent) -> Settings:
    """The settings of a search that knows what a ramp told; kept before anything is built on them."""
    ramped = ramp(task, settings)
    if ramped is None:
        return settings
    test, settings = ramped
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
        left_out = apart(study.decided())
        answer = conclude(Records(tuple(s for s in records.stages if s.segment not in left_out)), settings)
    return _found(study, settings, study.facts(), answer, records, study.checkpoints(), ticks)


def _plan(task: Task, settings: Settings, facts: Facts, crew: Crew, ramp: int, *, finish: bool) -> Plan:
    """What is about to be done; with a ramp as if that told something."""
    expected = replace(settings, ramped=ramp, turns_at=settings.lr_max) if ramp else settings
    rungs = tuple(outline(expected))
    trials = ((rung.turns(crew.workers), rung.updates * facts.update_seconds + facts.assess_seconds) for rung in rungs)
    seconds = ramp * facts.update_seconds + sum(turns * each for turns, each in trials)
    finishing = finishing_of(task, settings, facts) if finish else None
    return Plan(settings, facts, rungs, seconds, "", 0, finishing, ramp, crew.workers)


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
