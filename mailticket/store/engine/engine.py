"""I/O: what both databases have in common: how connections are kept, statements carried out, and errors told."""

from __future__ import annotations

import sqlite3
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

import peewee

from mailticket.errors import Contention, MailticketError, Permanent, StoreTrouble
from mailticket.store.engine.last_things import LastThings
from mailticket.store.engine.prepared import Run, WritingContext

#: What to do about a trouble that passes.
AGAIN = "It is tried again by itself."


class Engine(peewee.Database, ABC):
    """One database. A connection belongs to one thread while it is open, and is kept for the next."""

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


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
