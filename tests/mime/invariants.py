"""What holds for every mail that was read, whatever the octets were. Shared with the fuzzing target."""

from __future__ import annotations

import pickle
from collections.abc import Iterator

from mailticket.domain.mail import InboundMail


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


def hold(mail: InboundMail) -> None:
    """Fails unless all text can be stored and shown, nothing was given up, and the mail survives its pipe."""
    for text in strings(mail):
        text.encode("utf-8")
        assert "\x00" not in text
    one_line = (mail.subject, mail.message_id, *(one.name for one in (*mail.from_, *mail.attachments)))
    assert not any("\n" in text or "\r" in text for text in one_line)
    assert mail.date is None or mail.date.tzinfo is not None
    assert pickle.loads(pickle.dumps(mail)) == mail
    assert not any("could not be read" in defect for defect in mail.defects)
    assert all(one.size == len(one.content) for one in mail.attachments)
    assert mail.reply.method and len(mail.content_hash) == 64
