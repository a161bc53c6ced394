from __future__ import annotations

import sys
import time
from contextlib import ExitStack
from types import TracebackType
from urllib.parse import urlencode

_LAST = 1.5  # seconds that the page is still served at the end: longer than it takes to hear of the answer


class Looker:
    """Serves the live page while a study runs, and opens it in a browser. Has state: the server.

    Args:
        store: Where studies are kept.
        asked: Whether anybody wants to see it; without, nothing happens.
    """

    def __init__(self, store: str, *, asked: bool):
        self._store = store
        self._asked = asked
        self._stack = ExitStack()
        self._address = ""

    def __enter__(self) -> Looker:
        if self._asked:
            from surefoot.report import live_app, served
            from surefoot.store import open_store

            opened = open_store(self._store)
            self._stack.callback(opened.close)
            self._address = self._stack.enter_context(served(live_app(opened)))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._asked and kind is None:
            time.sleep(_LAST)
        self._stack.close()

    def show(self, study: str) -> None:
        """Open the page of a study.

        Args:
            study: Its name.
        """
        if not self._asked:
            return
        import webbrowser

        address = f"{self._address}study?{urlencode({'name': study})}"
        if not webbrowser.open(address):
            sys.stderr.write(f"no browser can be opened here; the page is at {address}\n")
