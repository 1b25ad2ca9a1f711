"""Raw mails and files: found by their digest, small and large, whole or not at all."""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path

import pytest

from mailticket.errors import Permanent, Temporary
from mailticket.store.database import Store
from mailticket.store.files import blobs
from mailticket.store.tables.mail_tables import Blob

SMALL, LARGE = b"a mail", bytes(range(256)) * 1025


def _files(store: Store) -> list[Path]:
    return [one for one in (store.data / "files").rglob("*") if one.is_file()]


@pytest.mark.parametrize("content", [b"", SMALL, b"x" * blobs.SMALL, LARGE])
def test_what_was_put_is_found_by_its_digest(store: Store, content: bytes) -> None:
    digest = blobs.put(content)
    assert digest == hashlib.sha256(content).hexdigest()
    assert blobs.exists(digest) and blobs.get(digest) == content


def test_the_same_bytes_twice_are_one(store: Store) -> None:
    assert blobs.put_many([SMALL, LARGE, SMALL]) == blobs.put_many([SMALL, LARGE, SMALL])
    assert len(_files(store)) == 1


def test_small_ones_need_no_file_and_large_ones_stand_under_their_digest(store: Store) -> None:
    small, large = blobs.put_many([SMALL, LARGE])
    assert [one.name for one in _files(store)] == [large] and small != large
    assert (store.data / "files" / large[:2] / large[2:4] / large).read_bytes() == LARGE


def test_small_ones_can_be_asked_for_alone_and_are_checked_too(store: Store) -> None:
    small, large = blobs.put_many([SMALL, LARGE])
    assert blobs.small_ones((small, large, "0" * 64)) == {small: SMALL}
    Blob.update(content=b"spoilt").where(Blob.sha256 == small).execute()
    with pytest.raises(Permanent, match="is damaged"):
        blobs.small_ones([small])


@pytest.mark.parametrize("content", [SMALL, LARGE])
def test_a_mail_that_comes_piece_by_piece_is_the_same_mail(store: Store, content: bytes) -> None:
    with blobs.Writer() as writer:
        for start in range(0, len(content), 1000):
            writer.write(content[start : start + 1000])
    assert (writer.sha256, writer.size) == (hashlib.sha256(content).hexdigest(), len(content))
    assert blobs.get(writer.sha256) == content


def test_a_mail_that_breaks_off_leaves_nothing(store: Store) -> None:
    with pytest.raises(ConnectionError), blobs.Writer() as writer:
        writer.write(LARGE)
        raise ConnectionError("the server is gone")
    assert _files(store) == [] and writer.sha256 == ""


def test_a_missing_one_is_named(store: Store) -> None:
    missing = hashlib.sha256(b"never stored").hexdigest()
    assert not blobs.exists(missing)
    with pytest.raises(Permanent, match=missing):
        blobs.get(missing)


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "AB" * 32, "ab"])
def test_only_a_digest_ever_becomes_a_path(store: Store, name: str) -> None:
    with pytest.raises(Permanent, match="no SHA-256"):
        blobs.get(name)


def test_a_full_disk_is_temporary_and_leaves_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Temporary, match="is full"):
        blobs.put(LARGE)
    assert _files(store) == []


def test_a_large_one_and_its_folders_are_synced_before_put_returns(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    really = os.fsync

    def watched(handle: int) -> None:
        synced.append(os.readlink(f"/proc/self/fd/{handle}"))
        really(handle)

    monkeypatch.setattr(os, "fsync", watched)
    digest = blobs.put(LARGE)
    folder = store.data / "files"
    assert synced[1:] == [str(one) for one in (folder / digest[:2] / digest[2:4], folder / digest[:2], folder)]
    assert "unfinished" in synced[0]


def test_blobs_are_never_stored_inside_a_transaction(store: Store) -> None:
    with store.transaction(), pytest.raises(RuntimeError, match="before the transaction"):
        blobs.put(SMALL)
