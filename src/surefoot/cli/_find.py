from __future__ import annotations

import shlex
import shutil
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from surefoot.cli._command import WithCommand, chosen_task, command_options

if TYPE_CHECKING:
    from surefoot.found import Found

_CANNOT_TELL = 3
_STOPPED = 4
_INTERRUPTED = 130


@click.command(cls=WithCommand)
@click.argument("target", nargs=-1)
@click.option("--budget", metavar="X", help="Runs (0.5), quick, balanced (default), thorough, or a time: '20 min'.")
@click.option("--lr", type=float, help="The rate you use today: it is always judged.")
@click.option("--lr-min", type=float, help="Nothing below is tried.")
@click.option("--lr-max", type=float, help="Nothing above is tried.")
@click.option("--tolerance", type=float, help="Regret that does not matter (default 0.01).")
@click.option("--seed", type=int, help="Of the trials (default 0).")
@click.option("--study", metavar="NAME", help="Keep it under this name; go on with it if it exists.")
@click.option(
    "--store",
    default="default",
    metavar="PATH|URL|none",
    help="Where studies are kept (default ./.surefoot).",
)
@click.option(
    "--checkpoint-space",
    metavar="SIZE",
    help="Disk that states of trials may take ('20 GB'); less costs updates, never the answer.",
)
@click.option("--workers", type=int, default=1, metavar="N", help="Trials trained at the same time (default 1).")
@click.option(
    "--engine",
    metavar="NAME",
    help="Where: inline (this process) or processes (beside it; the default with several workers).",
)
@click.option("--finish", is_flag=True, help="Then train with the found rate to the end, on top of the budget.")
@click.option(
    "--save",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="With --finish: save the trained model, as .safetensors, .pt or .pth.",
)
@click.option(
    "--method",
    type=click.Choice(["search", "range"]),
    default="search",
    show_default=True,
    help="range: one ramp of 100 updates, which only suggests a rate and keeps nothing.",
)
@click.option("--dry-run", is_flag=True, help="Check the task and print the plan; train nothing.")
@click.option("--plot", type=click.Path(dir_okay=False, path_type=Path), help="Save the curve as a picture.")
@click.option("--open", "opens", is_flag=True, help="Look on in a browser, live.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--progress", "shown", type=click.Choice(["auto", "plain", "none"]), default="auto", show_default=True)
@command_options
@click.pass_context
def find(
    ctx: click.Context,
    target: tuple[str, ...],
    budget: str | None,
    lr: float | None,
    lr_min: float | None,
    lr_max: float | None,
    tolerance: float | None,
    seed: int | None,
    study: str | None,
    store: str,
    checkpoint_space: str | None,
    workers: int,
    engine: str | None,
    finish: bool,
    save: Path | None,
    method: str,
    dry_run: bool,
    plot: Path | None,
    opens: bool,
    as_json: bool,
    shown: str,
    **options: Any,
) -> int:
    """Find the learning rate of TARGET, or of any program: a COMMAND.

    TARGET is file.py:name or package.module:name: a task, or a callable that makes one.

    COMMAND is a program and its arguments, run as they are, with {lr} in place of the rate and {steps} or {epochs} in
    place of the length; also {seed}, {dir} (an output folder), {horizon} and {resume}; {{ and }} for braces.

    Progress goes to standard error; standard output carries the answer alone.

    Exit status: 0 answered, 1 your code failed, 2 bad input, 3 cannot tell (with --finish also where no model came of
    it: the rate failed before the end, or there is none), 4 stopped but can be continued, 130 interrupted (the same
    --study goes on).
    """
    from surefoot.checkpoints import check_model_file, write_model_file
    from surefoot.cli._ending import Stopped, is_closed, silence_closed
    from surefoot.cli._looker import Looker
    from surefoot.cli._progress import plan_text, progress
    from surefoot.cli._stdout import answer_only
    from surefoot.draw import answer_text, check_figure, save_figure
    from surefoot.ending import ended_like_an_interrupt
    from surefoot.errors import BadInput
    from surefoot.finder import Event, plan
    from surefoot.finder import find as find_rate

    if plot is not None:
        check_figure(plot)
    if opens and store == "none":
        raise BadInput("--open --store none: the page shows what is kept. Leave out one of them")
    if save is not None:
        if not finish:
            raise BadInput(f"--save {save}: there is a trained model only with --finish; give both, or neither")
        check_model_file(save)
    command: tuple[str, ...] | None = ctx.meta.get("command")
    if method == "range":
        from surefoot.cli._range import suggest_rate

        unused = {"--lr": lr, "--tolerance": tolerance, "--study": study, "--dry-run": dry_run or None}
        unused |= {"--finish": finish or None, "--checkpoint-space": checkpoint_space, "--open": opens or None}
        unused |= {"--workers": None if workers == 1 else workers, "--engine": engine}
        unused["--store"] = None if store == "default" else store
        given = [name for name, value in unused.items() if value is not None]
        if given:
            raise BadInput(
                f"{', '.join(given)}: --method range judges no rate and keeps no study, it is one ramp of updates."
                " Leave that out, or leave out --method range"
            )
        make = partial(chosen_task, target, command, options)
        return suggest_rate(make, lr_min, lr_max, budget, seed, plot, as_json=as_json)
    with answer_only() as out:
        task = chosen_task(target, command, options)
        if command is not None and shown != "none":
            sys.stderr.write("checking the command: one short run, with a rate that changes nothing\n")
        asked = {
            "lr": lr,
            "lr_min": lr_min,
            "lr_max": lr_max,
            "tolerance": tolerance,
            "seed": seed,
            "budget": budget,
            "workers": workers,
            "engine": engine,
            "finish": finish,
        }
        if dry_run:
            out.write(f"{plan_text(plan(task, **asked))}\n")  # pyright: ignore[reportArgumentType]
            return 0
        show, where = progress(shown), {"study": study, "store": store, "checkpoint_space": checkpoint_space}
        names: list[str] = []

        def on_event(event: Event) -> None:
            if event.plan is not None:
                names.append(event.plan.study)
                looker.show(event.plan.study)
            try:
                show(event)
            except OSError as error:
                if not is_closed(error):
                    raise
                silence_closed()

        try:
            with ended_like_an_interrupt(Stopped), Looker(store, asked=opens) as looker, show:
                found = find_rate(task, **asked, **where, on_event=on_event)  # pyright: ignore[reportArgumentType]
        except KeyboardInterrupt as ended:
            said = f"stopped by {ended.name}" if isinstance(ended, Stopped) else "interrupted"
            if names and store != "none":
                kept = (
                    f" --workers {workers}" * (workers > 1)
                    + " --finish" * finish
                    + ("" if save is None else f" --save {shlex.quote(str(save))}")
                )
                again = _again(sys.argv[1:], target, names[0], store, kept)
                said += f"; all finished stages are kept: {again} goes on from there"
            sys.stderr.write(f"\nsurefoot: {said}\n")
            return _STOPPED if isinstance(ended, Stopped) else _INTERRUPTED
        out.write(f"{found.to_json()}\n" if as_json else f"\n{_picture(found, out)}\n\n{answer_text(found)}\n")
        if plot is not None:
            save_figure(found, plot)
        if save is not None and found.model_state is not None:
            write_model_file(found.model_state, save)
        elif save is not None:
            sys.stderr.write(f"surefoot: {save} was not written: no model was trained to the end\n")
    unfinished = finish and found.trained_lr is None
    return _CANNOT_TELL if found.verdict.kind == "cannot_tell" or unfinished else 0


def _picture(found: Found, out: TextIO) -> str:
    """The bowl as wide as the terminal it is for, the good rates shaded there."""
    from surefoot.draw import bowl_text

    if not out.isatty():
        return bowl_text(found)
    width = min(100, shutil.get_terminal_size((72, 24)).columns)
    return bowl_text(found, width, shaded=out.encoding.lower().startswith("utf"))


def _again(typed: Sequence[str], target: Sequence[str], study: str, store: str, finishing: str) -> str:
    """The command that goes on with a study; for a program all that was typed, since that is what it is known by."""
    place = "" if store == "default" else f" --store {shlex.quote(store)}"
    if target:
        return f"surefoot find {shlex.quote(target[0])} --study {shlex.quote(study)}{place}{finishing}"
    cut = typed.index("--")
    named = [] if "--study" in typed[:cut] else ["--study", study]
    return shlex.join(["surefoot", *typed[:cut], *named, *typed[cut:]])
