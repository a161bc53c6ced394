from __future__ import annotations

import threading
import time
from collections.abc import Hashable, Sequence
from urllib.parse import urlencode

from surefoot.draw import rate
from surefoot.finder import known
from surefoot.records import Tick
from surefoot.report._page import content, listing
from surefoot.store import Store, Study, Summary

_KEPT = 8  # pages and curves of studies that are held; the oldest go first


class Live:
    """The studies of a store as they stand. Has state: what was drawn last, and the curves that were read.

    Args:
        store: Which.
    """

    def __init__(self, store: Store):
        self._store = store
        self._lock = threading.Lock()
        self._drawn: dict[tuple[str, ...], tuple[Hashable, str]] = {}
        self._ticks: dict[str, dict[str, list[Tick]]] = {}

    def pulse(self, names: tuple[str, ...]) -> Hashable:
        """What is different whenever a page is to be drawn anew.

        Args:
            names: Of the studies on it; none for the page of all.

        Returns:
            A value to compare.
        """
        return self._store.pulse(names or None)

    def body(self, names: tuple[str, ...]) -> str:
        """What a page shows, drawn once for all who look on.

        Args:
            names: Of the studies on it; none for the page of all.

        Returns:
            HTML.

        Raises:
            BadStudy: There is no study of one of the names.
        """
        with self._lock:
            pulse = self.pulse(names)  # before it is drawn: what changes meanwhile is drawn next time
            drawn = self._drawn.pop(names, None)
            if drawn is None or drawn[0] != pulse:
                drawn = (pulse, self._studies(names) if names else self._all())
            self._drawn[names] = drawn
            _forget(self._drawn)
            return drawn[1]

    def _all(self) -> str:
        return listing([_row(summary) for summary in self._store.summaries()], self._store.place)

    def _studies(self, names: Sequence[str]) -> str:
        studies = [self._store.existing(name) for name in names]
        states = {summary.name: summary for summary in self._store.summaries(names)}
        founds = [known(study, self._ticks.setdefault(study.name, {})) for study in studies]
        body = content(founds, [state_text(states[study.name], study) for study in studies])
        _forget(self._ticks)
        return body


def _forget(held: dict[tuple[str, ...], tuple[Hashable, str]] | dict[str, dict[str, list[Tick]]]) -> None:
    while len(held) > _KEPT:
        held.pop(next(iter(held)))  # pyright: ignore[reportArgumentType]


def state_text(summary: Summary, study: Study) -> str:
    """How a study stands, in a sentence.

    Args:
        summary: Its line.
        study: Itself.

    Returns:
        Text.
    """
    if summary.state == "answered":
        return "answered"
    if summary.state == "running":
        runs = [f"{rate(one.trial.lr)} for {one.stop:,} updates" for one in study.outstanding()]
        return f"running: {runs[0]}" if runs else "running"
    goes_on = f"surefoot find … --study {study.name} goes on"
    if summary.heard:
        return f"last heard of {_time(summary.heard)}: its process is gone; {goes_on}"
    return f"stopped; {goes_on}"


def _row(summary: Summary) -> dict[str, str]:
    answer = summary.answer
    state = summary.state
    if state == "stopped" and summary.heard:
        state = f"last heard of {_time(summary.heard)}"
    return {
        "name": summary.name,
        "address": f"/study?{urlencode({'name': summary.name})}",
        "rate": "" if answer is None or answer.lr is None else rate(answer.lr),
        "interval": "" if answer is None or answer.interval is None else " – ".join(map(rate, answer.interval)),
        "state": state,
        "updates": f"{summary.updates:,}",
        "changed": _time(summary.changed),
    }


def _time(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))
