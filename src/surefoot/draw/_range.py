from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from surefoot.draw._numbers import rate
from surefoot.errors import MissingExtra
from surefoot.records import Verdict

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def range_text(lr: float | None, verdict: Verdict, updates: int) -> str:
    """What a range test says, for people.

    Args:
        lr: The suggestion, if there is one.
        verdict: How sure it is.
        updates: What it cost.

    Returns:
        A few labelled lines.
    """
    flags = f" [{', '.join(verdict.flags)}]" if verdict.flags else ""
    lines = [
        ("suggestion", "none" if lr is None else rate(lr)),
        ("verdict", f"{verdict.kind.replace('_', ' ')}{flags}: {verdict.sentence}"),
        ("advice", verdict.advice),
        ("price", f"{updates:,} updates"),
    ]
    return "\n".join(f"{label:<14}{said}" for label, said in lines)


def range_figure(
    rates: Sequence[float], losses: Sequence[float], smooth: Sequence[float], lr: float | None, turns_at: float | None
) -> Figure:
    """Losses over the rate, raw and smoothed, with the suggestion.

    Args:
        rates: One for each loss.
        losses: Raw.
        smooth: Smoothed, one for each of the first losses.
        lr: The suggestion, if there is one.
        turns_at: Where the loss turns, if it does.

    Returns:
        A matplotlib figure.

    Raises:
        MissingExtra: matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ModuleNotFoundError as missing:
        raise MissingExtra("plot", "matplotlib", "plot") from missing
    drawn = Figure(figsize=(7, 4), layout="constrained")
    axes = drawn.subplots()
    axes.plot(rates, losses, color="#a6cee3", linewidth=0.8, label="loss")
    axes.plot(rates[: len(smooth)], smooth, color="#08306b", label="smoothed")
    finite = [loss for loss in losses if math.isfinite(loss)]
    if finite:
        beginning = sorted(finite[: max(1, len(finite) // 10)])
        start, low = beginning[len(beginning) // 2], min(smooth)
        room = max(start - low, (max(finite) - low) / 20)
        axes.set_ylim(low - 0.2 * room, start + 2 * room) if room > 0 else None
    if turns_at is not None:
        axes.axvline(turns_at, color="#c0392b", linestyle="--", label=f"turns at {rate(turns_at)}")
    if lr is not None:
        axes.axvline(lr, color="#1b7837", label=f"suggested {rate(lr)}")
    axes.set_xscale("log")
    axes.set_xlabel("learning rate")
    axes.set_ylabel("training loss")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize="small")
    return drawn
