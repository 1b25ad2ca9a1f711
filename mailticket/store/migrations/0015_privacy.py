"""I/O: step 15, a key for each case, what is sealed under it, stored bytes that are to go, erasures that go on."""

from __future__ import annotations

from typing import Any

STATEMENTS = (
    "CREATE TABLE case_key (id {auto} NOT NULL PRIMARY KEY, case_id BIGINT NOT NULL, wrapped TEXT NOT NULL,"
    " made_at BIGINT NOT NULL, FOREIGN KEY (case_id) REFERENCES cases (id) ON DELETE CASCADE)",
    "CREATE UNIQUE INDEX case_key_case_id ON case_key (case_id)",
    "CREATE TABLE sealed_entry (entry_id BIGINT NOT NULL PRIMARY KEY, key_id BIGINT NOT NULL, sealed TEXT NOT NULL,"
    " FOREIGN KEY (entry_id) REFERENCES entry (id) ON DELETE CASCADE)",
    "CREATE INDEX sealed_entry_key_id ON sealed_entry (key_id)",
    "CREATE TABLE unwanted_blob (sha256 TEXT NOT NULL PRIMARY KEY, since BIGINT NOT NULL)",
    "CREATE TABLE erasure (id {auto} NOT NULL PRIMARY KEY, customers TEXT NOT NULL, {by} TEXT NOT NULL,"
    " why TEXT NOT NULL, asked_at BIGINT NOT NULL, done_at BIGINT, cases INTEGER NOT NULL)",
    "CREATE INDEX erasure_undone ON erasure (asked_at) WHERE done_at IS NULL",
    "CREATE INDEX cases_closed_at ON cases (service, closed_at) WHERE closed_at IS NOT NULL",
)


def up(_migrator: Any, database: Any) -> None:
    for statement in STATEMENTS:
        auto = "BIGSERIAL" if database.locks_rows else "INTEGER"
        whole = statement.replace("{auto}", auto).replace("{by}", '"by"')
        database.execute_sql(whole if database.locks_rows else whole.replace("BIGINT", "INTEGER"))
