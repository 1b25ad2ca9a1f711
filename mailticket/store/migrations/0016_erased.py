"""I/O: step 16, when a case's words were erased, and finding the cases whose time has come."""

from __future__ import annotations

from typing import Any

STATEMENTS = (
    "ALTER TABLE cases ADD COLUMN erased_at BIGINT",
    "DROP INDEX cases_closed_at",
    "CREATE INDEX cases_closed_at ON cases (service, closed_at) WHERE closed_at IS NOT NULL AND erased_at IS NULL",
)


def up(_migrator: Any, database: Any) -> None:
    for statement in STATEMENTS:
        database.execute_sql(statement if database.locks_rows else statement.replace("BIGINT", "INTEGER"))
