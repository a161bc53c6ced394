from __future__ import annotations

import math
from collections import deque
from statistics import fmean, median
from typing import Any

from surefoot.records import Evidence
from surefoot.watch._limits import limit

_EVERY = 200  # updates: a sample costs about as much as two updates of a small network
_ELEMENTS = 1 << 20  # weights looked at: enough for a norm, and a copy of 4 MB
_KEPT = 32  # samples of each signal: their median is what is said
_ENOUGH = 5  # samples below which nothing is said
_SAME = 1e-3  # relative: gradient norms this equal were clipped to the same length


class Sampled:
    """Signals from the weights and gradients of one update in two hundred. Has state: the last 32 of each.

    Nothing waits for the device: values are kept there until they are asked for.

    Args:
        optimizers: The live ones; the first one is looked at.
        model: Whose parameters they hold.
    """

    def __init__(self, optimizers: list[Any], model: Any):
        trained = {id(p) for p in model.parameters() if p.requires_grad}
        self._optimizer = optimizers[0]
        self._chosen: list[tuple[Any, dict[str, Any]]] = []
        left = _ELEMENTS
        for group in self._optimizer.param_groups:
            for parameter in group["params"]:
                if id(parameter) in trained and (parameter.numel() <= left or not self._chosen):
                    self._chosen.append((parameter, group))
                    left -= parameter.numel()
        self._steps = 0
        self._before: list[Any] | None = None
        self._sample: tuple[list[Any], list[Any], list[Any]] | None = None  # (gradients, moves, metric) of an update
        self._fresh: list[tuple[str, Any]] = []  # on the device
        self._seen: dict[str, deque[float]] = {}
        self._unclipped: dict[int, Any] = {}
        self._handles: list[Any] = []
        self._listen()

    def _listen(self) -> None:
        """Note the gradients' lengths as backward leaves them, for the next sampled update only."""

        def note(parameter: Any) -> None:
            self._unclipped[id(parameter)] = parameter.grad.detach().norm()

        self.close()
        self._handles = [p.register_post_accumulate_grad_hook(note) for p, _ in self._chosen if p.is_leaf]

    def close(self) -> None:
        """Take its hooks off the parameters."""
        for handle in self._handles:
            handle.remove()
        self._handles, self._unclipped = [], {}

    def before(self) -> None:
        """An update is about to be done."""
        if self._steps % _EVERY == 1 and self._sample is not None:
            self._compare()
        if self._steps % _EVERY == 0 and all(p.grad is not None and not p.grad.is_sparse for p, _ in self._chosen):
            self._before = [p.detach().clone() for p, _ in self._chosen]
            self._note_clipping()

    def _note_clipping(self) -> None:
        import torch

        whole = list(self._unclipped.values())
        if len(whole) == len(self._chosen):
            self._fresh.append(("unclipped", torch.stack(whole).float().norm()))
        self.close()

    def after(self) -> None:
        """An update was done."""
        self._steps += 1
        if self._steps % _EVERY == 0:
            self._listen()
        if self._before is None:
            return
        import torch

        before, self._before = self._before, None
        grads = [p.grad.detach().clone() for p, _ in self._chosen if p.grad is not None]
        if len(grads) < len(before):
            return  # gradients were freed inside of the step
        moves = [p.detach() - old for (p, _), old in zip(self._chosen, before, strict=True)]
        metric = [limit(self._optimizer, p, group) for p, group in self._chosen]
        wide = [(move, old) for move, old in zip(moves, before, strict=True) if old.ndim >= 2] or list(
            zip(moves, before, strict=True)
        )
        ratios = torch.stack([move.norm() / (old.norm() + 1e-30) for move, old in wide])
        self._fresh.append(("ratio", ratios.float().median()))
        norm = torch.stack([grad.norm() for grad in grads]).float().norm()
        self._fresh.append(("grad_norm", norm))
        moved = torch.stack([move.norm() for move in moves]).float().norm()
        self._fresh.append(("effective_rate", moved / (norm + 1e-30)))
        decay = [
            group["lr"] * group.get("weight_decay", 0.0) * old.norm() / (move.norm() + 1e-30)
            for (_, group), move, old in zip(self._chosen, moves, before, strict=True)
            if old.ndim >= 2
        ]
        if decay and "Adam" in type(self._optimizer).__name__:
            self._fresh.append(("decay_share", torch.stack([torch.as_tensor(d) for d in decay]).float().median()))
        self._sample = (grads, moves, metric)

    def _compare(self) -> None:
        """The gradient of the next update against that of the sampled one."""
        import torch

        assert self._sample is not None
        (grads, moves, metric), self._sample = self._sample, None
        now = [p.grad for p, _ in self._chosen]
        if any(grad is None for grad in now):
            return
        pairs = list(zip(grads, now, strict=True))
        dot = torch.stack([(old * new).sum() for old, new in pairs]).sum()
        norms = [torch.stack([side.norm() for side in sides]).norm() for sides in zip(*pairs, strict=True)]
        self._fresh.append(("cosine", dot / (norms[0] * norms[1] + 1e-30)))
        self._fresh.append(("dot", dot))
        self._fresh.append(("square", (norms[0] ** 2 + norms[1] ** 2) / 2))
        change = torch.stack([((new - old) * move).sum() for (old, new), move in zip(pairs, moves, strict=True)]).sum()
        at_limit = torch.stack([(move * move * most).sum() for move, most in zip(moves, metric, strict=True)]).sum()
        self._fresh.append(("curvature", change / (at_limit + 1e-30)))

    def evidence(self) -> tuple[tuple[Evidence, ...], tuple[str, ...]]:
        """What the samples say.

        Returns:
            Evidence, and what is not the rate's fault in sentences.
        """
        self._fetch()
        middle = {name: median(values) for name, values in self._seen.items() if len(values) >= _ENOUGH}
        evidence: list[Evidence] = []
        notes: list[str] = []
        if "ratio" in middle:
            evidence.append(Evidence("update over weight, median of tensors", middle["ratio"], *self._equilibrium()))
        if "cosine" in middle:
            said = "below 0 for long: it swings across"
            evidence.append(Evidence("cosine of consecutive gradients", middle["cosine"], 0.0, said))
        if "curvature" in middle:
            said = "secant; at the limit is normal"
            evidence.append(
                Evidence("curvature along the update, over the stability limit", middle["curvature"], 1.0, said)
            )
        if "effective_rate" in middle:
            nominal = float(self._optimizer.param_groups[0]["lr"]) * float(
                self._optimizer.param_groups[0].get("d", 1.0)
            )
            evidence.append(Evidence("effective rate: length of the update over that of the gradient",
                                     middle["effective_rate"], nominal, "the nominal rate"))  # fmt: skip
        evidence.extend(self._noise_scale())
        norms = list(self._seen.get("grad_norm", ()))
        if norms and "unclipped" in middle:
            said = "as the update got it; a gradient scaler's factor is in it too"
            evidence.append(Evidence("gradient length before clipping", middle["unclipped"], median(norms), said))
        if len(norms) >= _ENOUGH:
            clipped = sum(abs(norm / max(norms) - 1) < _SAME for norm in norms) / len(norms)
            if clipped > 0.5:
                notes.append(
                    f"{clipped:.0%} of the sampled gradients have the same length, {max(norms):.3g}: most updates are"
                    " clipped, so the clipping sets the step and not the rate"
                )
        if middle.get("decay_share", 0.0) > 0.5:
            notes.append("weight decay makes more than half of the updates: lower it before the rate")
        return tuple(evidence), tuple(notes)

    def _noise_scale(self) -> list[Evidence]:
        """Tr(Sigma) / |G|^2 over the batch, from two updates in a row: what they do not share is noise."""
        # E|g|^2 = |G|^2 + tr(Sigma) / B and E g g' = |G|^2, each averaged first: https://arxiv.org/abs/1812.06162
        dots, squares = self._seen.get("dot", ()), self._seen.get("square", ())
        if len(dots) < _ENOUGH or fmean(dots) <= 0:
            return []
        said = "above 1 the noise is most of a gradient: larger batches then bear higher rates"
        return [Evidence("gradient noise scale, in batches", fmean(squares) / fmean(dots) - 1, 1.0, said)]

    def _equilibrium(self) -> tuple[float, str]:
        group = self._optimizer.param_groups[0]
        decay, lr = float(group.get("weight_decay", 0.0) or 0.0), float(group["lr"])
        if decay > 0:
            return math.sqrt(2 * lr * decay), "equilibrium sqrt(2 lr decay)"
        return 1e-3, "rule of thumb"

    def _fetch(self) -> None:
        if not self._fresh:
            return
        import torch

        fresh, self._fresh = self._fresh, []
        values = torch.stack([value.detach().reshape(()).float() for _, value in fresh]).tolist()
        for (name, _), value in zip(fresh, values, strict=True):
            if math.isfinite(value):
                self._seen.setdefault(name, deque(maxlen=_KEPT)).append(value)

    def state(self) -> dict[str, Any]:
        """Everything, as plain values.

        Returns:
            For :meth:`load`.
        """
        self._fetch()
        return {"steps": self._steps, "seen": {name: list(values) for name, values in self._seen.items()}}

    def load(self, state: dict[str, Any]) -> None:
        """Become what was saved.

        Args:
            state: From :meth:`state`.
        """
        self._steps = state["steps"]
        self._seen = {name: deque(values, maxlen=_KEPT) for name, values in state["seen"].items()}
