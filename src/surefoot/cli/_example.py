from __future__ import annotations

from importlib.resources import files

import click

_EXAMPLES = {"model": "a model, its data and a loss", "loop": "a training loop of your own", "command": "any program"}


@click.command()
@click.argument("name", type=click.Choice(list(_EXAMPLES)))
def example(name: str) -> int:
    """Print a runnable starting point: surefoot example model > task.py.

    \b
    model   a model, its data and a loss
    loop    a training loop of your own
    command any program, as you may have it already
    """
    click.echo(files("surefoot.cli").joinpath("_examples", f"{name}.py").read_text(encoding="utf-8"), nl=False)
    return 0
