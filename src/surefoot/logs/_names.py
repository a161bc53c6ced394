from __future__ import annotations

import difflib
import functools
import re
from collections.abc import Iterable, Mapping

_ELSEWHERE = {"val", "valid", "validation", "test", "eval", "evaluation", "dev", "holdout", "best", "since"}


@functools.lru_cache(maxsize=1024)  # a log says the same few names in each of its lines
def plain(name: str) -> str:
    """A name without what programs spell differently: case, and spaces, dashes, dots, slashes or brackets.

    Returns:
        Lower-case words joined by ``_``.
    """
    return re.sub(r"[^0-9a-z@%#+]+", "_", name.lower()).strip("_")


def matching(wanted: str, names: Iterable[str]) -> list[str]:
    """The logged names that a wanted one may mean.

    Args:
        wanted: As the user wrote it.
        names: As they were logged.

    Returns:
        The same name alone, if it is there; else the same but for its spelling; else those that begin or end with
        it, whole words.
    """
    names = list(dict.fromkeys(names))
    if wanted in names:
        return [wanted]
    key = plain(wanted)
    if not key:
        return []
    same = [name for name in names if plain(name) == key]
    return same or [name for name in names if plain(name).startswith(f"{key}_") or plain(name).endswith(f"_{key}")]


def near(wanted: str, names: Iterable[str]) -> list[str]:
    """Logged names that look like a wanted one, for the message that it is not there.

    Returns:
        At most three, the nearest first.
    """
    by_plain_name = {plain(name): name for name in names}
    words = set(plain(wanted).split("_"))
    close = difflib.get_close_matches(plain(wanted), by_plain_name, n=3, cutoff=0.5)
    related = [name for name in by_plain_name if words & set(name.split("_"))]
    return [by_plain_name[name] for name in dict.fromkeys([*close, *related])][:3]


def training_loss(counts: Mapping[str, int]) -> str | None:
    """Which of the logged names is the training loss.

    Args:
        counts: How often each was logged.

    Returns:
        Among the losses that were logged about as often as any, ``train_loss`` and ``loss`` in any spelling first (one
        that was logged once is a summary); ``None`` if nothing is called a loss, or only one of validation is.
    """
    losses = {name: plain(name).split("_") for name in counts if re.search(r"loss(es)?$|^loss", plain(name))}
    own = [name for name, words in losses.items() if not _ELSEWHERE & set(words)]
    usual = {"loss": 1, "train_loss": 0, "training_loss": 0, "loss_train": 0}
    most = max((counts[name] for name in own), default=0)
    often = [name for name in own if counts[name] > most / 2]
    return min(often, key=lambda name: (usual.get(plain(name), 2), -counts[name]), default=None)
