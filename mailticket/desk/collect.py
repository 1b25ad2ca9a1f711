"""Collect: from the mailbox to the inbox. The bytes are durable and committed before the server is changed. I/O."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from mailticket import failpoints
from mailticket.desk.mailbox.intake import take_in
from mailticket.desk.mailbox.newest import Newest
from mailticket.desk.mailbox.source import PROCESSED, Source, is_ignored, writing
from mailticket.desk.office import Office
from mailticket.errors import MailticketError, Permanent
from mailticket.store import folders
from mailticket.store.folders import ServerTodo
from mailticket.wire.imap import Mailbox, Meta
from mailticket.wire.imap_session import Declined

log = logging.getLogger(__name__)

#: One call takes at most so many mails and bytes, so that its worker often shows that it lives.
ROUND_MAILS, ROUND_BYTES = 500, 64_000_000
#: So many are committed together; they are received while the next ones are fetched.
BATCH_MAILS = 50


@dataclass(frozen=True, slots=True)
class Collected:
    """`taken`: new mails in the inbox; `has_more`: the folder has others that were not looked at yet."""

    taken: int
    has_more: bool


def collect(
    office: Office, source: Source, mailbox: Mailbox, whole_folder: bool = False, newest: Newest | None = None
) -> Collected:
    """Takes in what is new, a round of it, the oldest first; `whole_folder` also heals what a watermark missed.

    In a long round the newest mails that depend on no other come in between: they do not wait for its end.
    """
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
    office.expect(len(wanted))
    taken = _take_in_turns(office, source, mailbox, wanted, newest or Newest())
    has_more = len(looked_at) < len(new)
    reached = looked_at[-1] if has_more else max(uids, default=0)
    if reached > source.folder.scanned_uid:
        with writing(office, source.hold):
            folders.advance(source.service.name, source.service.imap.folder, reached)
        failpoints.reach("collect.advanced")
    return Collected(taken, has_more)


def _take_in_turns(
    office: Office, source: Source, mailbox: Mailbox, wanted: Sequence[tuple[int, Meta]], newest: Newest
) -> int:
    """The oldest in batches, before each of them what is newest; how many mails were taken in."""
    taken = 0
    ahead: set[int] = set()
    for start in range(0, len(wanted), BATCH_MAILS):
        if len(wanted) > BATCH_MAILS:
            ahead |= newest.take_in(office, source, mailbox, wanted[start - 1][0] if start else 0)
        source.hold.check()
        if batch := [one for one in wanted[start : start + BATCH_MAILS] if one[0] not in ahead]:
            taken += take_in(office, source, mailbox, batch)
        office.wake("receive")
    return taken + len(ahead)


def tidy(office: Office, source: Source, mailbox: Mailbox) -> int:
    """Changes on the server what is settled in the database: moved or deleted, verified, then marked as done."""
    with office.connected():
        todo = folders.server_todo(source.name, source.state.uidvalidity)
    failpoints.reach("tidy.found")
    gone, declined = _changed(source, mailbox, todo)
    done = [one.id for one in todo if one.uid in gone]
    failpoints.reach("tidy.changed")
    with writing(office, source.hold):
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


def _as_many_as_fit(uids: Sequence[int], sizes: Mapping[int, Meta]) -> list[int]:
    """The first of the UIDs, at least one, whose mails have no more than ROUND_BYTES."""
    total = 0
    for count, uid in enumerate(uids):
        total += sizes[uid].size if uid in sizes else 0
        if count and total > ROUND_BYTES:
            return list(uids[:count])
    return list(uids)
