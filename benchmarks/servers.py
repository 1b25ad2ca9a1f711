"""I/O: where it is measured: a Dovecot, a sink, a PostgreSQL on the same disk as SQLite's files, and desks between."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from psycopg import sql

from benchmarks.sink import Sink
from tests.servers.accounts import ACCOUNTS
from tests.servers.dovecot import Dovecot
from tests.servers.postgres import Postgres
from tests.servers.programs import free_port

_DESK = """
[mailticket]
data = "{data}"
database = "{database}"
[web]
listen = "127.0.0.1:{web}"
[[csr]]
email = "ann@example.com"
name = "Ann Archer"
[[csr]]
email = "bo@example.com"
name = "Bo Baker"
[[role]]
name = "support"
members = ["ann@example.com", "bo@example.com"]
"""
_SERVICE = (
    """
[[service]]
name = "{name}"
address = "{name}@example.com"
first_level = "support"
first_run = "process"
"""
    + ACCOUNTS
    + """  [service.limits]
  auto_budget = 1000000
"""
)

_FILLING = {
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "1GB",
    "max_wal_size": "8GB",
}


@dataclass(frozen=True)
class Site:
    """The servers of one run, and a folder on a real disk that is removed after it."""

    folder: Path
    dovecot: Dovecot
    sink: Sink

    def desk(self, name: str, users: Sequence[str], database: str = "sqlite") -> Path:
        """The config file of a desk with a service for each of these mailboxes: support, support1, support2 ..."""
        place = self.folder / name
        place.mkdir()
        text = _DESK.format(web=free_port(), data=place / "data", database=database)
        ports = {"imap": self.dovecot.port, "smtp": self.sink.port, "password": self.dovecot.password}
        for number, user in enumerate(users):
            text += _SERVICE.format(name=f"support{number or ''}", user=user, **ports)
        config = place / "config.toml"
        config.write_text(text)
        return config

    def deliver(self, user: str, mails: Sequence[bytes]) -> None:
        """Puts mails into a mailbox, as an MTA would."""
        with self.dovecot.client(user) as client:
            for mail in mails:
                client.append("INBOX", mail)


@contextmanager
def site() -> Iterator[Site]:
    """The servers, running. The folder lies where temporary files do: mind that it is no file system in memory."""
    with ExitStack() as stack:
        dovecot = Dovecot()
        stack.callback(dovecot.remove)
        dovecot.start()
        sink = stack.enter_context(Sink())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mailticket-bench-", dir="/var/tmp")))
        yield Site(folder, dovecot, sink)


@contextmanager
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL whose files lie on the disk, as SQLite's do."""
    server = Postgres(Path("/var/tmp"))
    try:
        server.start()
        yield server
    finally:
        server.stop()


@contextmanager
def filling(server: Postgres) -> Iterator[None]:
    """While it lasts the server waits for no disk and writes no log of a table that is new in its transaction.

    Afterwards all is on the disk, and it runs as it did before (postgresql.org/docs/15/populate.html).
    """
    for setting, value in _FILLING.items():
        server.run(sql.SQL("ALTER SYSTEM SET {} = {}").format(sql.Identifier(setting), sql.Literal(value)))
    server.restart()
    yield
    server.run(sql.SQL("ALTER SYSTEM RESET ALL"))
    server.run(sql.SQL("CHECKPOINT"))
    os.sync()
    server.restart()


def mailticket(config: Path, *words: str) -> list[str]:
    """The command line of the product."""
    return [sys.executable, "-m", "mailticket", *words, "--config", str(config)]


def machine() -> str:
    """On what it was measured: one line for the head of a table."""
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    is_changed = subprocess.run(["git", "diff", "--quiet", "HEAD"], capture_output=True, check=False).returncode
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    return (
        f"commit {commit.stdout.strip() or 'unknown'}{' and changes' if is_changed else ''}, "
        f"Python {platform.python_version()}, {os.cpu_count()} cores, load {load}"
    )
