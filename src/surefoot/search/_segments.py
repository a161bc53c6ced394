from __future__ import annotations

import math

from surefoot.records import Records, Segment, Stage, Trial
from surefoot.search._settings import Settings

WARM = 2  # a rung is run along the trunk when that lasts so many times the warmup; assumption
SNAP = 0.1  # decades: a trunk of a rate so near is continued instead of a new one; candidates lie as far apart


def branch_point(rung: int, settings: Settings) -> int | None:
    """Where the cooldown of a rung leaves the trunk.

    Args:
        rung: Its updates.
        settings: Horizon and trunk.

    Returns:
        An update, in proportion to the full training; the rung itself where nothing follows the trunk; ``None`` where
        the rung is run as a whole shrunk training.
    """
    if settings.trunk is None:
        return None
    start, stop = settings.trunk
    point = rung * stop // settings.horizon
    return point if point >= max(1, WARM * start) else None


def rung_of(segment: Segment, settings: Settings) -> int:
    """The rung that a segment belongs to.

    Args:
        segment: Of any branch.
        settings: Horizon and trunk.

    Returns:
        Updates of the schedule at whose end it is assessed.
    """
    if segment.branch != "trunk" or settings.trunk is None:
        return segment.stop
    return math.ceil(segment.stop * settings.horizon / settings.trunk[1])


def settled(rung: int, settings: Settings) -> int:
    """The shortest rung whose cooldown leaves the trunk where that of a rung does, so that one tells the other.

    Args:
        rung: Its updates.
        settings: Horizon and trunk.

    Returns:
        Updates; the rung itself where it is run whole.
    """
    point = branch_point(rung, settings)
    if point is None or settings.trunk is None:
        return rung
    return math.ceil(point * settings.horizon / settings.trunk[1])


def segment(lr: float, rung: int, seed: int, records: Records, settings: Settings) -> Segment:
    """What is to be run so that a rate can be assessed on a rung.

    Args:
        lr: The rate.
        rung: Its updates.
        seed: Of the trial.
        records: Where a trunk of the rate may lie that can be continued.
        settings: Horizon and trunk.

    Returns:
        A whole shrunk training; or the part of the trunk that is still to be run.
    """
    trial = Trial(lr, seed)
    point = branch_point(rung, settings)
    whole = Segment(trial, "whole", rung, 0, rung)
    if point is None:
        return whole
    trunks = [stage for stage in _trunks(records, settings) if stage.segment.trial == trial]
    kept = [stage for stage in trunks if stage.checkpoint is not None and stage.segment.stop < point]
    longest = max(kept, key=lambda stage: stage.segment.stop, default=None)
    if longest is not None:
        return Segment(trial, "trunk", settings.horizon, longest.segment.stop, point, longest.checkpoint)
    known = any(stage.segment.start == 0 and stage.segment.stop == point for stage in trunks)
    return whole if known else Segment(trial, "trunk", settings.horizon, 0, point)


def cooldowns(records: Records, settings: Settings) -> tuple[Segment, ...]:
    """The cooldowns through which trunks that were run are still to be assessed.

    Args:
        records: What came of the segments so far.
        settings: Horizon and trunk.

    Returns:
        Segments.
    """
    done = {stage.segment.key for stage in records.stages}
    wanted: list[Segment] = []
    for stage in _trunks(records, settings):
        if stage.ok and stage.score is None and stage.checkpoint is not None:
            rung, point = rung_of(stage.segment, settings), stage.segment.stop
            cooldown = Segment(stage.segment.trial, "cooldown", rung, point, rung, stage.checkpoint)
            wanted += [] if cooldown.key in done else [cooldown]
    return tuple(wanted)


def with_trunk(lr: float, rung: int, records: Records, settings: Settings) -> float:
    """The rate of a healthy trunk near a wanted one, which costs less to assess on a longer rung.

    Args:
        lr: The wanted rate.
        rung: Where it is wanted.
        records: What came of the segments so far.
        settings: Horizon, trunk and seed.

    Returns:
        A rate within ``SNAP``, or the wanted one.
    """
    point = branch_point(rung, settings)
    if point is None:
        return lr
    trunks = [stage for stage in _trunks(records, settings) if stage.segment.trial.seed == settings.seed]
    over = {stage.segment.trial.lr for stage in trunks if not stage.ok or stage.segment.stop >= point}
    near = [stage.segment.trial.lr for stage in trunks if stage.checkpoint and stage.segment.trial.lr not in over]
    nearest = min(near, key=lambda rate: abs(math.log10(rate / lr)), default=lr)
    return nearest if abs(math.log10(nearest / lr)) <= SNAP else lr


def _trunks(records: Records, settings: Settings) -> list[Stage]:
    horizon = settings.horizon
    return [s for s in records.stages if s.segment.branch == "trunk" and s.segment.schedule_horizon == horizon]
