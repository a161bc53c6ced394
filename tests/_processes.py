"""Looks at the processes that these tests started."""

import os
from pathlib import Path

RUN = f"SUREFOOT_TESTS={os.getpid()}"  # in the environment of all that they start
os.environ.update([RUN.split("=")])


def workers_left(mark="SUREFOOT_WORKER="):
    """Processes that carry a mark in their environment and have not ended: workers, and all that they started."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            environment = (place / "environ").read_bytes()
            ended = (place / "stat").read_text().rpartition(")")[2].split()[0] == "Z"
        except OSError:  # gone meanwhile, or not ours
            continue
        if mark.encode() in environment and RUN.encode() in environment and not ended:
            found.append(int(place.name))
    return sorted(found)
