"""Migrations: what they make is what the tables say; newer and older databases are refused; one at a time."""

from __future__ import annotations

import ast
import runpy
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from playhouse.schema_diff import diff_models

from mailticket.errors import Permanent
from mailticket.store import migrations
from mailticket.store.database import Store
from mailticket.store.engine.engine import Engine
from mailticket.store.tables import case_tables, mail_tables, privacy_tables, search_tables, watch_tables

ALL_TABLES = (
    *case_tables.TABLES, *mail_tables.MAIL_TABLES, *watch_tables.WATCH_TABLES, *search_tables.SEARCH_TABLES,
    *privacy_tables.PRIVACY_TABLES,
)  # fmt: skip
STEPS = sorted(Path(migrations.__file__).parent.rglob("0*.py"))


@pytest.fixture
def empty(database_url: str, tmp_path: Path) -> Store:
    """A store without any table."""
    store = Store(database_url, tmp_path / "empty")
    store.open()
    return store


def _shape(engine: Engine, name: str) -> object:
    """Columns with types and NOT NULL, keys, references and indexes of one table."""
    columns = [(one.name, one.data_type, one.null, one.primary_key) for one in engine.get_columns(name)]
    keys = sorted((one.column, one.dest_table, one.dest_column, one.on_delete) for one in engine.get_foreign_keys(name))
    indexes = sorted(
        (one.name, one.columns, one.unique, " WHERE " in (one.sql or "")) for one in engine.get_indexes(name)
    )
    return columns, keys, indexes


def test_migrated_tables_are_those_of_the_models(
    empty: Store, database_url: str, tmp_path: Path, fresh_url: Callable[[], str]
) -> None:
    empty.migrate()
    with empty.connection():
        assert not diff_models(empty.engine, ALL_TABLES), diff_models(empty.engine, ALL_TABLES)
        migrated = {one._meta.table_name: _shape(empty.engine, one._meta.table_name) for one in ALL_TABLES}
        migrated["blob"] = _blob_shape(empty)
    empty.close()
    fresh = Store(fresh_url(), tmp_path / "fresh")
    fresh.open()
    with fresh.connection():
        fresh.engine.create_tables(ALL_TABLES)
        fresh.blob_engine.connect(reuse_if_open=True)
        fresh.blob_engine.create_tables([mail_tables.Blob])
        made = {one._meta.table_name: _shape(fresh.engine, one._meta.table_name) for one in ALL_TABLES}
        made["blob"] = _blob_shape(fresh)
    fresh.close()
    assert made == migrated


def _blob_shape(store: Store) -> object:
    store.blob_engine.connect(reuse_if_open=True)
    return _shape(store.blob_engine, "blob")


@pytest.fixture
def fresh_url(database_url: str, request: pytest.FixtureRequest) -> Callable[[], str]:
    """One more empty database of the same kind."""
    if database_url == "sqlite":
        return lambda: "sqlite"
    made: Callable[[], str] = request.getfixturevalue("fresh_postgres_url")
    return made


def test_every_step_is_named_once_and_a_second_run_does_nothing(empty: Store) -> None:
    told: list[tuple[int, int, str]] = []
    tables, blobs = ([one.stem for one in STEPS if (one.parent.name == "blobs") is such] for such in (False, True))
    names = tables + blobs
    assert empty.migrate(lambda *step: told.append(step)) == names
    assert told == [(done, len(names), name) for done, name in enumerate((*names, ""))]
    assert empty.migrate() == []
    empty.check_schema()
    empty.close()


def test_a_database_that_is_older_or_empty_asks_for_migrate(empty: Store) -> None:
    with pytest.raises(Permanent, match="Run `mailticket migrate`"):
        empty.check_schema()
    empty.close()


def test_a_database_of_a_newer_version_is_refused(empty: Store) -> None:
    empty.migrate()
    with empty.connection():
        empty.engine.execute_sql(
            "INSERT INTO schema_migration (name, applied) VALUES ('0999_from_the_future', '2030-01-01')"
        )
    for refused in (empty.check_schema, empty.migrate):
        with pytest.raises(Permanent, match=r"newer mailticket .*0999_from_the_future.* Upgrade this one"):
            refused()
    empty.close()


def test_a_step_that_fails_leaves_nothing_of_itself(empty: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    with empty.connection():
        empty.engine.execute_sql("CREATE TABLE lease (wrong TEXT)")
    with pytest.raises(Permanent, match="already exists"):
        empty.migrate()
    with empty.connection():
        assert set(empty.engine.get_tables()) <= {"lease", "schema_migration"}
    empty.close()


def test_of_two_who_migrate_at_once_one_does_it_and_the_other_waits(empty: Store) -> None:
    done: list[list[str]] = []
    threads = [threading.Thread(target=lambda: done.append(empty.migrate())) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(map(len, done)) == [0, len(STEPS)]
    empty.close()


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.stem)
def test_a_step_imports_nothing_of_ours(step: Path) -> None:
    imported = [node for node in ast.walk(ast.parse(step.read_text())) if isinstance(node, ast.Import | ast.ImportFrom)]
    names = {node.module if isinstance(node, ast.ImportFrom) else node.names[0].name for node in imported}
    assert names <= {"__future__", "typing", "peewee"}


def test_postgresql_packs_mails_and_long_texts_with_lz4(fresh_postgres_url: Callable[[], str], tmp_path: Path) -> None:
    store = Store(fresh_postgres_url(), tmp_path / "packed")
    store.open()
    store.migrate()
    with store.connection():
        columns = store.engine.execute_sql(
            "SELECT attrelid::regclass::text, attname FROM pg_attribute WHERE attcompression = 'l' ORDER BY 1, 2"
        ).fetchall()
    store.close()
    assert columns == [("blob", "content"), ("entry", "html"), ("entry", "text"), ("entry", "whole")]


@pytest.mark.parametrize("step", [step for step in STEPS if "quicker_packing" in step.stem], ids=lambda step: step.stem)
def test_a_server_without_lz4_keeps_its_own_packing(step: Path) -> None:
    asked: list[str] = []

    class WithoutLz4:
        locks_rows = True

        def execute_sql(self, sql: str) -> Any:
            asked.append(sql)
            return SimpleNamespace(fetchone=lambda: (False,))

    runpy.run_path(str(step))["up"](None, WithoutLz4())
    assert len(asked) == 1
    assert asked[0].startswith("SELECT")
