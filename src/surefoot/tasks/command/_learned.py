from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from surefoot.errors import BadTask
from surefoot.logs import matching, training_loss
from surefoot.tasks.command._listener import Listener, Place
from surefoot.tasks.command._messages import several


@dataclass(frozen=True, slots=True)
class Learned:
    """What the first run of a program told: where it logs score and loss, and how often.

    Attributes:
        score: Where the score is read.
        loss: Where the training loss is; ``None`` if nowhere.
        losses_per_update: How many losses it logs for an update.
    """

    score: Place
    loss: Place | None
    losses_per_update: float

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for a study.

        Returns:
            What ``from_dict`` reads.
        """
        loss = None if self.loss is None else [self.loss.source, self.loss.name]
        return {"score": [self.score.source, self.score.name], "loss": loss, "losses an update": self.losses_per_update}

    @staticmethod
    def from_dict(found: Mapping[str, Any]) -> Learned:
        """What a study says.

        Returns:
            An equal one.
        """
        loss = found["loss"]
        return Learned(Place(*found["score"]), None if loss is None else Place(*loss), found["losses an update"])


def learn(wanted: str, listener: Listener, updates: int, *, in_files: bool) -> Learned | None:
    """Find score and loss among all that a run logged.

    Args:
        wanted: Name of the score.
        listener: What the run said.
        updates: Its length.
        in_files: Whether the score is in files.

    Returns:
        Where they are; ``None`` if there is no such score.

    Raises:
        BadTask: Several names may be meant.
    """
    for source in ("file",) if in_files else ("output", "error"):
        names = matching(wanted, [place.name for place in listener.heard if place.source == source])
        if len(names) > 1:
            raise BadTask(several(wanted, [Place(source, name) for name in names]))
        if names:
            score = Place(source, names[0])
            loss = _loss(listener)
            return Learned(score, loss, 0.0 if loss is None else len(listener.heard[loss].values) / updates)
    return None


def _loss(listener: Listener) -> Place | None:
    """The training loss; of several sources the one that logs it most often."""
    counts = {place: len(heard.values) for place, heard in listener.heard.items() if heard.values}
    found: dict[Place, int] = {}
    for source in {place.source for place in counts}:
        name = training_loss(Counter({place.name: count for place, count in counts.items() if place.source == source}))
        if name is not None:
            found[Place(source, name)] = counts[Place(source, name)]
    return max(sorted(found, key=str), key=lambda place: found[place], default=None)
