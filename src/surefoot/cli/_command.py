from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import click

from surefoot.errors import BadInput
from surefoot.records import Task

F = TypeVar("F", bound=Callable[..., Any])

_ONLY = {  # options that belong to a command, and what they are called in Python
    "horizon": click.option("--horizon", metavar="X", help="Full length: 2000 (steps), or '100 epochs'."),
    "score": click.option("--score", metavar="NAME", help="Name of the score, as the program logs it."),
    "goal": click.option("--goal", type=click.Choice(["min", "max"]), help="Whether less or more of it is better."),
    "score_file": click.option(
        "--score-file", metavar="GLOB", help="Read it from files: '{dir}/**/results.csv'; by default from the output."
    ),
    "score_on": click.option(
        "--score-on", type=click.Choice(["last", "best"]), help="Which one counts (default last)."
    ),
    "schedule_of_program": click.option(
        "--schedule-of-program",
        type=click.Choice(["shrinks", "prefix", "constant"]),
        help="Its own schedule in a shorter run (default: shrinks with the length).",
    ),
    "gpus_per_trial": click.option("--gpus-per-trial", type=int, metavar="N", help="GPUs that each run may see."),
    "timeout": click.option("--timeout", type=float, metavar="SECONDS", help="Longest that one run may take."),
}


def command_options(function: F) -> F:
    """Add the options of a command.

    Returns:
        The function with them.
    """
    for option in reversed(_ONLY.values()):
        function = option(function)
    return function


class WithCommand(click.Command):
    """A verb that takes ``[options] -- COMMAND …``: what stands behind ``--`` is never looked into."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the command aside, and parse what stands before it.

        Returns:
            What click makes of it.
        """
        if "--" in args:
            cut = args.index("--")
            ctx.meta["command"] = tuple(args[cut + 1 :])
            args = args[:cut]
        return super().parse_args(ctx, args)

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        """What ``--help`` shows first.

        Returns:
            The pieces.
        """
        return ["TARGET | [OPTIONS] -- COMMAND ..."]


def chosen_task(target: Sequence[str], command: Sequence[str] | None, options: Mapping[str, Any]) -> Task:
    """The task that was asked for: a TARGET, or a COMMAND behind ``--``.

    Args:
        target: What stood before ``--``.
        command: What stood behind it; ``None`` without one.
        options: Those of a command; ``None`` where not given.

    Returns:
        The task.
    """
    from surefoot.tasks import load_task

    given = {name: value for name, value in options.items() if value is not None}
    if command is None:
        if len(target) > 1:
            raise BadInput(
                f"find takes one TARGET, and got {' '.join(target)!r}. For a command write -- before it: surefoot find"
                f" --horizon ... --score ... -- {' '.join(target)}"
            )
        if not target:
            raise BadInput(
                "find what? Give a TARGET (task.py:name), or a command: surefoot find [options] -- COMMAND ..."
            )
        if given:
            option = f"--{next(iter(given)).replace('_', '-')}"
            raise BadInput(f"{option} belongs to a command (-- COMMAND ...); a task says that itself")
        return load_task(target[0])
    if target:
        raise BadInput(f"give a TARGET or a command, not both: got {' '.join(target)!r} and -- {' '.join(command)}")
    for name, example in (("horizon", "--horizon '100 epochs'"), ("score", "--score val_loss")):
        if name not in given:
            raise BadInput(
                f"a command needs --{name}, for example {example} (surefoot example command shows a whole one)"
            )
    from surefoot.tasks import CommandTask

    return CommandTask(command, **given)
