"""I/O: how a piece of work is alone with its rows: transactions that commit by themselves, and row locks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from mailticket.store.tables import database


@contextmanager
def committed() -> Iterator[None]:
    """A transaction that is on disk when the block ends. Inside another one it could not keep that promise."""
    if database.in_transaction():
        raise RuntimeError("this commits by itself and cannot run inside a transaction")
    with database.atomic():
        yield


def locked(query: Any, *, skip: bool = False) -> Any:
    """The query with its rows locked until the transaction ends; `skip` leaves out rows that others have locked.

    Nothing to do on SQLite, where the transaction has the whole database for itself.
    """
    if not database.locks_rows:
        return query
    return query.for_update(skip_locked=True) if skip else query.for_update()
