from __future__ import annotations

import sys
from pathlib import Path

_CANNOT_TELL = 3
_INTERRUPTED = 130


def suggest_rate(
    target: str,
    lr_min: float | None,
    lr_max: float | None,
    budget: str | None,
    seed: int | None,
    plot: Path | None,
    *,
    as_json: bool,
) -> int:
    """What ``surefoot find --method range`` does: arguments and exit status are those of ``find``."""
    from surefoot.cli._stdout import answer_only
    from surefoot.cli._target import load_task
    from surefoot.draw import save_figure
    from surefoot.finder import suggest

    with answer_only() as out:
        task = load_task(target)
        try:
            found = suggest(task, lr_min=lr_min, lr_max=lr_max, budget=budget, seed=seed)
        except KeyboardInterrupt:
            sys.stderr.write("\nsurefoot: interrupted; a range test keeps nothing\n")
            return _INTERRUPTED
        out.write(f"{found.to_json()}\n" if as_json else f"{found}\n")
        if plot is not None:
            save_figure(found, plot)
    return _CANNOT_TELL if found.lr is None else 0
