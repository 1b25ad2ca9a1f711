"""Backup, restore, verify: consistent while others write, whole or not there, and nothing is sent a second time."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from mailticket.errors import Permanent, Temporary
from mailticket.store import cases, inbox, outbox, outbox_claims
from mailticket.store.backups import archive, backup, restore, verify
from mailticket.store.backups.backup import Wishes
from mailticket.store.database import Store
from mailticket.store.files import blobs
from mailticket.store.operation import calls
from tests.store.rows import NOW, letter, opened, taken

LARGE = bytes(range(256)) * 2000


def silent(_done: int, _total: int, _what: str) -> None:
    """Nobody watches."""


@pytest.fixture
def elsewhere(database_url: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Callable[[], Store]]:
    """`elsewhere()`: a store in another, empty place, of the same kind of database; not open."""
    made: list[Store] = []

    def place() -> Store:
        is_sqlite = database_url == "sqlite"
        url = "sqlite" if is_sqlite else request.getfixturevalue("fresh_postgres_url")()
        made.append(Store(url, tmp_path / f"elsewhere{len(made)}"))
        return made[-1]

    yield place
    for one in made:
        one.close() if hasattr(one, "engine") else None


def filled(store: Store) -> list[int]:
    """A desk with a case, a mail, a large file and three letters: sent, under way and waiting. The letters' ids."""
    (store.data / "mailticket.key").write_text("secret")
    case = opened()
    taken(1)
    small, large = blobs.put_many([b"small", LARGE])
    inbox.Inbox.update(blob=small).execute()
    ids = [one or 0 for one in outbox.post_many([letter(case=case.key) for _ in range(3)], NOW)]
    outbox.OutboxFile.insert(outbox=ids[2], sha256=large).execute()
    for id, state in zip(ids, ("sent", "sending", "queued"), strict=True):
        outbox.Outbox.update(state=state, lease_owner="here:1:1" if state == "sending" else "").where(
            outbox.Outbox.id == id
        ).execute()
    return ids


def restored(place: Store, folder: Path, force: bool = False) -> Store:
    restore.put_back(place, folder, force, silent, NOW)
    place.open()
    place.migrate()
    return place


def test_what_was_backed_up_is_there_again_and_nothing_is_sent_twice(
    store: Store, tmp_path: Path, elsewhere: Callable[[], Store]
) -> None:
    ids = filled(store)
    calls.post("alarm:1", calls.ALARM_WEBHOOK, "{}", NOW)
    folder = backup.make(store, tmp_path / "backups", Wishes(), NOW, silent)
    made = archive.read(folder)
    before = [one.id for one in cases.list_cases()]
    store.engine.close()
    with restored(elsewhere(), folder).connection():
        assert [one.id for one in cases.list_cases()] == before
        assert [outbox.get(id).state for id in ids] == ["sent", "held", "held"]
        assert outbox.get(ids[1]).error.startswith("Maybe already sent") and restore.held(made) == 2
        assert outbox_claims.claim("support", "here:2:2", NOW + timedelta(days=1)) == []
        assert calls.claim("here:2:2", NOW + timedelta(days=1)) is None and restore.held_calls(made) == 1
        assert blobs.get(made_large(made)) == LARGE
        new = outbox.post(letter(), NOW)
        assert new and new > max(ids)


def made_large(made: archive.Manifest) -> str:
    (only,) = [one.sha256 for one in made.parts if one.path.startswith("files/")]
    return only


def test_a_backup_is_of_one_moment_while_others_write(
    store: Store, tmp_path: Path, elsewhere: Callable[[], Store]
) -> None:
    ended = threading.Event()

    def write() -> None:
        while not ended.is_set():
            with store.connection(), store.transaction():
                outbox.post_many([letter(), letter()], NOW)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        folders = [
            backup.make(store, tmp_path / "backups", Wishes(), NOW + timedelta(seconds=one), silent) for one in range(3)
        ]
    finally:
        ended.set()
        writer.join()
    store.engine.close()
    with restored(elsewhere(), folders[-1]).connection():
        assert outbox.Outbox.select().count() % 2 == 0


def test_the_key_file_is_in_it_only_if_asked_for(store: Store, tmp_path: Path, elsewhere: Callable[[], Store]) -> None:
    filled(store)
    without = backup.make(store, tmp_path / "a", Wishes(), NOW, silent)
    with_key = backup.make(store, tmp_path / "b", Wishes(key=True), NOW, silent)
    assert not (without / "mailticket.key").exists() and archive.read(with_key).has_key
    store.engine.close()
    key = restored(elsewhere(), with_key).data / "mailticket.key"
    assert key.read_text() == "secret" and key.stat().st_mode & 0o777 == 0o600


def test_files_that_the_last_backup_has_are_linked_and_old_backups_go(store: Store, tmp_path: Path) -> None:
    filled(store)
    target = tmp_path / "backups"
    made = [backup.make(store, target, Wishes(keep=2), NOW + timedelta(hours=one), silent) for one in range(4)]
    assert archive.backups(target) == made[2:]
    name = next(one.path for one in archive.read(made[3]).parts if one.path.startswith("files/"))
    assert (made[2] / name).stat().st_ino == (made[3] / name).stat().st_ino


def test_a_backup_that_breaks_off_is_never_taken_for_one(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(store)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(archive, "part", full)
    with pytest.raises(Temporary, match="is full"):
        backup.make(store, tmp_path, Wishes(), NOW, silent)
    assert archive.backups(tmp_path) == [] and not (tmp_path / ".unfinished").exists()


@pytest.mark.parametrize("harm", ["bytes", "size", "gone", "manifest"])
def test_a_damaged_backup_is_refused_before_anything_is_touched(
    store: Store, tmp_path: Path, elsewhere: Callable[[], Store], harm: str
) -> None:
    filled(store)
    folder = backup.make(store, tmp_path / "backups", Wishes(), NOW, silent)
    victim = next((folder / "files").rglob("?" * 64))
    content = victim.read_bytes()
    if harm == "gone":
        victim.unlink()
    elif harm == "manifest":
        (folder / "manifest.json").write_text("{}")
    else:
        victim.write_bytes(content[::-1] if harm == "bytes" else content[:-1])
    store.engine.close()
    place = elsewhere()
    with pytest.raises(Permanent, match="damaged"):
        restore.put_back(place, folder, False, silent, NOW)
    assert not (place.data / "mailticket.db").exists()


def test_a_place_that_is_not_empty_is_refused_unless_forced(store: Store, tmp_path: Path) -> None:
    filled(store)
    folder = backup.make(store, tmp_path / "backups", Wishes(), NOW, silent)
    outbox.post(letter(), NOW)
    same = Store(store.url, store.data)
    store.engine.close()
    store.close()
    with pytest.raises(Permanent, match="--force"):
        restore.put_back(same, folder, False, silent, NOW)
    with restored(same, folder, force=True).connection():
        assert outbox.Outbox.select().count() == 3
    same.close()


def test_the_other_kind_of_database_is_refused(sqlite_store: Store, tmp_path: Path) -> None:
    folder = backup.make(sqlite_store, tmp_path / "backups", Wishes(), NOW, silent)
    with pytest.raises(Permanent, match="is of sqlite"):
        restore.put_back(Store("postgresql://nobody@127.0.0.1:1/x", tmp_path), folder, False, silent, NOW)


def kinds(store: Store) -> list[str]:
    return [one.kind for one in verify.faults(store, NOW, silent)]


def test_verify_finds_nothing_wrong_with_a_whole_store(store: Store) -> None:
    filled(store)
    inbox.Inbox.update(state="done", is_waiting=False).execute()
    assert kinds(store) == []


def test_verify_finds_missing_damaged_and_unreferenced_files(store: Store) -> None:
    filled(store)
    inbox.Inbox.update(state="done", is_waiting=False).execute()
    lost, spoilt = blobs.put_many([b"lost", LARGE + b"spoilt"])
    stray = blobs.put(LARGE + b"stray")
    (path,) = (store.data / "files").rglob(stray)
    os.utime(path, (0, 0))
    inbox.Inbox.update(blob=lost).execute()
    blobs.remove(lost)
    (path,) = (store.data / "files").rglob(spoilt)
    path.write_bytes(b"other bytes")
    found = {one.kind: one for one in verify.faults(store, NOW, silent)}
    assert set(found) == {"missing", "damaged", "unreferenced"}
    assert lost in found["missing"].what and "mail " in found["missing"].what
    assert found["unreferenced"].is_harmless and stray in found["unreferenced"].what


def test_verify_finds_work_that_stands_still(store: Store) -> None:
    filled(store)
    outbox.Outbox.update(next_at=NOW - timedelta(hours=1)).where(outbox.Outbox.state == "sending").execute()
    inbox.Inbox.update(collected_at=NOW - timedelta(hours=2)).execute()
    assert kinds(store) == ["inbox", "outbox"]
    inbox.Inbox.update(lease_owner="gone:1:1", next_at=NOW - timedelta(hours=1)).execute()
    assert kinds(store) == ["inbox", "outbox"]


def test_verify_finds_a_row_without_its_owner(sqlite_store: Store) -> None:
    filled(sqlite_store)
    inbox.Inbox.update(state="done", is_waiting=False).execute()
    sqlite_store.engine.execute_sql("PRAGMA foreign_keys = off")
    sqlite_store.engine.execute_sql("DELETE FROM outbox WHERE state = 'queued'")
    (found, *_) = verify.faults(sqlite_store, NOW, silent)
    assert found.kind == "database" and "has no owner in outbox" in found.what
    sqlite_store.engine.execute_sql("PRAGMA foreign_keys = on")
    shutil.rmtree(sqlite_store.data / "files")
