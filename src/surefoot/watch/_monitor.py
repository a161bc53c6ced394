from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from surefoot.errors import BadInput
from surefoot.records import Verdict
from surefoot.watch._curve import Curve
from surefoot.watch._factor import Family, family
from surefoot.watch._judge import Context, judge
from surefoot.watch._sampled import Sampled

_FIRST_LOOK = 20  # losses
_LOOK_EVERY = 1.1  # a look after every tenth more of what was seen: a look costs as much as 50 losses
_GONE = 3  # losses not finite in a row: more than a gradient scaler or one batch explains
_HELD = 32  # losses on a GPU that are fetched together, so that no step waits for them


class Monitor:
    """Watches a training while it runs, and says when there is something to say. Has state: what it has seen.

    Works on the losses alone; with an optimizer it reads the rate of every update and takes the losses between
    two updates together (gradient accumulation); with a model it also samples updates, one in two hundred.
    It changes nothing in the training and draws no random number. A loss on a GPU is not waited for.

    Args:
        optimizer: The optimizer, or several; the first one's steps are the updates.
        horizon: Updates of the whole training. Without it nothing is called too low.
        model: The model, for update sizes and gradients.

    >>> monitor = Monitor(horizon=1000)
    >>> for step in range(100):
    ...     verdict = monitor.observe(2.0 if step < 50 else float("nan"))
    ...     if verdict is not None:
    ...         print(step, verdict.kind, verdict.symptom)
    52 too_high diverged
    """

    def __init__(self, optimizer: Any = None, horizon: int | None = None, model: Any = None):
        if horizon is not None and (isinstance(horizon, bool) or not isinstance(horizon, int) or horizon < 1):
            raise BadInput(f"Monitor(horizon={horizon!r}): expected the updates of the whole training, 1 or more")
        self.horizon = horizon
        self._optimizers = optimizers_of(optimizer, "Monitor")
        if model is not None and not self._optimizers:
            raise BadInput("Monitor(model=...) without an optimizer: expected both, updates are seen through it")
        self._curve = Curve()
        self._micro: list[Any] = []  # losses since the last update
        self._held: list[tuple[Any, float]] = []  # (loss on a device, rate) not fetched yet
        self._highest = self._rate = 0.0
        self._low_at: int | None = None
        self._next = _FIRST_LOOK
        self._said = ("healthy", "")
        self._pending = ("healthy", "")
        self._stepped = False
        self._sampled = Sampled(self._optimizers, model) if model is not None else None
        self._hooks = self._hook()

    def observe(self, loss: Any) -> Verdict | None:
        """Take a loss: of an update, or of one of the batches that make one.

        Args:
            loss: A number or a scalar tensor on any device, in ordinary units (not scaled for half precision).

        Returns:
            A verdict when there is something new to say, else ``None``.

        Raises:
            BadInput: It is no number.
        """
        self._micro.append(loss.detach() if hasattr(loss, "detach") else loss)
        if self._hooks and not self._stepped:
            return None
        self._stepped = False
        return self._commit()

    @property
    def verdict(self) -> Verdict:
        """What can be said by now."""
        self._fetch()
        return self._judge()

    def close(self) -> None:
        """Take its hooks off the optimizer and the model; what was seen stays."""
        if self._sampled is not None:
            self._sampled.close()
        for hook in self._hooks:
            hook.remove()
        self._hooks = []

    def state_dict(self) -> dict[str, Any]:
        """What was seen, as plain values, to be kept with a checkpoint.

        Returns:
            For :meth:`load_state_dict`.
        """
        self._fetch()
        return {
            "curve": self._curve.state(),
            "highest": self._highest,
            "rate": self._rate,
            "low_at": self._low_at,
            "next": self._next,
            "said": list(self._said),
            "pending": list(self._pending),
            "sampled": None if self._sampled is None else self._sampled.state(),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on where another monitor stopped.

        Args:
            state: From :meth:`state_dict`.
        """
        self._curve.load(state["curve"])
        self._highest, self._rate, self._low_at = state["highest"], state["rate"], state["low_at"]
        self._next = state["next"]
        self._said, self._pending = tuple(state["said"]), tuple(state["pending"])
        if self._sampled is not None and state["sampled"] is not None:
            self._sampled.load(state["sampled"])

    def _hook(self) -> list[Any]:
        first = self._optimizers[0] if self._optimizers else None
        if first is None or not hasattr(first, "register_step_post_hook"):
            return []
        hooks = [first.register_step_post_hook(self._after_step)]
        if self._sampled is not None:
            hooks.append(first.register_step_pre_hook(self._before_step))
        return hooks

    def _before_step(self, *_: Any) -> None:
        assert self._sampled is not None
        self._sampled.before()

    def _after_step(self, *_: Any) -> None:
        if self._sampled is not None:
            self._sampled.after()
        if self._micro:  # observed before the step: these losses are complete
            self._commit()
        else:
            self._stepped = True

    def _commit(self) -> Verdict | None:
        losses, self._micro = self._micro, []
        loss = losses[0] if len(losses) == 1 else sum(losses[1:], losses[0]) / len(losses)
        if getattr(getattr(loss, "device", None), "type", "cpu") != "cpu":
            self._held.append((loss, self._lr()))
            if len(self._held) >= _HELD:
                self._fetch()
        else:
            self._take(_number(loss), self._lr())
        return self._look()

    def _fetch(self) -> None:
        """Bring the held losses over, all at once."""
        if not self._held:
            return
        import torch

        held, self._held = self._held, []
        values = torch.stack([loss.reshape(()).float() for loss, _ in held]).tolist()
        for value, (_, lr) in zip(values, held, strict=True):
            self._take(value, lr)

    def _take(self, loss: float, lr: float) -> None:
        if lr > self._highest:
            self._highest = lr
        if lr > 0.01 * self._highest:
            self._low_at = None
        elif self._low_at is None and lr < 1e-3 * self._highest:
            self._low_at = self._curve.count
        self._rate = lr
        self._curve.observe(loss, lr if self._optimizers else 1.0)

    def _lr(self) -> float:
        """The highest rate of the first optimizer's groups; a rate in a tensor is read at looks only."""
        if not self._optimizers:
            return 0.0
        rates = [group["lr"] for group in self._optimizers[0].param_groups]
        if not all(isinstance(rate, float | int) for rate in rates):
            if self._rate and self._curve.count % _HELD:
                return self._rate
            rates = [float(rate) for rate in rates]
        return max(rates)

    def _look(self) -> Verdict | None:
        gone = self._curve.bad_in_a_row >= _GONE
        if self._curve.count < self._next and not gone:
            return None
        self._next = max(self._next, math.ceil(self._curve.count * _LOOK_EVERY))
        verdict = self._judge()
        now = (verdict.kind, verdict.symptom)
        sure = gone or now == self._pending  # twice in a row: a catapult that recovers is seen once
        self._pending = now
        if not sure or now == self._said:
            return None
        news = verdict.kind in {"too_high", "too_low"} or verdict.symptom in {"diverged", "nan_at_start"}
        recovered = self._said[0] in {"too_high", "too_low"} and verdict.kind == "healthy"
        self._said = now
        return verdict if news or recovered else None

    def _judge(self) -> Verdict:
        share = None if self.horizon is None else min(1.0, self._curve.count / self.horizon)
        kind = family_of(self._optimizers[0]) if self._optimizers else None
        context = Context(self._highest or None, kind, share, self.horizon)
        verdict = judge(self._curve.signals(), context, self._curve.bad_at, self._curve.count)
        evidence, notes = ((), ()) if self._sampled is None else self._sampled.evidence()
        notes = (*verdict.notes, *notes, *self._schedule_notes())
        return replace(verdict, evidence=(*verdict.evidence, *evidence), notes=notes)

    def _schedule_notes(self) -> tuple[str, ...]:
        count = self._curve.count
        if self.horizon is None or not self._highest:
            return ()
        if count > self.horizon:
            return (f"{count:,} updates were seen of a training of {self.horizon:,}: the horizon is miscounted",)
        if self._low_at is not None and self._low_at < 0.9 * self.horizon:
            return (
                f"the schedule came to its end at update {self._low_at:,} of {self.horizon:,} (rate {self._rate:.2g}):"
                " is it counted in other units than updates?",
            )
        return ()


def optimizers_of(given: Any, who: str) -> list[Any]:
    """One optimizer, several, or none, as a list.

    Args:
        given: An optimizer, a sequence or dict of several, or ``None``.
        who: Asks, for the message.

    Returns:
        The optimizers.

    Raises:
        BadInput: One of them is none.
    """
    if given is None:
        return []
    several: Iterable[Any] = (
        given.values() if isinstance(given, dict) else given if isinstance(given, Sequence) else [given]
    )
    found = list(several)
    for one in found:
        groups = getattr(one, "param_groups", None)
        if not groups or any("lr" not in group for group in groups):
            raise BadInput(
                f"{who}({type(one).__name__}): expected an optimizer with param_groups that each hold an 'lr', as"
                " torch's do. Without one, leave it out: the losses alone are enough"
            )
    return found


def family_of(optimizer: Any) -> Family | None:
    """Kind of a live optimizer.

    Args:
        optimizer: With ``param_groups``.

    Returns:
        The kind; ``None`` for one that is not known.
    """
    return family(type(optimizer).__name__, float(optimizer.param_groups[0].get("momentum", 0.0) or 0.0))


def _number(loss: Any) -> float:
    try:
        return float(loss)
    except (TypeError, ValueError, RuntimeError) as error:
        raise BadInput(f"observe({loss!r:.80}): expected the loss, a number or a scalar tensor") from error
