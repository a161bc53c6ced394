from __future__ import annotations

import csv
import dataclasses
import io
import json
import math
from typing import Any

from surefoot.records import Stage
from surefoot.store._study import Study

_COLUMNS = ("lr", "seed", "branch", "schedule_horizon", "start", "stop", "state", "score", "updates", "forwards")


def as_json(study: Study) -> str:
    """All that is known of a study.

    Args:
        study: Which.

    Returns:
        One JSON object; a number that is not finite is null.
    """
    stages = study.records().stages
    answer = study.answer()
    return json.dumps(
        _finite({
            "study": study.name,
            "task": study.task(),
            "settings": dataclasses.asdict(study.settings()),
            "facts": dataclasses.asdict(study.facts()),
            "answer": None if answer is None else dataclasses.asdict(answer),
            "decisions": [dataclasses.asdict(decision) for decision in study.decided()],
            "stages": [
                dataclasses.asdict(stage) | {"ticks": [dataclasses.asdict(tick) for tick in study.ticks(stage.segment)]}
                for stage in stages
            ],
        }),
        indent=1,
        allow_nan=False,
    )


def as_csv(study: Study) -> str:
    """The stages of a study, a line each.

    Args:
        study: Which.

    Returns:
        CSV with a header; rates and scores come back exactly.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*_COLUMNS, "seconds", "reason"])
    writer.writerows(_line(stage) for stage in study.records().stages)
    return text.getvalue()


def _line(stage: Stage) -> list[Any]:
    segment, cost = stage.segment, stage.cost
    place = [
        segment.trial.lr,
        segment.trial.seed,
        segment.branch,
        segment.schedule_horizon,
        segment.start,
        segment.stop,
    ]
    seconds = cost.training + cost.assessing + cost.starting
    return [*place, stage.state, stage.score, cost.updates, cost.forwards, seconds, stage.reason]


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
