from __future__ import annotations

from typing import Any


def limit(optimizer: Any, parameter: Any, group: dict[str, Any]) -> Any:
    """Curvature at which an optimizer stops going down, per coordinate.

    Gradient descent: 2 / lr. Heavy ball: 2 (1 + beta) / lr. Nesterov: 2 (1 + beta) / (lr (1 + 2 beta)).
    Adam: 2 (1 + beta1) / ((1 - beta1) lr) times its preconditioner (1 - beta1^t) (sqrt(v / (1 - beta2^t)) + eps).
    At the limit is where healthy training settles; beyond it for long is what blows up.
    https://github.com/locuslab/edge-of-stability, https://arxiv.org/abs/2207.14484

    Args:
        optimizer: A torch optimizer.
        parameter: One of its parameters.
        group: The group that holds it.

    Returns:
        A number, or a tensor of the parameter's shape.
    """
    lr = group["lr"]
    state = optimizer.state.get(parameter, {})
    if "exp_avg_sq" in state and "betas" in group:
        beta1, beta2 = group["betas"]
        step = state["step"]  # a tensor, on the device for some: a float would wait for it
        second = (state["exp_avg_sq"] / (1 - beta2**step)).sqrt() + group.get("eps", 1e-8)
        return 2 * (1 + beta1) / ((1 - beta1) * lr) * (1 - beta1**step) * second
    beta = float(group.get("momentum", 0.0) or 0.0)
    if group.get("nesterov"):
        return 2 * (1 + beta) / (lr * (1 + 2 * beta))
    return 2 * (1 + beta) * (1 - float(group.get("dampening", 0.0) or 0.0)) ** -1 / lr
