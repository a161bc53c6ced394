from __future__ import annotations

import os
import platform
import sys
from typing import Any


def environment(device: Any = "cpu") -> dict[str, Any]:
    """Where a task runs: recorded with a study, never compared.

    Args:
        device: What trials run on.

    Returns:
        Versions, machine, threads; plain values.
    """
    from surefoot import __version__

    found: dict[str, Any] = {
        "surefoot": __version__,
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
        "device": str(device),
    }
    torch = sys.modules.get("torch")
    if torch is not None:
        found |= {"torch": torch.__version__, "threads": torch.get_num_threads()}
        if str(device).startswith("cuda"):
            found["gpu"] = torch.cuda.get_device_name(device)
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        found["numpy"] = numpy.__version__
    return found
