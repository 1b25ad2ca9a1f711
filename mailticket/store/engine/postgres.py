"""I/O: PostgreSQL by psycopg 3: how it connects, and what its errors mean."""

from __future__ import annotations

from typing import Any

import peewee

from mailticket.store.engine.engine import AGAIN, Engine

#: PostgreSQL's SQLSTATEs (their first characters) that pass. postgresql.org/docs/15/errcodes-appendix.html
_PASSING = {
    "08": ("The connection to the database is lost", AGAIN),
    "40": ("Two transactions were in each other's way", AGAIN),
    "53": ("The database server has run out of something", "Look at its disk, memory and max_connections."),
    "55P03": ("A row stayed locked for too long", AGAIN),
    "57": ("The database server is stopping or starting, or ended the statement", AGAIN),
    "58": ("The database server reported a system error", "Look at the database server's log."),
    "25006": ("The database takes no changes at the moment", "It may be a standby; look at `mailticket.database`."),
    "XX001": ("The database is damaged", "Look at the database server's log."),
    "XX002": ("An index of the database is damaged", "Look at the database server's log; REINDEX may mend it."),
}

#: Serialisation failure, deadlock, lock timeout.
_GAVE_IN = frozenset({"40001", "40P01", "55P03"})

_SETTINGS = "-c timezone=UTC -c synchronous_commit=on -c lock_timeout=10s -c statement_timeout=60s"

#: libpq's PQTRANS_IDLE: connected, and in no transaction.
_IDLE = 0


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
            options=_SETTINGS,
        )

    def is_reusable(self, connection: Any) -> bool:
        return not connection.closed and connection.pgconn.transaction_status == _IDLE

    def rollback(self) -> None:
        if not self.current.closed:
            with self.speaking():
                super().rollback()

    def cause(self, error: BaseException) -> tuple[str, str] | None:
        state = getattr(error.__context__, "sqlstate", None) or ""
        if not state and isinstance(error, peewee.OperationalError | peewee.InterfaceError):
            # The idle connections died with this one: a server that restarted, a network that broke.
            self.close_idle()
            return "The database cannot be reached", AGAIN
        return _PASSING.get(state) or _PASSING.get(state[:2])

    def gave_in(self, error: BaseException) -> bool:
        return getattr(error.__context__, "sqlstate", None) in _GAVE_IN
