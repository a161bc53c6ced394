from __future__ import annotations

import math
from dataclasses import dataclass

from surefoot.errors import BadInput
from surefoot.records import FORWARD_SHARE, Goal

COMPARISON = 3  # rates that make the smallest comparison: one between two others is the least that shows a bowl


@dataclass(frozen=True, slots=True)
class Settings:
    """What search is to know before the first record; validated at construction.

    Attributes:
        horizon: Length of the full training in updates.
        budget: What may be spent, in runs.
        lr_min: Lowest rate to look at first.
        lr_max: Highest rate to look at first.
        floor: Never tried below; equal to ``lr_min`` where the user gave it.
        ceiling: Never tried above; equal to ``lr_max`` where the user gave it.
        untrained: Score before training.
        assess_forwards: Forward-only batches of one assessment.
        smallest: Fewest updates of a rung that mean anything.
        yours: The rate that the user has today; tried at least once where it fits.
        tolerance: Regret that does not matter.
        seed: Seed of all trials; another one is only used to check near ties.
        goal: Whether a lower or a higher score is better.
        granularity: Rungs are multiples of this many updates (programs that count in epochs).
        noise: Relative noise of a score that was seen beforehand; 0 where training repeats.
        trunk: The updates of the full training at the constant peak from which it can be continued, as
            ``Course.trunk`` says; ``None`` where trials can only be started anew.
        ramped: Updates of a ramp of rates that was run beforehand, as a range test does; part of the budget.
        turns_at: The rate at which its loss left its lowest level upward for good; ``None`` where that cannot be told.

    Raises:
        BadInput: A value that cannot work, or a budget too small for any comparison.
    """

    horizon: int
    budget: float
    lr_min: float
    lr_max: float
    floor: float
    ceiling: float
    untrained: float
    assess_forwards: int
    smallest: int
    yours: float | None = None
    tolerance: float = 0.01
    seed: int = 0
    goal: Goal = "min"
    granularity: int = 1
    noise: float = 0.0
    trunk: tuple[int, int] | None = None
    ramped: int = 0
    turns_at: float | None = None

    def __post_init__(self) -> None:
        """Check every value.

        Raises:
            BadInput: One of them cannot work.
        """
        for name in ("horizon", "smallest", "granularity"):
            value = getattr(self, name)
            if value < 1:
                raise BadInput(f"{name}={value!r}: expected a whole number of updates, 1 or more")
        if self.granularity > self.horizon:
            raise BadInput(
                f"granularity={self.granularity}: rungs cannot be longer than the horizon of {self.horizon} updates"
            )
        if self.assess_forwards < 0:
            raise BadInput(f"assess_forwards={self.assess_forwards!r}: expected 0 or more")
        self._check_rates()
        if not math.isfinite(self.untrained):
            raise BadInput(
                f"untrained={self.untrained!r}: the score before training is not finite, so progress cannot be"
                " measured; look at the model, the data and the score, not at the learning rate"
            )
        if not (0 < self.tolerance < 1):
            raise BadInput(f"tolerance={self.tolerance!r}: expected a regret between 0 and 1, for example 0.01")
        if not (math.isfinite(self.noise) and self.noise >= 0):
            raise BadInput(f"noise={self.noise!r}: expected a relative noise of 0 or more")
        if self.goal not in {"min", "max"}:
            raise BadInput(f"goal={self.goal!r}: expected 'min' or 'max'")
        if self.trunk is not None and not 0 <= self.trunk[0] < self.trunk[1] <= self.horizon:
            raise BadInput(f"trunk={self.trunk!r}: expected its start before its stop, within {self.horizon} updates")
        least = smallest_budget(self)
        if not (math.isfinite(self.budget) and self.budget > 0):
            raise BadInput(f"budget={self.budget!r}: expected runs above 0; {least:.2g} is the least that compares")
        if self.budget < least * (1 - 1e-9):
            raise BadInput(
                f"budget={self.budget:.3g} runs is too small: the smallest comparison takes {COMPARISON} rates of"
                f" {smallest_rung(self)} updates and their assessments, {least:.3g} runs. Give at least that"
            )

    def _check_rates(self) -> None:
        for name in ("lr_min", "lr_max", "floor", "ceiling"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value > 0):
                raise BadInput(f"{name}={value!r}: expected a rate above 0")
        if not self.lr_min < self.lr_max:
            raise BadInput(f"lr_min={self.lr_min:g}, lr_max={self.lr_max:g}: expected lr_min below lr_max")
        if not (self.floor <= self.lr_min and self.lr_max <= self.ceiling):
            raise BadInput(
                f"floor={self.floor:g}, ceiling={self.ceiling:g}: expected them to hold"
                f" lr_min={self.lr_min:g} and lr_max={self.lr_max:g} between them"
            )
        if self.yours is not None and not (math.isfinite(self.yours) and self.yours > 0):
            raise BadInput(f"yours={self.yours!r}: expected the rate used today, above 0")


def smallest_rung(settings: Settings) -> int:
    """Updates of the shortest rung that means anything.

    Returns:
        ``smallest`` rounded up to the granularity, at most the horizon.
    """
    grain = settings.granularity
    most = settings.horizon // grain * grain
    return min(math.ceil(settings.smallest / grain) * grain, most)


def smallest_budget(settings: Settings) -> float:
    """The budget below which no comparison is possible.

    Returns:
        The price, in runs, of three rates at the smallest rung.
    """
    one = smallest_rung(settings) + FORWARD_SHARE * settings.assess_forwards
    return COMPARISON * one / settings.horizon
