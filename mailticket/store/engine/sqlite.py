"""I/O: SQLite: one file, one writer at a time; how it connects, and what its errors mean."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path
from typing import Any

import peewee

from mailticket.errors import Contention
from mailticket.store.engine import disk
from mailticket.store.engine.engine import AGAIN, Engine
from mailticket.store.engine.turns import Turns

_DAMAGED = "Stop mailticket, set the file aside and restore a backup; until then nothing is lost by waiting."

#: SQLite's result codes that are the database's trouble and no statement's: they pass by themselves, or when somebody
#: has helped. Name after SQLITE_ -> what happened, what to do. sqlite.org/rescode.html
_PASSING = {
    "BUSY": ("The database is locked by another process", AGAIN),
    "LOCKED": ("The database is locked by another connection", AGAIN),
    "FULL": ("The disk of the database is full", "Free some space; work goes on by itself."),
    "IOERR": ("The disk of the database reported an error", "Look at the system's log; the disk may be failing."),
    "CANTOPEN": ("The database file cannot be opened", "Check the folder `mailticket.data` and its owner."),
    "NOMEM": ("The database found no memory", AGAIN),
    "PROTOCOL": ("The database is locked by another process", AGAIN),
    "INTERRUPT": ("A statement was interrupted", AGAIN),
    "CORRUPT": ("The database file {file} is damaged", _DAMAGED),
    "NOTADB": ("The database file {file} is damaged", _DAMAGED),
}

#: Seconds that a transaction waits for another one to end.
_WAITS = 10.0

#: WAL with synchronous=NORMAL can lose the last commits at a power cut, and the mail server's copy is gone by then.
_PRAGMAS = (
    "PRAGMA busy_timeout = 10000",
    "PRAGMA journal_mode = wal",
    "PRAGMA synchronous = full",
    "PRAGMA foreign_keys = on",
    "PRAGMA temp_store = memory",
    # What is masked or erased is overwritten, not only forgotten (sqlite.org/pragma.html#pragma_secure_delete).
    "PRAGMA secure_delete = on",
)

#: How a statement begins that takes SQLite's write lock.
_WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE")


class SqliteEngine(Engine, peewee.SqliteDatabase):
    """One file. Every commit is on disk when it returns; a transaction takes the write lock when it begins."""

    locks_rows = False

    def __init__(self, path: Path) -> None:
        #: Held by the thread whose transaction runs: the next one goes on at once, where SQLite's own waiting sleeps.
        self._turns = Turns()
        self._mine = threading.local()
        super().__init__(str(path), lock_type="IMMEDIATE", returning_clause=True)

    def execute_sql(self, sql: str, params: Any = None) -> Any:
        if self.transaction_depth() or not sql.startswith(_WRITES):
            return super().execute_sql(sql, params)
        # A transaction of one statement. Without a turn it would find the lock taken again and again.
        self._take_turn()
        try:
            return super().execute_sql(sql, params)
        finally:
            self._end_turn()

    def _take_turn(self) -> None:
        if not self._turns.take(_WAITS):
            raise Contention("The database is locked by another part of mailticket.", AGAIN)
        self._mine.is_held = True

    def begin(self, *args: Any) -> None:
        self._take_turn()
        try:
            super().begin(*args)
        except BaseException:
            self._end_turn()
            raise

    def commit(self) -> None:
        super().commit()
        self._end_turn()

    def _end_turn(self) -> None:
        if getattr(self._mine, "is_held", False):
            self._mine.is_held = False
            self._turns.give()

    def _close(self, conn: Any) -> None:
        super()._close(conn)
        self._end_turn()

    def fresh_connection(self) -> sqlite3.Connection:
        # A connection serves one thread at a time, but not always the same one.
        connection = sqlite3.connect(str(self.database), timeout=10, isolation_level=None, check_same_thread=False)
        for pragma in _PRAGMAS:
            connection.execute(pragma)
        return connection

    def is_reusable(self, connection: Any) -> bool:
        return not connection.in_transaction

    def rollback(self) -> None:
        # A full disk makes SQLite roll back by itself; a second ROLLBACK would hide the first error.
        try:
            if self.current.in_transaction:
                with self.speaking():
                    super().rollback()
        finally:
            self._end_turn()

    def cause(self, error: BaseException) -> tuple[str, str] | None:
        driver = error if isinstance(error, sqlite3.Error) else error.__context__
        name = getattr(driver, "sqlite_errorname", "")
        if name in disk.NOT_SYNCED:
            disk.not_synced(f"{self.database}: {name}")
        found = _PASSING.get(name.removeprefix("SQLITE_").partition("_")[0])
        return (found[0].format(file=self.database), found[1]) if found else None
