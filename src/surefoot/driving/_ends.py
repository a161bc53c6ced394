from __future__ import annotations

import atexit
import sys
import warnings

from surefoot.errors import DrivingWarning


class _Ends:
    """What is to be said when the program ends, unless an error ended it. Has state: the texts."""

    def __init__(self):
        self._texts: list[str] = []
        self._exiting = False
        atexit.register(self._exit)

    def add(self, text: str) -> None:
        """Keep it until the program ends; what comes while it ends is said at once."""
        self._texts.append(text)
        if self._exiting:
            self._exit()

    def _exit(self) -> None:
        self._exiting = True
        if self._texts and getattr(sys, "last_value", None) is None:
            warnings.warn(self._texts[0], DrivingWarning, stacklevel=1)
        self._texts = []


ENDS = _Ends()
