"""I/O: step 13, by what door entries came, what watchers chose, and customers with several addresses."""

from __future__ import annotations

from typing import Any

STATEMENTS = (
    "ALTER TABLE entry ADD COLUMN door TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE cases ADD COLUMN watching TEXT NOT NULL DEFAULT '{}'",
    "ALTER TABLE customer ADD COLUMN person BIGINT",
    "ALTER TABLE customer ADD COLUMN number TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE customer ADD COLUMN phone TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE customer ADD COLUMN language TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE customer ADD COLUMN organisation TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE customer ADD COLUMN fields TEXT NOT NULL DEFAULT '{}'",
    "CREATE INDEX customer_person ON customer (person) WHERE person IS NOT NULL",
    "CREATE INDEX customer_number ON customer (number) WHERE number <> ''",
    "CREATE TABLE organisation (domain TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL)",
)


def up(_migrator: Any, database: Any) -> None:
    for statement in STATEMENTS:
        database.execute_sql(statement if database.locks_rows else statement.replace("BIGINT", "INTEGER"))
