"""A PostgreSQL in trouble while a worker works: it lives on, tries again in measure, and nothing is done twice."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
import pytest

from mailticket.children.pool import Parsers
from mailticket.desk.receive import receive
from mailticket.errors import Temporary
from mailticket.store.database import Store
from mailticket.store.engine import postgres
from mailticket.workers.worker import Worker
from tests import cast
from tests.desk.house import House, build, mail
from tests.servers.postgres import Postgres

_OTHERS = "FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()"
#: How long each trouble lasts, in seconds.
_LASTS = 1.5
#: As in the product, but quick.
_SETTINGS = "-c timezone=UTC -c synchronous_commit=on -c lock_timeout=300ms -c statement_timeout=60s"


@pytest.fixture
def troubled(
    hurt_postgres: Postgres,
    stored: Callable[[str], Store],
    parsers: Parsers,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> House:
    monkeypatch.setattr(postgres, "_SETTINGS", _SETTINGS)
    return build(cast.config(), stored(hurt_postgres.fresh(f"house_{time.monotonic_ns()}")), parsers, tmp_path)


@contextmanager
def restarted(server: Postgres, _url: str) -> Iterator[None]:
    server.restart()
    yield


@contextmanager
def all_connections_taken(_server: Postgres, url: str) -> Iterator[None]:
    """The desk's own connections end, and others are quicker to connect again."""
    with ExitStack() as taken:
        first = taken.enter_context(psycopg.connect(url, autocommit=True))
        first.execute(f"SELECT pg_terminate_backend(pid) {_OTHERS}")
        with pytest.raises(psycopg.OperationalError, match=r"too many|reserved"):
            while True:
                taken.enter_context(psycopg.connect(url))
        time.sleep(_LASTS)
    yield


@contextmanager
def locked(_server: Postgres, url: str) -> Iterator[None]:
    with psycopg.connect(url) as other:
        other.execute("LOCK TABLE inbox IN ACCESS EXCLUSIVE MODE")
        time.sleep(_LASTS)
        other.rollback()
        yield


@contextmanager
def read_only(_server: Postgres, url: str) -> Iterator[None]:
    name = url.rpartition("/")[2]
    with psycopg.connect(url, autocommit=True) as other:
        other.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        other.execute(f"SELECT pg_terminate_backend(pid) {_OTHERS}")
        time.sleep(_LASTS)
        other.execute("SET default_transaction_read_only = off")
        other.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = off")
        other.execute(f"SELECT pg_terminate_backend(pid) {_OTHERS}")
        yield


@contextmanager
def stalled(_server: Postgres, url: str) -> Iterator[None]:
    """The server's processes hold still in the middle of whatever they do."""
    with psycopg.connect(url, autocommit=True) as other:
        pids = [pid for (pid,) in other.execute(f"SELECT pid {_OTHERS}")]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        time.sleep(_LASTS)
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
    yield


@pytest.mark.parametrize("trouble", [restarted, all_connections_taken, locked, read_only, stalled])
def test_whatever_befalls_postgresql_each_mail_becomes_one_case(
    troubled: House, hurt_postgres: Postgres, trouble: Callable[[Postgres, str], object]
) -> None:
    house, turns = troubled, [0]

    def turn() -> int:
        turns[0] += 1
        return receive(house.office)

    before = [house.arrive(mail()) for _ in range(2)]
    worker = Worker("receive", turn)
    worker.start()
    try:
        with trouble(hurt_postgres, str(house.office.store.engine.database)):
            after = [brought(house)]
            settled(house, [*before, *after])
        assert worker.is_well and turns[0] < 40
    finally:
        worker.stop()
        worker.join(20)
    items = [house.inbox(id) for id in [*before, *after]]
    assert [(one.outcome, one.attempts) for one in items if one.attempts > 2] == []
    assert len(house.cases()) == 3 and len(house.letters("auto_reply")) == 3


def brought(house: House) -> int:
    """One more mail, by a door that tries again as they all do."""
    for _ in range(20):
        try:
            return house.arrive(mail())
        except Temporary:
            time.sleep(0.05)
    raise AssertionError("no connection works any more")


def settled(house: House, ids: list[int]) -> None:
    """Waits until each of these mails has opened its case; what was claimed in vain gets due."""
    end = time.monotonic() + 30
    while (outcomes := [house.inbox(id).outcome for id in ids]) != ["opened"] * len(ids):
        assert time.monotonic() < end, outcomes
        time.sleep(0.1)
        house.clock.forward(minutes=1)
