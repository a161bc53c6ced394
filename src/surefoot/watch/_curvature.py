from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from surefoot.watch._limits import limit


def at_limit(model: Any, optimizers: Sequence[Any], loss: Callable[[], Any], rounds: int = 20) -> tuple[float, float]:
    """Curvature over the optimizer's stability limit: along the gradient, and the largest there is.

    ``g' D H D g / g' D g`` and the largest eigenvalue of ``D^(1/2) H D^(1/2)``, where D holds one over the limit
    of each coordinate (``2 / lr`` for gradient descent). 1 is the edge, where full-batch training settles.

    Args:
        model: A torch module.
        optimizers: Whose limits count.
        loss: Computes it anew; must be the same function each time.
        rounds: Of the power iteration, a Hessian-vector product each.

    Returns:
        Along the gradient, and the largest.
    """
    import torch

    wanted = {id(p) for p in model.parameters() if p.requires_grad}
    chosen = [(o, p, g) for o in optimizers for g in o.param_groups for p in g["params"] if id(p) in wanted]
    parameters = [p for _, p, _ in chosen]
    grads = torch.autograd.grad(loss(), parameters, create_graph=True, allow_unused=True)
    kept = [(c, g) for c, g in zip(chosen, grads, strict=True) if g is not None]
    parameters, live = [c[1] for c, _ in kept], [g for _, g in kept]
    roots = [torch.as_tensor(limit(o, p, g), device=p.device).to(p.dtype).rsqrt() for (o, p, g), _ in kept]

    def product(vector: list[Any]) -> list[Any]:
        scaled = [v * r for v, r in zip(vector, roots, strict=True)]
        found = torch.autograd.grad(live, parameters, scaled, retain_graph=True, allow_unused=True)
        return [torch.zeros_like(p) if h is None else h * r for h, p, r in zip(found, parameters, roots, strict=True)]

    vector = _unit([g.detach() * r for g, r in zip(live, roots, strict=True)])
    turned = product(vector)
    along = float(_dot(vector, turned))
    largest = along
    for _ in range(rounds):
        vector = _unit(turned)
        turned = product(vector)
        largest = float(_dot(vector, turned))
    return along, largest


def _dot(left: list[Any], right: list[Any]) -> Any:
    return sum((a * b).sum() for a, b in zip(left, right, strict=True))


def _unit(vector: list[Any]) -> list[Any]:
    size = _dot(vector, vector) ** 0.5 + 1e-30
    return [part / size for part in vector]
