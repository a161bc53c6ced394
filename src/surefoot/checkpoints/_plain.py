from __future__ import annotations

from collections import OrderedDict
from typing import Any, cast

_SCALARS = (type(None), bool, int, float, complex, str, bytes)
_LISTS = (list, tuple, set)


def not_plain(state: Any, where: str = "state") -> str | None:
    """The first thing in a state that cannot be kept as data.

    Args:
        state: Whatever is to be kept.
        where: How messages call it.

    Returns:
        For example ``state['ema'][0] is a Foo``; ``None`` when all of it is tensors, numbers, texts, and
        dicts, lists, tuples and sets of them.
    """
    import torch

    if type(state) in {*_SCALARS, torch.Tensor, torch.nn.Parameter, torch.dtype, torch.device, torch.Size}:
        return None
    if type(state) in {dict, OrderedDict}:
        for key, part in cast("dict[Any, Any]", state).items():
            said = not_plain(key, f"a key of {where}") or not_plain(part, f"{where}[{key!r}]")
            if said:
                return said
        return None
    if type(state) in _LISTS:
        parts = (not_plain(part, f"{where}[{index}]") for index, part in enumerate(cast("list[Any]", state)))
        return next((said for said in parts if said), None)
    return f"{where} is a {type(state).__name__}"
