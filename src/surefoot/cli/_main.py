from __future__ import annotations

import importlib
import sys
import traceback
from importlib import import_module
from pathlib import Path

import click

import surefoot as surefoot_package
from surefoot.errors import BadInput, MissingExtra, StoreError, SurefootError, UserCodeError

_VERBS = {  # verb: (module, what `surefoot --help` says); modules are loaded when their verb is used
    "find": ("surefoot.cli._find", "Find the learning rate of a task or a command."),
    "diagnose": ("surefoot.cli._diagnose", "Say what a training's log tells about its rate."),
    "schedule": ("surefoot.cli._schedule", "Show what a schedule does over a training."),
    "report": ("surefoot.cli._report", "Write studies as one HTML file to look at."),
    "serve": ("surefoot.cli._serve", "Show all studies in a browser, live as they run."),
    "studies": ("surefoot.cli._studies", "Look at what was found before, hand it on, tidy up."),
    "example": ("surefoot.cli._example", "Print a runnable starting point."),
}


class _Verbs(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(_VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in _VERBS:
            return None
        return getattr(import_module(_VERBS[cmd_name][0]), cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(verb, said) for verb, (_, said) in _VERBS.items()])


@click.group(cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="surefoot", message="%(prog)s %(version)s")
def surefoot() -> None:
    """Determine the learning rate for this model on this data.

    \b
    surefoot example model > task.py
    surefoot find task.py:task --budget 0.5 --lr 3e-4
    surefoot find --horizon 2000 --score val_loss -- python train.py --lr {lr} --steps {steps} --seed {seed}
    """


def main() -> None:
    """Run the command line; every error of ours is a message and an exit status, never a traceback."""
    try:
        result = surefoot.main(standalone_mode=False)
        status = result if isinstance(result, int) else 0
    except click.exceptions.Abort:
        status = 130
    except click.ClickException as error:
        error.show()
        status = 2
    except SurefootError as error:
        _show_cause(error)
        click.echo(f"surefoot: {error}", err=True)
        status = _status(error)
    except KeyboardInterrupt:
        status = 130
    except BrokenPipeError:
        status = 0  # the reader of our output has seen enough
    except SystemExit:
        status = 0  # click's way out when the reader of our output has seen enough
    except Exception:  # noqa: BLE001  (whatever else is raised is a bug of ours, and said to be one)
        traceback.print_exc()
        click.echo("surefoot: this is a bug of Surefoot's, please report it with the lines above", err=True)
        status = 70
    sys.exit(status)


def _status(error: SurefootError) -> int:
    if isinstance(error, UserCodeError):
        return 1
    if isinstance(error, BadInput | MissingExtra):
        return 2
    return 4 if isinstance(error, StoreError) else 70


def _show_cause(error: SurefootError) -> None:
    """The traceback of the user's code, without our own frames at its top."""
    cause = error.__cause__
    if not isinstance(error, UserCodeError) or cause is None:
        return
    elsewhere: list[traceback.FrameSummary] | None = getattr(cause, "frames", None)  # it was raised in a worker
    frames = traceback.extract_tb(cause.__traceback__) if elsewhere is None else elsewhere
    said = getattr(cause, "said", None) or "".join(traceback.format_exception_only(cause))
    ours = str(Path(surefoot_package.__file__).parent)
    machinery = str(Path(importlib.__file__).parent)
    theirs = [frame for frame in frames if not frame.filename.startswith((ours, machinery, "<frozen "))]
    click.echo("Traceback (most recent call last):", err=True)
    click.echo("".join(traceback.format_list(theirs or frames)), err=True, nl=False)
    click.echo(said, err=True, nl=False)
