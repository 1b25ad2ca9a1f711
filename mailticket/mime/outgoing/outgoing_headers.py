"""PURE: the headers of our own mails: cleaned, encoded and checked, so that no value can add a header or break an id.

Values go in as people write them and come out as they stand on the wire: ASCII, one line, not yet folded.
"""

from __future__ import annotations

import base64
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime

from mailticket.domain.address import Address
from mailticket.domain.hosts import ascii_host
from mailticket.errors import Permanent

#: Longest line that RFC 5322 section 2.1.1 allows, without its CRLF.
MOST_IN_LINE = 998
#: Where lines are folded if there is a blank to fold at.
_WIDTH = 76
_SUBJECT_LIMIT = 255
_NAME_LIMIT = 120
_WORD_LIMIT = 75  # RFC 2047 section 2
_REFERENCES_FIRST, _REFERENCES_LAST = 1, 19
_REFERENCES_LIMIT = 3_500  # some relays refuse a References of more than 4,096 characters

_BLANKS = re.compile("[\t\n\x0b\x0c\r \x85\xa0\u2028\u2029]+")
# C0 and C1 controls, marks that turn the direction of text, lone surrogates, non-characters.
_FORBIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\ud800-\udfff\ufffe\uffff]"
)
_HEADER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,75}")
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,900}>")
_PHRASE = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_DOTTED_ATOM = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+")
_QUOTED_LOCAL = re.compile(r'"(?:[ !#-\[\]-~]|\\[ -~])*"')
_HOST = re.compile(
    r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?(?:\.[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?)*\.?"
)
_LITERAL_HOST = re.compile(r"\[[0-9A-Fa-f.:IPv]{2,60}\]")


@dataclass(frozen=True, slots=True)
class Heading:
    """What stands at the head of one mail. Ids keep their angle brackets; the oldest of `references` comes first."""

    sender: Address
    to: tuple[Address, ...]
    subject: str
    message_id: str
    at: datetime
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    cc: tuple[Address, ...] = ()
    reply_to: tuple[Address, ...] = ()
    extra: tuple[tuple[str, str], ...] = ()


def written(heading: Heading) -> tuple[tuple[str, str], ...]:
    """The header fields in the order they are sent, each value ASCII on one line.

    Raises Permanent for an address that cannot be mailed to, a Message-ID that is none, an extra header that is ours.
    """
    if not _MESSAGE_ID.fullmatch(heading.message_id):
        raise Permanent(f"{heading.message_id!r} cannot be a Message-ID.", "This is a fault in mailticket; report it.")
    fields = [
        ("From", write_address(heading.sender)),
        ("To", write_addresses(heading.to)),
        ("Cc", write_addresses(heading.cc)),
        ("Reply-To", write_addresses(heading.reply_to)),
        ("Subject", write_text(heading.subject)),
        ("Date", format_datetime(heading.at)),
        ("Message-ID", heading.message_id),
        ("In-Reply-To", write_ids((heading.in_reply_to,))),
        ("References", write_ids(heading.references)),
        *((_extra_name(name), write_text(value)) for name, value in heading.extra),
    ]
    return tuple((name, value) for name, value in fields if value or name in ("To", "Subject"))


def clean_header(value: str, limit: int = _SUBJECT_LIMIT) -> str:
    """The text on one line without controls or direction marks, at most `limit` characters.

    Nothing is decoded: "=?utf-8?q?=0A?=" stays those letters (CVE-2024-6923 was a decoder that made a line end of it).
    """
    plain = _FORBIDDEN.sub("", _BLANKS.sub(" ", value)).strip()
    return plain if len(plain) <= limit else plain[: limit - 1].rstrip() + "…"


def write_text(value: str, limit: int = _SUBJECT_LIMIT) -> str:
    """An unstructured value: plain words stay readable, the others become encoded words (RFC 2047)."""
    words = clean_header(value, limit).split(" ")
    odd = [place for place, word in enumerate(words) if _must_be_encoded(word)]
    if not odd:
        return " ".join(words)
    # One run from the first odd word to the last: a blank between two encoded words would be lost.
    first, last = odd[0], odd[-1] + 1
    return " ".join((*words[:first], *encoded_words(" ".join(words[first:last])), *words[last:]))


def write_address(address: Address) -> str:
    """One address with its display name, as RFC 5322 section 3.4 wants it."""
    mailbox = ascii_address(address.address)
    name = clean_header(address.name, _NAME_LIMIT)
    if not name:
        return mailbox
    if not name.isascii() or "=?" in name:
        return f"{' '.join(encoded_words(name))} <{mailbox}>"
    if _PHRASE.fullmatch(name):
        return f"{name} <{mailbox}>"
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}" <{mailbox}>'


def write_addresses(addresses: Iterable[Address]) -> str:
    return ", ".join(write_address(one) for one in addresses)


def ascii_address(address: str) -> str:
    """The address as it may stand in a header or an envelope: the host as A-labels (IDNA).

    Raises Permanent where nobody could be mailed at it.
    """
    local, _, host = address.strip().rpartition("@")
    if not (_DOTTED_ATOM.fullmatch(local) or _QUOTED_LOCAL.fullmatch(local)):
        why = "its part before the @ is not ASCII" if local and not local.isascii() else "it is not an address"
        raise Permanent(f"Nobody can be mailed at {clean_header(address)!r}: {why}.", "Correct the address.")
    plain = ascii_host(host)
    if not (_HOST.fullmatch(plain) or _LITERAL_HOST.fullmatch(plain)):
        raise Permanent(f"Nobody can be mailed at {clean_header(address)!r}: it names no host.", "Correct the address.")
    return f"{local}@{plain}"


def write_ids(ids: Sequence[str]) -> str:
    """Message-IDs as received, never encoded; what is none is left out, a long list keeps its root and newest."""
    good = list(dict.fromkeys(one for one in ids if _MESSAGE_ID.fullmatch(one)))
    if len(good) > _REFERENCES_FIRST + _REFERENCES_LAST:
        good = [*good[:_REFERENCES_FIRST], *good[-_REFERENCES_LAST:]]
    while len(good) > 2 and sum(map(len, good)) + len(good) > _REFERENCES_LIMIT:
        del good[1]
    return " ".join(good)


def encoded_words(text: str) -> list[str]:
    """The text as base64 encoded words of at most 75 characters, none of which cuts a character in two."""
    room = (_WORD_LIMIT - len("=?utf-8?b??=")) // 4 * 3
    pieces: list[bytes] = [b""]
    for letter in text:
        octets = letter.encode()
        # A combining mark stays with its letter where there is room: some clients decode word by word.
        if len(pieces[-1]) + len(octets) > room - (0 if unicodedata.combining(letter) else 4):
            pieces.append(octets)
        else:
            pieces[-1] += octets
    return [f"=?utf-8?b?{base64.b64encode(one).decode()}?=" for one in pieces]


def fold(name: str, value: str) -> str:
    """The header field with its CRLF, folded before blanks only: unfolding gives back exactly `value`."""
    lines: list[str] = []
    line = start = f"{name}:"
    for word in value.split(" "):
        if len(line) + 1 + len(word) > _WIDTH and line.strip() and line != start:
            lines.append(line)
            line = f" {word}"
        else:
            line = f"{line} {word}"
    return "\r\n".join((*lines, line)) + "\r\n"


def _extra_name(name: str) -> str:
    owned = (
        "from",
        "to",
        "cc",
        "bcc",
        "reply-to",
        "sender",
        "subject",
        "date",
        "message-id",
        "in-reply-to",
        "references",
    )
    if not _HEADER_NAME.fullmatch(name) or name.lower() in owned or name.lower().startswith(("content-", "mime-")):
        raise Permanent(f"{name!r} may not be an extra header.", "This is a fault in mailticket; report it.")
    return name


def _must_be_encoded(word: str) -> bool:
    # What looks like an encoded word must not be taken for one; a word too long for a line must be cut.
    return not word.isascii() or "=?" in word or len(word) > _WIDTH
