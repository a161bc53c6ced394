from __future__ import annotations

import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import TextIO


@contextmanager
def answer_only() -> Generator[TextIO]:
    """Keep standard output for the answer: whatever else is written to it meanwhile goes to standard error.

    At descriptor level, so that a task's own prints, its libraries' and its children's are kept out too.

    Yields:
        Where the answer is to be written.
    """
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    answer = os.fdopen(os.dup(kept), "w", encoding="utf-8")
    try:
        yield answer
    finally:
        sys.stdout.flush()
        answer.flush()
        os.dup2(kept, 1)
        os.close(kept)
        answer.close()
