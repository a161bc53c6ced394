from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from surefoot.records import Answer
from surefoot.store import _schema
from surefoot.store._clock import now
from surefoot.store._codec import from_json
from surefoot.store._lease import standing


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
    """

    name: str
    changed: float
    stages: int
    updates: int
    state: str
    answer: Answer | None


def summaries(connection: Connection) -> list[Summary]:
    """All studies, newest first.

    Args:
        connection: To the store.

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
    found: list[Summary] = []
    for row in connection.execute(query):
        state = "running" if standing(row) == "held" else "answered" if row.brief else "stopped"
        answer = from_json(Answer, row.brief) if row.brief else None
        found.append(Summary(row.name, row.changed, row.stages or 0, row.updates or 0, state, answer))
    return found
