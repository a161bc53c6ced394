from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from surefoot.checkpoints import write_whole
from surefoot.errors import BadInput
from surefoot.report._page import report_page

if TYPE_CHECKING:
    from surefoot.found import Found


def write_report(founds: Sequence[Found], path: str | os.PathLike[str]) -> Path:
    """Write one HTML file about one study, or about several side by side.

    Args:
        founds: At least one.
        path: Where to; a file that is there is replaced.

    Returns:
        The file.

    Raises:
        BadInput: The place cannot be written.
        StoreError: The store, where curves and decisions lie, cannot be read any more.
    """
    file = Path(path)
    if file.is_dir():
        raise BadInput(
            f"report {file}: it is a folder; expected the name of a file, for example {file / 'report.html'}"
        )
    if not file.absolute().parent.is_dir():
        raise BadInput(f"report {file}: there is no folder {file.parent}")
    content = report_page(founds).encode()
    try:
        return write_whole(file, lambda opened: opened.write(content))
    except OSError as error:
        raise BadInput(f"report {file}: cannot write it: {error.strerror or error}") from error
