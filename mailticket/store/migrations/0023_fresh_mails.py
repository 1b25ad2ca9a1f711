"""I/O: step 23, mails that depend on no other one, and what waits found by its service without looking at the rest."""

from __future__ import annotations

from typing import Any

STATEMENTS = (
    "ALTER TABLE inbox ADD COLUMN is_fresh BOOLEAN NOT NULL DEFAULT FALSE",
    "ALTER TABLE inbox ADD COLUMN from_key TEXT NOT NULL DEFAULT ''",
    "CREATE INDEX inbox_waiting ON inbox (service, id) WHERE is_waiting = TRUE",
    "CREATE INDEX inbox_fresh ON inbox (service, id) WHERE is_waiting = TRUE AND is_fresh = TRUE",
    "CREATE INDEX inbox_from ON inbox (from_key) WHERE is_waiting = TRUE",
)


def up(_migrator: Any, database: Any) -> None:
    for statement in STATEMENTS:
        database.execute_sql(statement if database.locks_rows else statement.replace("BOOLEAN", "INTEGER"))
