"""I/O: step 11, restored backups: from when on a folder's mails are new to us and were not found again."""

from __future__ import annotations

from typing import Any

STATEMENT = "ALTER TABLE folder ADD COLUMN restored_at BIGINT"


def up(_migrator: Any, database: Any) -> None:
    # SQLite has one kind of whole number.
    database.execute_sql(STATEMENT if database.locks_rows else STATEMENT.replace("BIGINT", "INTEGER"))
