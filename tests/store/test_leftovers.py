"""What no row names goes when it is old: small and large, on disk and in a bucket; nothing that anybody needs does."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mailticket.store import folders, inbox
from mailticket.store.database import Store
from mailticket.store.files import blobs, leftovers
from mailticket.store.files.removal_lock import while_storing
from mailticket.store.tables import case_tables, mail_tables, search_tables, watch_tables
from mailticket.store.tables.case_tables import EntryFile
from mailticket.store.tables.mail_tables import Folder, Inbox, Outbox, OutboxFile
from tests.store import rows

SMALL, LARGE = b"a mail", bytes(range(256)) * 1025
NOW = datetime.now(UTC)
TOMORROW = NOW + timedelta(hours=25)


def collected(now: datetime = TOMORROW) -> int:
    """What is removed at that moment, small and large."""
    after, gone = leftovers.remove_small("", now)
    assert after == ""
    return gone + sum(leftovers.remove_large(page, now) for page in leftovers.pages_of_large(now))


@pytest.mark.parametrize("content", [SMALL, LARGE])
def test_what_nobody_names_goes_after_a_day(store: Store, content: bytes) -> None:
    digest = blobs.put(content)
    assert collected(NOW + timedelta(hours=23)) == 0 and blobs.exists(digest)
    assert collected() == 1 and not blobs.exists(digest)


def _mail(digest: str) -> None:
    inbox.take([rows.arrival(blob=digest)], NOW)


def _discarded_by_hand(digest: str) -> None:
    _mail(digest)
    Inbox.update(state="discarded", outcome="discarded").execute()


def _entry(digest: str) -> None:
    EntryFile.insert(entry=1, name="a", type="b", size=1, sha256=digest).execute()


def _letter(digest: str) -> None:
    OutboxFile.insert(outbox=1, sha256=digest).execute()


@pytest.mark.parametrize("name", [_mail, _discarded_by_hand])
@pytest.mark.parametrize("content", [SMALL, LARGE])
def test_what_a_row_names_stays(store: Store, name: Any, content: bytes) -> None:
    digest = blobs.put(content)
    name(digest)
    assert collected() == 0 and blobs.exists(digest)


@pytest.mark.parametrize("name", [_entry, _letter])
def test_files_of_entries_and_letters_stay(sqlite_store: Store, name: Any) -> None:
    digests = blobs.put_many([SMALL, LARGE])
    sqlite_store.engine.execute_sql("PRAGMA foreign_keys = OFF")
    for digest in digests:
        name(digest)
    assert collected() == 0 and all(blobs.exists(one) for one in digests)


@pytest.mark.parametrize("content", [SMALL, LARGE])
def test_what_is_stored_again_is_young_again(store: Store, content: bytes) -> None:
    """The same bytes come once more: they are durable, and their row is not there yet."""
    digest = blobs.put(content)
    mail_tables.Blob.update(put_at=NOW - timedelta(days=3)).execute()
    for path in (store.data / "files").rglob(digest):
        os.utime(path, (0, 0))
    assert blobs.put(content) == digest
    assert collected(NOW + timedelta(minutes=1)) == 0 and blobs.exists(digest)


def test_nothing_large_goes_while_somebody_stores(store: Store) -> None:
    """The look at its age and its removal are one step for whoever stores it at that moment."""
    digest = blobs.put(LARGE)
    begun, end = threading.Event(), threading.Event()

    def storing() -> None:
        with store.connection(), blobs._connection(), while_storing(store.depot().unfinished):
            begun.set()
            end.wait(20)

    other = threading.Thread(target=storing)
    other.start()
    assert begun.wait(20)
    assert collected() == 0 and blobs.exists(digest)
    end.set()
    other.join()
    assert collected() == 1


@pytest.fixture
def bucket_store(s3_url: str, tmp_path: Path) -> Iterator[Store]:
    opened = Store("sqlite", tmp_path / "data", s3_url)
    opened.open()
    opened.migrate()
    with opened.connection():
        yield opened
    opened.close()


def test_a_bucket_is_cleared_as_a_folder_is(bucket_store: Store) -> None:
    stray, named = blobs.put_many([LARGE, LARGE + b"named"])
    _mail(named)
    assert collected(NOW) == 0 and collected(TOMORROW) == 1
    assert not blobs.exists(stray) and blobs.exists(named)


def test_those_that_are_older_than_the_moment_they_were_put_wait_for_a_day(store: Store) -> None:
    digest = blobs.put(SMALL)
    mail_tables.Blob.update(put_at=datetime.fromtimestamp(0, UTC)).execute()
    assert collected(NOW) == 0 and collected(NOW + timedelta(hours=23)) == 0 and blobs.exists(digest)
    assert collected(TOMORROW) == 1


def test_a_restore_keeps_everything_for_a_month(store: Store) -> None:
    folders.activate("support", "INBOX", 1, 1, NOW)
    assert not leftovers.must_stay(NOW)
    Folder.update(restored_at=NOW).execute()
    assert leftovers.must_stay(NOW + timedelta(days=29)) and not leftovers.must_stay(NOW + timedelta(days=31))


def test_every_column_that_names_bytes_is_looked_at() -> None:
    """Whoever adds a table that names stored bytes adds it to what must stay."""
    every = (*case_tables.TABLES, *mail_tables.MAIL_TABLES, *watch_tables.WATCH_TABLES, *search_tables.SEARCH_TABLES)
    bytes_by_name = {"blob", "sha256", "file", "content"}
    naming = {(table, name) for table in every for name in table._meta.columns if name in bytes_by_name}
    assert naming == {(Inbox, "blob"), (EntryFile, "sha256"), (OutboxFile, "sha256")} and Outbox in every
