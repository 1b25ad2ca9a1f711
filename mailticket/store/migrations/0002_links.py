"""I/O: step 2, links that were used, and letters whose links are dead."""

from __future__ import annotations

from typing import Any

#: As PostgreSQL reads it. SQLite gets its own names for the types.
SCHEMA = """
CREATE TABLE link_use (
    digest TEXT NOT NULL PRIMARY KEY,
    case_id BIGINT NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
    csr TEXT NOT NULL,
    act TEXT NOT NULL,
    argument TEXT NOT NULL,
    used_at BIGINT NOT NULL,
    before TEXT NOT NULL,
    after TEXT NOT NULL
);
CREATE INDEX link_use_case_id ON link_use (case_id);

CREATE TABLE revoked_letter (
    letter TEXT NOT NULL PRIMARY KEY,
    revoked_at BIGINT NOT NULL,
    reason TEXT NOT NULL
);
"""

SQLITE_TYPES = {"BIGINT": "INTEGER"}


def up(_migrator: Any, database: Any) -> None:
    schema = SCHEMA
    if not database.locks_rows:
        for postgres, sqlite in SQLITE_TYPES.items():
            schema = schema.replace(postgres, sqlite)
    for statement in schema.split(";"):
        if statement.strip():
            database.execute_sql(statement)
