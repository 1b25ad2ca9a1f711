"""PURE: what a mail's header alone tells, read when it is collected: who writes, and whether it is about another mail.

A guess, and a cheap one (50 microseconds): it decides about the order of mails, and about nothing else. What a mail is
and means is told by `parse` and by triage, whatever was guessed here.
"""

from __future__ import annotations

import re

from mailticket.domain.mail import FirstLook
from mailticket.mime import headers, markers
from mailticket.mime.octets import header_block, limits

#: Fields that name another mail (RFC 5322 sections 3.6.4, 3.6.6). Not Thread-Index: Outlook begins every mail with it.
_NAMING = (
    "in-reply-to", "references", "resent-from", "resent-message-id", "original-message-id", "x-original-message-id",
    "x-forwarded-message-id", "x-failed-recipients",
)  # fmt: skip
_REPORT = re.compile(r"\s*multipart/report\b", re.IGNORECASE)


def look(head: bytes) -> FirstLook:
    """From the first bytes of a mail, at least its header; only 64 KB of them are read. Never raises."""
    view = headers.read(header_block.with_line_feeds(head[: limits.IDS_BYTES]))
    found = markers.read(view, "")
    return FirstLook(
        view.addresses("from"),
        view.get("subject"),
        any(name in view for name in _NAMING) or bool(_REPORT.match(view.get("content-type"))),
        found[0].reason if found else "",
    )
