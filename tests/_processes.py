"""Looks at the processes of this machine."""

from pathlib import Path


def workers_left(mark="SUREFOOT_WORKER="):
    """Processes that carry a mark in their environment and have not ended: workers, and all that they started."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            marked = mark.encode() in (place / "environ").read_bytes()
            ended = (place / "stat").read_text().rpartition(")")[2].split()[0] == "Z"
        except OSError:  # gone meanwhile, or not ours
            continue
        if marked and not ended:
            found.append(int(place.name))
    return sorted(found)
