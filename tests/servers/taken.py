"""What any SMTP server of ours can tell of a mail that it took."""

from __future__ import annotations

from dataclasses import dataclass
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message


@dataclass(frozen=True)
class Taken:
    """One accepted mail for one recipient. `data` as it came over the wire, dots unstuffed, lines in CRLF."""

    recipient: str
    data: bytes

    @property
    def message(self) -> Message:
        return message_from_bytes(self.data)

    @property
    def subject(self) -> str:
        return str(make_header(decode_header(self.message.get("Subject", ""))))
