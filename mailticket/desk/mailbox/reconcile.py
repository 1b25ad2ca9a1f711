"""Reconcile: the mail server against the database. Finds what one has and the other has not, mends what is safe. I/O.

It changes rows only, and moves mails back that nobody has taken in: the next look at the folder does the rest.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from mailticket.config.models import Service
from mailticket.desk.mailbox.source import PROCESSED, Source, is_ignored
from mailticket.desk.office import Office
from mailticket.errors import Permanent, Refused
from mailticket.store import folders
from mailticket.store.folders import ServerCopy
from mailticket.wire.imap import Mailbox, Meta

log = logging.getLogger(__name__)

#: Of mails that stay in the folder (`processed = "keep"`) the newest are compared.
NEWEST = 5000


@dataclass(frozen=True, slots=True)
class Findings:
    """What does not agree.

    `lost`: UIDs in the folder that nobody took in. `reused`: rows whose number now means another mail, as after a
    mailbox was restored from a backup. `returned`: rows whose mail should be gone and is there. `to_move`: rows that
    wait for their turn. `vanished`: rows whose mail somebody took away before us; we have its bytes.
    """

    lost: tuple[int, ...] = ()
    reused: tuple[ServerCopy, ...] = ()
    returned: tuple[ServerCopy, ...] = ()
    to_move: int = 0
    vanished: tuple[ServerCopy, ...] = ()

    @property
    def is_clean(self) -> bool:
        return not (self.lost or self.reused or self.returned or self.vanished)


def look_at_source(service: Service, mailbox: Mailbox) -> Source:
    """The folder as the daemon knows it; changes nothing. On the caller's database connection."""
    state, folder = mailbox.status(), folders.find(service.name, service.imap.folder)
    if folder is None:
        raise Refused(f"{service.name} was never watched.", "Run `mailticket run` first.")
    if folder.uidvalidity != state.uidvalidity:
        raise Refused(f"The server of {service.name} numbered its mails anew.", "The daemon looks at all of them.")
    return Source(service, state, folder)


def compare(office: Office, source: Source, mailbox: Mailbox) -> Findings:
    """Looks at the folder and at the rows; changes nothing."""
    uids = mailbox.all_uids()
    uids = uids[-NEWEST:] if source.service.processed == "keep" else uids
    there = mailbox.sizes(uids)
    with office.connected():
        known = folders.copies(source.name, source.state.uidvalidity, there)
        waiting = folders.waiting_copies(source.name, source.state.uidvalidity)
    same = {uid: row for uid, row in known.items() if row.received_at == there[uid].internal_at}
    return Findings(
        lost=tuple(uid for uid in there if uid not in known and not is_ignored(source, uid, there[uid])),
        reused=tuple(row for uid, row in known.items() if uid not in same),
        returned=tuple(row for row in same.values() if row.is_done and row.action in ("move", "delete")),
        to_move=sum(row.is_todo for row in same.values()),
        vanished=() if source.service.processed == "keep" else tuple(row for row in waiting if row.uid not in there),
    )


def mend(office: Office, source: Source, found: Findings) -> None:
    """The rows say what is so; lost mails are collected and returned ones moved at the next look at the folder."""
    if found.is_clean:
        return
    service, folder = source.service.name, source.service.imap.folder
    first = min([*found.lost, *(one.uid for one in found.reused)], default=0)
    with office.connected(), office.store.transaction():
        source.hold.fence()
        folders.free_numbers([one.id for one in found.reused], office.clock())
        folders.to_do_again([one.id for one in found.returned])
        folders.server_gone([one.id for one in found.vanished], office.clock())
        if first:
            folders.set_back(service, folder, first - 1)
    _tell(source, found)


def _tell(source: Source, found: Findings) -> None:
    """What did not agree is worth a warning. What nobody has looked at yet, as at the first start, is only new."""
    missed = sum(uid <= source.folder.scanned_uid for uid in found.lost)
    counts = {
        "mails that were missed": missed,
        "numbers that mean other mails now": len(found.reused),
        "mails that were back": len(found.returned),
        "mails that somebody took away": len(found.vanished),
    }
    told = ", ".join(f"{what}: {count}" for what, count in counts.items() if count)
    if told:
        log.warning("%s: reconciled with the mailbox; %s", source.service.name, told)
    if new := len(found.lost) - missed:
        log.info("%s: mails to take in: %d", source.service.name, new)


def unknown_in_processed(office: Office, source: Source, mailbox: Mailbox) -> list[int]:
    """UIDs in Processed of mails since the activation that no row knows, as after an older database was restored.

    Told by the moment of their arrival, which a move keeps; of several in one second also by their size.
    """
    found = {uid: meta for uid, meta in mailbox.sizes(mailbox.all_uids()).items() if _is_ours(source, meta)}
    if not found:
        return []
    with office.connected():
        known = folders.arrivals_since(source.name, min(meta.internal_at for meta in found.values()))
    return _unmatched(found, Counter(at for at, _size in known), frozenset(known))


def open_processed(source: Source, mailbox: Mailbox) -> Mailbox | None:
    """The folder Processed on a connection of its own; None if there is none."""
    beside = Mailbox(replace(mailbox.settings, folder=mailbox.full_name(PROCESSED)))
    try:
        beside.open()
    except Permanent:
        beside.close()
        log.info("%s has no folder %s", source.service.name, PROCESSED)
        return None
    return beside


def _is_ours(source: Source, meta: Meta) -> bool:
    return meta.internal_at >= source.folder.activated_at.replace(microsecond=0)


def _unmatched(found: Mapping[int, Meta], rows: Counter[object], known: frozenset[tuple[object, int]]) -> list[int]:
    """Those for which no row is left; a mail whose size a row has too is matched first."""
    ordered: Sequence[int] = sorted(found, key=lambda uid: (found[uid].internal_at, found[uid].size) not in known)
    left: list[int] = []
    for uid in ordered:
        at = found[uid].internal_at
        if rows[at] > 0:
            rows[at] -= 1
        else:
            left.append(uid)
    return sorted(left)
