"""The ``surefoot`` command: one file a verb, no logic of its own.

Exit status: 0 answered, 1 the user's code failed, 2 bad input, 3 cannot tell or not finished, 4 stopped but can be
continued, 70 our bug, 130 interrupted (can be continued).
"""

from surefoot.cli._main import main as main

__all__ = ["main"]
