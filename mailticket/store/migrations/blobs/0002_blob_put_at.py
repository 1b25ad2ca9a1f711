"""I/O: step 2 of the mail and file store: when each was put there, so that what no row names can go.

0 stands for those that are older than this step: their day begins when they are first looked at.
"""

from __future__ import annotations

from typing import Any

STATEMENT = "ALTER TABLE blob ADD COLUMN put_at BIGINT NOT NULL DEFAULT 0"


def up(_migrator: Any, database: Any) -> None:
    database.execute_sql(STATEMENT if database.locks_rows else STATEMENT.replace("BIGINT", "INTEGER"))
