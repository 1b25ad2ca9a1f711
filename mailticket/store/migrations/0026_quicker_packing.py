"""I/O: step 26, PostgreSQL packs long texts of entries with LZ4, where it was built with that, as it does raw mails."""

from __future__ import annotations

from typing import Any

_HAS_LZ4 = "SELECT 'lz4' = ANY(enumvals) FROM pg_settings WHERE name = 'default_toast_compression'"
STATEMENTS = tuple(
    f"ALTER TABLE entry ALTER COLUMN {column} SET COMPRESSION lz4" for column in ("text", "html", "whole")
)


def up(_migrator: Any, database: Any) -> None:
    if database.locks_rows and database.execute_sql(_HAS_LZ4).fetchone() == (True,):
        for statement in STATEMENTS:
            database.execute_sql(statement)
