from __future__ import annotations

import math
from dataclasses import dataclass
from numbers import Integral

from surefoot.errors import BadInput
from surefoot.finder._budget import check_budget, is_number


@dataclass(frozen=True, slots=True)
class Asked:
    """What ``find`` was asked for; ``None`` where nothing was said. Checked at construction.

    Attributes:
        lr: The rate used today.
        lr_min: Nothing below is tried.
        lr_max: Nothing above is tried.
        budget: Runs, a word or a time.
        tolerance: Regret that does not matter.
        seed: Of the trials.
        finish: Whether the model is to be trained to the end as well.

    Raises:
        BadInput: A value that cannot work.
    """

    lr: float | None = None
    lr_min: float | None = None
    lr_max: float | None = None
    budget: float | str | None = None
    tolerance: float | None = None
    seed: int | None = None
    finish: bool = False

    def __post_init__(self) -> None:
        for name in ("lr", "lr_min", "lr_max"):
            rate = getattr(self, name)
            if rate is not None and not (is_number(rate) and 0 < rate < math.inf):
                raise BadInput(f"{name}={rate!r}: expected a rate above 0, for example 3e-4")
            object.__setattr__(self, name, None if rate is None else float(rate))
        if self.lr_min is not None and self.lr_max is not None and not self.lr_min < self.lr_max:
            raise BadInput(f"lr_min={self.lr_min:g} and lr_max={self.lr_max:g}: expected lr_min below lr_max")
        check_budget(self.budget)
        if self.tolerance is not None and not (is_number(self.tolerance) and 0 < self.tolerance < 1):
            raise BadInput(f"tolerance={self.tolerance!r}: expected a regret between 0 and 1, for example 0.01")
        if self.seed is not None and (
            isinstance(self.seed, bool) or not isinstance(self.seed, Integral) or self.seed < 0
        ):
            raise BadInput(f"seed={self.seed!r}: expected a whole number of at least 0")
        if self.seed is not None:
            object.__setattr__(self, "seed", int(self.seed))
