from __future__ import annotations

from collections.abc import Iterable

from surefoot.records import Records, Segment, Stage


def ordered(stages: Iterable[Stage], decided: Iterable[Segment]) -> Records:
    """Stages in the order in which their segments were decided, whatever the order they came back in.

    Args:
        stages: Of several to the same segment the last one counts, at the place of the first.
        decided: The segments; stages of others come last, as they are.

    Returns:
        The records.
    """
    place = {segment: number for number, segment in enumerate(dict.fromkeys(decided))}
    known = {stage.segment: stage for stage in stages}
    return Records(tuple(sorted(known.values(), key=lambda stage: place.get(stage.segment, len(place)))))
