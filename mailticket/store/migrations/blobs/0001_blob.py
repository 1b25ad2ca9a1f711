"""I/O: step 1 of the mail and file store. Never edit a step that was released: add the next one."""

from __future__ import annotations

from typing import Any


def up(_migrator: Any, database: Any) -> None:
    content = "BYTEA" if database.locks_rows else "BLOB"
    database.execute_sql("CREATE TABLE blob (sha256 TEXT NOT NULL PRIMARY KEY, content " + content + " NOT NULL)")
