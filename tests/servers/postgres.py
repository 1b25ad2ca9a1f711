"""A real PostgreSQL 15 from Debian's binaries, in a folder of its own, on a free loopback port."""

from __future__ import annotations

import getpass
import glob
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from tests.servers import programs

_USER = "mailticket"
_BINARIES = "/usr/lib/postgresql/*/bin"
#: What a test session's databases may need, in bytes.
_ROOM = 600_000_000
_databases = itertools.count(1)

# Small, and quick to stop. What keeps commits safe (fsync and its kind) stays as the store demands it.
_SETTINGS = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
shared_buffers = 32MB
max_connections = 60
autovacuum = off
"""


class Postgres:
    """A running server. It refuses to run as root, so root starts it as the user postgres.

    `place`: where its files lie; in memory if there is room, unless something else is said.
    """

    def __init__(self, place: Path | None = None) -> None:
        self.port = programs.free_port()
        self._binaries = _binaries()
        self._account = pwd.getpwnam("postgres") if os.getuid() == 0 else None
        self._folder = Path(tempfile.mkdtemp(prefix="mailticket-postgres-", dir=place or _memory()))
        self._data = self._folder / "data"
        if self._account:
            os.chown(self._folder, self._account.pw_uid, self._account.pw_gid)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Of the postmaster."""
        assert self._process
        return self._process.pid

    def start(self) -> None:
        made = ("--auth=trust", f"--username={_USER}", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")
        told = subprocess.run(
            [self._binaries / "initdb", *made, self._data], capture_output=True, check=False, **self._as_account()
        )
        if told.returncode:
            pytest.fail(f"initdb failed: {told.stderr.decode()}")
        with (self._data / "postgresql.conf").open("a") as settings:
            settings.write(f"{_SETTINGS}port = {self.port}\n")
        self._run()

    def restart(self) -> None:
        """Everything in hand breaks off (an immediate shutdown); the next start recovers from the log."""
        assert self._process
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait(15)
        self._run()

    def _run(self) -> None:
        log = self._folder / "log"
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                [self._binaries / "postgres", "-D", self._data], stdout=out, stderr=out, **self._as_account()
            )
        programs.wait_until(self._is_ready, 30, "PostgreSQL", log)

    def stop(self) -> None:
        if self._process:
            self._process.send_signal(signal.SIGINT)  # a fast shutdown: connections are ended
            try:
                self._process.wait(15)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def url(self, database: str) -> str:
        return f"postgresql://{_USER}@127.0.0.1:{self.port}/{database}"

    def fresh(self, name: str) -> str:
        """Makes an empty database; its URL."""
        self.run(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return self.url(name)

    def run(self, statement: sql.Composable) -> None:
        """One statement outside any test's database."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)

    def _is_ready(self) -> bool:
        try:
            psycopg.connect(self.url("postgres"), connect_timeout=1).close()
        except psycopg.OperationalError:
            return False
        return True

    def _as_account(self) -> dict[str, object]:
        if not self._account:
            return {}
        return {"user": self._account.pw_uid, "group": self._account.pw_gid, "extra_groups": [], "cwd": "/"}


def _memory() -> str | None:
    """A folder in memory, if there is one with room: the server syncs its files and nothing waits for a disk."""
    shared = Path("/dev/shm")
    has_room = shared.is_dir() and os.access(shared, os.W_OK) and shutil.disk_usage(shared).free > _ROOM
    return str(shared) if has_room else None


def _binaries() -> Path:
    found = sorted(glob.glob(_BINARIES))
    if not found or not (Path(found[-1]) / "initdb").exists():
        programs.missing("PostgreSQL's server is not installed (Debian: postgresql)")
    if os.getuid() == 0 and not any(one.pw_name == "postgres" for one in pwd.getpwall()):
        programs.missing(f"{getpass.getuser()} may not run PostgreSQL and there is no user postgres")
    return Path(found[-1])


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """The running PostgreSQL of this test session."""
    server = Postgres()
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture
def fresh_postgres_url(postgres: Postgres) -> Iterator[Callable[[], str]]:
    """`fresh_postgres_url()`: the URL of one more empty database, dropped after the test."""
    made: list[str] = []

    def fresh() -> str:
        made.append(f"test_{next(_databases)}")
        return postgres.fresh(made[-1])

    yield fresh
    for name in made:
        postgres.run(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def postgres_url(fresh_postgres_url: Callable[[], str]) -> str:
    """The URL of a fresh, empty database of this test."""
    return fresh_postgres_url()
