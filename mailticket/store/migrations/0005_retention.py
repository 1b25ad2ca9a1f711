"""I/O: step 5, finding the rejected mails whose copies have been kept long enough."""

from __future__ import annotations

from typing import Any

STATEMENTS = ("CREATE INDEX inbox_outcome_collected_at ON inbox (outcome, collected_at)",)


def up(_migrator: Any, database: Any) -> None:
    for statement in STATEMENTS:
        database.execute_sql(statement)
