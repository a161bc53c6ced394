"""Our own finders as contestants: the range test and find at its three budgets."""

from __future__ import annotations

from _finders_peers import Contestant, Finder, Said, made

import surefoot as sf
from surefoot.finder import suggest


def _range(name: str, seed: int) -> Said:
    found = suggest(made(name), seed=seed)
    return Said(found.lr, found.updates, why="" if found.lr is not None else found.verdict.sentence)


def _find(budget: str) -> Finder:
    def finder(name: str, seed: int) -> Said:
        found = sf.find(made(name), budget=budget, seed=seed, store="none")
        clear = found.verdict.kind == "clear"
        why = "" if clear else found.verdict.sentence
        return Said(found.lr if clear else None, found.price.updates, found.price.cost.forwards, why)

    return finder


OURS = {
    "surefoot-range": Contestant("Surefoot range test", "surefoot", _range),
    "surefoot-quick": Contestant("Surefoot quick", "surefoot", _find("quick"), kind="search"),
    "surefoot-balanced": Contestant("Surefoot balanced", "surefoot", _find("balanced"), kind="search"),
    "surefoot-thorough": Contestant("Surefoot thorough", "surefoot", _find("thorough"), kind="search"),
}
