"""I/O: nobody removes a large file at the moment at which another one stores it again.

With PostgreSQL by its advisory locks, for daemons on many machines; with SQLite by a lock on a local folder.
Source: PostgreSQL's documentation, section 13.3.5; flock(2).
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mailticket.store.engine.disk import told
from mailticket.store.engine.proxies import blob_database

#: Any number that nothing else in the database locks by.
_KEY = 0x6D61696C


@contextmanager
def while_storing(folder: Path) -> Iterator[None]:
    """Others may store as well, nobody removes. `folder` is a local one; the blobs' connection is open."""
    if blob_database.locks_rows:
        blob_database.execute_sql("SELECT pg_advisory_lock_shared(%s)", (_KEY,))
        try:
            yield
        finally:
            blob_database.execute_sql("SELECT pg_advisory_unlock_shared(%s)", (_KEY,))
        return
    with _opened(folder) as handle:
        fcntl.flock(handle, fcntl.LOCK_SH)
        yield


@contextmanager
def while_removing(folder: Path) -> Iterator[bool]:
    """False, and nothing may be removed, if somebody is just storing: it is tried again another day."""
    if blob_database.locks_rows:
        is_ours = bool(blob_database.execute_sql("SELECT pg_try_advisory_lock(%s)", (_KEY,)).fetchone()[0])
        try:
            yield is_ours
        finally:
            if is_ours:
                blob_database.execute_sql("SELECT pg_advisory_unlock(%s)", (_KEY,))
        return
    with _opened(folder) as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


@contextmanager
def _opened(folder: Path) -> Iterator[int]:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise told(error, folder) from error
    try:
        yield handle
    finally:
        os.close(handle)
