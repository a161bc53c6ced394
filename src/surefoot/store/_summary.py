from __future__ import annotations

from collections.abc import Collection, Hashable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from surefoot.records import Answer
from surefoot.store import _schema
from surefoot.store._clock import now
from surefoot.store._codec import from_json
from surefoot.store._lease import LEASE, standing


@dataclass(frozen=True, slots=True)
class Summary:
    """A study in one line.

    Attributes:
        name: Of the study.
        changed: Seconds since 1970.
        stages: How many are recorded.
        updates: Spent so far.
        state: ``answered``, ``running`` or ``stopped``.
        answer: Once there is one, without its curve.
        heard: Last sign of life of the process that holds it, in seconds since 1970 by the database's clock; 0 where
            it was given back.
    """

    name: str
    changed: float
    stages: int
    updates: int
    state: str
    answer: Answer | None
    heard: float = 0.0


def summaries(connection: Connection, names: Collection[str] | None = None) -> list[Summary]:
    """Studies, newest first.

    Args:
        connection: To the store.
        names: Which; all without.

    Returns:
        A line each.
    """
    studies, stages = _schema.studies, _schema.stages
    counts = (
        select(stages.c.study, func.count().label("stages"), func.sum(stages.c.updates).label("updates"))
        .group_by(stages.c.study)
        .subquery()
    )
    shown = [studies.c[name] for name in ("name", "changed", "brief", "holder", "expires")]
    query = (
        select(*shown, now().label("now"), counts.c.stages, counts.c.updates)
        .outerjoin(counts, counts.c.study == studies.c.id)
        .order_by(studies.c.changed.desc(), studies.c.id.desc())
    )
    if names is not None:
        query = query.where(studies.c.name.in_(names))
    found: list[Summary] = []
    for row in connection.execute(query):
        state = "running" if standing(row) == "held" else "answered" if row.brief else "stopped"
        answer = from_json(Answer, row.brief) if row.brief else None
        found.append(Summary(row.name, row.changed, row.stages or 0, row.updates or 0, state, answer, _heard(row)))
    return found


def pulse(connection: Connection, names: Collection[str] | None = None) -> Hashable:
    """What is different whenever a study changed, or somebody began or ceased to work on it.

    Args:
        connection: To the store.
        names: Which studies; all without.

    Returns:
        A value to compare.
    """
    studies = _schema.studies.c
    query = select(
        studies.id, studies.changed, studies.brief.is_(None), studies.holder, studies.expires, now().label("now")
    )
    if names is not None:
        query = query.where(studies.name.in_(names))
    rows = connection.execute(query.order_by(studies.id))
    return tuple((*row[:4], standing(row) == "held") for row in rows)


def _heard(row: Any) -> float:
    return 0.0 if row.holder is None or row.expires is None else row.expires - LEASE
