from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from surefoot.draw import notebook, range_figure, range_svg, range_text
from surefoot.rangetest._curve import read_curve
from surefoot.records import Verdict

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, slots=True)
class RangeTest:
    """The curve of a range test, and the rate that it suggests.

    Attributes:
        lr: The suggested rate, of the first parameter group; ``None`` when the curve says none.
        group_lrs: The same for every group of every optimizer, in order; empty without a suggestion.
        turns_at: The rate at which the loss leaves its lowest level upward for good; ``None`` if it does not.
        rates: Of every update done, ascending.
        losses: Before every update, as they were; the last may be NaN or infinite.
        smooth: The losses smoothed, without lag; as many as are finite up to the first that is not.
        verdict: ``clear`` or ``cannot_tell``, with any of the flags ``flat``, ``edge``, ``noisy``.
    """

    lr: float | None
    group_lrs: tuple[float, ...]
    turns_at: float | None
    rates: tuple[float, ...]
    losses: tuple[float, ...]
    smooth: tuple[float, ...]
    verdict: Verdict

    @staticmethod
    def of(rates: Sequence[float], losses: Sequence[float], factors: Sequence[float] = (1.0,)) -> RangeTest:
        """Read a suggestion from a ramp.

        Args:
            rates: Of the whole ramp, ascending.
            losses: Of the updates that were done; fewer where the ramp was stopped.
            factors: Of every parameter group, its rate over that of the first.

        Returns:
            The curve with what it says.
        """
        done = tuple(float(rate) for rate in rates[: len(losses)])
        reading = read_curve(rates, losses, len(rates))
        groups = () if reading.lr is None else tuple(reading.lr * factor for factor in factors)
        return RangeTest(reading.lr, groups, reading.turns_at, done, tuple(losses), reading.smooth, reading.verdict)

    @property
    def updates(self) -> int:
        """What it cost: updates done."""
        return len(self.losses)

    def __str__(self) -> str:
        return range_text(self.lr, self.verdict, self.updates)

    def _repr_html_(self) -> str:
        return notebook(range_svg(self.rates, self.losses, self.smooth, self.lr, self.turns_at), str(self))

    def plot(self) -> Figure:
        """Losses over the rate, raw and smoothed, with the suggestion.

        Returns:
            A matplotlib figure.

        Raises:
            MissingExtra: matplotlib is not installed.
        """
        return range_figure(self.rates, self.losses, self.smooth, self.lr, self.turns_at)

    def to_dict(self) -> Mapping[str, Any]:
        """The result as plain values, as ``--json`` prints it.

        Returns:
            Numbers, texts, lists and dicts; what is not finite is ``None``.
        """
        return {
            "method": "range",
            "lr": self.lr,
            "group_lrs": list(self.group_lrs),
            "turns_at": self.turns_at,
            "verdict": asdict(self.verdict),
            "updates": self.updates,
            "rates": list(self.rates),
            "losses": [loss if math.isfinite(loss) else None for loss in self.losses],
            "smooth": list(self.smooth),
        }

    def to_json(self) -> str:
        """``to_dict`` as one JSON object.

        Returns:
            JSON text.
        """
        return json.dumps(self.to_dict())
