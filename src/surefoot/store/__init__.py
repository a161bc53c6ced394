"""Studies that outlive the process: what was decided, run and found, in SQL.

The store lies beside the work, in ``./.surefoot/`` (or ``SUREFOOT_HOME``): one SQLite file for all studies.
"""

from surefoot.store._export import as_csv as as_csv
from surefoot.store._export import as_json as as_json
from surefoot.store._open import open_store as open_store
from surefoot.store._order import ordered as ordered
from surefoot.store._store import Store as Store
from surefoot.store._study import Decided as Decided
from surefoot.store._study import Study as Study
from surefoot.store._summary import Summary as Summary
from surefoot.store._upkeep import Finding as Finding
from surefoot.store._upkeep import check as check
from surefoot.store._upkeep import delete as delete

__all__ = [
    "Decided",
    "Finding",
    "Store",
    "Study",
    "Summary",
    "as_csv",
    "as_json",
    "check",
    "delete",
    "open_store",
    "ordered",
]
