"""PURE: what makes two mails the same: what their sender wrote, and not the road they came by.

public-inbox keeps duplicates apart in the same way (its ContentHash.pm). Only decoded originals are hashed, nothing
that this program made of them, so that a better parser does not make strangers of old mails.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

from mailticket.domain.mail import InboundMail


def of(mail: InboundMail, written: Sequence[str]) -> str:
    """SHA-256 (hex) over sender, recipients, date, subject, `written` (texts and HTML as sent) and files."""
    digest = hashlib.sha256()
    for value in _content(mail, written):
        data = value.encode("utf-8", "replace")
        digest.update(len(data).to_bytes(8, "big"))  # so that nothing can move from one field to the next
        digest.update(data)
    return digest.hexdigest()


def _content(mail: InboundMail, written: Sequence[str]) -> Iterator[str]:
    yield from sorted(address.key for address in mail.from_)
    yield "to"
    yield from sorted(address.key for address in (*mail.to, *mail.cc))
    yield mail.date.isoformat() if mail.date else ""
    yield mail.subject
    yield from written
    yield "files"
    yield from (attachment.sha256 for attachment in mail.attachments)
