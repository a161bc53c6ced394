from __future__ import annotations

import os
from dataclasses import replace

from surefoot.engines import Inline
from surefoot.errors import BadInput, BadTask
from surefoot.finder._asked import Asked
from surefoot.finder._events import Event, OnEvent, Plan
from surefoot.finder._setup import new_setup, setup_again
from surefoot.found import Found
from surefoot.records import Answer, Facts, Records, Segment, Task, Tick, is_task
from surefoot.search import Settings, conclude, decide, outline
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
    on_event: OnEvent | None = None,
) -> Found:
    """Find the learning rate of a task.

    Args:
        task: What is trained: a ``TorchTask``, a ``FunctionTask``, or anything with their protocol.
        lr: The rate you use today: it is always judged.
        lr_min: Nothing below is tried; by default chosen by the optimizer, and widened where needed.
        lr_max: Nothing above is tried.
        budget: What may be spent: runs (full trainings), ``"quick"`` (0.05, at least 100 updates),
            ``"balanced"`` (0.5, the default), ``"thorough"`` (2), or a time such as ``"20 min"``.
        tolerance: Regret that does not matter (default 0.01: one percent of the possible progress).
        seed: Of the trials (default 0).
        study: Name under which everything is kept. The name of a study that exists goes on with it, with the
            settings that it has where none are given here.
        store: ``"default"`` (``./.surefoot`` or ``SUREFOOT_HOME``), a folder, a database URL, or ``"none"``.
        on_event: Called with every ``Event`` on the way.

    Returns:
        The rate, its interval, the verdict, and what they rest on.

    Raises:
        BadInput: An argument or the task cannot work; nothing was spent.
        UserCodeError: The task's own code raised; all finished stages are kept.
        StoreError: The store cannot be used, or another process holds the study.
    """
    check_task(task)
    asked = Asked(lr, lr_min, lr_max, budget, tolerance, seed)
    if study is not None and (not study.strip() or len(study) > 200 or not study.isprintable()):
        raise BadInput(f"study={study[:60]!r}: expected a name of 1 to 200 printable characters")
    tell = on_event or _nobody
    opened = open_store(store)
    try:
        existing = None if study is None else opened.study(study)
        if existing is not None:
            with existing.held():
                settings, facts = setup_again(existing, task, asked)
                return _conduct(existing, task, settings, facts, tell)
        settings, facts = new_setup(task, asked)
        about = {"schedule": str(getattr(task, "schedule", "")), "kind": type(task).__name__}
        new = opened.create(study or opened.free_name("study"), settings, facts, about)
        with new.held():
            return _conduct(new, task, settings, facts, tell)
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

    Returns:
        The plan.

    Raises:
        BadInput: An argument or the task cannot work.
    """
    check_task(task)
    settings, facts = new_setup(task, Asked(lr, lr_min, lr_max, budget, tolerance, seed))
    return _plan("", settings, facts, 0)


def _conduct(study: Study, task: Task, settings: Settings, facts: Facts, tell: OnEvent) -> Found:
    records = study.records()
    tell(Event("planned", records, plan=_plan(study.name, settings, facts, len(records.stages))))

    def on_tick(segment: Segment, tick: Tick) -> None:
        tell(Event("tick", records, segment=segment, tick=tick))

    engine = Inline(task, settings.assess_forwards, on_tick)
    outstanding = study.outstanding()  # what was decided before the process died comes back before anything is decided
    wanted = [segment for segment in outstanding if settings.floor <= segment.trial.lr <= settings.ceiling]
    while True:
        for segment in wanted:
            tell(Event("started", records, segment=segment))
            stage, ticks = engine.run(segment)
            study.commit(stage, ticks)
            records = replace(records, stages=(*records.stages, stage))
            tell(Event("stage", records, stage=stage))
        decision = decide(records, settings)
        study.decide(decision, after=len(records.stages))
        if isinstance(decision, Answer):
            tell(Event("answered", records, decision=decision))
            return _found(study, settings, decision, records)
        tell(Event("decided", records, decision=decision))
        wanted = decision.segments


def _found(study: Study, settings: Settings, answer: Answer, records: Records) -> Found:
    return Found.of(
        answer,
        records,
        schedule=study.task().get("schedule", ""),
        horizon=settings.horizon,
        study=study.name,
        goal=settings.goal,
    )


def known(study: Study) -> Found:
    """What a study in the store says as it stands.

    Args:
        study: Answered or not.

    Returns:
        Its answer, or the best that can be said so far.
    """
    settings, records = study.settings(), study.records()
    return _found(study, settings, study.answer() or conclude(records, settings), records)


def _plan(name: str, settings: Settings, facts: Facts, stages: int) -> Plan:
    rungs = tuple(outline(settings))
    updates = sum(rung.updates * rung.rates for rung in rungs)
    assessments = sum(rung.rates for rung in rungs)
    seconds = updates * facts.update_seconds + assessments * facts.assess_seconds
    return Plan(settings, facts, rungs, seconds, name, stages)


def check_task(task: object) -> None:
    """Make sure that something is a task, and that this process may train it.

    Args:
        task: As the user gave it.

    Raises:
        BadInput: This is one of several processes that train together.
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
            f"{type(task).__name__} is not a task{hint}: expected a surefoot.TorchTask or surefoot.FunctionTask"
        )
