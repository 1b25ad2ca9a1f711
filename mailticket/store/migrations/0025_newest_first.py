"""I/O: step 25, fresh mails found by the moment of their arrival."""

from __future__ import annotations

from typing import Any

STATEMENTS = (
    "DROP INDEX inbox_fresh",
    "CREATE INDEX inbox_fresh ON inbox (service, received_at, id) WHERE is_waiting = TRUE AND is_fresh = TRUE",
)


def up(_migrator: Any, database: Any) -> None:
    for statement in STATEMENTS:
        database.execute_sql(statement)
