"""I/O: how a piece of work is alone with its rows: transactions that commit by themselves, row locks, another try."""

from __future__ import annotations

import functools
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, ParamSpec, TypeVar

from mailticket.errors import Contention, Outdated
from mailticket.store.engine.proxies import database

_P = ParamSpec("_P")
_R = TypeVar("_R")

#: A unit of work that gave in to another is tried so many times, after pauses of up to so many seconds.
_TRIES, _PAUSE = 5, 0.2


@contextmanager
def committed() -> Iterator[None]:
    """A transaction that is on disk when the block ends. Inside another one it could not keep that promise."""
    if database.in_transaction():
        raise RuntimeError("this commits by itself and cannot run inside a transaction")
    with database.atomic():
        yield


def locked(query: Any, *, skip: bool = False, of: Any = None) -> Any:
    """The query with its rows locked until the transaction ends; `skip` leaves out rows that others have locked.

    Of a join the rows of every table, or those `of` one.

    Nothing to do on SQLite, where the transaction has the whole database for itself.
    """
    if not database.locks_rows:
        return query
    return query.for_update(skip_locked=True if skip else None, of=of)


def repeated(work: Callable[_P, _R]) -> Callable[_P, _R]:
    """A unit of work (whole transactions, nothing outside the database) that is done again if it gave in to another.

    Deadlocks, serialisation failures and lock timeouts of PostgreSQL, and cases that somebody changed since they were
    loaded; after the fifth they are the caller's.
    """

    @functools.wraps(work)
    def tried(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        for attempt in range(1, _TRIES):
            try:
                return work(*args, **kwargs)
            except (Contention, Outdated):
                if not database.is_closed() and database.in_transaction():
                    raise  # the transaction around it is broken too: whoever began it tries again
                time.sleep(random.uniform(0, _PAUSE * attempt))
        return work(*args, **kwargs)

    return tried
