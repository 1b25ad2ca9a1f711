"""I/O: what processes on one PostgreSQL call to each other (LISTEN and NOTIFY): that there is work for a verb.

A hint, no message: it may be missed while nobody listens, so whoever waits for work looks by themselves as well.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from mailticket.errors import StoreTrouble
from mailticket.store.engine.engine import Engine

#: Whoever listens is given the word this often, in seconds, so that they can stop. It costs no query.
_QUIET = 0.5


@dataclass(frozen=True, slots=True)
class Notice:
    """There is work for a `verb`, says `teller` ("" if they did not say who they are)."""

    verb: str
    teller: str


def tell(engine: Engine, verb: str, teller: str) -> None:
    """On the caller's connection; inside a transaction it is heard when that commits."""
    engine.execute_sql("SELECT pg_notify(%s, %s)", (verb, teller))


def heard(engine: Engine, verbs: Sequence[str]) -> Generator[Notice | None]:
    """Each notice about these verbs, on a connection of its own; None once it listens, and whenever all is quiet.

    Raises StoreTrouble if the server cannot be reached or goes away. https://www.postgresql.org/docs/current/sql-notify.html
    """
    import psycopg
    from psycopg import sql

    try:
        with psycopg.connect(str(engine.database), autocommit=True, application_name="mailticket") as line:
            for verb in verbs:
                line.execute(sql.SQL("LISTEN {}").format(sql.Identifier(verb)))
            yield None
            while True:
                yield from _spoken(line)
                yield None
    except psycopg.Error as error:
        raise StoreTrouble(f"The line on which other daemons call is lost ({error}).") from error


def _spoken(line: Any) -> Iterator[Notice]:
    for one in line.notifies(timeout=_QUIET):
        yield Notice(one.channel, one.payload)
