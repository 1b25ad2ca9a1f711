"""A running desk for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.road.desk import Desk
from tests.road.hatchery import Hatchery
from tests.servers.dovecot import Dovecot
from tests.servers.smtp_sink import SmtpSink


@pytest.fixture
def idle_desk(dovecot: Dovecot, smtp_sink: SmtpSink, tmp_path: Path, fresh_user: str) -> Iterator[Desk]:
    """A desk that was not started yet: set what you need, then `start` it."""
    desk = Desk(dovecot, smtp_sink, tmp_path, fresh_user)
    yield desk
    desk.end()


@pytest.fixture
def desk(idle_desk: Desk) -> Desk:
    """A running desk on SQLite."""
    idle_desk.start()
    return idle_desk


@pytest.fixture(scope="session")
def hatchery() -> Iterator[Hatchery]:
    """Forks a desk in no time; one at a time."""
    running = Hatchery()
    running.start()
    yield running
    running.stop()
