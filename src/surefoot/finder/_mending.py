"""States that were lost or damaged, or let go for want of space, are made again by the segments that made them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from surefoot.checkpoints import Checkpoints
from surefoot.records import Checkpoint, Cost, Records, Segment, Stage

Again = Callable[[Segment], Stage]


def mended(segment: Segment, stages: Iterable[Stage], checkpoints: Checkpoints, again: Again) -> Segment | Stage:
    """A segment with a sound state to start from; what made that, and what made the start of that, is run again.

    Args:
        segment: That is to be run.
        stages: All that are recorded.
        checkpoints: Where the states lie.
        again: Runs a segment again, what it starts from before it if need be, and records it.

    Returns:
        The segment; or what has come of it already, where its start can be had no more.
    """
    parent, stages = segment.parent, tuple(stages)
    if parent is None or checkpoints.sound(parent):
        return segment
    maker = _maker(parent, segment, stages)
    if maker is None:
        return _failed(segment, "no stage is known that ended there")
    if maker.checkpoint is not None and checkpoints.sound(maker.checkpoint):  # made again since this was decided
        return replace(segment, parent=maker.checkpoint)
    made = again(maker.segment)
    if made.checkpoint is None:
        return _failed(segment, made.reason)
    return replace(segment, parent=made.checkpoint)


def _maker(parent: Checkpoint, segment: Segment, stages: tuple[Stage, ...]) -> Stage | None:
    """The stage whose end a state is; where that has another by now, the trunk of the same trial that ends there."""
    named = (stage for stage in stages if stage.checkpoint is not None and stage.checkpoint.file == parent.file)
    same = (
        stage
        for stage in stages
        if stage.ok
        and (stage.segment.trial, stage.segment.branch, stage.segment.stop) == (segment.trial, "trunk", parent.step)
    )
    return next(named, None) or next(same, None)


def _failed(segment: Segment, why: str) -> Stage:
    said = f"the state at update {segment.start} was lost, and cannot be made again: {why}"
    return Stage(segment, "failed", None, None, Cost(), reason=said)


def without_states(records: Records, first: int) -> Records:
    """What may be built on where states were removed on purpose.

    That is told by the records and never by what lies in a folder, so that a lost file changes no decision.

    Args:
        records: All that is recorded.
        first: So many stages lost their states; the end of a full training stays.

    Returns:
        The same stages, those without a checkpoint.
    """
    return Records(
        tuple(
            replace(stage, checkpoint=None)
            if number < first and stage.segment.stop < stage.segment.schedule_horizon
            else stage
            for number, stage in enumerate(records.stages)
        )
    )
