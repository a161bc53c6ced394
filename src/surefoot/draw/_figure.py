from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from surefoot.draw._numbers import rate
from surefoot.errors import BadInput, MissingExtra

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.figure import Figure

    from surefoot.found import Found

_BLUES = ("#a6cee3", "#5ba3cf", "#2171b5", "#08306b")  # light to dark: from the shortest rung to the longest


def figure(found: Found) -> Figure:
    """Scores of all trials over the rate, and the estimated regret at the full horizon below.

    Args:
        found: The result.

    Returns:
        A matplotlib figure.

    Raises:
        MissingExtra: matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ModuleNotFoundError as missing:
        raise MissingExtra("plot", "matplotlib", "plot") from missing
    drawn = Figure(figsize=(7, 5.5), layout="constrained")
    above, below = drawn.subplots(2, 1, sharex=True, height_ratios=(3, 2))
    rungs = sorted({stage.segment.stop for stage in found.records.stages if stage.score is not None})
    for number, rung in enumerate(rungs):
        done = [s for s in found.records.stages if s.segment.stop == rung and s.score is not None]
        color = _BLUES[min(len(_BLUES) - 1, number + len(_BLUES) - min(len(rungs), len(_BLUES)))]
        done.sort(key=lambda stage: stage.segment.trial.lr)
        rates, scores = [s.segment.trial.lr for s in done], [s.score for s in done]
        above.plot(rates, scores, "o-", color=color, linewidth=0.8, label=f"{rung:,} updates")
    failed = [s.segment.trial.lr for s in found.records.stages if not s.ok]
    if failed:
        top = [1.0] * len(failed)
        above.plot(
            failed,
            top,
            "x",
            color="#c0392b",
            transform=above.get_xaxis_transform(),
            label="failed",
            clip_on=False,
        )
    above.set_ylabel("score")
    if found.curve.lr:
        risk = found.curve.risk or found.curve.regret
        below.plot(found.curve.lr, risk, color=_BLUES[-1])
        below.set_yscale("log")
        below.set_ylim(1e-4, 1.2)
    below.set_ylabel("regret, at most (90 %)")
    below.set_xlabel("learning rate")
    below.set_xscale("log")
    for axes in (above, below):
        if found.interval is not None:
            axes.axvspan(*found.interval, color="#7fbf7b", alpha=0.3, linewidth=0, label="good")
        if found.lr is not None:
            axes.axvline(found.lr, color="#1b7837", label=f"found {rate(found.lr)}")
        if found.yours is not None:
            axes.axvline(found.yours.lr, color="#b35806", linestyle="--", label=f"yours {rate(found.yours.lr)}")
        axes.spines[["top", "right"]].set_visible(False)
    above.legend(frameon=False, fontsize="small")
    return drawn


def check_figure(path: Path) -> None:
    """Make sure that a picture can be saved, before anything is spent.

    Args:
        path: Where to.

    Raises:
        BadInput: Its folder is not there, or its ending is no format.
        MissingExtra: matplotlib is not installed.
    """
    try:
        from matplotlib.backend_bases import FigureCanvasBase
    except ModuleNotFoundError as missing:
        raise MissingExtra("plot", "matplotlib", "plot") from missing
    formats = sorted(FigureCanvasBase.get_supported_filetypes())
    if not path.parent.is_dir():
        raise BadInput(f"--plot {path}: there is no folder {path.parent}")
    if path.suffix.removeprefix(".") not in formats:
        raise BadInput(f"--plot {path}: expected an ending of {', '.join(formats)}")


class Pictured(Protocol):
    """A result that can be drawn."""

    def plot(self) -> Figure:
        """Its figure."""
        ...


def save_figure(found: Pictured, path: Path) -> None:
    """Save the figure of a result as a picture.

    Args:
        found: The result.
        path: Where to; its ending says the format.

    Raises:
        BadInput: The place cannot be written, or its ending is no format.
        MissingExtra: matplotlib is not installed.
    """
    try:
        found.plot().savefig(path, dpi=150)
    except (OSError, ValueError) as error:
        raise BadInput(f"--plot {path}: {error}") from error
