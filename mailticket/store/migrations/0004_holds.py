"""I/O: step 4, what a letter showed and how new its case was, by which key budgets count, who wrote a mail."""

from __future__ import annotations

from typing import Any

STATEMENTS = (
    "ALTER TABLE outbox ADD COLUMN budget_key TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE outbox ADD COLUMN seen INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE outbox ADD COLUMN shows TEXT NOT NULL DEFAULT '[]'",
    "ALTER TABLE inbox ADD COLUMN writer TEXT NOT NULL DEFAULT ''",
    "CREATE INDEX outbox_budget_key_letter_created_at ON outbox (budget_key, letter, created_at)",
    "CREATE INDEX inbox_writer_collected_at ON inbox (writer, collected_at)",
)


def up(_migrator: Any, database: Any) -> None:
    for statement in STATEMENTS:
        database.execute_sql(statement)
