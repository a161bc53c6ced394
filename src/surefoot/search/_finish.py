from __future__ import annotations

import math

from surefoot.records import Answer, Checkpoint, Next, Records, Segment, Stage, Trial
from surefoot.search._settings import Settings

NEAR = 0.5  # decades: a trunk of a rate farther off is not continued, its start was another training; assumption
LEAST = 0.05  # of the horizon: a shorter trunk saves less than a start at the right rate is worth; assumption
PIECE = 0.1  # of the horizon between two checkpoints: what a killed process loses at most; assumption


def finish(records: Records, answer: Answer, settings: Settings) -> Next | Stage | None:
    """Say what is to be run next to train with the found rate to the end, or the stage where it ended. Pure.

    With a trunk, the longest trunk of a trial in the interval is continued at the found rate (else that of the
    nearest trial), in pieces, and cooled down at the end. Without one it takes a whole training.

    Args:
        records: What came of the segments so far; a checkpoint that is no longer there is none.
        answer: With the rate.
        settings: Of the search.

    Returns:
        The next segments; the last stage, failed or with the trained model kept; ``None`` where there is no rate.
    """
    if answer.lr is None:
        return None
    trial = Trial(answer.lr, settings.seed)
    ended = _ended(records, trial, settings)
    if ended is not None:
        return ended
    base = None if settings.trunk is None else _base(records, answer.lr, answer.interval, settings)
    if base is None or settings.trunk is None:
        whole = Segment(trial, "whole", settings.horizon, 0, settings.horizon, keep=True)
        return Next((whole,), f"the found rate {answer.lr:.3g} is trained from the start to the end", finish=True)
    kept, stop = base.checkpoint, settings.trunk[1]
    assert kept is not None
    rate = base.segment.trial.lr
    of = "" if rate == answer.lr else f" of {rate:.3g}"
    if kept.step < stop:
        return _continued(trial, kept, stop, settings, f"the trunk{of} is continued from update {kept.step}")
    cooldown = Segment(trial, "cooldown", settings.horizon, stop, settings.horizon, kept, keep=True)
    return Next((cooldown,), f"the trunk{of} is cooled down to the end with {answer.lr:.3g}", finish=True)


def trained_rates(records: Records, last: Stage) -> tuple[tuple[int, float], ...]:
    """The peak rates that a training was done with, each with the update from which on.

    Args:
        records: What came of all segments.
        last: Its last stage.

    Returns:
        The first from update 0; one entry alone where the rate never changed.
    """
    by_end = {stage.checkpoint.file: stage for stage in records.stages if stage.checkpoint is not None}
    parts: list[tuple[int, float]] = []
    stage: Stage | None = last
    while stage is not None:
        segment = stage.segment
        if parts and parts[0][1] == segment.trial.lr:
            parts[0] = (segment.start, segment.trial.lr)
        else:
            parts.insert(0, (segment.start, segment.trial.lr))
        stage = None if segment.parent is None else by_end.get(segment.parent.file)
    return tuple(parts)


def _continued(trial: Trial, kept: Checkpoint, stop: int, settings: Settings, why: str) -> Next:
    piece = min(stop, kept.step + math.ceil(PIECE * settings.horizon))
    segment = Segment(trial, "trunk", settings.horizon, kept.step, piece, kept)
    return Next((segment,), f"{why} with {trial.lr:.3g}", finish=True)


def _ended(records: Records, trial: Trial, settings: Settings) -> Stage | None:
    """The last stage of a training with the found rate to the end, or of one that failed on the way there."""
    for stage in reversed(records.stages):
        segment = stage.segment
        if segment.trial != trial or segment.schedule_horizon != settings.horizon:
            continue
        if not stage.ok or (segment.stop == settings.horizon and stage.checkpoint is not None):
            return stage
    return None


def _base(records: Records, lr: float, interval: tuple[float, float] | None, settings: Settings) -> Stage | None:
    """The trunk to continue: the longest in the interval, else the nearest, of a trial that never failed."""
    failed = {stage.segment.trial for stage in records.stages if not stage.ok}
    low, high = interval or (lr, lr)
    best: tuple[tuple[float, ...], Stage] | None = None
    for stage in records.stages:
        segment = stage.segment
        if segment.branch != "trunk" or segment.schedule_horizon != settings.horizon or stage.checkpoint is None:
            continue
        if segment.stop < LEAST * settings.horizon:
            continue
        if segment.stop == settings.horizon:  # has no end left to be trained with the found rate
            continue
        away = abs(math.log10(segment.trial.lr / lr))
        inside = low <= segment.trial.lr <= high
        if segment.trial in failed or segment.trial.seed != settings.seed or (away > NEAR and not inside):
            continue
        order = (0.0, -segment.stop, away) if inside else (1.0, away, -segment.stop)
        if best is None or order < best[0]:
            best = (order, stage)
    return None if best is None else best[1]
