"""kill -9 at every statement of the migrations, one after the other: the next start goes on, the schema is whole."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from mailticket.store.database import Store

_MIGRATE = """
import os, signal, sys
from pathlib import Path
from mailticket.store.database import Store

store, nth, said = Store(sys.argv[1], Path(sys.argv[2])), int(sys.argv[3]), [0]
store.open()
for engine in {id(one): one for one in (store.engine, store.blob_engine)}.values():
    def counted(sql, params=None, usual=engine.execute_sql):
        said[0] += 1
        if said[0] == nth:
            os.kill(os.getpid(), signal.SIGKILL)
        return usual(sql, params)
    engine.execute_sql = counted
store.migrate()
store.check_schema()
"""


def schema(url: str, folder: Path) -> list[tuple[object, ...]]:
    store = Store(url, folder)
    store.open()
    with closing(store), store.connection():
        store.migrate()
        if store.is_postgres:
            asked = "SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = "
            return sorted(store.engine.execute_sql(asked + "'public'").fetchall())
        return sorted(store.engine.execute_sql("SELECT type, name, sql FROM sqlite_master").fetchall(), key=str)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_killed_at_each_statement_the_next_start_goes_on(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    fresh: Callable[[], str] = request.getfixturevalue("fresh_postgres_url") if kind == "postgresql" else str
    url, kills = fresh() or "sqlite", 0
    while True:
        command = [sys.executable, "-c", _MIGRATE, url, str(tmp_path / "killed"), str(kills + 1)]
        done = subprocess.run(command, capture_output=True, timeout=120, check=False)
        if done.returncode == 0:
            break
        assert done.returncode == -signal.SIGKILL, done.stderr.decode()
        kills += 1
    assert kills > 30
    assert schema(url, tmp_path / "killed") == schema(fresh() or "sqlite", tmp_path / "whole")
