from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from surefoot.errors import BadInput
from surefoot.records import Verdict
from surefoot.watch._curve import Curve
from surefoot.watch._factor import family
from surefoot.watch._judge import Context, judge


def diagnose(
    losses: Iterable[float],
    lr: float | Iterable[float] | None = None,
    optimizer: str | None = None,
    horizon: int | None = None,
) -> Verdict:
    """What the losses of a training say about its rate: too high, too low, healthy, or cannot tell.

    Nothing hangs on the sign, the scale or the offset of the losses. The rate and the optimizer never decide
    whether it is too high or too low; they narrow down by how much. Memory does not grow with the losses.

    Args:
        losses: Training losses, one an update (or one an interval of equal length), in order, the first from
            before any update. NaN and infinite ones are welcome: they say something.
        lr: The rate, or one for each loss. With a schedule, give one a loss: time is then counted in rates.
        optimizer: Its name, for example ``"adamw"``, ``"sgd"``, ``"momentum"``.
        horizon: Losses of the whole training, when these are only its beginning. A training of which less than a
            twentieth was seen is never called too slow. Default: these are all.

    Returns:
        The verdict, with symptom, factor, evidence and advice.

    Raises:
        BadInput: Something that is no number, a rate that is not positive, or rates that do not fit the losses.

    >>> straight = [3.0 - 0.001 * step + 0.01 * (-1) ** step for step in range(1000)]
    >>> verdict = diagnose(straight, lr=1e-5, optimizer="adamw", horizon=10_000)
    >>> verdict.kind, verdict.symptom
    ('too_low', 'slow')
    """
    curve = Curve()
    highest = _feed(curve, losses, lr)
    return judge(curve.signals(), _context(curve.count, highest, optimizer, horizon), curve.bad_at, curve.count)


def _context(count: int, lr: float | None, optimizer: str | None, horizon: int | None) -> Context:
    if optimizer is not None and not isinstance(optimizer, str):
        raise BadInput(
            f"optimizer={optimizer!r}: expected its name, for example 'adamw'. A live one goes to surefoot.Monitor"
        )
    if horizon is not None and (not isinstance(horizon, int) or horizon < 1):
        raise BadInput(f"horizon={horizon!r}: expected the number of losses of the whole training, 1 or more")
    share = 1.0 if horizon is None or count > horizon else count / horizon
    return Context(lr, family(optimizer), share, count if horizon is None else horizon)


def _feed(curve: Curve, losses: Iterable[float], lr: float | Iterable[float] | None) -> float | None:
    """Give all losses to the curve; the highest rate."""
    if lr is None or isinstance(lr, int | float):
        if lr is not None and not (lr > 0 and math.isfinite(lr)):
            raise BadInput(f"lr={lr!r}: expected a rate above 0, or one for each loss")
        for loss in losses:
            curve.observe(_number(loss, curve.count))
        return lr
    rates, highest = iter(lr), 0.0
    for loss in losses:
        rate = next(rates, None)
        if rate is None:
            raise BadInput(f"lr holds {curve.count} rates, fewer than there are losses: expected one for each")
        rate = _number(rate, curve.count, "lr")
        if not rate >= 0:
            raise BadInput(f"lr[{curve.count}]={rate!r}: expected a rate of 0 or more")
        highest = max(highest, rate)
        curve.observe(_number(loss, curve.count), rate)
    if next(rates, None) is not None:
        raise BadInput(f"lr holds more rates than the {curve.count} losses: expected one for each")
    return highest or None


def _number(value: Any, index: int, what: str = "losses") -> float:
    try:
        return float(value)
    except (TypeError, ValueError) as error:
        raise BadInput(f"{what}[{index}]={value!r}: expected a number") from error
