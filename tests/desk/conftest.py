"""A house on SQLite, or on each database where they differ."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mailticket.children.pool import Parsers
from mailticket.config.models import Config, Imap, Smtp
from mailticket.store.database import Store
from tests import cast
from tests.desk.house import House, build
from tests.servers.dovecot import Dovecot
from tests.servers.postgres import Postgres


@pytest.fixture(scope="session")
def parsers() -> Iterator[Parsers]:
    """Real parser children; they are slow to start, so all tests share them."""
    with Parsers(count=2) as running:
        yield running


@pytest.fixture
def stored(tmp_path: Path) -> Iterator[Callable[[str], Store]]:
    """`stored(url)`: an open store with this version's schema, closed after the test. One for each test."""
    opened: list[Store] = []

    def store(url: str) -> Store:
        one = Store(url, tmp_path / "data")
        one.open()
        opened.append(one)
        one.migrate()
        return one

    yield store
    for one in opened:
        one.close()


@pytest.fixture
def house(stored: Callable[[str], Store], parsers: Parsers, tmp_path: Path) -> House:
    """Ann, Bo and Eve's desk on SQLite."""
    return build(cast.config(), stored("sqlite"), parsers, tmp_path)


@pytest.fixture
def postgres_house(
    stored: Callable[[str], Store], parsers: Parsers, tmp_path: Path, request: pytest.FixtureRequest
) -> House:
    """The same on PostgreSQL."""
    return build(cast.config(), stored(str(request.getfixturevalue("postgres_url"))), parsers, tmp_path)


@pytest.fixture(params=["sqlite", "postgresql"])
def each_house(request: pytest.FixtureRequest) -> House:
    """The same on each of them."""
    name = "house" if request.param == "sqlite" else "postgres_house"
    found: House = request.getfixturevalue(name)
    return found


@pytest.fixture
def mail_config(dovecot: Dovecot, fresh_user: str) -> Callable[..., Config]:
    """`mail_config(processed="keep")`: a config whose mailbox is a fresh one on the running Dovecot."""

    def config(smtp_port: int = 9, folder: str = "INBOX", **changes: object) -> Config:
        account = {"username": fresh_user, "password": dovecot.password, "folder": folder}
        imap = Imap.model_validate({"host": dovecot.host, "port": dovecot.port, "security": "none"} | account)
        smtp = Smtp(host="127.0.0.1", port=smtp_port, security="none")
        return cast.config(cast.service(imap=imap, smtp=smtp, **changes))

    return config


@pytest.fixture(scope="module")
def hurt_postgres() -> Iterator[Postgres]:
    """A PostgreSQL that may be hurt: the session's own is shared."""
    found = Postgres()
    try:
        found.start()
        yield found
    finally:
        found.stop()
