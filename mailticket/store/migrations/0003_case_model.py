"""Cases get their submission type, custom fields, watchers and time worked, and can be merged into another. I/O."""

from __future__ import annotations

from typing import Any

STATEMENTS = (
    "ALTER TABLE cases ADD COLUMN type TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE cases ADD COLUMN fields TEXT NOT NULL DEFAULT '{}'",
    "ALTER TABLE cases ADD COLUMN watchers TEXT NOT NULL DEFAULT '[]'",
    "ALTER TABLE cases ADD COLUMN time_worked BIGINT NOT NULL DEFAULT 0",
    "ALTER TABLE cases ADD COLUMN merged_into TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE entry ADD COLUMN from_case TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE entry ADD COLUMN greeting BOOLEAN NOT NULL DEFAULT TRUE",
    "CREATE INDEX cases_merged_into ON cases (merged_into) WHERE merged_into <> ''",
    "CREATE INDEX cases_csr_due ON cases (csr, due_at) WHERE due_at IS NOT NULL",
)


def up(_migrator: Any, database: Any) -> None:
    for statement in STATEMENTS:
        if not database.locks_rows:
            statement = statement.replace("BIGINT", "INTEGER").replace(
                "BOOLEAN NOT NULL DEFAULT TRUE", "INTEGER NOT NULL DEFAULT 1"
            )
        database.execute_sql(statement)
