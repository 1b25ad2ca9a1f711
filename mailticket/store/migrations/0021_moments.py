"""I/O: step 21, cases of a span of time, and what a case is about, are found without looking at others."""

from __future__ import annotations

from typing import Any

STATEMENTS = (
    "CREATE INDEX cases_created_at_id ON cases (created_at, id)",
    # The words of many cases are read from it as they stand, without the table.
    "CREATE INDEX case_word_case_id_word ON case_word (case_id, word)",
    "DROP INDEX case_word_case_id",
)


def up(_migrator: Any, database: Any) -> None:
    for statement in STATEMENTS:
        database.execute_sql(statement)
