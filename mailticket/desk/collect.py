"""Collect: from the mailbox to the inbox. The bytes are durable and committed before the server is changed. I/O."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mailticket.config.models import Service
from mailticket.desk.office import Office
from mailticket.domain.case import Channel
from mailticket.domain.spans import shown_size
from mailticket.store import blobs, folders, inbox
from mailticket.store.folders import Folder
from mailticket.store.inbox import Arrival
from mailticket.wire.imap import FolderState, Mailbox, Meta

log = logging.getLogger(__name__)

#: At most so many mails and bytes are held in memory at once.
BATCH_MAILS, BATCH_BYTES = 50, 64_000_000
#: Where mails go when they are done (`processed = "move"`).
PROCESSED = "Processed"


@dataclass(frozen=True, slots=True)
class Source:
    """One folder of one mailbox, in one generation of its UIDs."""

    service: Service
    state: FolderState
    folder: Folder

    @property
    def name(self) -> str:
        return folders.source(self.service.name, self.service.imap.folder)

    def key(self, uid: int) -> str:
        return f"{self.state.uidvalidity}/{uid}"


def open_source(office: Office, service: Service, mailbox: Mailbox) -> Source:
    """What this folder is to us. The first time, its UIDNEXT is stored as the activation moment, once for ever."""
    state = mailbox.status()
    name = service.imap.folder
    with office.connected():
        folder = folders.find(service.name, name)
        if folder is None:
            folder = folders.activate(service.name, name, state.uidvalidity, state.uidnext, office.clock())
            log.info(
                "%s: watching %s from UID %d on; first_run = %s", service.name, name, state.uidnext, service.first_run
            )
        elif folder.uidvalidity != state.uidvalidity:
            log.warning(
                "%s: the server numbered the mails of %s anew (UIDVALIDITY %d, was %d); all are looked at again, "
                "and those that are known do nothing",
                service.name,
                name,
                state.uidvalidity,
                folder.uidvalidity,
            )
            folder = folders.activate(service.name, name, state.uidvalidity, state.uidnext, office.clock())
    return Source(service, state, folder)


def collect(office: Office, source: Source, mailbox: Mailbox, whole_folder: bool = False) -> int:
    """Takes in what is new; `whole_folder` also heals what a watermark missed. Gives the number of mails taken in."""
    first = 1 if whole_folder else source.folder.scanned_uid + 1
    uids = [uid for uid in mailbox.uids_from(first) if _is_wanted(source, uid)]
    with office.connected():
        known = folders.known_uids(source.name, source.state.uidvalidity, uids)
    taken = 0
    new = [uid for uid in uids if uid not in known]
    for batch in _batches(new, mailbox.sizes(new)):
        taken += _take(office, source, mailbox, batch)
        office.wake("receive")
    if uids and max(uids) > source.folder.scanned_uid:
        with office.connected():
            folders.advance(source.service.name, source.service.imap.folder, max(uids))
    return taken


def tidy(office: Office, source: Source, mailbox: Mailbox) -> int:
    """Changes on the server what is settled in the database: moved or deleted, verified, then marked as done."""
    with office.connected():
        todo = folders.server_todo(source.name, source.state.uidvalidity)
    moved = [one for one in todo if one.action == "move"]
    deleted = [one for one in todo if one.action == "delete"]
    gone: set[int] = set()
    if moved:
        gone |= mailbox.move([one.uid for one in moved], PROCESSED)
    if deleted:
        gone |= mailbox.delete([one.uid for one in deleted])
    done = [one.id for one in todo if one.uid in gone]
    with office.connected():
        folders.server_done(done, office.clock())
    return len(done)


def _is_wanted(source: Source, uid: int) -> bool:
    """Mail from before the activation is history: silent, ignored or processed as `first_run` says."""
    return source.service.first_run != "ignore" or not _is_history(source, uid)


def _is_history(source: Source, uid: int) -> bool:
    """UIDs of another generation cannot be compared: known mails are told by their content there."""
    same = source.folder.uidvalidity == source.state.uidvalidity
    return same and uid < source.folder.activated_uidnext


def _batches(uids: Sequence[int], sizes: dict[int, Meta]) -> Iterator[list[tuple[int, Meta]]]:
    """So few at a time that they fit in memory; a mail that vanished meanwhile has no size and is left out."""
    batch: list[tuple[int, Meta]] = []
    held = 0
    for uid in uids:
        meta = sizes.get(uid)
        if meta is None:
            continue
        if batch and (len(batch) >= BATCH_MAILS or held + meta.size > BATCH_BYTES):
            yield batch
            batch, held = [], 0
        batch.append((uid, meta))
        held += meta.size
    if batch:
        yield batch


def _take(office: Office, source: Source, mailbox: Mailbox, batch: Sequence[tuple[int, Meta]]) -> int:
    """Blobs first, durable; then the rows, committed. Known rows stay as they are."""
    large = [(uid, meta) for uid, meta in batch if meta.size > source.service.max_size]
    small = [uid for uid, meta in batch if meta.size <= source.service.max_size]
    arrivals: list[Arrival] = []
    fetched = list(mailbox.fetch(small)) if small else []
    with office.connected():
        stored = blobs.put_many([one.raw for one in fetched])
    for one, sha256 in zip(fetched, stored, strict=True):
        arrivals.append(_arrival(source, one.uid, Meta(len(one.raw), one.internal_at, frozenset()), sha256))
    for uid, meta in large:
        arrivals.append(_stream(office, source, mailbox, uid, meta))
    with office.connected():
        ids = inbox.take(arrivals, office.clock())
    return sum(one is not None for one in ids)


def _stream(office: Office, source: Source, mailbox: Mailbox, uid: int, meta: Meta) -> Arrival:
    """A mail above max_size goes to storage piece by piece; only its head will be read."""
    log.warning("%s: mail UID %d has %s, more than max_size", source.service.name, uid, shown_size(meta.size))
    with office.connected(), blobs.Writer() as writer:
        mailbox.fetch_to(uid, writer.write)
    return _arrival(source, uid, Meta(writer.size, meta.internal_at, meta.flags), writer.sha256)


def _arrival(source: Source, uid: int, meta: Meta, sha256: str) -> Arrival:
    service = source.service
    return Arrival(
        source=source.name,
        source_key=source.key(uid),
        service=service.name,
        channel=Channel.MAIL,
        blob=sha256,
        size=meta.size,
        received_at=meta.internal_at,
        is_silent=service.first_run == "silent" and _is_history(source, uid),
        uidvalidity=source.state.uidvalidity,
        uid=uid,
        server="none" if service.processed == "keep" else service.processed,
    )
