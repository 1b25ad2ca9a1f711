"""I/O: step 7, the tokens of mail accounts that sign in by OAuth2, sealed under the key file."""

from __future__ import annotations

from typing import Any

#: As PostgreSQL reads it. SQLite gets its own name for the type.
SCHEMA = """
CREATE TABLE account_token (
    account TEXT NOT NULL PRIMARY KEY,
    sealed TEXT NOT NULL,
    obtained_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
)
"""


def up(_migrator: Any, database: Any) -> None:
    database.execute_sql(SCHEMA if database.locks_rows else SCHEMA.replace("BIGINT", "INTEGER"))
