"""Marker: a folder in the mailbox that names the desk which works there, so that two desks never share one. I/O.

Two desks with different databases would each take in every mail and answer it. The name is made of the moment when this
database first saw the folder, so it is kept by backups and differs from every other database's.
"""

from __future__ import annotations

import hashlib
import logging
import re

from mailticket.desk.mailbox.source import Source
from mailticket.errors import Permanent
from mailticket.wire.imap import Mailbox
from mailticket.wire.imap_session import Declined

log = logging.getLogger(__name__)

_PREFIX = "mailticket-desk-"
_MARKER = re.compile(rf"(?:^|[./\\]){_PREFIX}([0-9a-f]{{12}})$")


class ForeignDesk(Permanent):
    """Another desk works on this mailbox."""


def name_of(source: Source) -> str:
    """The name of this desk's folder."""
    seen = f"{source.service.name}/{source.folder.folder}/{source.folder.activated_at.timestamp():.6f}"
    return _PREFIX + hashlib.sha256(seen.encode()).hexdigest()[:12]


def claim(source: Source, mailbox: Mailbox) -> None:
    """Marks the mailbox as ours. Raises ForeignDesk, before anything is marked, if another desk has done so.

    A server that lets nobody list or make folders cannot be marked; then nothing is known, and work goes on.
    """
    own = name_of(source)
    try:
        found = {_PREFIX + match[1] for name in mailbox.folder_names() if (match := _MARKER.search(name))}
        if others := sorted(found - {own}):
            raise ForeignDesk(
                f"Another mailticket with another database works on the mailbox of {source.service.name}.",
                f"Stop one of them. If the other is gone for good, delete the folder {others[0]} from the mailbox.",
            )
        if own not in found:
            mailbox.make_folder(own)
    except Declined as error:
        log.warning("%s: the mailbox cannot be marked as ours: %s", source.service.name, error)
