from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="STUDY...")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=Path("report.html"),
    show_default=True,
    metavar="FILE",
    help="Where to; a file that is there is replaced.",
)
@click.option("--store", default="default", metavar="PATH|URL", help="Where studies are kept (default ./.surefoot).")
def report(names: tuple[str, ...], output: Path, store: str) -> int:
    """Write STUDY as one HTML file to look at; several STUDYs side by side.

    The answer, the curves of all trials, where the budget went, every decision with its reason. It needs no network,
    opens by double click, and shows the same pictures where scripts are blocked.
    """
    from surefoot.finder import known
    from surefoot.report import write_report
    from surefoot.store import open_store

    opened = open_store(store)
    try:
        founds = [known(opened.existing(name)) for name in dict.fromkeys(names)]
        file = write_report(founds, output)
    finally:
        opened.close()
    click.echo(f"wrote {file}", err=True)
    return 0
