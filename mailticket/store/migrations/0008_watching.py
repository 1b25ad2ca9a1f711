"""I/O: step 8, what operators are told (alarms, webhook calls) and what they did to mails."""

from __future__ import annotations

from typing import Any

#: As PostgreSQL reads it. SQLite gets its own names for the types.
SCHEMA = """
CREATE TABLE alarm (
    key TEXT NOT NULL PRIMARY KEY,
    service TEXT NOT NULL,
    text TEXT NOT NULL,
    rung_at BIGINT NOT NULL,
    untold INTEGER NOT NULL,
    told_at BIGINT
);
CREATE INDEX alarm_untold_told_at ON alarm (untold, told_at);

CREATE TABLE alarm_round (
    id BIGSERIAL NOT NULL PRIMARY KEY,
    told_at BIGINT NOT NULL,
    alarms INTEGER NOT NULL
);
CREATE INDEX alarm_round_told_at ON alarm_round (told_at);

CREATE TABLE webhook_call (
    id BIGSERIAL NOT NULL PRIMARY KEY,
    idem_key TEXT NOT NULL,
    target TEXT NOT NULL,
    body TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    next_at BIGINT,
    lease_owner TEXT NOT NULL,
    error TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    done_at BIGINT
);
CREATE UNIQUE INDEX webhook_call_idem_key ON webhook_call (idem_key);
CREATE INDEX webhook_call_state_next_at ON webhook_call (state, next_at);

CREATE TABLE operator_act (
    id BIGSERIAL NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    by TEXT NOT NULL,
    act TEXT NOT NULL,
    item TEXT NOT NULL,
    why TEXT NOT NULL
);
CREATE INDEX operator_act_item ON operator_act (item);
"""

SQLITE_TYPES = {"BIGSERIAL": "INTEGER", "BIGINT": "INTEGER"}


def up(_migrator: Any, database: Any) -> None:
    schema = SCHEMA
    if not database.locks_rows:
        for postgres, sqlite in SQLITE_TYPES.items():
            schema = schema.replace(postgres, sqlite)
    for statement in schema.split(";"):
        if statement.strip():
            database.execute_sql(statement)
