"""What is said when a program does not do what is needed of it."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from surefoot.logs import near
from surefoot.tasks.command._listener import SOURCES, Listener, Place
from surefoot.tasks.command._process import Exit

_LINES = 12  # of a program's last words that a message shows
_SHOWN = 15  # names that a message lists


def last_words(listener: Listener) -> str:
    """The last lines of standard error, or of standard output where that said nothing.

    Returns:
        Indented lines with a title; empty if it said nothing at all.
    """
    for stream in ("error", "output"):
        lines = listener.streams[stream].last_lines(_LINES)
        if lines:
            return f"\nIts last lines on {SOURCES[stream]}:\n" + "\n".join(f"  {line}" for line in lines)
    return "\nIt printed nothing"


def ended_badly(argv: Sequence[str], ended: Exit, listener: Listener) -> str:
    """A program that ended with another status than 0, or had to be ended.

    Returns:
        The message.
    """
    if ended.stopped == "silent":
        how = (
            f"printed nothing for a long time and was ended after {ended.seconds:.0f} s. Does it wait for something?"
            + (" Give it a limit with timeout=SECONDS (--timeout)")
        )
    elif ended.stopped == "long":
        how = f"took longer than its timeout and was ended after {ended.seconds:.0f} s"
    elif ended.status < 0:
        how = f"was ended by {_signal_name(-ended.status)} after {ended.seconds:.1f} s"
    else:
        how = f"ended with status {ended.status} after {ended.seconds:.1f} s"
    return f"the command {how}:\n  {shlex.join(argv)}{last_words(listener)}"


def _signal_name(number: int) -> str:
    import signal

    try:
        name = signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
    return f"{name} (was memory short?)" if name == "SIGKILL" else name


def no_score(wanted: str, pattern: str | None, lengths: str, listener: Listener, made: Sequence[str]) -> str:
    """A program that logs nothing under the name of the score.

    Args:
        wanted: The name.
        pattern: Of the files it was looked for in; ``None`` for the streams.
        lengths: How long it ran, for people.
        listener: What it said.
        made: Files that it made.

    Returns:
        The message: what was seen instead, and what to do.
    """
    where = "printed" if pattern is None else f"wrote into {pattern}"
    said = f"the command {where} no score {wanted!r} in a run of {lengths}"
    if pattern is not None and not listener.files:
        there = ", ".join(made[:_SHOWN]) if made else "nothing"
        return f"{said}: no file matches that pattern. What it wrote there: {there}{last_words(listener)}"
    names = [place.name for place in listener.heard if (place.source == "file") == (pattern is not None)]
    if not names:
        advice = "no number with a name was seen. A score is read as name=0.5, name: 0.5, JSON or a table"
        return f"{said}: {advice}; from a file with score_file (--score-file){last_words(listener)}"
    alike = near(wanted, names)
    hint = f" Did you mean {' or '.join(repr(name) for name in alike)}?" if alike else ""
    seen = ", ".join(dict.fromkeys(names[:_SHOWN])) + (" ..." if len(names) > _SHOWN else "")
    return (
        f"{said}.{hint} The names seen there: {seen}. Give the one that the validation ends with (--score), and see"
        f" that the program validates at the end of a short run too{last_words(listener)}"
    )


def several(wanted: str, places: Sequence[Place]) -> str:
    """A score that may be several of the logged names.

    Returns:
        The message.
    """
    names = ", ".join(repr(place.name) for place in places)
    return f"score={wanted!r} may be any of {names}: give the whole name"


def ignores_lr(rates: Sequence[float], score: float, losses: int) -> str:
    """A program that does the same whatever the rate is.

    Returns:
        The message.
    """
    same = f"the score {score!r}" + (f" and all {losses} losses" if losses else "")
    return (
        f"the command ignores {{lr}}: {same} are the same to the last digit with"
        f" {', '.join(f'{rate:.3g}' for rate in sorted(rates))}. Is the rate set elsewhere (a config file, an optimizer"
        " chosen automatically), or the argument another one?"
    )
