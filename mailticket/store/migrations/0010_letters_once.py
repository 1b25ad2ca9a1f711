"""I/O: step 10, letters are kept once: what a reply may quote is read from their skeletons."""

from __future__ import annotations

from typing import Any

STATEMENTS = ("ALTER TABLE outbox DROP COLUMN text",)


def up(_migrator: Any, database: Any) -> None:
    for statement in STATEMENTS:
        database.execute_sql(statement)
