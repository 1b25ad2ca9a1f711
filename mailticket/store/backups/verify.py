"""I/O: is everything that we keep as it should be? Pages, rows, files, and work that stands still."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from mailticket.domain.texts.counted import counted
from mailticket.store.backups import dumps
from mailticket.store.backups.archive import Tell
from mailticket.store.database import Store
from mailticket.store.engine.fields import is_true
from mailticket.store.engine.proxies import blob_database
from mailticket.store.files import leftovers
from mailticket.store.files.depots import Kept
from mailticket.store.tables.case_tables import EntryFile
from mailticket.store.tables.mail_tables import Blob, Inbox, Outbox, OutboxFile, is_in

#: A lease that ran out so long ago should have been taken over.
_PATIENCE = timedelta(minutes=10)
#: Mail that came in and was not looked at for so long.
_WAITED = timedelta(hours=1)
_AT_ONCE = 500

_RESTORE = "Bring it back from a backup (`mailticket restore`); without one it is lost."


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is not as it should be. `is_harmless`: it costs room, nothing else."""

    kind: str
    what: str
    fix: str
    is_harmless: bool = False


def faults(store: Store, now: datetime, tell: Tell) -> Iterator[Fault]:
    """Everything that is wrong with the open store, on a connection of the calling thread."""
    yield from _database(store, tell)
    yield from _standing_still(now)
    present = set[str]()
    yield from _small(present, tell)
    large = list(store.depot().all())
    yield from _large(store, large, tell)
    present |= {one.sha256 for one in large}
    needed = _needed()
    for digest in sorted(needed - present):
        yield Fault("missing", f"{digest}, needed by {_whose(digest)}", _RESTORE)
    ripe = {one.sha256 for one in large if now - one.put_at > leftovers.YOUNG}
    for digest in sorted((ripe - needed) | set(leftovers.small_unnamed(now))):
        yield Fault("unreferenced", f"{digest} is named by no row", "Nothing to do: the daemon removes it.", True)


def _database(store: Store, tell: Tell) -> Iterator[Fault]:
    """PostgreSQL keeps its own rules; SQLite is asked."""
    if store.is_postgres:
        return
    for number, path in enumerate((store.path, store.blob_path)):
        tell(number, 2, f"reading {path.name}")
        for wrong in dumps.is_whole(path):
            yield Fault("database", f"{path.name}: {wrong}", "Stop the daemon and restore the last good backup.")


def _standing_still(now: datetime) -> Iterator[Fault]:
    late = now - _PATIENCE
    left = is_true(Inbox.is_waiting) & (Inbox.lease_owner != "") & (Inbox.next_at < late)
    rows: Any = Inbox.select(Inbox.id, Inbox.lease_owner).where(left).tuples()
    for id, owner in rows:
        yield Fault("inbox", f"mail {id} was left behind by {owner}", "Start the daemon; it goes on by itself.")
    waits = (Inbox.state == "new") & (Inbox.lease_owner == "") & (Inbox.collected_at < now - _WAITED)
    count = Inbox.select().where(waits).count()
    if count:
        waiting = counted(count, "mail waits", "mails wait")
        yield Fault("inbox", f"{waiting} for more than an hour", "Is the daemon running? See its log.")
    shunted = Inbox.select().where(Inbox.state == "shunted").count()
    if shunted:
        aside = counted(shunted, "mail is", "mails are")
        yield Fault("inbox", f"{aside} set aside", "See `mailticket inbox list --state shunted`.")
    stuck: Any = Outbox.select(Outbox.id, Outbox.lease_owner).where(is_in(Outbox, "sending") & (Outbox.next_at < late))
    for id, owner in stuck.tuples():
        yield Fault("outbox", f"letter {id} was left behind by {owner}", "Start the daemon; it goes on by itself.")


def _small(present: set[str], tell: Tell) -> Iterator[Fault]:
    """Those in the table: each is what its name says. Their names are put into `present`."""
    if blob_database.is_closed():
        blob_database.connect()
    total, last = Blob.select().count(), ""
    while rows := _blobs_after(last):
        for sha256, content in rows:
            if hashlib.sha256(bytes(content)).hexdigest() != sha256:
                yield Fault("damaged", f"{sha256} in the table of small files", _RESTORE)
            present.add(sha256)
        last = rows[-1][0]
        tell(len(present), total, "reading small mails and files")


def _blobs_after(sha256: str) -> list[Any]:
    query: Any = Blob.select(Blob.sha256, Blob.content).where(Blob.sha256 > sha256).order_by(Blob.sha256)
    return list(query.limit(_AT_ONCE).tuples())


def _large(store: Store, large: list[Kept], tell: Tell) -> Iterator[Fault]:
    depot = store.depot()
    for number, kept in enumerate(large):
        tell(number, len(large), f"reading file {kept.sha256[:12]}")
        found = hashlib.sha256()
        for chunk in depot.read(kept.sha256) or ():
            found.update(chunk)
        if found.hexdigest() != kept.sha256:
            yield Fault("damaged", f"{kept.sha256} ({kept.size} bytes)", _RESTORE)


def _needed() -> set[str]:
    """The digests that rows name: mails that were not discarded, files of entries, files of letters."""
    mails: Any = Inbox.select(Inbox.blob).where(Inbox.state != "discarded")
    queries: tuple[Any, ...] = (mails, EntryFile.select(EntryFile.sha256), OutboxFile.select(OutboxFile.sha256))
    return {digest for query in queries for (digest,) in query.distinct().tuples().iterator() if digest}


def _whose(digest: str) -> str:
    """The rows that name a digest, the first few."""
    mails: Any = Inbox.select(Inbox.id).where(Inbox.blob == digest).limit(3).tuples()
    letters: Any = OutboxFile.select(OutboxFile.outbox).where(OutboxFile.sha256 == digest).limit(3).tuples()
    found = [f"mail {id}" for (id,) in mails] + [f"letter {id}" for (id,) in letters]
    entries = EntryFile.select().where(EntryFile.sha256 == digest).count()
    return ", ".join(found + ([counted(entries, "entry", "entries")] if entries else []))
