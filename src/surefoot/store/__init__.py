"""Studies that outlive the process: what was decided, run and found, in SQL.

The store lies beside the work, in ``./.surefoot/`` (or ``SUREFOOT_HOME``): one SQLite file for all studies.
"""

from surefoot.store._store import Store as Store
from surefoot.store._store import open_store as open_store
from surefoot.store._study import Study as Study
from surefoot.store._study import Summary as Summary

__all__ = ["Store", "Study", "Summary", "open_store"]
