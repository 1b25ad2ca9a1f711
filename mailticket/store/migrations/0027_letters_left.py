"""I/O: step 27, the indexes of letters' states hold those that are not sent: a letter that goes leaves them."""

from __future__ import annotations

from typing import Any

STATEMENTS = (
    "DROP INDEX outbox_service_state_rank_id",
    "DROP INDEX outbox_case_id_recipient_key_state",
    "DROP INDEX outbox_case_id_state_letter",
    "DROP INDEX outbox_state_id",
    "CREATE INDEX outbox_case_id_letter ON outbox (case_id, letter)",
    "CREATE INDEX outbox_in_turn ON outbox (service, state, rank, id) WHERE state <> 'sent'",
    "CREATE INDEX outbox_of_case ON outbox (case_id, recipient_key, state) WHERE state <> 'sent'",
    "CREATE INDEX outbox_in_state ON outbox (state, id) WHERE state <> 'sent'",
)


def up(_migrator: Any, database: Any) -> None:
    for statement in STATEMENTS:
        database.execute_sql(statement)
