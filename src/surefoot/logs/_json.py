from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from surefoot.logs._line import flattened
from surefoot.logs._row import Row, row
from surefoot.logs._text import TextReader


class JsonReader:
    """Reads a whole JSON document; its rows are there when it is closed. Has state: the bytes so far.

    The ``log_history`` of a ``trainer_state.json``, a list of objects (a row each), or one object (one row). A
    file that holds an object a line, whatever it is called, is read as that.
    """

    def __init__(self) -> None:
        self._data = b""

    def feed(self, data: bytes) -> list[Row]:
        """Take the next piece of the file.

        Args:
            data: Any piece of it.

        Returns:
            Nothing yet: half a document means nothing.
        """
        self._data += data
        return []

    def close(self) -> list[Row]:
        """The file is at its end.

        Returns:
            All rows; none if it is not whole.
        """
        data, self._data = self._data, b""
        try:
            document: Any = json.loads(data)
        except (ValueError, RecursionError):
            lines = TextReader()
            return [*lines.feed(data), *lines.close()]
        return _rows(document)


def _rows(document: Any) -> list[Row]:
    if isinstance(document, Mapping):
        history: Any = document.get("log_history")
        document = history if isinstance(history, list) else [document]
    if not isinstance(document, list):
        return []
    found = [flattened(part) for part in document if isinstance(part, Mapping)]
    return [row(values) for values in found if values]
