"""The database: opened safely, one daemon on SQLite, all or nothing, errors in our words."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from mailticket.errors import Permanent, StoreTrouble, Temporary
from mailticket.store import inbox, outbox
from mailticket.store.database import Store
from mailticket.store.engine import sqlite
from mailticket.store.engine.notices import Notice
from tests.store.rows import NOW, arrival, posted, taken


def test_nobody_else_may_read_the_files(sqlite_store: Store) -> None:
    posted()
    modes = {one.name: stat.S_IMODE(one.stat().st_mode) for one in sqlite_store.data.iterdir() if one.is_file()}
    assert {"mailticket.db", "mailticket.db-wal", "blobs.db"} <= modes.keys()
    assert stat.S_IMODE(sqlite_store.data.stat().st_mode) == 0o700
    assert all(mode & 0o077 == 0 for name, mode in modes.items() if not name.endswith(".lock"))


def test_sqlite_runs_with_the_settings_that_keep_mail(sqlite_store: Store) -> None:
    asked = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
    found = [sqlite_store.engine.execute_sql(f"PRAGMA {name}").fetchone()[0] for name in asked]
    assert found == ["wal", 2, 1, 10_000]


def test_unsafe_settings_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    unsafe = tuple(one.replace("full", "normal") for one in sqlite._PRAGMAS)
    monkeypatch.setattr(sqlite, "_PRAGMAS", unsafe)
    with pytest.raises(Permanent, match="commits may be lost at a power cut"):
        Store("sqlite", tmp_path).open()


def test_a_postgresql_that_cannot_hold_every_text_is_refused(postgres_url: str, tmp_path: Path) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
        try:
            with pytest.raises(Permanent, match="UTF8"):
                Store(postgres_url.rpartition("/")[0] + "/latin", tmp_path).open()
        finally:
            connection.execute("DROP DATABASE latin WITH (FORCE)")


@pytest.mark.parametrize("url", ["mysql://x", "sqlite:///x.db", ""])
def test_another_database_is_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(Permanent, match="is no database"):
        Store(url, tmp_path).open()


def test_a_data_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(Permanent, match=r"data folder .*cannot be written"):
        Store("sqlite", tmp_path / "file" / "data").open()


def test_a_second_daemon_on_one_file_is_refused_by_the_first_one_s_number(sqlite_store: Store) -> None:
    sqlite_store.hold_alone()
    second = Store("sqlite", sqlite_store.data)
    with pytest.raises(Permanent, match=rf"process {os.getpid()}\)"):
        second.hold_alone()


def test_the_file_is_free_again_when_its_daemon_dies(tmp_path: Path) -> None:
    script = f"""
import os, pathlib
from mailticket.store.database import Store
store = Store("sqlite", pathlib.Path({str(tmp_path)!r})); store.open(); store.hold_alone(); os._exit(9)
"""
    died = subprocess.run([sys.executable, "-c", script], check=False, timeout=60)
    store = Store("sqlite", tmp_path)
    store.open()
    store.hold_alone()
    second = Store("sqlite", tmp_path)
    with pytest.raises(Permanent, match=rf"process {os.getpid()}\)"):
        second.hold_alone()
    store.close()
    assert died.returncode == 9


def test_a_transaction_is_all_or_nothing(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.transaction():
        posted()
        raise ZeroDivisionError
    assert outbox.list_items() == []


def test_an_inner_transaction_can_fail_alone(store: Store) -> None:
    with store.transaction():
        kept = posted()
        with pytest.raises(ZeroDivisionError), store.transaction():
            posted()
            raise ZeroDivisionError
    assert [one.id for one in outbox.list_items()] == [kept]


def test_an_inner_transaction_survives_a_database_error(store: Store) -> None:
    with store.transaction():
        kept = posted(message_id="<same@x>")
        with pytest.raises(Permanent, match="refused"), store.transaction():
            posted(message_id="<same@x>")
        posted()
    assert len(outbox.list_items()) == 2 and outbox.get(kept).message_id == "<same@x>"


def test_wake_ups_come_after_the_commit_and_never_after_a_rollback(store: Store) -> None:
    woken: list[str] = []
    with store.transaction():
        with store.transaction():
            store.after_commit(lambda: woken.append("committed"))
        assert woken == []
    with pytest.raises(ZeroDivisionError), store.transaction():
        store.after_commit(lambda: woken.append("rolled back"))
        raise ZeroDivisionError
    assert woken == ["committed"]


def test_a_connection_inside_a_connection_is_the_same(store: Store) -> None:
    with store.connection():
        taken()
    assert len(inbox.list_items()) == 1


def test_each_thread_has_a_connection_of_its_own_and_idle_ones_are_used_again(store: Store) -> None:
    seen: list[int] = []

    def work() -> None:
        with store.connection():
            seen.append(id(store.engine.current))

    for _ in range(3):
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    assert len(set(seen)) == 1 and id(store.engine.current) not in seen


@pytest.mark.parametrize("spoilt", [b"This is no database at all. " * 200, b"SQLite format 3\0" + bytes(5000)])
def test_a_damaged_file_is_the_databases_trouble_and_no_mails(tmp_path: Path, spoilt: bytes) -> None:
    """Else one mail after the other would be set aside for it."""
    store = Store("sqlite", tmp_path)
    store.open()
    store.close()
    store.path.write_bytes(spoilt)
    with pytest.raises(StoreTrouble, match=r"^The database file .*mailticket.db is damaged .* restore a backup"):
        Store("sqlite", tmp_path).open()


@pytest.mark.parametrize(("gone", "there"), [("blobs.db", "mailticket.db"), ("mailticket.db", "blobs.db")])
def test_one_of_the_two_files_is_no_desk(sqlite_store: Store, gone: str, there: str) -> None:
    sqlite_store.close()
    (sqlite_store.data / gone).unlink()
    with pytest.raises(Permanent, match=rf"{gone} is missing, but .*{there} is there"):
        Store("sqlite", sqlite_store.data).open()
    assert not (sqlite_store.data / gone).exists()


def test_a_locked_database_is_temporary(sqlite_store: Store) -> None:
    other = sqlite.SqliteEngine(sqlite_store.path)
    with other.connection_context(), other.atomic():
        sqlite_store.engine.execute_sql("PRAGMA busy_timeout = 10")
        with pytest.raises(Temporary, match="locked"):
            inbox.take([arrival()], NOW)
    other.close_idle()


def test_a_lost_connection_is_temporary_and_the_next_one_works(postgres_url: str, tmp_path: Path) -> None:
    store = Store(postgres_url, tmp_path)
    store.open()
    store.migrate()
    with pytest.raises(Temporary, match=r"connection|ended"), store.connection():
        _end_connections(postgres_url)
        taken()
    with store.connection():
        assert len(taken()) == 1
    store.close()


def _end_connections(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def test_a_server_that_is_not_there_is_temporary(tmp_path: Path) -> None:
    with pytest.raises(Temporary, match="cannot be reached"):
        Store("postgresql://nobody@127.0.0.1:1/nothing", tmp_path).open()


def test_a_notice_is_heard_by_those_who_listen_and_says_who_spoke(
    fresh_postgres_url: Callable[[], str], tmp_path: Path
) -> None:
    store = Store(fresh_postgres_url(), tmp_path)
    store.open()
    with closing(store.notices(["deliver"])) as heard:
        assert next(heard) is None  # from now on it listens
        with store.connection():
            store.notify("assign", "nobody asked")
            store.notify("deliver", "me")
        assert next(one for one in heard if one) == Notice("deliver", "me")
    store.close()


def test_a_notice_is_heard_when_its_transaction_is_committed(
    fresh_postgres_url: Callable[[], str], tmp_path: Path
) -> None:
    store = Store(fresh_postgres_url(), tmp_path)
    store.open()
    with closing(store.notices(["deliver"])) as heard:
        next(heard)
        with store.connection(), store.transaction():
            store.notify("deliver", "in time")
            assert next(heard) is None
        assert next(one for one in heard if one) == Notice("deliver", "in time")
    store.close()


def test_who_listens_learns_that_the_server_has_gone(fresh_postgres_url: Callable[[], str], tmp_path: Path) -> None:
    url = fresh_postgres_url()
    store = Store(url, tmp_path)
    store.open()
    with closing(store.notices(["deliver"])) as heard:
        next(heard)
        _end_connections(url)
        with pytest.raises(StoreTrouble, match="other daemons call is lost"):
            list(heard)
    store.close()


def test_sqlite_has_nobody_to_notify(sqlite_store: Store) -> None:
    sqlite_store.notify("outbox")
    assert inbox.list_items() == []


@pytest.mark.parametrize("name", ["mailticket.db", "blobs.db"])
@pytest.mark.parametrize("is_there_another", [False, True])
def test_a_database_file_that_was_replaced_is_neither_read_nor_written(
    tmp_path: Path, name: str, is_there_another: bool
) -> None:
    store = Store("sqlite", tmp_path)
    store.open()
    store.migrate()
    aside = (tmp_path / name).rename(tmp_path / "aside")
    if is_there_another:
        shutil.copyfile(aside, tmp_path / name)
    with pytest.raises(StoreTrouble, match="is not the file that was opened"), store.connection():
        taken()
    aside.replace(tmp_path / name)
    with store.connection():
        assert len(taken()) == 1
    store.close()
