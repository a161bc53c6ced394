"""What `find` gives back."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import partial
from typing import TYPE_CHECKING, Any

from surefoot.records import Answer, Cost, Curve, Facts, Goal, Judgement, Records, Segment, Tick, Verdict

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from surefoot.search import Settings
    from surefoot.store import Decided


@dataclass(frozen=True, slots=True)
class Price:
    """What an answer cost.

    Attributes:
        runs: In full trainings: an update counts 1, a forward-only batch 1/3.
        cost: In updates, forward-only batches and seconds.
    """

    runs: float
    cost: Cost

    @property
    def updates(self) -> int:
        """Optimizer updates."""
        return self.cost.updates

    @property
    def seconds(self) -> float:
        """Seconds of training, assessing and starting."""
        return self.cost.seconds


@dataclass(frozen=True, slots=True)
class Trained:
    """What came of the training with the found rate to the end.

    Attributes:
        rates: Each peak rate that it was done with, and the update from which on: one, or two where the trunk of
            a trial of another rate was continued.
        score: At its end; ``None`` when it failed.
        reason: Why it failed, in words; empty when it did not.
    """

    rates: tuple[tuple[int, float], ...]
    score: float | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Background:
    """What a study keeps beside its stages, for people to look at.

    Attributes:
        answered: Whether its search came to its end.
        decided: Its decisions, each with its reason.
        ticks: Updates of its segments, thinned.
        facts: What preflight found.
        settings: Of the search.
    """

    answered: bool = True
    decided: Sequence[Decided] = ()
    ticks: Mapping[Segment, Sequence[Tick]] = field(default_factory=dict[Segment, Sequence[Tick]])
    facts: Facts | None = None
    settings: Settings | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """The learning rate of a task, and how surely it is known.

    Attributes:
        lr: The rate to train with: the best guess even where the verdict cannot tell; ``None`` only when
            nothing was learned.
        interval: The rates whose regret is at most the tolerance with 90 % probability; holds ``lr``.
        fails_at: The smallest tried rate at and above which every trial failed; ``None`` if none did.
        yours: Judgement of the rate given as ``lr=``; ``None`` without one.
        verdict: ``clear`` or ``cannot_tell``, with flags.
        price: What it cost.
        curve: Estimated regret over the rate, at the full horizon.
        schedule: What multiplies the rate, as text.
        horizon: Updates of the full training.
        study: The name under which everything is kept.
        records: The stages it rests on.
        goal: Of the score.
        why: Why the search stopped.
        granularity: Updates that an epoch counts as, of a program that counts epochs; 1 of others.
        command: Of a command, the one that trains with the rate; else empty.
        trained: What came of the training to the end, with ``finish``; ``None`` without.
        model: Loads the trained model.
        background: Reads what the study keeps beside its stages.
    """

    lr: float | None
    interval: tuple[float, float] | None
    fails_at: float | None
    yours: Judgement | None
    verdict: Verdict
    price: Price
    curve: Curve
    schedule: str
    horizon: int
    study: str
    records: Records
    goal: Goal
    why: str
    granularity: int = 1
    command: str = ""
    trained: Trained | None = None
    model: Callable[[], Mapping[str, Any]] | None = field(default=None, compare=False, repr=False)
    background: Callable[[], Background] = field(default=Background, compare=False, repr=False)

    @property
    def trained_lr(self) -> float | None:
        """The peak rate that the returned model was trained with: ``lr``, at least from the last change of rate on.

        ``trained.rates`` says the others, and from when to when. ``None`` without a trained model.
        """
        return None if self.trained is None or self.trained.reason else self.trained.rates[-1][1]

    @property
    def model_state(self) -> Mapping[str, Any] | None:
        """The trained model's tensors by name, for ``model.load_state_dict``; read from its file each time.

        Those of the model that is assessed: with ``eval_model=`` that one. ``None`` without a trained model.

        Raises:
            StoreError: The file was removed or is damaged.
        """
        return None if self.model is None else self.model()

    @staticmethod
    def of(
        answer: Answer,
        records: Records,
        *,
        schedule: str,
        horizon: int,
        study: str,
        goal: Goal,
        granularity: int = 1,
        beforehand: Cost | None = None,
        command: str = "",
        trained: Trained | None = None,
        model: Callable[[], Mapping[str, Any]] | None = None,
        background: Callable[[], Background] = Background,
    ) -> Found:
        """An answer together with what it rests on.

        ``beforehand`` is what preflight cost, where that counts; ``command`` has ``{lr}`` where the rate belongs.

        Returns:
            The result for people.
        """
        from surefoot.draw import rate_argument

        cost = records.cost() + (beforehand or Cost())
        return Found(
            answer.lr,
            answer.interval,
            answer.fails_at,
            answer.yours,
            answer.verdict,
            Price(cost.runs(horizon), cost),
            answer.curve,
            schedule,
            horizon,
            study,
            records,
            goal,
            answer.why,
            granularity,
            "" if answer.lr is None else command.replace("{lr}", rate_argument(answer.lr)),
            trained,
            model,
            background,
        )

    def __reduce__(self) -> tuple[Any, ...]:
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        return partial(Found, **values | {"background": partial(_as_read, self.background())}), ()

    def __str__(self) -> str:
        from surefoot.draw import answer_text

        return answer_text(self)

    def _repr_html_(self) -> str:
        from surefoot.draw import bowl_svg, notebook

        return notebook(bowl_svg(self), str(self))

    def plot(self) -> Figure:
        """The curve of score and regret over the rate, for papers.

        Returns:
            A matplotlib figure.

        Raises:
            MissingExtra: matplotlib is not installed.
        """
        from surefoot.draw import figure

        return figure(self)

    def report(self, path: str | os.PathLike[str]) -> None:
        """Write all of it as one HTML file, which needs no network and no scripts.

        Args:
            path: Where to.

        Raises:
            BadInput: The place cannot be written.
            StoreError: The store, where curves and decisions lie, cannot be read any more.
        """
        from surefoot.report import write_report

        write_report([self], path)

    def to_dict(self) -> Mapping[str, Any]:
        """The answer as plain values, as ``--json`` prints it.

        Returns:
            Numbers, texts, lists and dicts; what is not finite is ``None``.
        """
        from dataclasses import asdict

        tried = [
            {
                "lr": stage.segment.trial.lr,
                "seed": stage.segment.trial.seed,
                "branch": stage.segment.branch,
                "updates": stage.segment.stop,
                "state": stage.state,
                "score": stage.score,
                "reason": stage.reason,
            }
            for stage in self.records.stages
        ]
        plain = {
            "lr": self.lr,
            "interval": self.interval,
            "fails_at": self.fails_at,
            "yours": None if self.yours is None else asdict(self.yours),
            "verdict": asdict(self.verdict),
            "price": {
                "runs": self.price.runs,
                "updates": self.price.updates,
                "forwards": self.price.cost.forwards,
                "seconds": self.price.seconds,
                "seconds_training": self.price.cost.training,
                "seconds_assessing": self.price.cost.assessing,
                "seconds_starting": self.price.cost.starting,
            },
            "schedule": self.schedule,
            "horizon": self.horizon,
            "granularity": self.granularity,
            "goal": self.goal,
            "study": self.study,
            "command": self.command,
            "why": self.why,
            "trained_lr": self.trained_lr,
            "trained": None if self.trained is None else asdict(self.trained),
            "curve": asdict(self.curve),
            "tried": tried,
        }
        return _finite(plain)

    def to_json(self) -> str:
        """``to_dict`` as one JSON object.

        Returns:
            JSON text.
        """
        return json.dumps(self.to_dict())


def _as_read(background: Background) -> Background:
    """What was read of a study before it went to another process, which may not reach the store."""
    return background


def _finite(value: Any) -> Any:
    """JSON has no NaN and no infinity."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _finite(part) for key, part in value.items()}
    return [_finite(part) for part in value] if isinstance(value, list | tuple) else value
