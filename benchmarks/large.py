"""I/O: a desk with a large store: a small one that the product wrote (`seed`), copied by SQL (`multiply`)."""

from __future__ import annotations

import sqlite3
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import psycopg

from benchmarks.multiply import multiply_postgres, multiply_sqlite
from benchmarks.seed import sown
from benchmarks.servers import Site

#: Cases of the small store; the large one has a multiple of them.
_SEED = 400
#: Nothing is lost by it: a store that was not made to its end is made anew.
_QUICK = ("synchronous = off", "journal_mode = off", "cache_size = -600000", "locking_mode = exclusive")


def large(
    place: Site, config: Path, user: str, database: str, cases: int, quickly: AbstractContextManager[None]
) -> float:
    """Fills the desk's store with so many cases; the bytes that a case takes, raw mails apart.

    `quickly`: what the server is while the product does not look: it refuses one that does not wait for the disk.

    A case: an inquiry of 80 words, its acknowledgement, a CSR's letter, an answer of 80 words, three events.
    """
    seed = min(_SEED, cases)
    sown(place, config, user, seed)
    times, began = max(cases // seed - 1, 0), time.monotonic()

    def told(what: str) -> None:
        print(f"  {what}, {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)

    if database == "sqlite":
        return _sqlite(config.parent / "data" / "mailticket.db", times, told) / cases
    with quickly:
        return _postgres(database, times, told) / cases


def _sqlite(path: Path, times: int, told: Callable[[str], None]) -> int:
    """The bytes of the whole store."""
    line = sqlite3.connect(path, isolation_level=None)
    for pragma in _QUICK:
        line.execute(f"PRAGMA {pragma}")
    multiply_sqlite(line, times, told)
    line.close()
    return path.stat().st_size


def _postgres(url: str, times: int, told: Callable[[str], None]) -> int:
    """The bytes of the whole store. Autovacuum is off on this server, so it is done by hand."""
    multiply_postgres(url, times, told)
    with psycopg.connect(url, autocommit=True) as line:
        line.execute("VACUUM ANALYZE")
        found = line.execute("SELECT pg_database_size(current_database())").fetchone()
    return int(found[0]) if found else 0
