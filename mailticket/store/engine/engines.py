"""I/O: SQLite and PostgreSQL behind one surface: how each connects, keeps its connections, and what its errors mean."""

from __future__ import annotations

import sqlite3
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import peewee

from mailticket.errors import Contention, MailticketError, Permanent, StoreTrouble
from mailticket.store.engine import disk
from mailticket.store.engine.last_things import LastThings
from mailticket.store.engine.prepared import Run, WritingContext
from mailticket.store.engine.turns import Turns

_AGAIN = "It is tried again by itself."

_DAMAGED = "Stop mailticket, set the file aside and restore a backup; until then nothing is lost by waiting."

#: SQLite's result codes that are the database's trouble and no statement's: they pass by themselves, or when somebody
#: has helped. Name after SQLITE_ -> what happened, what to do. sqlite.org/rescode.html
_SQLITE_TEMPORARY = {
    "BUSY": ("The database is locked by another process", _AGAIN),
    "LOCKED": ("The database is locked by another connection", _AGAIN),
    "FULL": ("The disk of the database is full", "Free some space; work goes on by itself."),
    "IOERR": ("The disk of the database reported an error", "Look at the system's log; the disk may be failing."),
    "CANTOPEN": ("The database file cannot be opened", "Check the folder `mailticket.data` and its owner."),
    "NOMEM": ("The database found no memory", _AGAIN),
    "PROTOCOL": ("The database is locked by another process", _AGAIN),
    "INTERRUPT": ("A statement was interrupted", _AGAIN),
    "CORRUPT": ("The database file {file} is damaged", _DAMAGED),
    "NOTADB": ("The database file {file} is damaged", _DAMAGED),
}

#: PostgreSQL's SQLSTATEs (their first characters) that pass. postgresql.org/docs/15/errcodes-appendix.html
_POSTGRES_TEMPORARY = {
    "08": ("The connection to the database is lost", _AGAIN),
    "40": ("Two transactions were in each other's way", _AGAIN),
    "53": ("The database server has run out of something", "Look at its disk, memory and max_connections."),
    "55P03": ("A row stayed locked for too long", _AGAIN),
    "57": ("The database server is stopping or starting, or ended the statement", _AGAIN),
    "58": ("The database server reported a system error", "Look at the database server's log."),
    "25006": ("The database takes no changes at the moment", "It may be a standby; look at `mailticket.database`."),
    "XX001": ("The database is damaged", "Look at the database server's log."),
    "XX002": ("An index of the database is damaged", "Look at the database server's log; REINDEX may mend it."),
}

#: Serialisation failure, deadlock, lock timeout.
_POSTGRES_GAVE_IN = frozenset({"40001", "40P01", "55P03"})

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

_POSTGRES_SETTINGS = "-c timezone=UTC -c synchronous_commit=on -c lock_timeout=10s -c statement_timeout=60s"

#: libpq's PQTRANS_IDLE: connected, and in no transaction.
_POSTGRES_IDLE = 0


class Engine(peewee.Database, ABC):
    """What both have in common. A connection belongs to one thread while it is open, and is kept for the next."""

    #: True where rows are locked one by one; False where a writer locks the whole database.
    locks_rows: ClassVar[bool]

    context_class = WritingContext

    def __init__(self, database: str, **options: Any) -> None:
        self.last_things = LastThings()
        self._idle: list[Any] = []
        self._idle_lock = threading.Lock()
        super().__init__(database, autoconnect=False, **options)

    @abstractmethod
    def fresh_connection(self) -> Any:
        """A new connection of the driver, in autocommit mode."""

    @abstractmethod
    def is_reusable(self, connection: Any) -> bool:
        """Is the connection whole, and outside a transaction?"""

    @abstractmethod
    def cause(self, error: BaseException) -> tuple[str, str] | None:
        """What happened and what to do, if the error passes by itself; None if it will come again."""

    def gave_in(self, error: BaseException) -> bool:
        """Was it ended only because another transaction was in its way? Then the same may work at once."""
        return False

    # The two hooks by which peewee opens and closes.
    def _connect(self) -> Any:
        while True:
            with self._idle_lock:
                if not self._idle:
                    break
                connection = self._idle.pop()
            if self.is_reusable(connection):
                return connection
            connection.close()
        return self.fresh_connection()

    def _close(self, conn: Any) -> None:
        if self.is_reusable(conn):
            with self._idle_lock:
                self._idle.append(conn)
        else:
            conn.close()

    def close_idle(self) -> None:
        """Close the connections that nobody uses."""
        with self._idle_lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    @property
    def current(self) -> Any:
        """The driver's connection of this thread."""
        give: Callable[[], Any] = self.connection
        return give()

    @contextmanager
    def speaking(self) -> Iterator[None]:
        """Turns the driver's errors into ours."""
        try:
            yield
        except (peewee.PeeweeException, sqlite3.Error) as error:
            raise self.told(error) from error

    def told(self, error: Exception) -> MailticketError:
        """A database error in our words."""
        passing = self.cause(error)
        if passing:
            kind = Contention if self.gave_in(error) else StoreTrouble
            return kind(f"{passing[0]} ({_first_line(error)}).", passing[1])
        return Permanent(f"The database refused a statement: {_first_line(error)}.")

    def execute(self, query: Any, **context_options: Any) -> Any:
        """A prepared query comes here at its first run alone, to be written."""
        prepared: Run | None = getattr(query, "prepared", None)
        if prepared is None:
            run: Callable[..., Any] = super().execute
            return run(query, **context_options)
        written = prepared.written
        if not written.sql:
            context: Any = self.get_sql_context(**context_options)
            written.keep(*context.sql(query).query())
        return self.execute_sql(*written.filled(prepared.values))

    def execute_sql(self, sql: str, params: Any = None) -> Any:
        run: Callable[..., Any] = super().execute_sql
        self.last_things.before(sql)
        try:  # as `speaking` does, without the cost of a context for each statement
            return run(sql, params)
        except (peewee.PeeweeException, sqlite3.Error) as error:
            raise self.told(error) from error

    def connect(self, reuse_if_open: bool = False) -> bool:
        with self.speaking():
            return bool(super().connect(reuse_if_open))

    def begin(self, *args: Any) -> None:
        with self.speaking():
            super().begin(*args)

    def commit(self) -> None:
        with self.speaking():
            super().commit()


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
            raise Contention("The database is locked by another part of mailticket.", _AGAIN)
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
        found = _SQLITE_TEMPORARY.get(name.removeprefix("SQLITE_").partition("_")[0])
        return (found[0].format(file=self.database), found[1]) if found else None


class _Psycopg(peewee.Psycopg3Adapter):
    """What peewee asks of the driver, whose name it does not know: see `drivers`."""

    def get_binary_type(self) -> Any:
        import psycopg

        return psycopg.Binary


class PostgresEngine(Engine, peewee.PostgresqlDatabase):
    """A PostgreSQL database by psycopg 3. `url` is a libpq connection URI."""

    locks_rows = True

    psycopg2_adapter = psycopg3_adapter = _Psycopg

    def __init__(self, url: str) -> None:
        super().__init__(url, prefer_psycopg3=True)

    def fresh_connection(self) -> Any:
        import psycopg

        return psycopg.connect(
            str(self.database),
            autocommit=True,
            connect_timeout=10,
            application_name="mailticket",
            options=_POSTGRES_SETTINGS,
        )

    def is_reusable(self, connection: Any) -> bool:
        return not connection.closed and connection.pgconn.transaction_status == _POSTGRES_IDLE

    def rollback(self) -> None:
        if not self.current.closed:
            with self.speaking():
                super().rollback()

    def cause(self, error: BaseException) -> tuple[str, str] | None:
        state = getattr(error.__context__, "sqlstate", None) or ""
        if not state and isinstance(error, peewee.OperationalError | peewee.InterfaceError):
            # The idle connections died with this one: a server that restarted, a network that broke.
            self.close_idle()
            return "The database cannot be reached", _AGAIN
        return _POSTGRES_TEMPORARY.get(state) or _POSTGRES_TEMPORARY.get(state[:2])

    def gave_in(self, error: BaseException) -> bool:
        return getattr(error.__context__, "sqlstate", None) in _POSTGRES_GAVE_IN


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
