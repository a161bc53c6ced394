from __future__ import annotations

import difflib
import os
import shutil
import string
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from surefoot.errors import BadTask

PLACEHOLDERS = ("lr", "steps", "epochs", "horizon", "seed", "dir", "resume")


class Template:
    """An argument vector with placeholders; no shell ever sees it.

    Args:
        command: The program and its arguments. ``{{`` and ``}}`` stand for braces.

    Attributes:
        argv: The arguments as they were given.
        names: The placeholders that it uses.

    Raises:
        BadTask: It is empty, no such program is there, or a placeholder is unknown.
    """

    def __init__(self, command: Sequence[Any]):
        self.argv = _texts(command)
        self._parts = [_parsed(argument) for argument in self.argv]
        self.names = frozenset(name for part in self._parts for _, name in part if name is not None)
        if all(name is None for _, name in self._parts[0]):
            _check_program(self.argv)

    def fill(self, values: Mapping[str, str]) -> list[str]:
        """The arguments of one run.

        Args:
            values: Text for each placeholder. Without ``resume`` the argument that uses it is left out, and the
                option before it too where the argument is all of that option's value.

        Returns:
            The argument vector.
        """
        filled: list[str] = []
        for parts in self._parts:
            if any(name == "resume" for _, name in parts) and "resume" not in values:
                if parts[0] == ("", "resume") and len(filled) > 1 and filled[-1].startswith("-"):
                    filled.pop()
                continue
            filled.append("".join(text + ("" if name is None else values[name]) for text, name in parts))
        return filled


def _texts(command: Sequence[Any]) -> tuple[str, ...]:
    if isinstance(command, str | bytes):
        raise BadTask(
            f"command={command!r}: expected a list of arguments, for example ['python', 'train.py', '--lr', '{{lr}}']"
            " (shlex.split makes one of a text)"
        )
    argv = tuple(os.fspath(part) if isinstance(part, Path) else str(part) for part in command)
    if not argv or not argv[0].strip():
        raise BadTask("the command is empty: expected a program and its arguments, for example -- python train.py ...")
    for argument in argv:
        if "\0" in argument:
            raise BadTask(f"argument {argument!r}: no program can be given a NUL character")
    return argv


def _parsed(argument: str) -> list[tuple[str, str | None]]:
    """Pieces of text, each with the placeholder behind it."""
    try:
        parts = list(string.Formatter().parse(argument))
    except ValueError:
        raise BadTask(f"argument {argument!r} has a single brace: write {{{{ and }}}} for braces") from None
    for _, name, spec, conversion in parts:
        if name is not None and (name not in PLACEHOLDERS or spec or conversion):
            raise BadTask(_unknown(argument, name, spec or "", conversion))
    return [(text, name) for text, name, _, _ in parts] or [("", None)]


def _unknown(argument: str, name: str, spec: str, conversion: str | None) -> str:
    written = f"{{{name}{'!' + conversion if conversion else ''}{':' + spec if spec else ''}}}"
    near = [name] if name in PLACEHOLDERS else difflib.get_close_matches(name, PLACEHOLDERS, n=1, cutoff=0.5)
    hint = f"did you mean {{{near[0]}}}?" if near else f"there are {', '.join(f'{{{p}}}' for p in PLACEHOLDERS)}."
    return f"argument {argument!r}: unknown placeholder {written}; {hint} Write {{{{ and }}}} for braces"


def _check_program(argv: Sequence[str]) -> None:
    program = argv[0]
    if shutil.which(program) is not None:
        return
    if " " in program:
        raise BadTask(f"no program {program!r}: write the command behind -- without quotes around all of it")
    if Path(program).is_file():
        raise BadTask(
            f"{program} may not be executed: run it by its interpreter (python {program} ...), or chmod +x it"
        )
    raise BadTask(f"no program {program!r} on the PATH{_near_programs(program)}")


def _near_programs(program: str) -> str:
    names: set[str] = set()
    for folder in os.get_exec_path():
        if Path(folder).is_dir():
            names.update(file.name for file in Path(folder).iterdir())
    near = difflib.get_close_matches(program, sorted(names), n=3, cutoff=0.7)
    return f"; did you mean {' or '.join(near)}?" if near else ": is it installed, and its environment active?"
