from __future__ import annotations

import shlex
import time
from pathlib import Path

import click

_STORE = click.option(
    "--store", default="default", metavar="PATH|URL", help="Where studies are kept (default ./.surefoot)."
)


_LONGEST = 60  # characters of a name in a line


def _echo(text: str, *, err: bool = False) -> None:
    """Print what a store says; it may be a stranger's, so nothing in it is to steer the terminal."""
    click.echo("".join(c if c.isprintable() or c == "\n" else ascii(c)[1:-1] for c in text), err=err)


def _one_line(name: str) -> str:
    said = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in name[: _LONGEST + 1])
    return said if len(said) <= _LONGEST else f"{said[: _LONGEST - 3]}..."


@click.group()
def studies() -> None:
    """Look at what was found before, hand it on, tidy up."""


@studies.command(name="list")
@_STORE
def list_studies(store: str) -> int:
    """All studies, newest first."""
    from surefoot.draw import rate
    from surefoot.store import open_store

    opened = open_store(store)
    found = opened.summaries()
    opened.close()
    if not found:
        click.echo(f"no studies in {opened.place}", err=True)
        return 0
    names = [_one_line(summary.name) for summary in found]
    width = max(5, *map(len, names))
    click.echo(
        f"{'study':<{width}}  {'rate':>8}  {'interval':<18}  {'stages':>6}  {'updates':>9}  {'state':<9}  changed"
    )
    for name, summary in zip(names, found, strict=True):
        answer = summary.answer
        lr = "" if answer is None or answer.lr is None else rate(answer.lr)
        interval = "" if answer is None or answer.interval is None else " to ".join(map(rate, answer.interval))
        changed = time.strftime("%Y-%m-%d %H:%M", time.localtime(summary.changed))
        click.echo(
            f"{name:<{width}}  {lr:>8}  {interval:<18}  {summary.stages:>6}  {summary.updates:>9,}"
            f"  {summary.state:<9}  {changed}"
        )
    return 0


@studies.command()
@click.argument("name")
@_STORE
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def show(name: str, store: str, as_json: bool) -> int:
    """The answer of study NAME, or the best that can be said so far."""
    from surefoot.cli._progress import stage_text
    from surefoot.draw import answer_text, bowl_text
    from surefoot.finder import known
    from surefoot.store import open_store

    opened = open_store(store)
    try:
        study = opened.existing(name)
        found = known(study)
        answered = study.answer() is not None
    finally:
        opened.close()
    if as_json:
        click.echo(found.to_json())
        return 0
    if not answered:
        _echo(f"not finished: surefoot find TARGET --study {shlex.quote(name)} goes on\n", err=True)
    for stage in found.records.stages:
        _echo(stage_text(stage, found.granularity))
    _echo(f"\n{bowl_text(found)}\n\n{answer_text(found)}")
    return 0


@studies.command()
@click.argument("name")
@_STORE
def why(name: str, store: str) -> int:
    """The decisions of study NAME, each with its reason."""
    from surefoot.cli._progress import part_text
    from surefoot.draw import rate
    from surefoot.store import open_store

    opened = open_store(store)
    try:
        decided = opened.existing(name).decided()
    finally:
        opened.close()
    for number, decision in enumerate(decided, 1):
        _echo(f"{number:>3}  after {decision.after} stages: {decision.why}")
        for segment in decision.segments:
            part = part_text(segment) or f"{segment.stop:,} updates, "
            click.echo(f"       {rate(segment.trial.lr)}, {part}seed {segment.trial.seed}")
    return 0


@studies.command()
@click.argument("name")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@_STORE
def export(name: str, file: Path, store: str) -> int:
    """Write study NAME to FILE.

    \b
    FILE.json   everything: settings, decisions, stages, updates, the answer
    FILE.csv    a line a stage
    FILE.db     a study of Optuna's: optuna-dashboard sqlite:///FILE.db shows it
    """
    from surefoot.cli._export import export_study
    from surefoot.store import open_store

    opened = open_store(store)
    try:
        export_study(opened.existing(name), file)
    finally:
        opened.close()
    click.echo(f"wrote {file}", err=True)
    return 0


@studies.command()
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@_STORE
def delete(names: tuple[str, ...], store: str) -> int:
    """Remove the studies NAME..., with their checkpoints and files."""
    from surefoot.store import delete as delete_study
    from surefoot.store import open_store

    opened = open_store(store)
    try:
        for study in [opened.existing(name) for name in dict.fromkeys(names)]:
            delete_study(study)
            click.echo(f"deleted {_one_line(study.name)}", err=True)
    finally:
        opened.close()
    return 0


@studies.command()
@_STORE
def check(store: str) -> int:
    """Look for damaged, missing and left-behind parts of all studies, and mend them."""
    from surefoot.store import check as check_store
    from surefoot.store import open_store

    opened = open_store(store)
    try:
        found = check_store(opened)
    finally:
        opened.close()
    for finding in found:
        _echo(f"{_one_line(finding.study)}: {finding.sentence}")
    if not found:
        click.echo(f"nothing to mend in {opened.place}", err=True)
    return 0
