"""I/O: stored mails and files that no row names: their process died before it wrote one, or a case was deleted.

Bytes are durable before their row, so only what was last stored long ago may go, and each door stores before it names.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from mailticket.store.files import blobs
from mailticket.store.inbox_ends import DISCARDED
from mailticket.store.tables.case_tables import EntryFile
from mailticket.store.tables.mail_tables import Folder, Inbox, OutboxFile

#: What nobody names may be on its way into a row, until it is so old.
YOUNG = timedelta(days=1)
#: So long after a restore nothing goes: whoever restored too old a backup may want to go back to what was set aside.
_AFTER_RESTORE = timedelta(days=30)
_AT_ONCE = 500


def must_stay(now: datetime) -> bool:
    """Was a backup restored lately? Then the rows of another database may name what ours do not."""
    return bool(Folder.select().where(Folder.restored_at > now - _AFTER_RESTORE).exists())


def remove_small(after: str, now: datetime) -> tuple[str, int]:
    """Looks at the next few of the small ones after the digest `after`; the last of them ("" at the end), and how many
    were removed. Outside of any transaction."""
    page = blobs.names(after, _AT_ONCE)
    gone = blobs.forget_small(sorted(unnamed(page)), now - YOUNG, now)
    return (page[-1] if len(page) == _AT_ONCE else ""), gone


def remove_large(digests: Sequence[str], now: datetime) -> int:
    """Of these large files, removes those that nobody names and that are old; their number."""
    return sum(blobs.forget_large(one, now - YOUNG) for one in sorted(unnamed(digests)))


def pages_of_large(now: datetime) -> Iterator[list[str]]:
    """The digests of large files that are old enough to be looked at, a page at a time."""
    page: list[str] = []
    for kept in blobs.all_large():
        if now - kept.put_at > YOUNG:
            page.append(kept.sha256)
        if len(page) == _AT_ONCE:
            yield page
            page = []
    if page:
        yield page


def unnamed(digests: Iterable[str]) -> set[str]:
    """Those of a page of digests that no row names."""
    page = list(digests)
    if not page:
        return set()
    named = {digest for query in _naming(page) for (digest,) in query.tuples()}
    return set(page) - named


def _naming(page: list[str]) -> tuple[Any, ...]:
    """A mail that was discarded by its age is gone; one that an operator discarded can be taken back."""
    is_kept = (Inbox.state != "discarded") | (Inbox.outcome == DISCARDED)
    return (
        Inbox.select(Inbox.blob).where(Inbox.blob.in_(page) & is_kept),
        EntryFile.select(EntryFile.sha256).where(EntryFile.sha256.in_(page)),
        OutboxFile.select(OutboxFile.sha256).where(OutboxFile.sha256.in_(page)),
    )


def small_unnamed(now: datetime) -> Iterator[str]:
    """The digests of small ones that nobody names and that are old, for whoever wants to know."""
    after = ""
    while page := blobs.names(after, _AT_ONCE):
        yield from blobs.old_small(sorted(unnamed(page)), now - YOUNG)
        after = page[-1]
