"""I/O: the whole database out of its engine and into an empty one: consistent while a daemon works on it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from mailticket.errors import Permanent, Temporary
from mailticket.store.backups.archive import Tell
from mailticket.store.files.depots import CHUNK

#: Pages that are copied between two looks at the progress.
_PAGES = 2000
#: The runners' own tables: an empty database gets them by migrating.
_HISTORIES = ("schema_migration", "blob_migration")

#: Parents before their children. Our tables refer to others, never to themselves or in a circle.
_REFERENCES = """
SELECT c.conrelid::regclass::text, c.confrelid::regclass::text FROM pg_constraint c
JOIN pg_class t ON t.oid = c.conrelid
WHERE c.contype = 'f' AND t.relnamespace = current_schema()::regnamespace
"""
_COLUMNS = """
SELECT table_name, column_name FROM information_schema.columns
WHERE table_schema = current_schema() AND is_generated = 'NEVER' ORDER BY table_name, ordinal_position
"""


def dump_sqlite(source: Path, target: Path, tell: Tell) -> None:
    """The database file as it is at this moment, by SQLite's own backup; writers go on meanwhile.

    The open read transaction keeps the moment, so that a busy daemon cannot make it begin anew for ever.
    """
    with _sqlite(), closing(_opened(source)) as old, closing(_opened(target)) as new:
        old.execute("BEGIN")
        old.execute("SELECT count(*) FROM sqlite_master").fetchone()
        old.backup(new, pages=_PAGES, progress=lambda _, left, all: tell(all - left, all, f"copying {source.name}"))
        old.execute("COMMIT")
        new.execute("PRAGMA journal_mode = delete")  # one file, without a log beside it
    target.chmod(0o600)


def is_whole(path: Path) -> list[str]:
    """What SQLite finds wrong with a database file: pages, indexes, rows without owners. A sentence each."""
    with _sqlite(), closing(_opened(path)) as database:
        found = [str(row[0]) for row in database.execute("PRAGMA integrity_check(20)") if row[0] != "ok"]
        orphans = database.execute("PRAGMA foreign_key_check").fetchmany(20)
    return found + [f"row {row} of {table} has no owner in {owner}" for table, row, owner, _ in orphans]


def run_sqlite(path: Path, statements: Sequence[tuple[str, Sequence[Any]]]) -> None:
    """Statements on a database file that nobody uses yet, in one transaction."""
    with _sqlite(), closing(_opened(path)) as database:
        database.execute("BEGIN IMMEDIATE")
        for statement, values in statements:
            database.execute(statement, values)
        database.execute("COMMIT")


def dump_postgres(url: str, folder: Path, tell: Tell) -> dict[str, list[str]]:
    """Every table as <table>.copy, all of one moment (a REPEATABLE READ snapshot); the columns of each."""
    import psycopg
    from psycopg import sql

    with _postgres(), psycopg.connect(url, options="-c statement_timeout=0") as database:
        database.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        database.read_only = True
        columns = _tables(database)
        for number, (table, names) in enumerate(columns.items()):
            tell(number, len(columns), f"copying {table}")
            statement = sql.SQL("COPY {} ({}) TO STDOUT (FORMAT binary)").format(
                sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, names))
            )
            path = folder / f"{table}.copy"
            path.touch(mode=0o600)
            with path.open("wb") as file, database.cursor().copy(statement) as rows:
                for chunk in rows:
                    file.write(chunk)
    return columns


def load_postgres(
    url: str,
    folder: Path,
    columns: Mapping[str, Sequence[str]],
    statements: Sequence[tuple[str, Sequence[Any]]],
    tell: Tell,
) -> None:
    """The tables of a dump in place of what is there, then the statements: all in one transaction."""
    import psycopg
    from psycopg import sql

    with _postgres(), psycopg.connect(url, options="-c statement_timeout=0 -c lock_timeout=10s") as database:
        present = [table for table in _tables(database) if table not in _HISTORIES]
        wanted = [table for table in present if table in columns]
        everything = sql.SQL(", ").join(map(sql.Identifier, present))
        database.execute(sql.SQL("TRUNCATE {} RESTART IDENTITY").format(everything))
        for number, table in enumerate(wanted):
            tell(number, len(wanted), f"filling {table}")
            names = sql.SQL(", ").join(map(sql.Identifier, columns[table]))
            statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT binary)").format(sql.Identifier(table), names)
            with (folder / f"{table}.copy").open("rb") as file, database.cursor().copy(statement) as rows:
                while chunk := file.read(CHUNK):
                    rows.write(chunk)
            if "id" in columns[table]:
                _count_on(database, table)
        for text, values in statements:
            database.execute(text.replace("?", "%s").encode(), values)


def _count_on(database: Any, table: str) -> None:
    """New rows get numbers above those that were copied."""
    from psycopg import sql

    count = "SELECT setval(pg_get_serial_sequence(%s, 'id'), max(id)) FROM {} HAVING max(id) IS NOT NULL"
    is_counted = database.execute("SELECT pg_get_serial_sequence(%s, 'id')", (table,)).fetchone()[0]
    if is_counted:
        database.execute(sql.SQL(count).format(sql.Identifier(table)), (table,))


def _tables(database: Any) -> dict[str, list[str]]:
    """The columns of each table, parents before their children."""
    columns: dict[str, list[str]] = {}
    for table, column in database.execute(_COLUMNS).fetchall():
        columns.setdefault(table, []).append(column)
    parents: dict[str, set[str]] = {table: set() for table in columns}
    for child, parent in database.execute(_REFERENCES).fetchall():
        parents[child].add(parent)
    ordered: list[str] = []
    while len(ordered) < len(columns):
        ordered += [table for table in columns if table not in ordered and parents[table] <= {*ordered, table}]
    return {table: columns[table] for table in ordered}


def _opened(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(str(path), timeout=10, isolation_level=None)


@contextmanager
def _sqlite() -> Iterator[None]:
    try:
        yield
    except sqlite3.DatabaseError as error:
        kind: Callable[[str], Exception] = Temporary if isinstance(error, sqlite3.OperationalError) else Permanent
        raise kind(f"SQLite said: {error}.") from error


@contextmanager
def _postgres() -> Iterator[None]:
    import psycopg

    try:
        yield
    except psycopg.OperationalError as error:
        raise Temporary(f"PostgreSQL said: {str(error).strip()}.", "It may work the next time.") from error
    except psycopg.Error as error:
        raise Permanent(f"PostgreSQL said: {str(error).strip()}.") from error
