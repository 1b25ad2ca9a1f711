"""I/O: lease rows: who owns a mailbox or a job, until when, by the database's own clock, with a fencing number."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import peewee

from mailticket.store.engine.proxies import database
from mailticket.store.tables.watch_tables import Lease

# The daemons' clocks may differ; the database has one. Microseconds since 1970.
_POSTGRES_NOW = peewee.SQL("(extract(epoch FROM clock_timestamp()) * 1000000)::bigint")
_SQLITE_NOW = peewee.SQL("CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)")

#: Before the name of a process: the lease by which it shows that it lives.
_LIFE = "daemon:"


def acquire(name: str, owner: str, ttl: timedelta) -> int | None:
    """Own it for `ttl`; None if somebody else does. The number returned is higher than that of every owner before."""
    until = _until(ttl)
    is_free = (Lease.until < _now()) | (Lease.owner == owner)
    taken = (
        Lease.insert(name=name, owner=owner, epoch=1, until=until)
        .on_conflict(
            conflict_target=[Lease.name],
            update={Lease.owner: owner, Lease.epoch: Lease.epoch + 1, Lease.until: until},
            where=is_free,
        )
        .returning(Lease.epoch)
        .tuples()
    )
    rows: list[Any] = list(taken.execute())
    return int(rows[0][0]) if rows else None


def renew(name: str, owner: str, epoch: int, ttl: timedelta) -> bool:
    """Own it for another `ttl`; False if somebody else has taken it since."""
    return bool(Lease.update(until=_until(ttl)).where(_is_held(name, owner, epoch)).execute())


def release(name: str, owner: str, epoch: int | None = None) -> None:
    """Let it go, if it is still ours. The row stays: its number only grows."""
    is_ours = (Lease.name == name) & (Lease.owner == owner)
    Lease.update(until=0).where(is_ours if epoch is None else is_ours & (Lease.epoch == epoch)).execute()


def holds(name: str, owner: str, epoch: int) -> bool:
    """Is it still ours at this moment? For a writer to ask inside its transaction."""
    return bool(Lease.select().where(_is_held(name, owner, epoch) & (Lease.until >= _now())).exists())


def fence(name: str, owner: str, epoch: int) -> bool:
    """Is it still ours? For a writer, inside its transaction: until that ends, nobody else can take it.

    By the number alone: a lease that ran out and that nobody took does no harm.
    """
    row: Any = Lease.select(Lease.epoch).where(_is_held(name, owner, epoch))
    return bool(list((row.for_update("FOR SHARE") if database.locks_rows else row).tuples()))


def show_life(owner: str, ttl: timedelta) -> None:
    """This process lives: what it has in hand is its own for `ttl` from now."""
    acquire(_LIFE + owner, owner, ttl)


def is_dead(owner: str) -> bool:
    """Has this process shown no life for longer than it promised?"""
    return not Lease.select().where((Lease.name == _LIFE + owner) & (Lease.until >= _now())).exists()


def end_life(owner: str) -> None:
    """This process has ended, and with it all that it owned."""
    Lease.delete().where(Lease.name == _LIFE + owner).execute()
    Lease.update(until=0).where(Lease.owner == owner).execute()


def owners() -> list[str]:
    """The processes that own something, or show that they live."""
    rows: Any = Lease.select(Lease.owner).where(Lease.until >= _now()).distinct().tuples()
    return [owner for (owner,) in rows]


def bury(older_than: timedelta) -> int:
    """Forget processes that showed no life for so long; their number."""
    long_ago = peewee.NodeList((_now(), peewee.SQL("-"), peewee.Value(_microseconds(older_than))), parens=True)
    return int(Lease.delete().where(Lease.name.startswith(_LIFE) & (Lease.until < long_ago)).execute())


def _is_held(name: str, owner: str, epoch: int) -> Any:
    return (Lease.name == name) & (Lease.owner == owner) & (Lease.epoch == epoch)


def _now() -> peewee.SQL:
    return _POSTGRES_NOW if database.locks_rows else _SQLITE_NOW


def _until(ttl: timedelta) -> Any:
    return peewee.NodeList((_now(), peewee.SQL("+"), peewee.Value(_microseconds(ttl))), parens=True)


def _microseconds(span: timedelta) -> int:
    return span // timedelta(microseconds=1)
