from __future__ import annotations

import shlex
import sys
from pathlib import Path

import click

_CANNOT_TELL = 3
_INTERRUPTED = 130


@click.command()
@click.argument("target")
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
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
@click.option("--finish", is_flag=True, help="Then train with the found rate to the end, on top of the budget.")
@click.option(
    "--save",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="With --finish: save the trained model, as .safetensors, .pt or .pth.",
)
@click.option("--dry-run", is_flag=True, help="Check the task and print the plan; train nothing.")
@click.option("--plot", type=click.Path(dir_okay=False, path_type=Path), help="Save the curve as a picture.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--progress", "shown", type=click.Choice(["auto", "plain", "none"]), default="auto", show_default=True)
def find(
    target: str,
    command: tuple[str, ...],
    budget: str | None,
    lr: float | None,
    lr_min: float | None,
    lr_max: float | None,
    tolerance: float | None,
    seed: int | None,
    study: str | None,
    store: str,
    finish: bool,
    save: Path | None,
    dry_run: bool,
    plot: Path | None,
    as_json: bool,
    shown: str,
) -> int:
    """Find the learning rate of TARGET.

    TARGET is file.py:name or package.module:name: a task, or a callable that makes one. Progress goes to standard
    error; standard output carries the answer alone.

    Exit status: 0 answered, 1 your code failed, 2 bad input, 3 cannot tell (with --finish also where no model came of
    it: the rate failed before the end, or there is none), 4 stopped but can be continued, 130 interrupted (the same
    --study goes on).
    """
    from surefoot.checkpoints import check_model_file, write_model_file
    from surefoot.cli._progress import plan_text, progress
    from surefoot.cli._stdout import answer_only
    from surefoot.cli._target import load_task
    from surefoot.draw import answer_text, bowl_text, check_figure, save_figure
    from surefoot.errors import BadInput
    from surefoot.finder import Event, plan
    from surefoot.finder import find as find_rate

    if command:
        raise BadInput(
            f"find takes one TARGET, and got {' '.join((target, *command))!r}. Finding the rate of a command is not"
            " there yet: give a task, file.py:name (surefoot example loop shows one)"
        )
    if plot is not None:
        check_figure(plot)
    if save is not None:
        if not finish:
            raise BadInput(f"--save {save}: there is a trained model only with --finish; give both, or neither")
        check_model_file(save)
    with answer_only() as out:
        task = load_task(target)
        asked = {
            "lr": lr,
            "lr_min": lr_min,
            "lr_max": lr_max,
            "tolerance": tolerance,
            "seed": seed,
            "budget": budget,
            "finish": finish,
        }
        if dry_run:
            out.write(f"{plan_text(plan(task, **asked))}\n")  # pyright: ignore[reportArgumentType]
            return 0
        show = progress(shown)
        names: list[str] = []

        def on_event(event: Event) -> None:
            if event.plan is not None:
                names.append(event.plan.study)
            show(event)

        try:
            with show:
                found = find_rate(task, **asked, study=study, store=store, on_event=on_event)  # pyright: ignore[reportArgumentType]
        except KeyboardInterrupt:
            said = "interrupted"
            if names and store != "none":
                place = "" if store == "default" else f" --store {shlex.quote(store)}"
                rest = f"{place}{' --finish' * finish}" + ("" if save is None else f" --save {shlex.quote(str(save))}")
                again = f"surefoot find {shlex.quote(target)} --study {shlex.quote(names[0])}{rest}"
                said = f"interrupted; all finished stages are kept: {again} goes on from there"
            sys.stderr.write(f"\nsurefoot: {said}\n")
            return _INTERRUPTED
        out.write(f"{found.to_json()}\n" if as_json else f"\n{bowl_text(found)}\n\n{answer_text(found)}\n")
        if plot is not None:
            save_figure(found, plot)
        if save is not None and found.model_state is not None:
            write_model_file(found.model_state, save)
        elif save is not None:
            sys.stderr.write(f"surefoot: {save} was not written: no model was trained to the end\n")
    unfinished = finish and found.trained_lr is None
    return _CANNOT_TELL if found.verdict.kind == "cannot_tell" or unfinished else 0
