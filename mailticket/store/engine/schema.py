"""I/O: brings a database up to this version's schema, and refuses one that is not."""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playhouse.migrations import Runner

from mailticket.errors import Permanent
from mailticket.store.engine.engine import Engine
from mailticket.store.migrations import blobs

#: Called with the number of steps done, of all, and the name of the step that comes next ("" at the end).
Progress = Callable[[int, int, str], None]

_BLOB_STEPS = Path(blobs.__file__).parent
_STEPS = _BLOB_STEPS.parent

#: The key of PostgreSQL's advisory lock: any number that no other program of the database uses.
_LOCK = 0x6D61696C


def runners(engine: Engine, blob_engine: Engine) -> list[Any]:
    """One runner for each history of steps: the tables, and the blobs (a database of their own with SQLite)."""
    return [Runner(engine, str(_STEPS)), Runner(blob_engine, str(_BLOB_STEPS), table_name="blob_migration")]


def migrate(
    engine: Engine, blob_engine: Engine, progress: Progress | None = None, only: Collection[str] | None = None
) -> list[str]:
    """Apply every step that is missing (of `only`, if given), each in a transaction of its own; their names.

    Of several processes one migrates and the others wait. Raises Permanent if the database is newer than we are.
    """
    with _alone(engine):
        all_runners = runners(engine, blob_engine)
        refuse_newer(all_runners)
        missing = [(runner, step.name) for runner in all_runners for step in runner.status() if not step.applied]
        pending = [(runner, name) for runner, name in missing if only is None or name in only]
        for done, (runner, name) in enumerate(pending):
            if progress:
                progress(done, len(pending), name)
            runner.up(name)
        if progress:
            progress(len(pending), len(pending), "")
        return [name for _, name in pending]


def check(engine: Engine, blob_engine: Engine) -> None:
    """Raises Permanent unless the schema is exactly this version's."""
    all_runners = runners(engine, blob_engine)
    refuse_newer(all_runners)
    if any(not step.applied for runner in all_runners for step in runner.status()):
        raise Permanent("The database was written by an older mailticket, or is new.", "Run `mailticket migrate`.")


def refuse_newer(all_runners: list[Any]) -> None:
    """Raises Permanent if a step was applied that we do not know."""
    unknown = [step.name for runner in all_runners for step in runner.status() if step.path is None]
    if unknown:
        raise Permanent(
            f"The database was written by a newer mailticket (it has the step {unknown[-1]}).", "Upgrade this one."
        )


@contextmanager
def _alone(engine: Engine) -> Iterator[None]:
    if engine.locks_rows:
        # A step may take long, and so may waiting for somebody else's.
        engine.execute_sql("SET statement_timeout = 0")
        engine.execute_sql("SET lock_timeout = 0")
        engine.execute_sql("SELECT pg_advisory_lock(%s)", (_LOCK,))
        try:
            yield
        finally:
            engine.execute_sql("SELECT pg_advisory_unlock(%s)", (_LOCK,))
            engine.execute_sql("RESET statement_timeout")
            engine.execute_sql("RESET lock_timeout")
    else:
        with open(f"{engine.database}.migrate.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
