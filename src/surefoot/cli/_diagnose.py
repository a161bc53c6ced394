from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from surefoot.cli._watched import Watched
    from surefoot.records import Verdict

_STATUS = {"healthy": 0, "cannot_tell": 3, "too_high": 5, "too_low": 5}
_LOOK_EVERY = 1.1  # a look after every tenth more of what was seen
_GONE = 3  # losses not finite in a row
_WAIT, _WAIT_LIVE = 1000, 40  # rows after which the name of the loss must be known


@click.command()
@click.argument("logs", nargs=-1, required=True, metavar="LOG...")
@click.option("--lr", type=click.FloatRange(min=0, min_open=True), help="The rate, where the log does not hold it.")
@click.option("--optimizer", help="Its name, for example adamw.")
@click.option("--horizon", type=click.FloatRange(min=0, min_open=True), help="Length of the whole training.")
@click.option("--loss", "name", help="What the training loss is called in the log.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a log.")
@click.option("--plot", type=click.Path(dir_okay=False, path_type=Path), help="Save the loss as a picture.")
@click.option("--follow", is_flag=True, help="Go on as the log grows; say what is new.")
def diagnose(
    logs: tuple[str, ...],
    lr: float | None,
    optimizer: str | None,
    horizon: float | None,
    name: str | None,
    as_json: bool,
    plot: Path | None,
    follow: bool,
) -> int:
    """Say what a training's log tells about its rate.

    LOG is a CSV, JSON or JSON lines file, text as programs print it, a trainer_state.json, a TensorBoard file or a
    folder with one; - is standard input. --horizon counts what the log counts: steps, else epochs, else rows.

    \b
    surefoot diagnose run.csv --lr 3e-4 --optimizer adamw
    some-training 2>&1 | surefoot diagnose --follow -

    Exit status: 0 healthy, 2 bad input, 3 cannot tell, 5 too high or too low.
    """
    from surefoot.cli._watched import Watched, rows_of
    from surefoot.draw import check_figure, save_watched, verdict_text
    from surefoot.errors import BadInput

    if (plot or follow) and len(logs) > 1:
        raise BadInput(f"{'--plot' if plot else '--follow'} takes one log, and got {len(logs)}: {' '.join(logs)}")
    if plot is not None:
        check_figure(plot)
    worst = 0
    for log in logs:
        watched = Watched(lr, optimizer, horizon, name, wait=_WAIT_LIVE if follow else _WAIT)
        if follow:
            _follow(log, watched)
        else:
            for rows in rows_of(log):
                watched.feed(rows)
        watched.close()
        verdict = watched.verdict()
        if as_json:
            click.echo(json.dumps({"log": log, "loss": watched.log.name, **asdict(verdict)}))
        else:
            click.echo(f"{log}: {watched.seen()}\n{verdict_text(verdict)}\n")
        if plot is not None:
            save_watched(watched.points(), verdict, watched.log.unit, plot)
        worst = max(worst, _STATUS[verdict.kind])
    return worst


def _follow(log: str, watched: Watched) -> None:
    """Judge again and again as a log grows, until its end or an interrupt."""
    from surefoot.cli._watched import rows_as_they_come

    said, before, look = ("healthy", ""), ("healthy", ""), 20
    try:
        for rows in rows_as_they_come(log):
            watched.feed(rows)
            count, gone = watched.curve.count, watched.curve.bad_in_a_row >= _GONE
            if count < look and not gone:
                continue
            look = max(look, int(count * _LOOK_EVERY) + 1)
            verdict = watched.verdict()
            now = (verdict.kind, verdict.symptom)
            if (gone or now == before) and now != said and verdict.kind != "cannot_tell":
                _say(verdict, watched)
                said = now
            before = now
    except KeyboardInterrupt:
        return


def _say(verdict: Verdict, watched: Watched) -> None:
    click.echo(f"{watched.log.unit} {watched.last:,.12g}: {verdict.sentence} {verdict.advice}".strip(), err=True)
