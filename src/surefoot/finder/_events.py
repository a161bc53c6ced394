from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from surefoot.rangetest import RangeTest
from surefoot.records import Answer, Facts, Next, Records, Segment, Stage, Tick
from surefoot.search import Rung, Settings


@dataclass(frozen=True, slots=True)
class Finishing:
    """What training with the answer to the end will cost.

    Attributes:
        runs: At most.
        seconds: At most.
        continues: Whether a trial of the search is continued, which saves what it has trained.
        cheaper: The schedule with which one could be, where this one is why none can be.
    """

    runs: float
    seconds: float
    continues: bool
    cheaper: str | None


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
        finishing: What training to the end comes to, where it was asked for.
        ramp: Updates, at most, of the ramp of rates that comes first; 0 for none.
    """

    settings: Settings
    facts: Facts
    rungs: tuple[Rung, ...]
    seconds: float
    study: str
    known: int
    finishing: Finishing | None = None
    ramp: int = 0


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened on the way, for whoever looks on.

    Attributes:
        kind: ``planned``, ``ramped``, ``decided``, ``started``, ``tick``, ``stage``, ``answered``, ``finished``.
        plan: With ``planned``.
        ramp: With ``ramped``: what the ramp before the trials told.
        decision: With ``decided`` and ``answered``.
        segment: With ``started`` and ``tick``.
        tick: With ``tick``.
        stage: With ``stage``.
        records: Everything known so far.
    """

    kind: Literal["planned", "ramped", "decided", "started", "tick", "stage", "answered", "finished"]
    records: Records
    plan: Plan | None = None
    ramp: RangeTest | None = None
    decision: Next | Answer | None = None
    segment: Segment | None = None
    tick: Tick | None = None
    stage: Stage | None = None


OnEvent = Callable[[Event], None]
