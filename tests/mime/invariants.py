"""What holds for every mail that was read, whatever the octets were. Shared with the fuzzing target."""

from __future__ import annotations

import pickle
import re
from collections.abc import Iterator

from mailticket.domain.mail import InboundMail

#: NUL, which PostgreSQL does not store, and lone surrogates, which no encoding can write.
_UNWRITABLE = re.compile("[\x00\ud800-\udfff]")


def strings(mail: InboundMail) -> Iterator[str]:
    yield from (
        mail.message_id,
        mail.subject,
        mail.text,
        mail.html,
        mail.reply.text,
        mail.reply.html,
        mail.reply.html_below,
    )
    yield from (*mail.in_reply_to, *mail.references, *mail.defects, *mail.headers.values())
    for address in (*mail.from_, *mail.to, *mail.cc, *mail.reply_to, *mail.sender):
        yield from (address.name, address.address, address.key)
    for attachment in mail.attachments:
        yield from (attachment.name, attachment.type, attachment.cid)
    yield from (marker.reason for marker in mail.markers)
    if mail.bounce is not None:
        yield mail.bounce.original_message_id
        for failed in mail.bounce.recipients:
            yield from (failed.address, failed.status, failed.reason)


def broken_by(mail: InboundMail) -> list[str]:
    """Which of what all text, octets and pipes rely on does not hold for this mail."""
    texts = list(strings(mail))
    one_line = (mail.subject, mail.message_id, *(one.name for one in (*mail.from_, *mail.attachments)))
    relied_on = {
        "text can be stored and shown": not any(_UNWRITABLE.search(one) for one in texts),
        "what is one line is one": not any("\n" in one or "\r" in one for one in one_line),
        "the date has a zone": mail.date is None or mail.date.tzinfo is not None,
        "it survives its pipe": pickle.loads(pickle.dumps(mail)) == mail,
        "nothing was given up": not any("could not be read" in one for one in mail.defects),
        "files are as long as they say": all(one.size == len(one.content) for one in mail.attachments),
        "it says how the reply was cut": bool(mail.reply.method),
        "it has a hash": len(mail.content_hash) == 64,
    }
    return [what for what, holds in relied_on.items() if not holds]
