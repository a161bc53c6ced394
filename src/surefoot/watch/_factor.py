from __future__ import annotations

import math
from typing import Literal

Family = Literal["sgd", "momentum", "adam"]

# (centre, sd) of log10 of the best rate of a long training. SGD and Adam: the tuned baselines of DeepOBS and the
# defaults that people start from agree within this. Heavy ball takes steps 1 / (1 - beta) as long.
_USUAL: dict[Family, tuple[float, float]] = {"sgd": (-1.3, 0.6), "momentum": (-2.9, 0.55), "adam": (-3.5, 0.4)}
_SHORTER: dict[Family, float] = {"sgd": 0.0, "momentum": 0.5, "adam": 0.9}  # decades it is higher for each that a
_LONG, _SHORT = 4.6, 2.5  # training is shorter than 40,000 updates; DeepOBS (700 to 90,000), twelve small trainings

# log10 of how much too high a rate is whose first update adds as much as was ever gained; measured on DeepOBS.
# For heavy ball the first update is plain SGD's, while the best rate is a decade lower.
_AT_JUMP: dict[Family, float] = {"sgd": 0.9, "momentum": 2.0, "adam": 1.25}
_PER_DECADE = 0.3  # decades of rate per decade of the jump: it grows with a power of 2 (quadratic) to 6 (deep) of it

# (centre, sd) of log10 of the factor where the symptom alone is known; measured on DeepOBS, its grid included.
_BY_SYMPTOM: dict[str, tuple[float, float]] = {
    "diverged": (2.6, 1.5),
    "stuck": (3.0, 0.8),
    "slow": (2.3, 0.87),
}
_MILD = (1.4, 0.6)  # learned something first: it cannot be far off
_INSIDE = 1.2816  # sds on either side of the middle 80 %
_AT_ODDS = 2.5  # joint sds between what is usual and what is seen, beyond which only what is seen counts


def family(optimizer: str | None, momentum: float = 0.0) -> Family | None:
    """Kind of an optimizer by its name.

    Args:
        optimizer: For example ``adamw``, ``SGD``, ``momentum``.
        momentum: Of SGD.

    Returns:
        The kind; ``None`` for one whose rates are of another kind or not known.

    >>> family("AdamW"), family("SGD"), family("sgd", 0.9), family("Lion")
    ('adam', 'sgd', 'momentum', None)
    """
    name = "" if optimizer is None else optimizer.lower().replace("_", "").replace("-", "")
    if "momentum" in name or "nesterov" in name or ("sgd" in name and momentum > 0) or name in {"sgdm", "heavyball"}:
        return "momentum"
    if name in {"sgd", "gd"}:
        return "sgd"
    return "adam" if "adam" in name or name == "rmsprop" else None


def how_far(
    kind: Literal["too_high", "too_low"],
    symptom: str,
    jump: float,
    lr: float | None,
    of: Family | None,
    updates: int | None = None,
) -> tuple[float, float]:
    """How many times too high or too low a rate is by what the losses show.

    Args:
        kind: Of the verdict.
        symptom: Of the verdict.
        jump: What the first update added, over what was gained.
        lr: The rate, if known.
        of: Kind of optimizer, if known.
        updates: Of the whole training, if known.

    Returns:
        Lowest and highest factor; 80 % of cases lie inside.
    """
    return narrowed(kind, _seen(kind, symptom, jump, of), lr, of, updates)


def narrowed(
    kind: Literal["too_high", "too_low"],
    seen: tuple[float, float],
    lr: float | None = None,
    of: Family | None = None,
    updates: int | None = None,
) -> tuple[float, float]:
    """How many times too high or too low a rate is.

    What was seen is weighed against what rates of the optimizer usually are; where the two do not fit together,
    only what was seen counts.

    Args:
        kind: Of the verdict.
        seen: Centre and sd of the factor's log10.
        lr: The rate, if known.
        of: Kind of optimizer, if known.
        updates: Of the whole training, if known.

    Returns:
        Lowest and highest factor; 80 % of cases lie inside.
    """
    centre, sd = seen
    if lr is not None and lr > 0 and of is not None:
        usual, spread = _usual(of, updates)
        off = math.log10(lr) - usual if kind == "too_high" else usual - math.log10(lr)
        if abs(off - centre) <= _AT_ODDS * math.hypot(spread, sd):
            weight, other = sd**-2, spread**-2
            centre, sd = (weight * centre + other * off) / (weight + other), (weight + other) ** -0.5
    low = max(centre - _INSIDE * sd, 0.0)
    return 10**low, 10 ** max(centre + _INSIDE * sd, low + 0.3)


def _usual(of: Family, updates: int | None) -> tuple[float, float]:
    centre, sd = _USUAL[of]
    length = _LONG if updates is None else min(max(math.log10(updates), _SHORT), _LONG)
    return centre + _SHORTER[of] * (_LONG - length), sd


def _seen(kind: str, symptom: str, jump: float, of: Family | None) -> tuple[float, float]:
    if kind == "too_high" and jump > 1:
        size = math.log10(min(jump, 1e12))
        at = _AT_JUMP[of] if of is not None else 1.3
        return at + _PER_DECADE * size, 0.35 + 0.06 * size
    return _BY_SYMPTOM.get(symptom, _MILD)
