"""PURE: a mail as a person's mail program reads it, and as a page that shows it. It knows nothing of help desks."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime
from html import escape

from mailticket.domain.address import Address

_CID = re.compile(r"\bcid:([^\s\"'<>)]{1,200})", re.IGNORECASE)
_BODY = re.compile(r"<body[^>]{0,2000}>(.*)</body\s*>", re.IGNORECASE | re.DOTALL)
_LINK = re.compile(r"https?://[^\s<>\"']{1,500}")
_PREVIEW = 120

#: How a mail program shows a mail that does not say how it wants to look; dark mode only where no colour forbids it.
_PLAIN_LOOKS = "<style>body { margin: 0; font: 15px/1.55 system-ui, sans-serif; overflow-wrap: anywhere }</style>"
_DARK_LOOKS = """<meta name="color-scheme" content="light dark"><style>
body { color: #1d2b33; background: #fff } a { color: #0a6a72 }
@media (prefers-color-scheme: dark) { body { color: #dfe7ea; background: #18232a } a { color: #6cd0d4 } }
</style>"""
# A mail with colours of its own stays on white paper, also in dark mode; there the paper needs a margin.
_WHITE_LOOKS = "<style>@media (prefers-color-scheme: dark) { body { margin: 14px } }</style>"
_OWN_COLOURS = re.compile(r"bgcolor|background|color-scheme", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class File:
    """A file in a mail; `cid` (no brackets) is set if the HTML shows it."""

    name: str
    type: str
    content: bytes
    cid: str = ""


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail in a folder. `id` is unique within its mailbox; Message-IDs keep their angle brackets."""

    id: str
    folder: str
    at: datetime
    sender: Address
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    subject: str
    message_id: str
    references: tuple[str, ...]
    text: str
    html: str
    files: tuple[File, ...]
    is_seen: bool

    @property
    def preview(self) -> str:
        """The first words, for the list."""
        return " ".join(self.text.split())[:_PREVIEW]

    @property
    def attached(self) -> tuple[File, ...]:
        """The files that are not pictures within the text."""
        return tuple(one for one in self.files if not (one.cid and f"cid:{one.cid}" in self.html))

    @property
    def body_html(self) -> str:
        """What stands between <body> and </body>: what a reply quotes."""
        found = _BODY.search(self.html)
        return found[1] if found else self.html or as_html(self.text)


def read(raw: bytes, mail_id: str, folder: str, is_seen: bool) -> Mail:
    """A raw mail, read. Tolerant: what is broken is shown as it stands."""
    message = message_from_bytes(raw)
    texts, files = _parts(message)
    return Mail(
        id=mail_id,
        folder=folder,
        at=_date(message),
        sender=next(iter(_addresses(message, "From")), Address("", "")),
        to=_addresses(message, "To"),
        cc=_addresses(message, "Cc"),
        subject=_header(message, "Subject"),
        message_id=_header(message, "Message-ID").strip(),
        references=tuple(_header(message, "References").split()),
        text=texts.get("plain", ""),
        html=texts.get("html", ""),
        files=tuple(files),
        is_seen=is_seen,
    )


def shown(mail: Mail) -> str:
    """The mail as a whole HTML document that needs nothing from outside: its pictures stand in it as data."""
    if not mail.html:
        return f'{_looks("")}<div style="white-space: pre-wrap">{_LINK.sub(_as_link, escape(mail.text))}</div>'
    pictures = {one.cid: one for one in mail.files if one.cid}

    def as_data(reference: re.Match[str]) -> str:
        picture = pictures.get(reference[1])
        return f"data:{picture.type};base64,{b64encode(picture.content).decode()}" if picture else reference[0]

    return _looks(mail.html) + _CID.sub(as_data, mail.html)


def _looks(html: str) -> str:
    """What stands before a mail's own HTML, so that its own looks win."""
    return f"<!doctype html>{_PLAIN_LOOKS}{_WHITE_LOOKS if _OWN_COLOURS.search(html) else _DARK_LOOKS}"


def as_html(text: str) -> str:
    """Typed text as HTML: a paragraph for each run of lines."""
    runs = (run for run in re.split(r"\n\s*\n", text.strip()) if run.strip())
    return "".join(f"<p>{escape(run).replace(chr(10), '<br>')}</p>" for run in runs)


def _as_link(match: re.Match[str]) -> str:
    return f'<a href="{match[0]}" rel="noreferrer">{match[0]}</a>'


def _parts(message: Message) -> tuple[dict[str, str], list[File]]:
    """The first text of each kind, and the files."""
    texts: dict[str, str] = {}
    files: list[File] = []
    for part in _leaves(message):
        kind, is_attachment = part.get_content_subtype(), part.get_content_disposition() == "attachment"
        if part.get_content_maintype() == "text" and kind in ("plain", "html") and not is_attachment:
            texts.setdefault(kind, _decoded(part))
        else:
            files.append(_file(part, len(files) + 1))
    return texts, files


def _leaves(message: Message) -> Iterable[Message]:
    """The parts that hold something; an attached mail is one of them and stays whole."""
    if message.get_content_type() == "message/rfc822" or not message.is_multipart():
        yield message
        return
    for part in message.get_payload():
        if isinstance(part, Message):
            yield from _leaves(part)


def _file(part: Message, number: int) -> File:
    inner = part.get_payload() if part.get_content_type() == "message/rfc822" else ()
    attached = next((one for one in inner if isinstance(one, Message)), None)
    content = attached.as_bytes() if attached else part.get_payload(decode=True)
    name = part.get_filename() or ("mail.eml" if attached else f"file-{number}")
    cid = str(part.get("Content-ID", "")).strip().strip("<>")
    return File(name, part.get_content_type(), bytes(content or b""), cid)


def _decoded(part: Message) -> str:
    content = bytes(part.get_payload(decode=True) or b"")
    try:
        text = content.decode(part.get_content_charset() or "utf-8", "replace")
    except LookupError:
        text = content.decode("utf-8", "replace")
    text = text.replace("\r\n", "\n")
    return _unflowed(text) if part.get_param("format") == "flowed" else text


def _unflowed(text: str) -> str:
    """format=flowed: a line that ends in a blank goes on in the next one (RFC 3676), except in a quotation."""
    lines: list[str] = []
    goes_on = False
    for line in text.split("\n"):
        if goes_on and not line.startswith(">"):
            lines[-1] += line.removeprefix(" ")
        else:
            lines.append(line.removeprefix(" "))
        goes_on = line.endswith(" ") and line != "-- " and not line.startswith(">")
    return "\n".join(lines)


def _header(message: Message, name: str) -> str:
    raw = " ".join(str(message.get(name, "")).split())
    try:
        return str(make_header(decode_header(raw)))
    except (HeaderParseError, LookupError, UnicodeError):
        return raw


def _addresses(message: Message, name: str) -> tuple[Address, ...]:
    found = getaddresses([_header(message, name)])
    return tuple(Address(shown_name, address) for shown_name, address in found if address)


def _date(message: Message) -> datetime:
    try:
        at = parsedate_to_datetime(str(message.get("Date", "")))
    except ValueError:
        return datetime.fromtimestamp(0, UTC)
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
