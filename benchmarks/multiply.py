"""I/O: makes a large store out of a small one: each row of the small one is copied again and again, by SQL, with new
keys, Message-IDs, customers and moments, so that every copy is a row as the product writes it.

Copies are closed cases. Every entry gets one word that no other has.
"""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

from mailticket.domain import case_id

_COPIES_A_STATEMENT = 25
#: Every copy is so much older than the one before it, in microseconds.
_STEP = 10 * 3_600_000_000


class Line(Protocol):
    """A connection of either driver."""

    def execute(self, sql: Any, parameters: Any = ..., /) -> Any: ...


#: Column -> what a copy has in it. {id}: shifts a key of that table; {k}: the number of the copy; {old}: the column.
_NAME = "CASE WHEN {old} LIKE '%customers.example' THEN 'c' || {k} || '.' || {old} ELSE {old} END"
_MESSAGE_ID = "CASE WHEN {old} LIKE '<%' THEN '<' || {k} || '.' || substr({old}, 2) ELSE {old} END"
_EARLIER = f"{{old}} - {{k}} * {_STEP}"
_TABLES: Mapping[str, Mapping[str, str]] = {
    "customer": {"id": "{customer}", "address_key": _NAME, "address": _NAME, "created_at": _EARLIER},
    "cases": {
        "id": "{cases}",
        "case_id": "{new_case}",
        "customer_id": "{customer}",
        "status": "'closed'",
        "waiting_since": "NULL",
        "created_at": _EARLIER,
        "updated_at": _EARLIER,
        "closed_at": f"updated_at - {{k}} * {_STEP}",
        "resolved_at": f"updated_at - {{k}} * {_STEP}",
    },
    "participant": {"id": "{participant}", "case_id": "{cases}", "address_key": _NAME, "address": _NAME},
    "entry": {
        "id": "{entry}",
        "case_id": "{cases}",
        "at": _EARLIER,
        "message_id": _MESSAGE_ID,
        "text": "{old} || ' copy' || {k} || 'x' || id",
    },
    "entry_search": {"rowid": "{entry}", "entry": "{entry}", "words": "{words}"},
    "case_word": {"case_id": "{cases}"},
    "inbox": {
        "id": "{inbox}",
        "source_key": "{old} || '.' || {k}",
        "case_id": "{cases}",
        "message_id": _MESSAGE_ID,
        "writer": _NAME,
        "received_at": _EARLIER,
        "collected_at": _EARLIER,
        "uidvalidity": "1",
    },
    "logical": {"id": "{logical}", "logical_key": _MESSAGE_ID, "inbox_id": "{inbox}"},
    "outbox": {
        "id": "{outbox}",
        "idem_key": "{old} || '.' || {k}",
        "case_id": "{cases}",
        "message_id": _MESSAGE_ID,
        "recipient": _NAME,
        "recipient_key": _NAME,
        "budget_key": _NAME,
        "created_at": _EARLIER,
        "sent_at": _EARLIER,
    },
    "mail_id": {"id": "{mail_id}", "message_id": _MESSAGE_ID, "case_id": "{cases}", "outbox_id": "{outbox}"},
}


def multiply(line: Line, is_postgres: bool, times: int, told: Callable[[int], None]) -> None:
    """Copies everything so many times. `told` hears the number of copies that are made, from time to time."""
    _number_cases(line, is_postgres, times)
    spans = {table: _last_key(line, table) for table in _TABLES if table not in ("entry_search", "case_word")}
    statements = list(_statements(line, is_postgres, spans))
    for first in range(1, times + 1, _COPIES_A_STATEMENT):
        last = min(first + _COPIES_A_STATEMENT - 1, times)
        line.execute("BEGIN")
        for statement in statements:
            line.execute(statement.format(first=first, last=last))
        line.execute("COMMIT")
        told(last)
    line.execute("DROP TABLE copy_number")
    if is_postgres:
        for table in spans:
            line.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT MAX(id) FROM {table}))")


def _number_cases(line: Line, is_postgres: bool, times: int) -> None:
    """A case ID of its own for each copy of each case."""
    line.execute("CREATE TABLE copy_number (k BIGINT, old BIGINT, new_case TEXT, PRIMARY KEY (k, old))")
    rows = line.execute("SELECT id, case_id FROM cases ORDER BY id").fetchall()
    old, used = [id for id, _name in rows], {name for _id, name in rows}
    mark = "%s" if is_postgres else "?"
    row = f"({mark}, {mark}, {mark})"
    line.execute("BEGIN")
    for k in range(1, times + 1):
        new = [(k, id, _unused(used)) for id in old]
        for start in range(0, len(new), 100):
            part = new[start : start + 100]
            insert = f"INSERT INTO copy_number VALUES {', '.join([row] * len(part))}"
            line.execute(insert, [value for one in part for value in one])
    line.execute("COMMIT")


def _unused(used: set[str]) -> str:
    """Of a million random case IDs, some ten meet by chance."""
    while (made := case_id.make(secrets.randbelow)) in used:
        continue
    used.add(made)
    return made


def _last_key(line: Line, table: str) -> int:
    return int(line.execute(f"SELECT MAX(id) FROM {table}").fetchone()[0])


def _statements(line: Line, is_postgres: bool, spans: Mapping[str, int]) -> Iterator[str]:
    """One a table, with places for the first and the last copy that it makes."""
    shifts = {table: f"{{old}} + {{k}} * {span}" for table, span in spans.items()}
    shifts["words"] = "({old}::text || ' ''copy' || {k} || 'x' || entry || ''':16000')::tsvector"
    if not is_postgres:
        shifts["words"] = "{old} || ' copy' || {k} || 'x' || rowid"
    copies = "WITH RECURSIVE copies(k) AS (SELECT {first} UNION ALL SELECT k + 1 FROM copies WHERE k < {last})"
    for table, changed in _TABLES.items():
        columns = _columns(line, table)
        key = "rowid" if "rowid" in columns else "entry" if table == "entry_search" else columns[0]
        span = spans["entry"] if table == "entry_search" else spans.get(table)
        values = []
        for column in columns:
            how = changed.get(column, "{old}")
            for name, shift in shifts.items():
                how = how.replace(f"{{{name}}}", shift)
            old = f"t.{column}"
            values.append(how.replace("{old}", old).replace("{k}", "copies.k").replace("{new_case}", "n.new_case"))
        numbered = " JOIN copy_number n ON n.k = copies.k AND n.old = t.id" if table == "cases" else ""
        where = f" WHERE t.{key} <= {span}" if span else f" WHERE t.case_id <= {spans['cases']}"
        head = f"INSERT INTO {table} ({', '.join(columns)}) {copies} " if not is_postgres else ""
        if is_postgres:
            head = f"{copies} INSERT INTO {table} ({', '.join(columns)}) "
        order = f" ORDER BY copies.k, t.{key}"
        yield f"{head}SELECT {', '.join(values)} FROM copies CROSS JOIN {table} t{numbered}{where}{order}"


def _columns(line: Line, table: str) -> list[str]:
    if table == "entry_search" and isinstance(line, sqlite3.Connection):
        return ["rowid", "words"]
    described = line.execute(f"SELECT * FROM {table} LIMIT 0")
    return [one[0] for one in described.description]
