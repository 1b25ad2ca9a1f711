"""I/O: step 18, timers of pending cases are silent: no moment stands in the index until the case wakes."""

from __future__ import annotations

from typing import Any

STATEMENTS = ("UPDATE cases SET rings_at = NULL WHERE status = 'pending'",)


def up(_migrator: Any, database: Any) -> None:
    for statement in STATEMENTS:
        database.execute_sql(statement)
