"""A store on each database, and a few rows to begin with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mailticket.store.database import Store


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of an empty database of each kind."""
    return "sqlite" if request.param == "sqlite" else str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def store(database_url: str, tmp_path: Path) -> Iterator[Store]:
    """An open store with this version's schema, and a connection of the test's thread."""
    opened = Store(database_url, tmp_path / "data")
    opened.open()
    opened.migrate()
    with opened.connection():
        yield opened
    opened.close()


@pytest.fixture
def postgres_store(postgres_url: str, tmp_path: Path) -> Iterator[Store]:
    """The same on PostgreSQL only."""
    opened = Store(postgres_url, tmp_path / "data")
    opened.open()
    opened.migrate()
    with opened.connection():
        yield opened
    opened.close()


@pytest.fixture
def sqlite_store(tmp_path: Path) -> Iterator[Store]:
    """The same on SQLite only."""
    opened = Store("sqlite", tmp_path / "data")
    opened.open()
    opened.migrate()
    with opened.connection():
        yield opened
    opened.close()
