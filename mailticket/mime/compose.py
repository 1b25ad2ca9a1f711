"""PURE: our own mails: a skeleton and its files become the same bytes at every attempt.

Written by hand rather than by the `email` package: that takes 1.2 ms a letter, encodes and folds ids (policy.SMTP) and
changes its output between Python versions. Here the text of a letter decides every byte.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from urllib.parse import quote

from mailticket.errors import Permanent
from mailticket.mime.octets import file_names
from mailticket.mime.outgoing.outgoing_headers import MOST_IN_LINE, encoded_words, fold
from mailticket.mime.outgoing.outgoing_text import encoded, flowed, unified
from mailticket.mime.outgoing.wire_text import WireText, on_the_wire

_FAULT = "This is a fault in mailticket; report it. The letter was not sent."
_FIELD = re.compile(r"([A-Za-z][A-Za-z0-9-]*):[ -~]*")
_TYPE = re.compile(r"(?!multipart/|message/)[a-z0-9][a-z0-9.+_-]{0,60}/[a-z0-9][a-z0-9.+_-]{0,80}")
_CID = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.@-]{1,200}")
_BOUNDARY = re.compile(r"[A-Za-z0-9]{8,40}")


@dataclass(frozen=True, slots=True)
class FileRef:
    """A file of a letter; `sha256` (hex) is what its bytes are read by. `cid` without brackets, "" if none."""

    name: str
    type: str
    sha256: str
    inline: bool = False
    cid: str = ""


@dataclass(frozen=True, slots=True)
class Skeleton:
    """A letter without the bytes of its files. `headers` as `outgoing_headers.written` gives them.

    `boundary` is 8 to 40 random letters and digits that the caller chose once; `html` may be empty.
    """

    headers: tuple[tuple[str, str], ...]
    text: str
    html: str
    files: tuple[FileRef, ...]
    boundary: str


@dataclass(frozen=True, slots=True)
class Contents:
    """All that a mail is put together from: a skeleton as `freeze` gives it, the bytes of its files by `sha256`."""

    frozen: str
    files: Mapping[str, bytes]

    def mail(self) -> WireText:
        """As `assemble` gives it, which raises the same, and SMTP takes it; KeyError for a file that is not there."""
        return on_the_wire(assemble(thaw(self.frozen), self.files.__getitem__))


@dataclass(frozen=True, slots=True)
class _Part:
    """One node of the MIME tree: its fields and its body, both as they are sent."""

    fields: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def octets(self) -> bytes:
        head = "".join(fold(name, value) for name, value in self.fields)
        return head.encode("utf-8", "replace") + b"\r\n" + self.body


def freeze(skeleton: Skeleton) -> str:
    """The skeleton as JSON, to be kept with the outbox row."""
    plain = replace(skeleton, text=unified(skeleton.text), html=unified(skeleton.html))
    return json.dumps(asdict(plain), ensure_ascii=False, separators=(",", ":"))


def thaw(frozen: str) -> Skeleton:
    """The skeleton that `freeze` made; raises Permanent on anything else."""
    try:
        kept = json.loads(frozen)
        headers = tuple((name, value) for name, value in kept["headers"])
        files = tuple(FileRef(**one) for one in kept["files"])
        return Skeleton(headers, kept["text"], kept["html"], files, kept["boundary"])
    except (ValueError, KeyError, TypeError) as error:
        raise Permanent(f"A stored letter cannot be read: {error}.", _FAULT) from error


def assemble(skeleton: Skeleton, read: Callable[[str], bytes]) -> bytes:
    """The mail with CRLF line ends, ready for SMTP; the same bytes whenever it is called.

    `read` gives a file's bytes by its sha256. Raises Permanent if a header is not exactly what was intended.
    """
    if not _BOUNDARY.fullmatch(skeleton.boundary):
        raise Permanent(f"{skeleton.boundary!r} cannot part a mail.", _FAULT)
    html = unified(skeleton.html)
    related = [one for one in skeleton.files if _is_shown_inside(one, html)]
    attached = [one for one in skeleton.files if one not in related]
    body = _text_part(unified(skeleton.text))
    if html:
        body = _multipart("alternative", [body, _html_part(html)], skeleton.boundary)
    if related:
        parts = [body, *(_file_part(one, read(one.sha256), is_inline=True) for one in related)]
        body = _multipart("related", parts, skeleton.boundary)
    if attached:
        parts = [body, *(_file_part(one, read(one.sha256), is_inline=False) for one in attached)]
        body = _multipart("mixed", parts, skeleton.boundary)
    fields = (*skeleton.headers, ("MIME-Version", "1.0"), *body.fields)
    mail = _Part(fields, body.body).octets
    _assert_head(mail, [name for name, _ in fields])
    return mail


def _is_shown_inside(file: FileRef, html: str) -> bool:
    """Only a picture that the HTML shows goes beside it; any other would be seen by nobody."""
    return file.inline and _CID.fullmatch(file.cid) is not None and f"cid:{file.cid}" in html


def _text_part(text: str) -> _Part:
    encoding, body = encoded(flowed(text))
    charset = "us-ascii" if encoding == "7bit" else "utf-8"
    kind = f"text/plain; charset={charset}; format=flowed"
    return _Part((("Content-Type", kind), ("Content-Transfer-Encoding", encoding)), body)


def _html_part(html: str) -> _Part:
    encoding, body = encoded(html)
    return _Part((("Content-Type", "text/html; charset=utf-8"), ("Content-Transfer-Encoding", encoding)), body)


def _multipart(kind: str, parts: Sequence[_Part], boundary: str) -> _Part:
    # "=_" occurs in no quoted-printable and no base64, so no part can contain the boundary by accident.
    mark = f"=_{kind}_{boundary}"
    first = f'; type="{parts[0].fields[0][1].partition(";")[0]}"' if kind == "related" else ""
    lines = [b"--" + mark.encode() + b"\r\n" + part.octets + b"\r\n" for part in parts]
    body = b"".join(lines) + b"--" + mark.encode() + b"--\r\n"
    return _Part((("Content-Type", f'multipart/{kind}; boundary="{mark}"{first}'),), body)


def _file_part(file: FileRef, content: bytes, *, is_inline: bool) -> _Part:
    kind = file.type.lower()
    name, filename = _name_fields(file_names.cleaned(unified(file.name)) or file_names.invented(kind, 1))
    encoding, body = _file_body(kind, content)
    fields = [
        ("Content-Type", f"{_content_type(kind, encoding)}; {name}"),
        ("Content-Transfer-Encoding", encoding),
        ("Content-Disposition", f"{'inline' if is_inline else 'attachment'}; {filename}"),
    ]
    if is_inline:
        fields.append(("Content-ID", f"<{file.cid}>"))
    return _Part(tuple(fields), body)


def _file_body(kind: str, content: bytes) -> tuple[str, bytes]:
    # An attached mail may not be encoded (RFC 2046 section 5.2.1); one that 7-bit relays would change goes as a file.
    if kind == "message/rfc822" and _is_seven_bit(content):
        return "7bit", content
    return "base64", base64.encodebytes(content).replace(b"\n", b"\r\n")


def _content_type(kind: str, encoding: str) -> str:
    if kind == "message/rfc822":
        return kind if encoding == "7bit" else "application/octet-stream"
    return kind if _TYPE.fullmatch(kind) else "application/octet-stream"


def _is_seven_bit(content: bytes) -> bool:
    without_ends = content.replace(b"\r\n", b"")
    if not content.isascii() or b"\r" in without_ends or b"\n" in without_ends or b"\0" in content:
        return False
    return max(map(len, content.split(b"\r\n"))) <= MOST_IN_LINE


def _name_fields(name: str) -> tuple[str, str]:
    """The name as parameter of Content-Type and of Content-Disposition.

    RFC 2231 stands in the second alone, where every reader of today looks; old ones (Outlook) find an encoded word in
    the first. Both forms in one field would be a doubled parameter, and readers disagree which to take.
    """
    if name.isascii():
        return f'name="{name}"', f'filename="{name}"'
    return f'name="{" ".join(encoded_words(name))}"', f"filename*=utf-8''{quote(name, safe='')}"


def _assert_head(mail: bytes, intended: list[str]) -> None:
    """The last look before a mail leaves: exactly the intended header fields, plain ASCII, no line too long."""
    head = mail.partition(b"\r\n\r\n")[0].decode("ascii", "replace")
    lines = head.split("\r\n")
    if max(map(len, lines)) > MOST_IN_LINE:
        raise Permanent("A header line of a letter is longer than 998 characters.", _FAULT)
    fields = head.replace("\r\n ", " ").split("\r\n")
    found = [match[1] if (match := _FIELD.fullmatch(one)) else "" for one in fields]
    if found != intended:
        raise Permanent(f"The letter has the header fields {found} instead of {intended}.", _FAULT)
    if len(set(map(str.lower, found))) != len(found):
        raise Permanent(f"A header field stands twice in the letter: {found}.", _FAULT)
