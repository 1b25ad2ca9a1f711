"""I/O: makes a large store out of a small one: each row of the small one is copied again and again, by SQL, with new
keys, Message-IDs, customers and moments, so that every copy is a row as the product writes it.

SQLite fills all tables a piece at a time, in the order of their keys; PostgreSQL one after the other, then its indexes.

Copies are closed cases. Every entry gets one word that no other has.
"""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

import psycopg

from mailticket.domain import case_id

_COPIES_A_STATEMENT = 25
#: Tables of PostgreSQL that are filled at once.
_TABLES_AT_ONCE = 2
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

_NUMBERS = "CREATE TABLE copy_number (k BIGINT, old BIGINT, new_case TEXT, PRIMARY KEY (k, old))"
#: These first, so that no thread is left alone with the largest of all.
_LARGEST = ("entry_search", "outbox", "entry")
_LARGEST_FIRST = sorted(_TABLES, key=lambda table: table not in _LARGEST)


def multiply_sqlite(line: sqlite3.Connection, times: int, told: Callable[[str], None]) -> None:
    """Copies everything so many times. `told` hears how far it is, from time to time."""
    spans = _spans(line)
    line.execute(_NUMBERS)
    line.execute("BEGIN")
    line.executemany("INSERT INTO copy_number VALUES (?, ?, ?)", _numbered_cases(line, times))
    line.execute("COMMIT")
    statements = [_statement(line, table, f"{table} t", spans) + _of_the_small_one(table, spans) for table in _TABLES]
    for first, last in _pieces(times):
        line.execute("BEGIN")
        for statement in statements:
            line.execute(statement.format(first=first, last=last))
        line.execute("COMMIT")
        if last % (4 * _COPIES_A_STATEMENT) == 0:
            told(f"{last} copies of {times}")
    line.execute("DROP TABLE copy_number")


def multiply_postgres(url: str, times: int, told: Callable[[str], None]) -> None:
    """The same table by table, for there nothing is quick that keeps indexes right row by row."""
    with psycopg.connect(url, autocommit=True) as line:
        spans, numbered = _spans(line), _numbered_cases(line, times)
        line.execute(_NUMBERS)
        with line.cursor() as cursor, cursor.copy("COPY copy_number FROM STDIN") as copy:
            for row in numbered:
                copy.write_row(row)

        def fill(table: str) -> None:
            _fill(url, table, spans, times)
            told(f"{table} is full")

        with ThreadPoolExecutor(_TABLES_AT_ONCE) as threads:
            list(threads.map(fill, _LARGEST_FIRST))
        line.execute("DROP TABLE copy_number")


def _fill(url: str, table: str, spans: Mapping[str, int], times: int) -> None:
    """All copies of one table in one transaction.

    CLUSTER gives the table a file that is new in this transaction, of which a server with wal_level = minimal writes no
    log. An index that is not ready gets no rows until REINDEX makes it anew, and replicas check no foreign keys.
    """
    with psycopg.connect(url) as line:
        line.execute("SET LOCAL session_replication_role = replica")
        line.execute("SET LOCAL work_mem = '256MB'")
        line.execute("SET LOCAL maintenance_work_mem = '1GB'")
        line.execute(f"CREATE TEMPORARY TABLE small_one ON COMMIT DROP AS TABLE {table}")
        line.execute(f"CLUSTER {table} USING {table}_pkey")
        line.execute(f"UPDATE pg_index SET indisready = false, indisvalid = false WHERE indrelid = '{table}'::regclass")
        statement = _statement(line, table, "small_one t", spans)
        for first, last in _pieces(times):
            line.execute(statement.format(first=first, last=last))
        line.execute(f"REINDEX TABLE {table}")
        if table in spans:
            line.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT MAX(id) FROM {table}))")


def _pieces(times: int) -> Iterator[tuple[int, int]]:
    """The first and the last copy of each statement."""
    for first in range(1, times + 1, _COPIES_A_STATEMENT):
        yield first, min(first + _COPIES_A_STATEMENT - 1, times)


def _numbered_cases(line: Line, times: int) -> Iterator[tuple[int, int, str]]:
    """A case ID of its own for each copy of each case."""
    rows = line.execute("SELECT id, case_id FROM cases ORDER BY id").fetchall()
    used = {name for _id, name in rows}
    return ((k, id, _unused(used)) for k in range(1, times + 1) for id, _name in rows)


def _unused(used: set[str]) -> str:
    """Of a million random case IDs, some ten meet by chance."""
    while (made := case_id.make(secrets.randbelow)) in used:
        continue
    used.add(made)
    return made


def _spans(line: Line) -> dict[str, int]:
    """The last key of each table that has keys: so far apart are a row and its copy."""
    keyed = (table for table in _TABLES if table not in ("entry_search", "case_word"))
    return {table: int(line.execute(f"SELECT MAX(id) FROM {table}").fetchone()[0]) for table in keyed}


def _of_the_small_one(table: str, spans: Mapping[str, int]) -> str:
    """What keeps copies from being copied; and the order of their keys, for SQLite's tables lie in it."""
    key, of = {"entry_search": ("rowid", "entry"), "case_word": ("case_id", "cases")}.get(table, ("id", table))
    return f" WHERE t.{key} <= {spans[of]} ORDER BY copies.k, t.{key}"


def _statement(line: Line, table: str, source: str, spans: Mapping[str, int]) -> str:
    """Copies the source into the table; with places for the first and the last copy that it makes."""
    is_sqlite = isinstance(line, sqlite3.Connection)
    shifts = {one: f"{{old}} + {{k}} * {span}" for one, span in spans.items()}
    shifts["words"] = "{old} || ' copy' || {k} || 'x' || rowid"
    if not is_sqlite:  # the places of words of another vector count on
        shifts["words"] = "{old} || ('''copy' || {k} || 'x' || entry || ''':1')::tsvector"
    columns = ["rowid", "words"] if is_sqlite and table == "entry_search" else _columns(line, table)
    values = []
    for column in columns:
        how = _TABLES[table].get(column, "{old}")
        for name, shift in shifts.items():
            how = how.replace(f"{{{name}}}", shift)
        how = how.replace("{old}", f"t.{column}")
        values.append(how.replace("{k}", "copies.k").replace("{new_case}", "n.new_case"))
    copies = "WITH RECURSIVE copies(k) AS (SELECT {first} UNION ALL SELECT k + 1 FROM copies WHERE k < {last})"
    numbered = " JOIN copy_number n ON n.k = copies.k AND n.old = t.id" if table == "cases" else ""
    return (
        f"INSERT INTO {table} ({', '.join(columns)}) {copies}"
        f" SELECT {', '.join(values)} FROM copies CROSS JOIN {source}{numbered}"
    )


def _columns(line: Line, table: str) -> list[str]:
    described = line.execute(f"SELECT * FROM {table} LIMIT 0")
    return [one[0] for one in described.description]
