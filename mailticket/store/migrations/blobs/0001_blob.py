"""I/O: step 1 of the mail and file store. Never edit a step that was released: add the next one."""

from __future__ import annotations

from typing import Any

POSTGRES = "CREATE TABLE blob (sha256 TEXT NOT NULL PRIMARY KEY, content BYTEA NOT NULL)"
SQLITE = "CREATE TABLE blob (sha256 TEXT NOT NULL PRIMARY KEY, content BLOB NOT NULL)"


def up(_migrator: Any, database: Any) -> None:
    database.execute_sql(POSTGRES if database.locks_rows else SQLITE)
