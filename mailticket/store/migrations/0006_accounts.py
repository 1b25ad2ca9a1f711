"""I/O: step 6, relay accounts: what was handed in lately, and those that rest because they were refused."""

from __future__ import annotations

from typing import Any

#: As PostgreSQL reads it. SQLite gets its own names for the types.
SCHEMA = """
CREATE TABLE account (
    name TEXT NOT NULL PRIMARY KEY,
    used TEXT NOT NULL,
    why TEXT NOT NULL,
    refused_since BIGINT,
    rests_until BIGINT,
    refusals INTEGER NOT NULL
)
"""

SQLITE_TYPES = {"BIGINT": "INTEGER"}


def up(_migrator: Any, database: Any) -> None:
    schema = SCHEMA
    if not database.locks_rows:
        for postgres, sqlite in SQLITE_TYPES.items():
            schema = schema.replace(postgres, sqlite)
    database.execute_sql(schema)
