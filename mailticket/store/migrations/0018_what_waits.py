"""I/O: step 18, timers of pending cases stand in no index until they wake; a case's waiting answers stand in one."""

from __future__ import annotations

from typing import Any

STATEMENTS = (
    "UPDATE cases SET rings_at = NULL WHERE status = 'pending'",
    "CREATE INDEX outbox_case_id_state_letter ON outbox (case_id, state, letter)",
)


def up(_migrator: Any, database: Any) -> None:
    for statement in STATEMENTS:
        database.execute_sql(statement)
