"""I/O: step 24, letters are kept packed. Those that are there already are packed by the clock, `packing_progress` says
how far."""

from __future__ import annotations

from typing import Any

STATEMENTS = (
    "CREATE TABLE packing_progress (id INTEGER NOT NULL PRIMARY KEY, done BIGINT NOT NULL, last BIGINT NOT NULL)",
    "INSERT INTO packing_progress (id, done, last) SELECT 1, 0, COALESCE(MAX(id), 0) FROM outbox",
)


def up(_migrator: Any, database: Any) -> None:
    for statement in STATEMENTS:
        database.execute_sql(statement if database.locks_rows else statement.replace("BIGINT", "INTEGER"))
