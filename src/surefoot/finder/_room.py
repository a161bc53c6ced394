"""The states of trials that are kept: only what can still be needed, within a limit."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from surefoot.checkpoints import Checkpoints
from surefoot.errors import BadInput, StoreError
from surefoot.finder._budget import is_number
from surefoot.records import Checkpoint, Segment, Stage

_UNITS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}


def size_in_bytes(space: Any) -> int | None:
    """A limit of space in bytes.

    Args:
        space: Bytes, or a text such as ``"20 GB"`` (thousands) or ``"20 GiB"`` (times 1024); ``None`` for no limit.

    Returns:
        Bytes; ``None`` for no limit.

    Raises:
        BadInput: It is nothing of these, or not above 0.
    """
    if space is None:
        return None
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([kmgt]?)(i?)b?\s*", str(space).lower())
    size = 0
    if match is not None and (isinstance(space, str) or is_number(space)):
        size = round(float(match[1]) * (1024 if match[3] else 1000) ** _UNITS[match[2]])
    if size < 1:
        raise BadInput(f"checkpoint_space={space!r}: expected a size above 0, for example '20 GB'")
    return size


class Room:
    """Keeps the states of a study's trials within a limit. Has state: the folder.

    What is let go for want of space and turns out to be needed is made again: that costs updates, and changes no
    answer. Those go first that cost the fewest updates to make again.

    Args:
        checkpoints: Where they lie.
        space: Bytes that they may take; ``None`` for no limit.
    """

    def __init__(self, checkpoints: Checkpoints, space: int | None):
        self._checkpoints = checkpoints
        self._space = space

    def make(self, stages: Sequence[Stage], waiting: Iterable[Segment], using: Iterable[Checkpoint | None]) -> bool:
        """Let go of what can be needed no more, and of more where the limit asks for it.

        Args:
            stages: All that are recorded.
            waiting: Segments that were decided on and are still to be run.
            using: States that are about to be read.

        Returns:
            Whether the limit asked for more.
        """
        safe = {checkpoint.file for checkpoint in using if checkpoint is not None}
        there = {
            s.checkpoint.file: s for s in stages if s.checkpoint is not None and self._checkpoints.has(s.checkpoint)
        }
        spent = {file for file, stage in there.items() if file not in safe and _spent(stage, stages)}
        kept = [one for file, stage in there.items() if file not in spent and (one := stage.checkpoint) is not None]
        self._let_go(there, spent)
        if self._space is None:
            return False
        due = {segment.parent.file for segment in waiting if segment.parent is not None}
        gone = self._least(sorted(kept, key=lambda one: (one.file in due, one.step)), safe, self._space)
        self._let_go(there, gone)
        return bool(gone)

    def _let_go(self, there: dict[str, Stage], files: set[str]) -> None:
        self._checkpoints.let_go(one for file in files if (one := there[file].checkpoint) is not None)

    def _least(self, kept: list[Checkpoint], safe: set[str], space: int) -> set[str]:
        """The first of them, without which the others fit."""
        sizes = {one.file: self._checkpoints.size(one) for one in kept}
        if max(sizes.values(), default=0) > space:
            raise StoreError(
                f"a state of this training takes {max(sizes.values()):,} bytes, more than the {space:,} of"
                " --checkpoint-space. Give it more; all finished stages are kept"
            )
        gone: set[str] = set()
        over = sum(sizes.values()) - space
        for one in kept:
            if over > 0 and one.file not in safe:
                gone.add(one.file)
                over -= sizes[one.file]
        return gone


def _spent(stage: Stage, stages: Sequence[Stage]) -> bool:
    """Whether nothing will go on from a trunk: it is assessed, and its trial has a longer one or failed."""
    here = stage.segment
    if here.branch != "trunk" or here.stop == here.schedule_horizon:
        return False
    trial = [one for one in stages if one.segment.trial == here.trial]
    assessed = any(one.segment.branch == "cooldown" and one.segment.start == here.stop for one in trial)
    longer = any(one.segment.branch == "trunk" and one.segment.stop > here.stop and one.checkpoint for one in trial)
    return assessed and (longer or any(not one.ok for one in trial))
