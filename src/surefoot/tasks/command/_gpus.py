from __future__ import annotations

import os
from pathlib import Path

from surefoot.errors import BadTask


def visible_gpus() -> list[str]:
    """The GPUs that programs of this process may use.

    Returns:
        What ``CUDA_VISIBLE_DEVICES`` lists, else the numbers of those that the driver knows.
    """
    listed = os.environ.get("CUDA_VISIBLE_DEVICES")
    if listed is not None:
        return [device.strip() for device in listed.split(",") if device.strip() not in {"", "-1"}]
    known = Path("/proc/driver/nvidia/gpus")
    return [str(number) for number, _ in enumerate(sorted(known.iterdir()))] if known.is_dir() else []


def gpus_of(slot: int, each: int) -> str:
    """The GPUs of one trial.

    Args:
        slot: Which of the trials that run at the same time, from 0.
        each: GPUs for each of them.

    Returns:
        The value of its ``CUDA_VISIBLE_DEVICES``.

    Raises:
        BadTask: There are not so many.
    """
    there = visible_gpus()
    mine = there[slot * each : (slot + 1) * each]
    if len(mine) < each:
        raise BadTask(
            f"gpus_per_trial={each}: trial {slot + 1} of those that run at once needs GPUs {slot * each} to"
            f" {(slot + 1) * each - 1}, and {len(there) or 'none'} {'is' if len(there) == 1 else 'are'} visible here"
        )
    return ",".join(mine)
