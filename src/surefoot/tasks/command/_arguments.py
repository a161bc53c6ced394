"""What a CommandTask is given, checked before anything runs."""

from __future__ import annotations

import hashlib
import math
import re
from pathlib import Path
from typing import Any

from surefoot.errors import BadTask
from surefoot.logs import plain
from surefoot.records import Goal
from surefoot.tasks._horizon import updates_of
from surefoot.tasks.command._template import Template

EPOCH = 100  # updates that an epoch counts as: programs that count epochs do not say how many it has (a convention;
# prices in runs do not depend on it)
SCHEDULES = {  # what the program's own schedule does in a run that is shorter than the horizon
    "shrinks": "the program's own, over the length that it is given",
    "prefix": "the program's own, over the whole horizon and broken off",
    "constant": "constant",
}
_HIGHER_IS_BETTER = {
    "acc", "accuracy", "acc1", "acc5", "top1", "top5", "acc@1", "acc@5", "p@1", "p@5", "r@1", "map", "map50", "auc",
    "auroc", "f1", "bleu", "rouge", "precision", "recall", "r2", "iou", "miou", "dice", "psnr", "ssim", "reward",
}  # fmt: skip
_CONFIGURING = {".py", ".yaml", ".yml", ".json", ".toml", ".cfg", ".ini", ".sh"}  # files that say what a program does


def horizon_of(given: int | str) -> tuple[int, bool]:
    """The horizon in updates, and whether it was given in epochs.

    Args:
        given: ``2000``, ``"2000"``, ``"2000 steps"`` or ``"100 epochs"``.

    Returns:
        Updates; an epoch counts ``EPOCH``.

    Raises:
        BadTask: It is no length, or no whole number of epochs.
    """
    if isinstance(given, str) and given.strip().isdigit():
        given = int(given)
    if isinstance(given, str) and "epoch" in given:
        updates = updates_of(given, EPOCH)
        if updates % EPOCH:
            raise BadTask(f"horizon={given!r}: expected whole epochs, a program does no others")
        return updates, True
    return updates_of(given, None), False


def check_template(template: Template, schedule: str, *, epochs: bool) -> None:
    """Make sure that the command takes what is tried with it.

    Args:
        template: The command.
        schedule: What its own schedule does in a shorter run.
        epochs: Whether the horizon is in epochs.

    Raises:
        BadTask: It has no rate or no length, or another length than the horizon's.
    """
    names = template.names
    if "lr" not in names:
        raise BadTask(
            "the command has no {lr}: write it where the learning rate stands, for example --lr {lr} or lr0={lr}"
        )
    length, other = ("epochs", "steps") if epochs else ("steps", "epochs")
    if length not in names and other in names:
        raise BadTask(
            f"the command has {{{other}}} and the horizon is in {length}: give it in {other}, for example"
            f" --horizon '{'100 epochs' if other == 'epochs' else '2000 steps'}'"
        )
    if length not in names:
        raise BadTask(
            f"the command has no {{{length}}}: rates are tried on trainings that are shorter as a whole, so the program"
            " must be given its length ({steps}, or {epochs} with a horizon in epochs). The start of a long training"
            " says almost nothing: a rate that leads there is mostly too high at the end"
        )
    if other in names:
        raise BadTask(f"the command has {{{other}}} and {{{length}}}, and the horizon is in {length} only")
    if "resume" in names and schedule == "shrinks":
        raise BadTask(
            "{resume}: a run whose schedule has shrunk to its length has ended, and a longer one cannot go on from it."
            " Leave {resume} out, or give --schedule-of-program constant if the program keeps its rate"
        )


def goal_of(score: str, goal: str | None) -> Goal:
    """Whether lower or higher scores are better.

    Args:
        score: Its name.
        goal: As given.

    Returns:
        ``min`` where nothing was said and the name does not suggest the opposite.

    Raises:
        BadTask: No name, no goal, or a name that suggests that more is better.
    """
    if not isinstance(score, str) or not plain(score):
        raise BadTask(f"score={score!r}: expected the name of a logged number, for example val_loss (--score val_loss)")
    if goal == "max":
        return "max"
    if goal == "min":
        return "min"
    if goal is not None:
        raise BadTask(f"goal={goal!r}: expected 'min' or 'max'")
    words = set(re.split(r"_", plain(score)))
    if words & _HIGHER_IS_BETTER:
        raise BadTask(f"score={score!r} looks like one of which more is better: give goal='max' (--goal max), or 'min'")
    return "min"


def check_choices(score_on: str, schedule: str, score_file: str | None, timeout: Any, gpus: Any) -> None:
    """Refuse what is not among the choices.

    Args:
        score_on: ``last`` or ``best``.
        schedule: One of ``SCHEDULES``.
        score_file: Pattern with ``{dir}``.
        timeout: Seconds.
        gpus: For each trial.

    Raises:
        BadTask: One of them is none of the choices.
    """
    if score_on not in {"last", "best"}:
        raise BadTask(f"score_on={score_on!r}: expected 'last' or 'best'")
    if schedule not in SCHEDULES:
        raise BadTask(f"schedule_of_program={schedule!r}: expected {', '.join(map(repr, SCHEDULES))}")
    if score_file is not None and "{dir}" not in score_file:
        raise BadTask(
            f"score_file={score_file!r}: expected a pattern within {{dir}}, for example '{{dir}}/**/results.csv', and"
            " {dir} in the command where it takes its output folder: a file elsewhere may be of another run. Or"
            " leave it out: then the score is read from what the program prints"
        )
    if timeout is not None and not (isinstance(timeout, int | float) and 0 < timeout < math.inf):
        raise BadTask(f"timeout={timeout!r}: expected seconds above 0")
    if gpus is not None and (isinstance(gpus, bool) or not isinstance(gpus, int) or gpus < 1):
        raise BadTask(f"gpus_per_trial={gpus!r}: expected a whole number of at least 1")


def configuring_files(template: Template) -> dict[str, str]:
    """The files among the arguments that say what the program does, each with a hash of its content.

    Returns:
        By name as given.
    """
    files = [Path(argument) for argument in template.argv if Path(argument).suffix in _CONFIGURING]
    return {str(file): hashlib.sha256(file.read_bytes()).hexdigest()[:12] for file in files if file.is_file()}
