"""I/O: what was kept long enough goes: the stored copies of rejected mail. The inbox row stays and says so."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from mailticket.store.files import blobs
from mailticket.store.inbox_ends import DISCARDED
from mailticket.store.tables.case_tables import EntryFile
from mailticket.store.tables.mail_tables import Inbox, OutboxFile
from mailticket.store.tables.privacy_tables import UnwantedBlob

REJECTED = "rejected"


def rejected_before(moment: datetime, limit: int) -> list[tuple[int, str]]:
    """(inbox id, blob) of rejected mails that were collected before `moment` and are still stored, oldest first."""
    is_old = (Inbox.outcome == REJECTED) & (Inbox.collected_at < moment) & (Inbox.state == "done")
    rows: Any = Inbox.select(Inbox.id, Inbox.blob).where(is_old).order_by(Inbox.collected_at).limit(limit).tuples()
    return list(rows)


def forget(mails: Iterable[tuple[int, str]]) -> None:
    """Removes the stored bytes, where nothing else needs them, then says in the row that they are gone.

    In this order: if we are killed in between, the next call finds the row and nothing to remove.
    """
    for id, blob in mails:
        if not _is_needed(blob, id):
            blobs.remove(blob)
        Inbox.update(state="discarded").where(Inbox.id == id).execute()


def remove_unwanted(now: datetime, limit: int | None = None) -> int:
    """Stored bytes that masking and erasure let go of, where nothing else needs them; the number of those removed.

    What is put again at this very moment is put before a row names it: whatever became unwanted just now waits.
    """
    rows: Any = UnwantedBlob.select(UnwantedBlob.sha256).where(UnwantedBlob.since <= now).limit(limit).tuples()
    removed = 0
    for (digest,) in list(rows):
        if not _is_needed(digest, 0):
            blobs.remove(digest)
            removed += 1
        UnwantedBlob.delete().where(UnwantedBlob.sha256 == digest).execute()
    return removed


def _is_needed(blob: str, except_row: int) -> bool:
    another = (
        (Inbox.blob == blob) & (Inbox.id != except_row) & ((Inbox.state != "discarded") | (Inbox.outcome == DISCARDED))
    )
    tables: tuple[Any, ...] = (
        Inbox.select(Inbox.id).where(another),
        EntryFile.select(EntryFile.sha256).where(EntryFile.sha256 == blob),
        OutboxFile.select(OutboxFile.sha256).where(OutboxFile.sha256 == blob),
    )
    return any(query.exists() for query in tables)
