"""A watched folder as the desk knows it: what it was at first contact, and what of it is history. I/O."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from mailticket.config.models import Service
from mailticket.desk.office import Office
from mailticket.desk.running.ownership import UNSHARED, Hold
from mailticket.store import folders
from mailticket.store.folders import Folder
from mailticket.wire.imap import FolderState, Mailbox, Meta

log = logging.getLogger(__name__)

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
    with office.connected():
        folder = folders.find(service.name, service.imap.folder)
    if folder is None or folder.uidvalidity != state.uidvalidity:
        folder = _met(office, service, state, hold)
    return Source(service, state, folder, hold)


def _met(office: Office, service: Service, state: FolderState, hold: Hold) -> Folder:
    """For the first time, or for the first time since the server numbered its mails anew."""
    name = service.imap.folder
    with writing(office, hold):
        before = folders.find(service.name, name)
        folder = folders.activate(service.name, name, state.uidvalidity, state.uidnext, office.clock())
    if before is None:
        log.info("%s: watching %s from UID %d on; first_run = %s", service.name, name, state.uidnext, service.first_run)
    elif before.uidvalidity != state.uidvalidity:
        log.warning(
            "%s: the server numbered the mails of %s anew (UIDVALIDITY %d, was %d); all are looked at again, "
            "and those that are known do nothing",
            service.name,
            name,
            state.uidvalidity,
            before.uidvalidity,
        )
    return folder


@contextmanager
def writing(office: Office, hold: Hold) -> Iterator[None]:
    """A transaction that does nothing if another daemon has the mailbox by now."""
    with office.connected(), office.store.transaction():
        hold.fence()
        yield


def is_ignored(source: Source, uid: int, meta: Meta | None = None) -> bool:
    """Mail from before the activation is history: silent, ignored or processed as `first_run` says."""
    return source.service.first_run == "ignore" and is_history(source, uid, meta)


def is_history(source: Source, uid: int, meta: Meta | None) -> bool:
    """By its UID; in another generation of UIDs, which cannot be compared, by its arrival at the server."""
    if source.folder.activated_uidnext:
        return uid < source.folder.activated_uidnext
    return meta is not None and meta.internal_at < source.folder.activated_at
