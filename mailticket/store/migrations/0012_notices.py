"""I/O: step 12, counting the notices of the last hour without reading all letters of that hour."""

from __future__ import annotations

from typing import Any

STATEMENTS = ("CREATE INDEX outbox_service_letter_created_at ON outbox (service, letter, created_at)",)


def up(_migrator: Any, database: Any) -> None:
    for statement in STATEMENTS:
        database.execute_sql(statement)
