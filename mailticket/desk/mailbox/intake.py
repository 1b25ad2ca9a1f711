"""Intake: mails of a folder become rows of the inbox: their bytes durable first, looked at, committed. I/O."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from mailticket import failpoints
from mailticket.desk.mailbox.source import Source, is_history
from mailticket.desk.office import Office
from mailticket.domain.case import Channel
from mailticket.domain.times.spans import shown_size
from mailticket.mime.first_look import look
from mailticket.store import inbox
from mailticket.store.files import blobs
from mailticket.store.inbox import Arrival
from mailticket.triage.fresh import commanding, is_fresh
from mailticket.wire.imap import Fetched, Mailbox, Meta
from mailticket.wire.imap_session import Declined

log = logging.getLogger(__name__)


def take_in(office: Office, source: Source, mailbox: Mailbox, batch: Sequence[tuple[int, Meta]]) -> int:
    """Blobs first, durable; then the rows, committed. Known rows stay as they are."""
    large = [(uid, meta) for uid, meta in batch if meta.size > source.service.max_size]
    small = {uid: meta for uid, meta in batch if meta.size <= source.service.max_size}
    fetched = _fetched(source, mailbox, small)
    failpoints.reach("collect.fetched")
    with office.connected():
        stored = blobs.put_many([one.raw for one in fetched])
    staff = commanding(office.config)
    arrivals = [
        _looked_at(_arrival(source, one.uid, replace(small[one.uid], size=len(one.raw)), sha256), one.raw, staff)
        for one, sha256 in zip(fetched, stored, strict=True)
    ]
    for uid, meta in large:
        arrivals.append(_stream(office, source, mailbox, uid, meta))
    failpoints.reach("collect.stored")
    with office.connected():
        ids = inbox.take(arrivals, office.clock(), source.hold.fence)
    failpoints.reach("collect.committed")
    return sum(one is not None for one in ids)


def _fetched(source: Source, mailbox: Mailbox, wanted: Mapping[int, Meta]) -> list[Fetched]:
    """The mails; one that the server cannot give (Exchange has such) stays there and stops no other.

    It is asked for again whenever the whole folder is looked at. If the server gives none at all, that is no mail's
    fault.
    """
    try:
        return list(mailbox.fetch(wanted))
    except Declined:
        if len(wanted) == 1:
            raise
    fetched: list[Fetched] = []
    declined: list[Declined] = []
    for uid, meta in wanted.items():
        try:
            fetched += mailbox.fetch({uid: meta})
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
    return _arrival(source, uid, replace(meta, size=writer.size), writer.sha256)


def _looked_at(arrival: Arrival, raw: bytes, staff: Collection[str]) -> Arrival:
    """With what its header tells about its place in the order of mails. History keeps its own."""
    seen = look(raw)
    return replace(arrival, from_key=seen.from_key, is_fresh=not arrival.is_silent and is_fresh(seen, staff))


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
        is_silent=service.first_run == "silent" and is_history(source, uid, meta),
        uidvalidity=source.state.uidvalidity,
        uid=uid,
        server=service.processed,
    )
