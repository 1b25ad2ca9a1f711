"""A desk with a web server that is called without a network."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mailticket.children.pool import Parsers
from mailticket.config.models import Web
from mailticket.store.database import Store
from tests import cast
from tests.desk.conftest import parsers, stored
from tests.desk.house import build
from tests.web.visitor import URL, Desk, visited

__all__ = ["parsers", "stored"]


@pytest.fixture
def desk(stored: Callable[[str], Store], parsers: Parsers, tmp_path: Path) -> Iterator[Desk]:
    """Ann has Carla's case; Bo and Eve have none."""
    house = build(cast.config(web=Web(url=URL)), stored("sqlite"), parsers, tmp_path)
    with visited(house) as opened:
        yield opened
