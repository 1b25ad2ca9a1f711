"""Collect: from the mailbox to the inbox. The bytes are durable and committed before the server is changed. I/O."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from mailticket import failpoints
from mailticket.config.models import Service
from mailticket.desk.office import Office
from mailticket.desk.running.ownership import UNSHARED, Hold
from mailticket.domain.case import Channel
from mailticket.domain.times.spans import shown_size
from mailticket.errors import MailticketError, Permanent
from mailticket.store import folders, inbox
from mailticket.store.files import blobs
from mailticket.store.folders import Folder, ServerTodo
from mailticket.store.inbox import Arrival
from mailticket.wire.imap import Fetched, FolderState, Mailbox, Meta
from mailticket.wire.imap_session import Declined

log = logging.getLogger(__name__)

#: One call takes at most so many mails and bytes, so that its worker often shows that it lives.
ROUND_MAILS, ROUND_BYTES = 500, 64_000_000
#: So many are committed together; they are received while the next ones are fetched.
BATCH_MAILS = 50
#: Where mails go when they are done (`processed = "move"`).
PROCESSED = "Processed"


@dataclass(frozen=True, slots=True)
class Source:
    """One folder of one mailbox, in one generation of its UIDs. `hold`: what makes it ours alone."""

    service: Service
    state: FolderState
    folder: Folder
    hold: Hold = UNSHARED

    @property
    def name(self) -> str:
        return folders.source(self.service.name, self.service.imap.folder)

    def key(self, uid: int) -> str:
        return f"{self.state.uidvalidity}/{uid}"


def open_source(office: Office, service: Service, mailbox: Mailbox, hold: Hold = UNSHARED) -> Source:
    """What this folder is to us. The first time, its UIDNEXT is stored as the activation moment, once for ever."""
    state = mailbox.status()
    name = service.imap.folder
    with _writing(office, hold):
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
    return Source(service, state, folder, hold)


@contextmanager
def _writing(office: Office, hold: Hold) -> Iterator[None]:
    """A transaction that does nothing if another daemon has the mailbox by now."""
    with office.connected(), office.store.transaction():
        hold.fence()
        yield


@dataclass(frozen=True, slots=True)
class Collected:
    """`taken`: new mails in the inbox; `has_more`: the folder has others that were not looked at yet."""

    taken: int
    has_more: bool


def collect(office: Office, source: Source, mailbox: Mailbox, whole_folder: bool = False) -> Collected:
    """Takes in what is new, a round of it; `whole_folder` also heals what a watermark missed."""
    first = 1 if whole_folder else source.folder.scanned_uid + 1
    uids = [uid for uid in mailbox.uids_from(first) if not is_ignored(source, uid)]
    with office.connected():
        known = folders.known_uids(source.name, source.state.uidvalidity, uids)
    new = [uid for uid in uids if uid not in known]
    sizes = mailbox.sizes(new[:ROUND_MAILS])
    looked_at = _as_many_as_fit(new[:ROUND_MAILS], sizes)
    # A mail that vanished meanwhile has no size.
    failpoints.reach("collect.found")
    wanted = [(uid, sizes[uid]) for uid in looked_at if uid in sizes and not is_ignored(source, uid, sizes[uid])]
    taken = 0
    for start in range(0, len(wanted), BATCH_MAILS):
        source.hold.check()
        taken += _take(office, source, mailbox, wanted[start : start + BATCH_MAILS])
        office.wake("receive")
    has_more = len(looked_at) < len(new)
    reached = looked_at[-1] if has_more else max(uids, default=0)
    if reached > source.folder.scanned_uid:
        with _writing(office, source.hold):
            folders.advance(source.service.name, source.service.imap.folder, reached)
        failpoints.reach("collect.advanced")
    return Collected(taken, has_more)


def tidy(office: Office, source: Source, mailbox: Mailbox) -> int:
    """Changes on the server what is settled in the database: moved or deleted, verified, then marked as done."""
    with office.connected():
        todo = folders.server_todo(source.name, source.state.uidvalidity)
    failpoints.reach("tidy.found")
    gone, declined = _changed(source, mailbox, todo)
    done = [one.id for one in todo if one.uid in gone]
    failpoints.reach("tidy.changed")
    with _writing(office, source.hold):
        folders.server_done(done, office.clock())
    failpoints.reach("tidy.noted")
    if declined is not None:
        raise declined
    return len(done)


def _changed(source: Source, mailbox: Mailbox, todo: Sequence[ServerTodo]) -> tuple[set[int], MailticketError | None]:
    """The UIDs that are gone, and what the server declined: it may be able to delete and not to move, or the reverse.

    Unwanted mail goes first: nobody is to read it in the meantime.
    """
    gone: set[int] = set()
    declined: MailticketError | None = None
    for action, change in (("delete", mailbox.delete), ("move", partial(mailbox.move, folder=PROCESSED))):
        uids = [one.uid for one in todo if one.action == action]
        if uids:
            source.hold.check()
            try:
                gone |= change(uids)
            except (Declined, Permanent) as error:
                declined = error
    return gone, declined


def is_ignored(source: Source, uid: int, meta: Meta | None = None) -> bool:
    """Mail from before the activation is history: silent, ignored or processed as `first_run` says."""
    return source.service.first_run == "ignore" and _is_history(source, uid, meta)


def _is_history(source: Source, uid: int, meta: Meta | None) -> bool:
    """By its UID; in another generation of UIDs, which cannot be compared, by its arrival at the server."""
    if source.folder.activated_uidnext:
        return uid < source.folder.activated_uidnext
    return meta is not None and meta.internal_at < source.folder.activated_at


def _as_many_as_fit(uids: Sequence[int], sizes: Mapping[int, Meta]) -> list[int]:
    """The first of the UIDs, at least one, whose mails have no more than ROUND_BYTES."""
    total = 0
    for count, uid in enumerate(uids):
        total += sizes[uid].size if uid in sizes else 0
        if count and total > ROUND_BYTES:
            return list(uids[:count])
    return list(uids)


def _take(office: Office, source: Source, mailbox: Mailbox, batch: Sequence[tuple[int, Meta]]) -> int:
    """Blobs first, durable; then the rows, committed. Known rows stay as they are."""
    large = [(uid, meta) for uid, meta in batch if meta.size > source.service.max_size]
    small = [uid for uid, meta in batch if meta.size <= source.service.max_size]
    fetched = _fetched(source, mailbox, small)
    failpoints.reach("collect.fetched")
    with office.connected():
        stored = blobs.put_many([one.raw for one in fetched])
    arrivals = [
        _arrival(source, one.uid, Meta(len(one.raw), one.internal_at, frozenset()), sha256)
        for one, sha256 in zip(fetched, stored, strict=True)
    ]
    for uid, meta in large:
        arrivals.append(_stream(office, source, mailbox, uid, meta))
    failpoints.reach("collect.stored")
    with office.connected():
        ids = inbox.take(arrivals, office.clock(), source.hold.fence)
    failpoints.reach("collect.committed")
    return sum(one is not None for one in ids)


def _fetched(source: Source, mailbox: Mailbox, uids: Sequence[int]) -> list[Fetched]:
    """The mails; one that the server cannot give (Exchange has such) stays there and stops no other.

    It is asked for again whenever the whole folder is looked at. If the server gives none at all, that is no mail's
    fault.
    """
    try:
        return list(mailbox.fetch(uids))
    except Declined:
        if len(uids) == 1:
            raise
    fetched: list[Fetched] = []
    declined: list[Declined] = []
    for uid in uids:
        try:
            fetched += mailbox.fetch([uid])
        except Declined as error:
            declined.append(error)
            log.error("%s: mail UID %d is left on the server: %s", source.service.name, uid, error)
    if not fetched and declined:
        raise declined[0]
    return fetched


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
        is_silent=service.first_run == "silent" and _is_history(source, uid, meta),
        uidvalidity=source.state.uidvalidity,
        uid=uid,
        server=service.processed,
    )
