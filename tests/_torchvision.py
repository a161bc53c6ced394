"""torchvision, also where its compiled part does not load (it wants the CUDA build of torch)."""

import importlib.util

DECLARED = []  # kept: a library that is collected takes its operators with it


def make_importable():
    """Declares the two operators without which ``import torchvision``, and so of timm and Lightning, raises.

    Nothing happens where torchvision is complete, or not there.
    """
    if importlib.util.find_spec("torchvision") is None:
        return
    try:
        import torchvision  # noqa: F401
    except RuntimeError:
        import torch

        DECLARED.append(torch.library.Library("torchvision", "FRAGMENT"))
        for name in ("nms", "qnms"):
            DECLARED[0].define(f"{name}(Tensor boxes, Tensor scores, float iou) -> Tensor")
