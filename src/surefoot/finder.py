"""The conductor: task, search, engine and store together make an answer."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

from surefoot.engines import Inline
from surefoot.errors import BadInput, BadStudy, BadTask
from surefoot.found import Found
from surefoot.records import Answer, Facts, Next, Records, Segment, Stage, Task, Tick
from surefoot.search import Rung, Settings, conclude, decide, outline
from surefoot.store import Study, open_store

BUDGETS = {"quick": 0.05, "balanced": 0.5, "thorough": 2.0}
_QUICK_UPDATES = 100  # quick spends at least this many updates
_SMALLEST_RUNG = 10  # updates; below that a schedule is mostly rounding (assumption)
_ROOM = 1e3  # how far beyond its first range search may go by itself, on either side
_ASSESS_SHARE = 0.25  # of the budget, at most, for assessments
_ASSESSMENTS = 12  # expected number of them, to share that out
_FEWEST_BATCHES = 4  # of one assessment, however small the budget


@dataclass(frozen=True, slots=True)
class Plan:
    """What is about to be done, known before anything is spent.

    Attributes:
        settings: Of the search.
        facts: What preflight found.
        rungs: Updates of each rung and how many rates are expected on it.
        seconds: Expected duration.
        study: The study's name.
        known: Stages that are there already.
    """

    settings: Settings
    facts: Facts
    rungs: tuple[Rung, ...]
    seconds: float
    study: str
    known: int


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened on the way, for whoever looks on.

    Attributes:
        kind: ``planned``, ``decided``, ``started``, ``tick``, ``stage``, ``answered``.
        plan: With ``planned``.
        decision: With ``decided`` and ``answered``.
        segment: With ``started`` and ``tick``.
        tick: With ``tick``.
        stage: With ``stage``.
        records: Everything known so far.
    """

    kind: Literal["planned", "decided", "started", "tick", "stage", "answered"]
    records: Records
    plan: Plan | None = None
    decision: Next | Answer | None = None
    segment: Segment | None = None
    tick: Tick | None = None
    stage: Stage | None = None


OnEvent = Callable[[Event], None]


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
    _check_arguments(task, lr, lr_min, lr_max, budget, tolerance, seed, study)
    given = _Given(lr, lr_min, lr_max, budget, tolerance, seed)
    tell = on_event or _nobody
    opened = open_store(store)
    try:
        existing = None if study is None else opened.study(study)
        if existing is not None:
            with existing.held():
                settings, facts = _taken_up(existing, task, given)
                return _conduct(existing, task, settings, facts, tell)
        settings, facts = _begun(task, given)
        about = {"schedule": str(getattr(task, "schedule", "")), "kind": type(task).__name__}
        new = opened.create(study or opened.free_name("study"), settings, facts, about)
        with new.held():
            return _conduct(new, task, settings, facts, tell)
    finally:
        opened.close()


def _nobody(event: Event) -> None:
    """Nobody looks on."""


@dataclass(frozen=True, slots=True)
class _Given:
    lr: float | None
    lr_min: float | None
    lr_max: float | None
    budget: float | str | None
    tolerance: float | None
    seed: int | None


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
    _check_arguments(task, lr, lr_min, lr_max, budget, tolerance, seed, None)
    settings, facts = _begun(task, _Given(lr, lr_min, lr_max, budget, tolerance, seed))
    return _plan("", settings, facts, 0)


def _conduct(study: Study, task: Task, settings: Settings, facts: Facts, tell: OnEvent) -> Found:
    records = study.records()
    tell(Event("planned", records, plan=_plan(study.name, settings, facts, len(records.stages))))

    def on_tick(segment: Segment, tick: Tick) -> None:
        tell(Event("tick", records, segment=segment, tick=tick))

    engine = Inline(task, settings.assess_forwards, on_tick)
    while True:
        decision = decide(records, settings)
        study.decide(decision, after=len(records.stages))
        if isinstance(decision, Answer):
            break
        tell(Event("decided", records, decision=decision))
        known = {stage.segment for stage in records.stages}
        for segment in decision.segments:
            if segment in known:
                continue
            tell(Event("started", records, segment=segment))
            for stage, ticks in engine.run([segment]):
                study.commit(stage, ticks)
                records = replace(records, stages=(*records.stages, stage))
                tell(Event("stage", records, stage=stage))
    tell(Event("answered", records, decision=decision))
    return _found(study, settings, decision, records)


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


def _begun(task: Task, given: _Given) -> tuple[Settings, Facts]:
    """Settings of a new study; runs preflight."""
    seed = given.seed or 0
    runs = _runs(given.budget, task.horizon)
    facts = task.preflight(seed, _assess_cap(runs or BUDGETS["balanced"], task.horizon))
    if runs is None:
        runs = _seconds(str(given.budget)) / (facts.update_seconds * task.horizon)
    low, high = facts.lr_range
    if given.lr is not None:
        low, high = min(low, given.lr), max(high, given.lr)
    lr_min, lr_max = given.lr_min or low, given.lr_max or high
    if given.lr_max is None and lr_max <= lr_min:
        lr_max = lr_min * 1e3
    if given.lr_min is None and lr_min >= lr_max:
        lr_min = lr_max / 1e3
    settings = Settings(
        horizon=task.horizon,
        budget=runs,
        lr_min=lr_min,
        lr_max=lr_max,
        floor=given.lr_min or lr_min / _ROOM,
        ceiling=given.lr_max or lr_max * _ROOM,
        untrained=facts.untrained,
        assess_forwards=facts.assess_batches,
        smallest=min(_SMALLEST_RUNG, task.horizon),
        yours=given.lr,
        tolerance=0.01 if given.tolerance is None else given.tolerance,
        seed=seed,
        goal=task.goal,
        noise=facts.spread,
    )
    return settings, facts


def _taken_up(study: Study, task: Task, given: _Given) -> tuple[Settings, Facts]:
    """Settings of a study that exists, changed where something else is asked for now."""
    settings, facts = study.settings(), study.facts()
    if given.seed is not None and given.seed != settings.seed:
        raise BadStudy(
            f"study {study.name!r} has seed {settings.seed}, not {given.seed}: its trials cannot be compared with"
            " others. Leave --seed out, or use another --study name"
        )
    now = task.preflight(settings.seed, settings.assess_forwards)
    _check_same(study.name, facts, now)
    changes: dict[str, Any] = {}
    if given.budget is not None:
        runs = _runs(given.budget, settings.horizon)
        changes["budget"] = (
            _seconds(str(given.budget)) / (facts.update_seconds * task.horizon) if runs is None else runs
        )
    if given.lr is not None:
        changes["yours"] = given.lr
    if given.tolerance is not None:
        changes["tolerance"] = given.tolerance
    if given.lr_min is not None:
        changes |= {"lr_min": given.lr_min, "floor": given.lr_min}
    if given.lr_max is not None:
        changes |= {"lr_max": given.lr_max, "ceiling": given.lr_max}
    changed = replace(settings, **changes)
    if changed != settings:
        study.change(changed)
    return changed, facts


def _check_same(name: str, before: Facts, now: Facts) -> None:
    """A study goes on only with the same task: what differs is named."""
    differences = [
        f"{key}: {_short(before.identity.get(key))} then, {_short(now.identity.get(key))} now"
        for key in sorted({*before.identity, *now.identity})
        if not _equal(before.identity.get(key), now.identity.get(key))
    ]
    if differences:
        raise BadStudy(
            f"study {name!r} belongs to another task. What differs:\n  "
            + "\n  ".join(differences)
            + "\nUse another --study name, or delete that study"
        )


def _equal(before: Any, now: Any) -> bool:
    if isinstance(before, float) and isinstance(now, float):
        return math.isclose(before, now, rel_tol=1e-3)  # another machine rounds differently
    return before == now


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 100 else f"{text[:97]}..."


def _plan(name: str, settings: Settings, facts: Facts, stages: int) -> Plan:
    rungs = tuple(outline(settings))
    updates = sum(rung.updates * rung.rates for rung in rungs)
    assessments = sum(rung.rates for rung in rungs)
    seconds = updates * facts.update_seconds + assessments * facts.assess_seconds
    return Plan(settings, facts, rungs, seconds, name, stages)


def _runs(budget: float | str | None, horizon: int) -> float | None:
    """A budget in runs; ``None`` for one that is a time."""
    if budget is None:
        budget = "balanced"
    if not isinstance(budget, str):
        return float(budget)
    text = budget.strip().lower()
    if text == "quick":
        return max(BUDGETS["quick"], _QUICK_UPDATES / horizon)
    if text in BUDGETS:
        return BUDGETS[text]
    try:
        return float(text)
    except ValueError:
        _seconds(budget)  # refuses what is no time either
        return None


_UNITS = {
    "s": 1.0,
    "sec": 1.0,
    "second": 1.0,
    "min": 60.0,
    "minute": 60.0,
    "m": 60.0,
    "h": 3600.0,
    "hour": 3600.0,
}


def _seconds(budget: str) -> float:
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([a-z]+?)s?\s*", budget.lower())
    unit = None if match is None else _UNITS.get(match[2]) or _UNITS.get(match[2] + "s")
    if match is None or unit is None or float(match[1]) <= 0:
        raise BadInput(
            f"budget={budget!r}: expected runs (0.5), one of {', '.join(BUDGETS)}, or a time such as '20 min' or '2 h'"
        )
    return float(match[1]) * unit


def _assess_cap(runs: float, horizon: int) -> int:
    """Most validation batches of an assessment, so that all of them stay under a quarter of the budget."""
    return max(_FEWEST_BATCHES, round(3 * _ASSESS_SHARE * runs * horizon / _ASSESSMENTS))


def _check_arguments(
    task: Any,
    lr: float | None,
    lr_min: float | None,
    lr_max: float | None,
    budget: float | str | None,
    tolerance: float | None,
    seed: int | None,
    study: str | None,
) -> None:
    if not all(hasattr(task, name) for name in ("horizon", "goal", "preflight", "run")):
        hint = " (call it: it may make one)" if callable(task) else ""
        raise BadTask(
            f"{type(task).__name__} is not a task{hint}: expected a surefoot.TorchTask or surefoot.FunctionTask"
        )
    for name, value in (("lr", lr), ("lr_min", lr_min), ("lr_max", lr_max)):
        if value is not None and not (_is_number(value) and 0 < value < math.inf):
            raise BadInput(f"{name}={value!r}: expected a rate above 0, for example 3e-4")
    if lr_min is not None and lr_max is not None and not lr_min < lr_max:
        raise BadInput(f"lr_min={lr_min:g} and lr_max={lr_max:g}: expected lr_min below lr_max")
    _check_budget(budget)
    if tolerance is not None and not (_is_number(tolerance) and 0 < tolerance < 1):
        raise BadInput(f"tolerance={tolerance!r}: expected a regret between 0 and 1, for example 0.01")
    if seed is not None and (isinstance(seed, bool) or not isinstance(seed, int) or seed < 0):
        raise BadInput(f"seed={seed!r}: expected a whole number of at least 0")
    if study is not None and (not study.strip() or len(study) > 200 or not study.isprintable()):
        raise BadInput(f"study={study[:60]!r}: expected a name of 1 to 200 printable characters")


def _check_budget(budget: Any) -> None:
    runs = budget
    if budget is None or isinstance(budget, str):
        runs = _runs(budget, horizon=1)
        runs = _seconds(str(budget)) if runs is None else runs
    if not (_is_number(runs) and 0 < runs < math.inf):
        raise BadInput(
            f"budget={budget!r}: expected runs above 0 (0.5 is half a training), one of {', '.join(BUDGETS)}, or a time"
            " such as '20 min'"
        )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
