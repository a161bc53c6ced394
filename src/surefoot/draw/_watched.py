from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from surefoot.errors import BadInput, MissingExtra
from surefoot.records import Verdict

if TYPE_CHECKING:
    from pathlib import Path

_COLORS = {"too_high": "#c0392b", "too_low": "#b35806", "healthy": "#1b7837"}


def verdict_text(verdict: Verdict) -> str:
    """What is thought of a watched training, a few lines for the terminal.

    Args:
        verdict: Of a monitor or of a log.

    Returns:
        Lines without an end.
    """
    lines = [("verdict", verdict.sentence)]
    if verdict.symptom:
        since = "" if verdict.since is None else f", since {verdict.since:,}"
        lines.append(("symptom", verdict.symptom.replace("_", " ") + since))
    lines += [
        ("evidence", f"{e.signal}: {e.value:.3g}, held against {e.threshold:.3g}{f' ({e.source})' if e.source else ''}")
        for e in verdict.evidence
    ]
    lines += [("note", note) for note in verdict.notes]
    if verdict.advice:
        lines.append(("advice", verdict.advice))
    lines.append(("sure", f"{verdict.confidence:.0%}"))
    return "\n".join(f"{name:<10}{said}" for name, said in lines)


def save_watched(points: Sequence[tuple[float, float]], verdict: Verdict, unit: str, path: Path) -> None:
    """Save a picture of a watched training.

    Args:
        points: Step and level of the loss.
        verdict: What is thought of it.
        unit: What the steps count.
        path: Where to; its ending says the format.

    Raises:
        BadInput: The place cannot be written.
        MissingExtra: matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ModuleNotFoundError as missing:
        raise MissingExtra("plot", "matplotlib", "plot") from missing
    figure = Figure(figsize=(7, 3.5), layout="constrained")
    axes = figure.subplots()
    axes.plot([step for step, _ in points], [level for _, level in points], color=_COLORS.get(verdict.kind, "#555555"))
    axes.set_xlabel(unit)
    axes.set_ylabel("training loss")
    axes.set_title(verdict.sentence, fontsize="small", wrap=True)
    axes.spines[["top", "right"]].set_visible(False)
    try:
        figure.savefig(path, dpi=150)
    except (OSError, ValueError) as error:
        raise BadInput(f"--plot {path}: {error}") from error
