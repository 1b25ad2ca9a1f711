"""I/O: step 1, every table of the desk. Never edit a step that was released: add the next one."""

from __future__ import annotations

from typing import Any

#: As PostgreSQL reads it. SQLite gets its own names for the types.
SCHEMA = """
CREATE TABLE customer (
    id BIGSERIAL NOT NULL PRIMARY KEY,
    address_key TEXT NOT NULL,
    address TEXT NOT NULL,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX customer_address_key ON customer (address_key);

CREATE TABLE csr (
    id BIGSERIAL NOT NULL PRIMARY KEY,
    key TEXT NOT NULL,
    email TEXT NOT NULL,
    name TEXT NOT NULL,
    place INTEGER NOT NULL,
    is_active BOOLEAN NOT NULL,
    last_assigned_at BIGINT
);
CREATE UNIQUE INDEX csr_key ON csr (key);

CREATE TABLE csr_alias (
    address_key TEXT NOT NULL PRIMARY KEY,
    csr_id BIGINT NOT NULL REFERENCES csr (id) ON DELETE CASCADE
);
CREATE INDEX csr_alias_csr_id ON csr_alias (csr_id);

CREATE TABLE role (
    id BIGSERIAL NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    is_active BOOLEAN NOT NULL
);
CREATE UNIQUE INDEX role_name ON role (name);

CREATE TABLE role_member (
    id BIGSERIAL NOT NULL PRIMARY KEY,
    role_id BIGINT NOT NULL REFERENCES role (id) ON DELETE CASCADE,
    csr_id BIGINT NOT NULL REFERENCES csr (id) ON DELETE CASCADE,
    place INTEGER NOT NULL,
    is_active BOOLEAN NOT NULL,
    is_away BOOLEAN NOT NULL,
    changed_by TEXT NOT NULL,
    changed_at BIGINT,
    reason TEXT NOT NULL
);
CREATE INDEX role_member_csr_id ON role_member (csr_id);
CREATE UNIQUE INDEX role_member_role_id_csr_id ON role_member (role_id, csr_id);

CREATE TABLE blacklist (
    id BIGSERIAL NOT NULL PRIMARY KEY,
    address TEXT NOT NULL,
    subject TEXT NOT NULL,
    is_config BOOLEAN NOT NULL,
    by TEXT NOT NULL,
    at BIGINT
);
CREATE UNIQUE INDEX blacklist_address_subject_is_config ON blacklist (address, subject, is_config);

CREATE TABLE cases (
    id BIGSERIAL NOT NULL PRIMARY KEY,
    case_id TEXT NOT NULL,
    service TEXT NOT NULL,
    subject TEXT NOT NULL,
    status TEXT NOT NULL,
    customer_id BIGINT NOT NULL REFERENCES customer (id),
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    priority SMALLINT NOT NULL,
    channel TEXT NOT NULL,
    csr TEXT NOT NULL,
    role TEXT NOT NULL,
    waiting_since BIGINT,
    due_at BIGINT,
    pending_until BIGINT,
    resolved_at BIGINT,
    closed_at BIGINT,
    resolution TEXT NOT NULL,
    before_spam TEXT NOT NULL,
    language TEXT NOT NULL,
    thread_root TEXT NOT NULL,
    tags TEXT NOT NULL,
    linked TEXT NOT NULL,
    entries INTEGER NOT NULL,
    version INTEGER NOT NULL
);
CREATE UNIQUE INDEX cases_case_id ON cases (case_id);
CREATE INDEX cases_csr_status ON cases (csr, status);
CREATE INDEX cases_customer_id_id ON cases (customer_id, id);
CREATE INDEX cases_service_status_resolved_at ON cases (service, status, resolved_at);
CREATE INDEX cases_status_id ON cases (status, id);
CREATE INDEX cases_waiting ON cases (priority DESC, waiting_since) WHERE (waiting_since IS NOT NULL);
CREATE INDEX cases_pending ON cases (pending_until) WHERE (pending_until IS NOT NULL);

CREATE TABLE participant (
    id BIGSERIAL NOT NULL PRIMARY KEY,
    case_id BIGINT NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
    address_key TEXT NOT NULL,
    address TEXT NOT NULL,
    name TEXT NOT NULL,
    is_customer BOOLEAN NOT NULL,
    since INTEGER NOT NULL
);
CREATE INDEX participant_address_key ON participant (address_key);
CREATE UNIQUE INDEX participant_case_id_address_key ON participant (case_id, address_key);

CREATE TABLE entry (
    id BIGSERIAL NOT NULL PRIMARY KEY,
    case_id BIGINT NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    kind TEXT NOT NULL,
    at BIGINT NOT NULL,
    author_name TEXT NOT NULL,
    author_address TEXT NOT NULL,
    text TEXT NOT NULL,
    html TEXT NOT NULL,
    whole TEXT NOT NULL,
    method TEXT NOT NULL,
    subject TEXT NOT NULL,
    csr TEXT NOT NULL,
    held TEXT NOT NULL,
    is_held BOOLEAN NOT NULL,
    parties TEXT NOT NULL,
    message_id TEXT NOT NULL,
    key_id BIGINT
);
CREATE UNIQUE INDEX entry_case_id_number ON entry (case_id, number);
CREATE INDEX entry_case_id_is_held_number ON entry (case_id, is_held, number);

CREATE TABLE entry_file (
    id BIGSERIAL NOT NULL PRIMARY KEY,
    entry_id BIGINT NOT NULL REFERENCES entry (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    type TEXT NOT NULL,
    size BIGINT NOT NULL,
    sha256 TEXT NOT NULL,
    inline BOOLEAN NOT NULL,
    cid TEXT NOT NULL,
    key_id BIGINT
);
CREATE INDEX entry_file_entry_id ON entry_file (entry_id);
CREATE INDEX entry_file_sha256 ON entry_file (sha256);

CREATE TABLE inbox (
    id BIGSERIAL NOT NULL PRIMARY KEY,
    source TEXT NOT NULL,
    source_key TEXT NOT NULL,
    service TEXT NOT NULL,
    channel TEXT NOT NULL,
    blob TEXT NOT NULL,
    size BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    collected_at BIGINT NOT NULL,
    state TEXT NOT NULL,
    is_waiting BOOLEAN NOT NULL,
    next_at BIGINT,
    lease_owner TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    reason TEXT NOT NULL,
    error TEXT NOT NULL,
    traceback TEXT NOT NULL,
    message_id TEXT NOT NULL,
    content_hash TEXT NOT NULL,
    subject TEXT NOT NULL,
    sender TEXT NOT NULL,
    case_id BIGINT REFERENCES cases (id) ON DELETE SET NULL,
    entry INTEGER NOT NULL,
    is_silent BOOLEAN NOT NULL,
    uidvalidity BIGINT NOT NULL,
    uid BIGINT NOT NULL,
    server TEXT NOT NULL,
    server_state TEXT NOT NULL,
    server_at BIGINT,
    shunted_at BIGINT,
    key_id BIGINT
);
CREATE INDEX inbox_blob ON inbox (blob);
CREATE INDEX inbox_message_id ON inbox (message_id);
CREATE INDEX inbox_case_id ON inbox (case_id);
CREATE UNIQUE INDEX inbox_source_source_key ON inbox (source, source_key);
CREATE INDEX inbox_is_waiting_id ON inbox (is_waiting, id);
CREATE INDEX inbox_state_id ON inbox (state, id);
CREATE INDEX inbox_source_server_state_uidvalidity_uid ON inbox (source, server_state, uidvalidity, uid);

CREATE TABLE logical (
    id BIGSERIAL NOT NULL PRIMARY KEY,
    service TEXT NOT NULL,
    logical_key TEXT NOT NULL,
    inbox_id BIGINT NOT NULL REFERENCES inbox (id) ON DELETE CASCADE
);
CREATE INDEX logical_inbox_id ON logical (inbox_id);
CREATE UNIQUE INDEX logical_service_logical_key ON logical (service, logical_key);

CREATE TABLE folder (
    id BIGSERIAL NOT NULL PRIMARY KEY,
    service TEXT NOT NULL,
    folder TEXT NOT NULL,
    uidvalidity BIGINT NOT NULL,
    activated_uidnext BIGINT NOT NULL,
    activated_at BIGINT NOT NULL,
    scanned_uid BIGINT NOT NULL
);
CREATE UNIQUE INDEX folder_service_folder ON folder (service, folder);

CREATE TABLE outbox (
    id BIGSERIAL NOT NULL PRIMARY KEY,
    idem_key TEXT NOT NULL,
    kind TEXT NOT NULL,
    rank INTEGER NOT NULL,
    letter TEXT NOT NULL,
    service TEXT NOT NULL,
    case_id BIGINT REFERENCES cases (id) ON DELETE SET NULL,
    entry INTEGER NOT NULL,
    message_id TEXT NOT NULL,
    envelope_from TEXT NOT NULL,
    recipient TEXT NOT NULL,
    recipient_key TEXT NOT NULL,
    csr TEXT NOT NULL,
    skeleton TEXT NOT NULL,
    text TEXT NOT NULL,
    state TEXT NOT NULL,
    phase TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    next_at BIGINT,
    lease_owner TEXT NOT NULL,
    unknowns INTEGER NOT NULL,
    reply TEXT NOT NULL,
    error TEXT NOT NULL,
    reason TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    sent_at BIGINT,
    bounced_at BIGINT,
    bounce TEXT NOT NULL,
    key_id BIGINT
);
CREATE UNIQUE INDEX outbox_idem_key ON outbox (idem_key);
CREATE UNIQUE INDEX outbox_message_id ON outbox (message_id);
CREATE INDEX outbox_service_state_rank_id ON outbox (service, state, rank, id);
CREATE INDEX outbox_case_id_recipient_key_state ON outbox (case_id, recipient_key, state);
CREATE INDEX outbox_recipient_key_letter_created_at ON outbox (recipient_key, letter, created_at);
CREATE INDEX outbox_service_kind_created_at ON outbox (service, kind, created_at);
CREATE INDEX outbox_state_id ON outbox (state, id);

CREATE TABLE outbox_file (
    outbox_id BIGINT NOT NULL REFERENCES outbox (id) ON DELETE CASCADE,
    sha256 TEXT NOT NULL,
    PRIMARY KEY (outbox_id, sha256)
);
CREATE INDEX outbox_file_sha256 ON outbox_file (sha256);

CREATE TABLE mail_id (
    id BIGSERIAL NOT NULL PRIMARY KEY,
    message_id TEXT NOT NULL,
    case_id BIGINT REFERENCES cases (id) ON DELETE CASCADE,
    entry INTEGER NOT NULL,
    outbox_id BIGINT REFERENCES outbox (id) ON DELETE CASCADE
);
CREATE INDEX mail_id_message_id ON mail_id (message_id);
CREATE INDEX mail_id_case_id ON mail_id (case_id);
CREATE INDEX mail_id_outbox_id ON mail_id (outbox_id);

CREATE TABLE lease (
    name TEXT NOT NULL PRIMARY KEY,
    owner TEXT NOT NULL,
    epoch BIGINT NOT NULL,
    until BIGINT NOT NULL
);
"""

SQLITE_TYPES = {
    "BIGSERIAL": "INTEGER",
    "BIGINT": "INTEGER",
    "SMALLINT": "INTEGER",
    "BOOLEAN": "INTEGER",
    "BYTEA": "BLOB",
}


def up(_migrator: Any, database: Any) -> None:
    schema = SCHEMA
    if not database.locks_rows:
        for postgres, sqlite in SQLITE_TYPES.items():
            schema = schema.replace(postgres, sqlite)
    for statement in schema.split(";"):
        if statement.strip():
            database.execute_sql(statement)
