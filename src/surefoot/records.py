"""The values that everything else is built on: what is to be run, what came of it, and the answer.

They are frozen and hold plain Python numbers, so that they can be compared, stored, read back and
handed to another process. Search reads stages and nothing else; ticks are for people to look at.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

Goal = Literal["min", "max"]
Branch = Literal["whole", "trunk", "cooldown"]
State = Literal["ok", "failed", "ended"]

FORWARD_SHARE = 1 / 3  # a forward-only batch costs a third of an update (backward is about twice forward)


@dataclass(frozen=True, slots=True)
class Trial:
    """One peak rate with one seed.

    Attributes:
        lr: The peak rate.
        seed: Fixes initial weights, batches, their order and all noise; equal seeds make trials paired.
    """

    lr: float
    seed: int


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A file with the state of a trial after some update.

    Attributes:
        file: Its name within the study's folder of checkpoints.
        step: Updates done.
        sha256: Hash of its content.
    """

    file: str
    step: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a trial that an engine runs, with an assessment at its end.

    Attributes:
        trial: Whose stretch it is.
        branch: ``whole`` runs its whole schedule; ``trunk`` can be continued; ``cooldown`` leaves a trunk.
        schedule_horizon: Updates over which the schedule is laid.
        start: Updates done before it.
        stop: Updates done after it.
        parent: Where it starts from; ``None`` at update 0. Not part of the identity: the same segment
            from the same parent may lie in another file. It may be of a trial of another rate: then the rate
            changes at ``start``.
        keep: Whether the model at its end is to be kept. Not part of the identity; the end of a trunk is
            always kept, or it could not be continued.
    """

    trial: Trial
    branch: Branch
    schedule_horizon: int
    start: int
    stop: int
    parent: Checkpoint | None = field(default=None, compare=False)
    keep: bool = field(default=False, compare=False)

    @property
    def updates(self) -> int:
        """Number of updates it takes."""
        return self.stop - self.start

    @property
    def key(self) -> str:
        """Text that names it among all segments of a study; the rate is written exactly."""
        return f"{self.trial.lr!r}/{self.trial.seed}/{self.branch}/{self.schedule_horizon}/{self.start}-{self.stop}"


@dataclass(frozen=True, slots=True)
class Cost:
    """What was spent.

    Attributes:
        updates: Optimizer updates.
        forwards: Forward-only batches (assessments, probes).
        training: Seconds in updates.
        assessing: Seconds in assessments.
        starting: Seconds spent building models, reading data, keeping and restoring checkpoints.
    """

    updates: int = 0
    forwards: int = 0
    training: float = 0.0
    assessing: float = 0.0
    starting: float = 0.0

    def __add__(self, other: Cost) -> Cost:
        return Cost(
            self.updates + other.updates,
            self.forwards + other.forwards,
            self.training + other.training,
            self.assessing + other.assessing,
            self.starting + other.starting,
        )

    @property
    def seconds(self) -> float:
        """All seconds."""
        return self.training + self.assessing + self.starting

    def runs(self, horizon: int) -> float:
        """The price in full trainings: an update counts 1, a forward-only batch 1/3.

        Returns:
            ``(updates + forwards / 3) / horizon``.
        """
        return (self.updates + FORWARD_SHARE * self.forwards) / horizon

    @staticmethod
    def total(costs: Iterable[Cost]) -> Cost:
        """Sum of several.

        Returns:
            Their sum; nothing for none.
        """
        return sum(costs, Cost())


@dataclass(frozen=True, slots=True)
class Losses:
    """Summary of the training losses of a segment.

    Attributes:
        first: The first loss, before any update when the segment starts at 0.
        last: Median of the last tenth (at least one).
        lowest: The lowest finite one.
        highest: The highest finite one.
        count: How many were seen.
    """

    first: float
    last: float
    lowest: float
    highest: float
    count: int


@dataclass(frozen=True, slots=True)
class Stage:
    """What came of a segment; keyed by its segment.

    Attributes:
        segment: What was run.
        state: ``ok``: ran to its end. ``failed``: turned NaN or infinite. ``ended``: was ended early because
            it was hopeless.
        score: The assessment at its end; ``None`` unless ``ok``, and for a trunk that is assessed through
            its cooldowns.
        losses: Summary of its training losses; ``None`` when there was none.
        cost: What it cost, failed or not.
        checkpoint: Where its end is kept, if it is.
        reason: Why it failed or was ended, in words; empty when ``ok``.
        watched: What its losses say about its rate in a training of its length; search never reads it.
        again: Spent on running it again, where the state at its end was lost: part of the price, not of the budget.
    """

    segment: Segment
    state: State
    score: float | None
    losses: Losses | None
    cost: Cost
    checkpoint: Checkpoint | None = None
    reason: str = ""
    watched: Verdict | None = None
    again: Cost = Cost()

    @property
    def ok(self) -> bool:
        """Whether it ran to its end."""
        return self.state == "ok"


@dataclass(frozen=True, slots=True)
class Records:
    """All that search knows: the stages in the order they were decided, and the segments still out."""

    stages: tuple[Stage, ...] = ()
    pending: tuple[Segment, ...] = ()

    def cost(self) -> Cost:
        """What was spent so far.

        Returns:
            The sum over all stages.
        """
        return Cost.total(stage.cost + stage.again for stage in self.stages)


@dataclass(frozen=True, slots=True)
class Tick:
    """One update, for people to look at; search never reads it.

    Attributes:
        step: Index of the update, from 0.
        lr: The rate it was done with.
        loss: The training loss it was computed from.
        seconds: Since the trial started.
    """

    step: int
    lr: float
    loss: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """One observation behind a verdict: a signal, its value, and the threshold it was held against."""

    signal: str
    value: float
    threshold: float
    source: str = ""


VerdictKind = Literal["clear", "cannot_tell", "too_high", "too_low", "healthy"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What can be said, and how surely.

    Attributes:
        kind: For ``find``: ``clear`` or ``cannot_tell``. For a training that is watched: ``too_high``,
            ``too_low``, ``healthy`` or ``cannot_tell``.
        sentence: The verdict for people.
        confidence: Probability that it is right, from 0 to 1.
        flags: Any of ``flat`` (the rate hardly matters in the interval), ``edge`` (the best rate lies at
            the edge of what may be tried), ``noisy`` (seeds move the answer as much as rates do).
        evidence: What it rests on.
        advice: What to do about it; may be empty.
        symptom: What a watched training shows: ``diverged``, ``climbing``, ``died``, ``overshot``, ``spiking``,
            ``stuck``, ``slow`` ...; empty where there is nothing to say.
        factor: How many times too high or too low the rate is, lowest and highest (80 % of cases lie inside);
            ``None`` where it cannot be told.
        since: Index of the loss since which it shows; ``None`` where that has no meaning.
        notes: What is seen and is *not* the rate's fault, in sentences.
    """

    kind: VerdictKind
    sentence: str
    confidence: float
    flags: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    advice: str = ""
    symptom: str = ""
    factor: tuple[float, float] | None = None
    since: int | None = None
    notes: tuple[str, ...] = ()

    def _repr_html_(self) -> str:
        from surefoot.draw import notebook, verdict_svg, verdict_text

        return notebook(verdict_svg(self), verdict_text(self))


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is thought of the rate that the user has today.

    Attributes:
        lr: The user's rate.
        kind: ``good`` (inside the interval), ``too_high``, ``too_low``, ``fails`` or ``cannot_tell``.
        factor: How far the found rate lies above (> 1) or below (< 1) it.
        regret: Share of the progress that it costs, 0 to 1; ``None`` when it cannot be told.
        sentence: For people, for example "6x too low, costs about 1.8 %".
    """

    lr: float
    kind: Literal["good", "too_high", "too_low", "fails", "cannot_tell"]
    factor: float | None
    regret: float | None
    sentence: str


@dataclass(frozen=True, slots=True)
class Curve:
    """Estimated regret over the rate at the full horizon; sequences of the same length.

    Attributes:
        lr: Rates, ascending.
        regret: Expected regret at each, 0 to 1.
        chance: Probability at each that its regret is within the tolerance.
        risk: Regret at each that is not exceeded with 90 % probability: least at the answer. Empty in old studies.
    """

    lr: tuple[float, ...] = ()
    regret: tuple[float, ...] = ()
    chance: tuple[float, ...] = ()
    risk: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """Where search ends.

    Attributes:
        lr: The rate to train with; ``None`` only when nothing can be told.
        interval: The rates whose regret is at most the tolerance with 90 % probability; holds ``lr``.
        fails_at: The smallest tried rate at and above which every trial failed; ``None`` if none did.
        yours: Judgement of the user's own rate, if one was given.
        verdict: How sure this is.
        curve: The estimate behind it.
        why: Why search stopped here, in a sentence.
    """

    lr: float | None
    interval: tuple[float, float] | None
    fails_at: float | None
    yours: Judgement | None
    verdict: Verdict
    curve: Curve
    why: str


@dataclass(frozen=True, slots=True)
class Next:
    """What is wanted next, and why in a sentence. All of it comes back before the next decision.

    Attributes:
        segments: What is to be run.
        why: The reason.
        finish: Whether it belongs to the training with the found rate, and not to the search for it.
    """

    segments: tuple[Segment, ...]
    why: str
    finish: bool = False


@dataclass(frozen=True, slots=True)
class Traits:
    """What a task can do.

    Attributes:
        resumable: A segment can start from a checkpoint.
        trunk: Its schedule has a part at constant multiplier that can be continued.
        repeatable: The same segment gives the same numbers, bit for bit.
        keeps: The trained model can be kept at the end of a segment.
        loaders: Processes that load data beside a trial.
    """

    resumable: bool = False
    trunk: bool = False
    repeatable: bool = True
    keeps: bool = False
    loaders: int = 0


@dataclass(frozen=True, slots=True)
class Facts:
    """What preflight found out about a task before anything was spent.

    Attributes:
        untrained: Score before training, with the study's seed.
        lr_range: Lowest and highest rate to look at first, from the kind of optimizer.
        assess_batches: Forward-only batches of one assessment, or as many as take its time.
        repeatable: Whether the first updates repeated bit for bit.
        spread: Largest relative difference between the repeats; 0 when repeatable.
        update_seconds: Measured seconds of one update.
        assess_seconds: Measured seconds of one assessment.
        identity: What makes this task this task (shapes, first batch, first loss, optimizer, schedule,
            horizon ...): a study goes on only with an equal one. Plain JSON values.
        environment: Versions, device, threads. Plain JSON values, recorded, never compared.
        notes: Things the user should know, in sentences.
        granularity: Trainings are multiples of this many updates; above 1 where a program counts epochs.
        smallest: Fewest updates of a training that tells anything; 1 where nothing is known.
        cost: What finding this out cost, where it is so much that it counts in the price.
    """

    untrained: float
    lr_range: tuple[float, float]
    assess_batches: int
    repeatable: bool
    spread: float
    update_seconds: float
    assess_seconds: float
    identity: Mapping[str, Any]
    environment: Mapping[str, Any]
    notes: Sequence[str] = ()
    granularity: int = 1
    smallest: int = 1
    cost: Cost = Cost()


class Host(Protocol):
    """What a running segment may ask of the engine that runs it."""

    assess_batches: int
    """Forward-only batches of an assessment, as preflight found or capped them: its price."""

    folder: Path | None
    """Where files of the study lie, such as what a program printed; ``None`` for nowhere."""

    slot: int
    """Which of the segments that run at the same time this is, from 0: its share of the GPUs."""

    def tick(self, tick: Tick) -> None:
        """Record one update."""
        ...

    def save(self, state: Any, step: int) -> Checkpoint:
        """Keep a state: tensors and plain containers of them.

        Args:
            state: What is to be kept.
            step: Updates done.

        Returns:
            What fetches it again.
        """
        ...

    def load(self, checkpoint: Checkpoint) -> Any:
        """Fetch a state that was kept.

        Args:
            checkpoint: What ``save`` returned.

        Returns:
            The state, its tensors on the CPU.
        """
        ...


class Task(Protocol):
    """A training whose rate can be searched for."""

    @property
    def horizon(self) -> int:
        """Length of the full training in optimizer updates."""
        ...

    @property
    def goal(self) -> Goal:
        """Whether a lower or a higher score is better."""
        ...

    @property
    def traits(self) -> Traits:
        """What it can do."""
        ...

    def preflight(self, seed: int, assess_cap: int) -> Facts:
        """Check the task on one batch, the first updates and one assessment, before anything is spent.

        Args:
            seed: Of the study.
            assess_cap: Most validation batches that an assessment may take.

        Returns:
            What was found.
        """
        ...

    def run(self, segment: Segment, host: Host) -> Stage:
        """Run one segment and assess it.

        Returns:
            What came of it; a rate that fails is a stage too, never an exception.
        """
        ...


def is_task(value: object) -> bool:
    """Whether a value has what a task must have; a class is none.

    Returns:
        True when it has.
    """
    names = ("horizon", "goal", "preflight", "run")
    return not isinstance(value, type) and all(hasattr(value, name) for name in names)


def worse_than(score: float, other: float, goal: Goal) -> bool:
    """Whether ``score`` is worse than ``other``; NaN is worse than anything.

    Returns:
        True when it is.
    """
    if math.isnan(score):
        return True
    return score > other if goal == "min" else score < other
