from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from surefoot.records import Answer, Facts, Next, Records, Segment, Stage, Tick
from surefoot.search import Rung, Settings


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
