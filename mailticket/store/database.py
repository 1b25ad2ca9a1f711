"""I/O: opens and closes the one database of this process, and runs units of work on it.

Every other file of the store works on the connection that `Store.connection` opened for the calling thread.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Callable, Collection, Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TypeVar

from mailticket.errors import MailticketError, Permanent, Temporary
from mailticket.store.engine import disk, filesystems, notices, proxies, schema
from mailticket.store.engine.engine import Engine
from mailticket.store.engine.notices import Notice
from mailticket.store.engine.postgres import PostgresEngine
from mailticket.store.engine.sqlite import SqliteEngine
from mailticket.store.files import blobs
from mailticket.store.files.depots import Bucket, Depot, Disk

_HAS_FTS5 = "SELECT 1 FROM pragma_module_list WHERE name = 'fts5'"

#: What must hold before the first mail is taken: statement -> answers that are safe, and what a wrong one means.
_SQLITE_SAFE = {
    "PRAGMA journal_mode": (("wal",), "it has no write-ahead log; keep it on a local disk, not on a network share"),
    "PRAGMA synchronous": (("2", "3"), "commits may be lost at a power cut"),
    "PRAGMA foreign_keys": (("1",), "rows may lose their owners"),
}
_POSTGRES_SAFE = {
    "SHOW fsync": (("on",), "commits may be lost at a power cut; set fsync = on"),
    "SHOW full_page_writes": (("on",), "a power cut may destroy it; set full_page_writes = on"),
    "SHOW synchronous_commit": (("on", "remote_apply", "remote_write", "local"), "commits may be lost"),
    "SHOW server_encoding": (("UTF8",), "it cannot hold every mail's text; create it with ENCODING 'UTF8'"),
}

#: Of SQLite's files, in bytes: a larger one takes longer to rewrite than other writers wait.
_MOST_REWRITTEN = 1 << 30

_T = TypeVar("_T")


class Store:
    """The database and the files. `url` is "sqlite" or "postgresql://user:password@host:port/name"; `files` is
    "local" (in `data`) or "s3://bucket/prefix"."""

    def __init__(self, url: str, data: Path, files: str = "local") -> None:
        self.url = url
        self.data = data
        self.files = files
        self.engine: Engine
        self.blob_engine: Engine
        self._lock: IO[str] | None = None
        #: SQLite's files as they were opened.
        self._opened: dict[Path, disk.Identity] = {}

    @property
    def is_postgres(self) -> bool:
        return self.url.startswith(("postgresql://", "postgres://"))

    @property
    def path(self) -> Path:
        """SQLite's database file."""
        return self.data / "mailticket.db"

    @property
    def blob_path(self) -> Path:
        """SQLite's file of raw mails and small files."""
        return self.data / "blobs.db"

    def open(self) -> None:
        """Make the data folder, bind the tables and refuse settings under which mail could be lost."""
        _make_folder(self.data)
        if self.is_postgres:
            self.engine = self.blob_engine = PostgresEngine("postgresql://" + self.url.partition("://")[2])
        elif self.url == "sqlite":
            _refuse_remote(self.data)
            _refuse_half((self.path, self.blob_path))
            self.engine, self.blob_engine = SqliteEngine(self.path), SqliteEngine(self.blob_path)
            for engine in (self.engine, self.blob_engine):
                _make_private(Path(str(engine.database)))
            self._opened = {path: disk.identity(path) for path in (self.path, self.blob_path)}
        else:
            raise Permanent(f'"{self.url}" is no database.', 'Write "sqlite" or "postgresql://user@host/name".')
        proxies.database.initialize(self.engine)
        proxies.blob_database.initialize(self.blob_engine)
        blobs.keep_in(self.depot())
        try:
            with self.connection():
                self._refuse_unsafe()
        except MailticketError:
            self.engine.close_idle()
            raise

    def depot(self) -> Depot:
        """Where large files lie. Raises Permanent for a place that is none."""
        folder = self.data / "files"
        return Disk(folder) if self.files == "local" else Bucket(self.files, folder / "unfinished")

    def close(self) -> None:
        """Close every idle connection; SQLite's log is folded into its file."""
        self._opened = {}
        for engine in {id(one): one for one in (self.engine, self.blob_engine)}.values():
            engine.close()
            if not engine.locks_rows:
                with engine.connection_context():
                    engine.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            engine.close_idle()
        self.let_go()

    def let_go(self) -> None:
        """Undoes `hold_alone`."""
        if self._lock:
            self._lock.close()
            self._lock = None

    def hold_alone(self) -> None:
        """SQLite: be the only daemon on this file until `close`. PostgreSQL: nothing, there leases decide."""
        if self.is_postgres:
            return
        path = Path(f"{self.path}.lock")
        lock = path.open("a+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            other = path.read_text().strip() or "unknown"
            lock.close()
            raise Permanent(
                f"Another mailticket (process {other}) runs on {self.path}.",
                "Stop it first, or use PostgreSQL for several daemons.",
            ) from None
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        self._lock = lock

    @contextmanager
    def connection(self) -> Iterator[None]:
        """One unit of work on this thread: opens a connection unless one is open, and gives it back at the end."""
        if not self.engine.is_closed():
            yield
            return
        if self._opened:
            disk.refuse_replaced(self._opened)
        self.engine.connect()
        try:
            with self.engine.speaking():
                yield
        finally:
            self.engine.close()
            if not self.blob_engine.is_closed():  # few units of work need it
                self.blob_engine.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing. On SQLite it takes the write lock at once; inside another one it is a savepoint."""
        last_things = self.engine.last_things
        with self.engine.speaking():
            last_things.write_rows()  # those of an outer transaction: they do not hang on the end of this savepoint
            with self.engine.atomic(), last_things.of_transaction():
                yield

    def before_commit(self, work: Callable[[list[_T]], object], thing: _T) -> None:
        """Do this at the end of this thread's transaction, in it; what was put off first comes first.

        `work` gets all things at once that were put off for it one after the other. What is put off in a savepoint that
        is rolled back is not done. Outside a transaction it is done at once.
        """
        self.engine.last_things.put_off(work, thing)

    def after_commit(self, wake: Callable[[], object]) -> None:
        """Call `wake` once the outermost transaction is committed, or now if there is none.

        It may only set events: an exception in it would look like a failed commit.
        """
        self.engine.after_commit(wake)

    def migrate(self, progress: schema.Progress | None = None, only: Collection[str] | None = None) -> list[str]:
        """Bring the schema up to this version, or by these steps `only`; the names of the steps applied."""
        with self.connection(), self._blob_connection():
            return schema.migrate(self.engine, self.blob_engine, progress, only)

    def steps(self) -> list[str]:
        """The migrations that the database has had."""
        with self.connection(), self._blob_connection():
            runners = schema.runners(self.engine, self.blob_engine)
            return [step.name for one in runners for step in one.status() if step.applied]

    def check_schema(self) -> None:
        """Raises Permanent unless the schema is exactly this version's."""
        with self.connection(), self._blob_connection():
            schema.check(self.engine, self.blob_engine)

    def rewrite(self, most: int | None = None) -> str:
        """The files hold what is in the tables and nothing that once was: free pages go, and SQLite's log. What was not
        rewritten because it is so large (of more than `most` bytes) that others would wait too long, "" if all was.

        On a connection, outside a transaction. Raises Temporary if somebody else is in the way.
        """
        if self.is_postgres:
            self.engine.execute_sql("SET statement_timeout = 0")
            self.engine.execute_sql("VACUUM")
            self.engine.execute_sql("RESET statement_timeout")
            return ""
        with self._blob_connection():
            limit = _MOST_REWRITTEN if most is None else most
            left = [path.name for path in (self.path, self.blob_path) if path.stat().st_size > limit]
            for engine, path in ((self.engine, self.path), (self.blob_engine, self.blob_path)):
                if path.name not in left:
                    engine.execute_sql("VACUUM")
                busy, *_ = engine.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
                if busy:
                    raise Temporary("Somebody reads the database, so that its log could not be emptied.", "Try again.")
        return ", ".join(left)

    def notify(self, verb: str, teller: str = "") -> None:
        """Other daemons look for work at once when the transaction commits. SQLite has no others."""
        if self.is_postgres:
            notices.tell(self.engine, verb, teller)

    def notices(self, verbs: Sequence[str]) -> Generator[Notice | None]:
        """What others say on PostgreSQL, without an end: see `notices.heard`."""
        return notices.heard(self.engine, verbs)

    @contextmanager
    def _blob_connection(self) -> Iterator[None]:
        is_separate = self.blob_engine is not self.engine and self.blob_engine.is_closed()
        with self.blob_engine.connection_context() if is_separate else _nothing():
            yield

    def _refuse_unsafe(self) -> None:
        if not self.is_postgres and sqlite3.sqlite_version_info < (3, 35):
            raise Permanent(f"SQLite {sqlite3.sqlite_version} is too old.", "Install 3.35 or newer.")
        if not self.is_postgres and not self.engine.execute_sql(_HAS_FTS5).fetchone():
            raise Permanent(
                "This SQLite has no full-text search (FTS5).", "Install one that has it, or use PostgreSQL."
            )
        for statement, (safe, meaning) in (_POSTGRES_SAFE if self.is_postgres else _SQLITE_SAFE).items():
            found = str(self.engine.execute_sql(statement).fetchone()[0])
            if found not in safe:
                raise Permanent(f'The database is not safe: "{statement}" says {found}: {meaning}.')


@contextmanager
def _nothing() -> Iterator[None]:
    yield


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(13, "Permission denied", str(folder))
    except OSError as error:
        raise Permanent(
            f"The data folder {folder} cannot be written ({error.strerror}).", "Check `mailticket.data` and its owner."
        ) from error


def _refuse_remote(folder: Path) -> None:
    """On a network share SQLite's locks and commits are not what they seem."""
    kind = filesystems.remote_kind(folder)
    if kind:
        raise Permanent(
            f"{folder} lies on a file system of the kind {kind}, where SQLite can lose mail.",
            "Put `mailticket.data` on a local disk, or use PostgreSQL.",
        )


def _refuse_half(files: Sequence[Path]) -> None:
    """Beside an empty one, what the other file names would be lost in silence."""
    kept = [one for one in files if one.exists() and one.stat().st_size]
    missing = [one for one in files if not one.exists()]
    if kept and missing:
        raise Permanent(
            f"{missing[0]} is missing, but {kept[0]} is there: they belong together.",
            "Put it back, or restore a backup of both into an empty folder.",
        )


def _make_private(path: Path) -> None:
    """SQLite gives its log files the rights of the database file: other users may read none of them."""
    if not path.exists():
        path.touch(mode=0o600)
