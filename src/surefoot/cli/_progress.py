from __future__ import annotations

import sys
from types import TracebackType
from typing import TYPE_CHECKING

from surefoot.draw import duration, length, rate
from surefoot.finder import Event, Finishing, Plan
from surefoot.records import Next, Segment, Stage

if TYPE_CHECKING:
    from surefoot.rangetest import RangeTest


LET_GO = "  --checkpoint-space is full: a state was removed; it is trained again if it turns out to be needed"


def progress(kind: str) -> Progress:
    """What shows the way to an answer, on standard error.

    Args:
        kind: ``auto`` (live on a terminal, else plain), ``plain`` or ``none``.

    Returns:
        A context that takes events.
    """
    if kind == "none":
        return Progress()
    if kind == "auto" and sys.stderr.isatty():
        from surefoot.cli._live import Live

        return Live()
    return Plain()


def plan_text(plan: Plan) -> str:
    """The plan for people.

    Args:
        plan: Of a find.

    Returns:
        A few lines.
    """
    settings, facts = plan.settings, plan.facts
    grain = settings.granularity
    parts = [f"about {rung.rates} rates of {length(rung.updates, grain)}" for rung in plan.rungs]
    rungs = ", then ".join([f"a ramp of {plan.ramp} updates over the rates"] * (plan.ramp > 0) + parts)
    assessed = f", from {facts.assess_batches} validation batches" if facts.assess_batches else ""
    lines = [
        f"plan: {settings.budget:.3g} runs = {length(round(settings.budget * settings.horizon), grain)}, assessments"
        f" included, about {duration(plan.seconds)}{_workers_text(plan)}",
        f"      {rungs}",
        f"      rates from {rate(settings.lr_min)} to {rate(settings.lr_max)}; untrained score"
        f" {facts.untrained:.4g}{assessed}",
    ]
    if plan.finishing is not None:
        lines.append(f"      {_finishing_text(plan.finishing)}")
    if not facts.repeatable:
        lines.append(f"      training does not repeat exactly here: scores differ by about {facts.spread:.1e}")
    if plan.known:
        lines.append(f"      {plan.known} stages are known already")
    lines += [f"note: {note}" for note in facts.notes]
    return "\n".join(lines)


def ramp_text(test: RangeTest) -> str:
    """What a ramp before the trials told, in a line.

    Args:
        test: The ramp.

    Returns:
        Where its loss turns.
    """
    told = "says nothing" if test.lr is None or test.turns_at is None else f"turns at {rate(test.turns_at)}"
    return f"the loss of a ramp of {test.updates} updates over the rates {told}"


def _workers_text(plan: Plan) -> str:
    if plan.workers == 1:
        return ""
    threads: int = plan.facts.environment.get("threads", 1)
    return f" with {plan.workers} workers of {threads} thread{'' if threads == 1 else 's'}"


def _finishing_text(finishing: Finishing) -> str:
    price = f"{finishing.runs:.2g} runs, about {duration(finishing.seconds)}"
    if finishing.continues:
        return f"then the best trial is trained to the end: at most {price}, less what it has behind it"
    said = f"then the found rate is trained from the start to the end: {price}"
    if finishing.cheaper is None:
        return f"{said} (these trials can only be started again)"
    return (
        f"{said}\n      cheaper to finish: schedule={finishing.cheaper!r}, 1.2 runs in all: a trial goes on."
        "\n      On four small trainings its best was 0.1 to 2.8 % ahead of the cosine's (benchmarks/trunk.py)"
    )


def stage_text(stage: Stage, granularity: int = 1) -> str:
    """A stage in a line.

    Args:
        stage: What came of a segment.
        granularity: Updates that an epoch counts as; 1 for updates.

    Returns:
        Rate, updates and score, or why it failed.
    """
    segment = stage.segment
    seed = f" seed {segment.trial.seed}" if segment.trial.seed else ""
    if stage.score is not None:
        said = f"score {stage.score:.5g}"
    else:
        said = "kept, to be continued" if stage.ok else f"{stage.state}: {stage.reason}"
    if stage.again.updates:
        said += f" (its state was lost: {length(stage.again.updates, granularity)} more to make it again)"
    took = length(stage.cost.updates, granularity)
    return f"{rate(segment.trial.lr):>7}{seed}  {took:>14}  {part_text(segment)}{said}"


def part_text(segment: Segment) -> str:
    """Which part of a training a segment is.

    Args:
        segment: Any.

    Returns:
        Nothing for a whole one.
    """
    return "" if segment.branch == "whole" else f"{segment.branch} {segment.start:,}-{segment.stop:,}  "


class Progress:
    """Shows nothing; the base of what does."""

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def __call__(self, event: Event) -> None:
        """Take an event."""


class Plain(Progress):
    """A line for the plan, each decision and each stage."""

    def __init__(self) -> None:
        self._granularity = 1

    def __call__(self, event: Event) -> None:
        """Print what happened."""
        if event.plan is not None:
            self._granularity = event.plan.settings.granularity
            self._say(plan_text(event.plan))
        elif event.ramp is not None:
            self._say(ramp_text(event.ramp))
        elif isinstance(event.decision, Next):
            self._say(event.decision.why)
        elif event.stage is not None:
            self._say(f"  {stage_text(event.stage, self._granularity)}")
        elif event.kind == "let_go":
            self._say(LET_GO)

    def _say(self, text: str) -> None:
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()
