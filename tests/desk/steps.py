"""How much SQLite has to do, in steps of its machine: the same on a busy computer as on an idle one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.desk.house import House


@contextmanager
def steps(house: House) -> Iterator[list[int]]:
    """Hundreds of steps of each transaction while the block runs; the last is what is done outside of any."""
    counted: list[int] = []
    outside = [0]
    now = [0]
    engine: Any = house.office.store.engine
    begin, commit = engine.begin, engine.commit

    def begins(*given: Any) -> None:
        begin(*given)
        outside[0] += now[0]
        now[0] = 0

    def commits() -> None:
        commit()
        counted.append(now[0])
        now[0] = 0

    def ticks() -> int:
        now[0] += 1
        return 0

    with house.office.connected():
        engine.connection().set_progress_handler(ticks, 100)
        engine.begin, engine.commit = begins, commits
        try:
            yield counted
        finally:
            engine.begin, engine.commit = begin, commit
            engine.connection().set_progress_handler(None, 0)
            counted.append(outside[0] + now[0])
