"""The database's own clock: what a lease is measured by, since the hosts that share a store need not agree."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Float
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class now(FunctionElement[float]):  # noqa: N801  (a function of SQL)
    """Seconds since 1970 by the database's clock; in SQLite that is the clock of the host that asks."""

    type = Float()
    inherit_cache = True


@compiles(now, "sqlite")
def _sqlite(element: Any, compiler: Any, **options: Any) -> str:
    del element, compiler, options
    return "((julianday('now') - 2440587.5) * 86400.0)"


@compiles(now, "postgresql")
def _postgresql(element: Any, compiler: Any, **options: Any) -> str:
    del element, compiler, options
    return "extract(epoch from clock_timestamp())::double precision"
