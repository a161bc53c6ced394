from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from surefoot.records import Task

_CANNOT_TELL = 3
_INTERRUPTED = 130


def suggest_rate(
    make: Callable[[], Task],
    lr_min: float | None,
    lr_max: float | None,
    budget: str | None,
    seed: int | None,
    plot: Path | None,
    *,
    as_json: bool,
) -> int:
    """What ``surefoot find --method range`` does: ``make`` makes the task, the rest is as for ``find``."""
    from surefoot.cli._stdout import answer_only
    from surefoot.draw import save_figure
    from surefoot.finder import suggest

    with answer_only() as out:
        task = make()
        try:
            found = suggest(task, lr_min=lr_min, lr_max=lr_max, budget=budget, seed=seed)
        except KeyboardInterrupt:
            sys.stderr.write("\nsurefoot: interrupted; a range test keeps nothing\n")
            return _INTERRUPTED
        out.write(f"{found.to_json()}\n" if as_json else f"{found}\n")
        if plot is not None:
            save_figure(found, plot)
    return _CANNOT_TELL if found.lr is None else 0
