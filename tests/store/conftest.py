"""A store on each database, and a few rows to begin with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mailticket.store.database import Store


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of an empty database of each kind."""
    return "sqlite" if request.param == "sqlite" else str(request.getfixturevalue("postgres_url"))


@contextmanager
def _opened(url: str, data: Path) -> Iterator[Store]:
    """A store with this version's schema, and a connection of the test's thread."""
    store = Store(url, data)
    store.open()
    store.migrate()
    with store.connection():
        yield store
    store.close()


@pytest.fixture
def store(database_url: str, tmp_path: Path) -> Iterator[Store]:
    """An open store, on each database."""
    with _opened(database_url, tmp_path / "data") as opened:
        yield opened


@pytest.fixture
def postgres_store(postgres_url: str, tmp_path: Path) -> Iterator[Store]:
    """The same on PostgreSQL only."""
    with _opened(postgres_url, tmp_path / "data") as opened:
        yield opened


@pytest.fixture
def sqlite_store(tmp_path: Path) -> Iterator[Store]:
    """The same on SQLite only."""
    with _opened("sqlite", tmp_path / "data") as opened:
        yield opened
