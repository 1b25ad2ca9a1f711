"""I/O: step 9, what rules and time need of a case: its skills, targets and timers."""

from __future__ import annotations

from typing import Any

STATEMENTS = (
    "ALTER TABLE cases ADD COLUMN skills TEXT NOT NULL DEFAULT '[]'",
    "ALTER TABLE cases ADD COLUMN wanted TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE cases ADD COLUMN respond_by BIGINT",
    "ALTER TABLE cases ADD COLUMN resolve_by BIGINT",
    "ALTER TABLE cases ADD COLUMN counts_from BIGINT",
    "ALTER TABLE cases ADD COLUMN answered_at BIGINT",
    "ALTER TABLE cases ADD COLUMN acted_at BIGINT",
    "ALTER TABLE cases ADD COLUMN paused_at BIGINT",
    "ALTER TABLE cases ADD COLUMN timers TEXT NOT NULL DEFAULT '{}'",
    "ALTER TABLE cases ADD COLUMN fired TEXT NOT NULL DEFAULT '{}'",
    "ALTER TABLE cases ADD COLUMN rings_at BIGINT",
    "CREATE INDEX cases_rings_at ON cases (rings_at) WHERE rings_at IS NOT NULL",
)


def up(_migrator: Any, database: Any) -> None:
    for statement in STATEMENTS:
        database.execute_sql(statement if database.locks_rows else statement.replace("BIGINT", "INTEGER"))
