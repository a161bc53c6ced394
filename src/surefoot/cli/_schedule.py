from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from surefoot.schedules import Course

_HORIZON = 1000  # where none is given: shares read as thousandths
_LONG = 0.5  # of the training; a longer warmup is warned of
_LOW = 0.1  # of the peak; a schedule that never falls below is said to
_MOST = 5  # schedules in one picture


@click.command()
@click.argument("text", required=False)
@click.option("--horizon", type=int, default=_HORIZON, show_default=True, help="Length of the training in updates.")
@click.option("--compare", multiple=True, metavar="TEXT", help="Another schedule in the same picture; may be repeated.")
@click.option("--table", is_flag=True, help="Print the multiplier where the pieces begin and end, and between.")
@click.option("--plot", type=click.Path(path_type=Path), help="Save a picture: .svg, or with matplotlib .png, .pdf ...")
@click.option("--list", "as_list", is_flag=True, help="Show every shape there is instead, a line each.")
@click.option(
    "--export",
    "to",
    metavar="FORM",
    help="Print what to paste elsewhere: torch, optax or keras for code, json, or csv for a line an update.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead.")
def schedule(
    text: str | None,
    horizon: int,
    compare: tuple[str, ...],
    to: str | None,
    *,
    table: bool,
    plot: Path | None,
    as_list: bool,
    as_json: bool,
) -> int:
    r"""Show the schedule TEXT: what multiplies the peak rate over a training.

    \b
    surefoot schedule "warmup(500) >> hold() >> decay(0.2)" --horizon 10000
    surefoot schedule "cosine()" --compare "linear()" --compare "polynomial(power=2)"
    surefoot schedule "warmup(500) >> cosine()" --horizon 10000 --export torch
    surefoot schedule --list
    """
    from surefoot.draw import course_text, save_course
    from surefoot.errors import BadInput
    from surefoot.schedules import parse

    if as_list:
        return _list_all(as_json=as_json)
    if text is None:
        raise BadInput('which schedule? Give its text, as in surefoot schedule "cosine()", or --list to see them all')
    if to:
        from surefoot.driving import code

        if compare or table or as_json:
            raise BadInput("--export prints one schedule and nothing else: leave out --compare, --table and --json")
        click.echo(code(text, to, horizon=horizon))
        return 0
    if len(compare) >= _MOST:
        raise BadInput(f"--compare: one picture shows at most {_MOST} schedules, got {len(compare) + 1}")
    courses = {str(parse(one)): parse(one).over(horizon) for one in (text, *compare)}
    known = _about(next(iter(courses.values())))
    if plot is not None:
        save_course(courses, plot)
    if as_json:
        click.echo(json.dumps(known))
        return 0
    click.echo(course_text(courses))
    click.echo(f"\nfirst {known['first']:.3g}   last {known['last']:.3g}   mean {known['mean']:.3g} of the peak rate")
    if table:
        click.echo("\n".join(f"{step:>12,}  {value:.6g}" for step, value in known["at"].items()))
    for note in known["notes"]:
        click.echo(f"note: {note}")
    return 0


def _about(course: Course) -> dict[str, Any]:
    """Its values where they matter, and what is unusual about it."""
    horizon = course.horizon
    values = course(range(horizon))
    edges = {0, *(piece.start for piece in course.pieces), horizon - 1, horizon // 4, horizon // 2}
    notes: list[str] = []
    rise = int(values.argmax())
    if rise > _LONG * horizon:
        notes.append(f"the peak comes only at update {rise:,}, after more than half of the training")
    if values[-1] > _LOW * values.max():
        notes.append(f"it never comes below 10 % of its peak: the last update is at {values[-1]:.3g}")
    return {
        "schedule": str(course.schedule),
        "horizon": horizon,
        "first": float(values[0]),
        "last": float(values[-1]),
        "mean": float(values.mean()),
        "at": {step: float(values[step]) for step in sorted(edges) if step < horizon},
        "notes": notes,
    }


def _list_all(*, as_json: bool) -> int:
    from itertools import groupby

    from surefoot.draw import sparkline
    from surefoot.schedules import catalogue

    entries = catalogue()
    if as_json:
        click.echo(
            json.dumps([{key: getattr(e, key) for key in ("word", "group", "example", "summary")} for e in entries])
        )
        return 0
    width = max(len(entry.example) for entry in entries)
    for group, members in groupby(entries, lambda entry: entry.group):
        click.echo(f"{group}:")
        for entry in members:
            line = sparkline(entry.schedule.over(_HORIZON))
            click.echo(f"  {entry.example:<{width}}  {line}  {entry.summary}")
    return 0
