"""I/O: lease rows: who owns a mailbox or a job, until when, by the database's own clock, with a fencing number."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import peewee

from mailticket.store.tables import Lease, database

# The daemons' clocks may differ; the database has one. Microseconds since 1970.
_POSTGRES_NOW = peewee.SQL("(extract(epoch FROM clock_timestamp()) * 1000000)::bigint")
_SQLITE_NOW = peewee.SQL("CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)")


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


def _is_held(name: str, owner: str, epoch: int) -> Any:
    return (Lease.name == name) & (Lease.owner == owner) & (Lease.epoch == epoch)


def _now() -> peewee.SQL:
    return _POSTGRES_NOW if database.locks_rows else _SQLITE_NOW


def _until(ttl: timedelta) -> Any:
    return peewee.NodeList((_now(), peewee.SQL("+"), peewee.Value(ttl // timedelta(microseconds=1))), parens=True)
