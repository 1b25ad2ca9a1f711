"""PURE: what a mail's parts show and what they carry: its text, its HTML (not yet sanitised), its files.

The rules are those of mail programs: of alternatives both forms are kept, the rest is shown in order, what has a
name or is no text is a file, and an attached mail is a file too: its words are not the sender's.
"""

from __future__ import annotations

import hashlib
import html as html_entities
import re
from dataclasses import dataclass, field, replace

from mailticket.domain.mail import Attachment
from mailticket.mime.headers import HeaderView
from mailticket.mime.html import html_depth, html_text
from mailticket.mime.octets import charset, file_names, flowed, limits
from mailticket.mime.octets.structure import Part
from mailticket.mime.wrapped import attached_mail, calendar, sealed, tnef
from mailticket.mime.wrapped.tnef import Unpacked

_SHOWN_AS_TEXT = frozenset(
    {"text/plain", "text/enriched", "text/richtext", "text/markdown", "text/x-markdown", "text/x-plain", "text/text"}
)
_SHOWN = _SHOWN_AS_TEXT | {"text/html"}
_MAILS_SHOWN = 20  # of a mail that holds nothing else to read
_PACKAGES = 2  # of Outlook; no program sends several, and each may take a second
_TOO_MUCH_PACKED = "winmail.dat holds more than may be unpacked; the rest was left in it"
_LINE_ENDS = str.maketrans({"\v": "\n", "\f": "\n", "\x85": "\n", "\u2028": "\n", "\u2029": "\n"})
_CONTROLS = dict.fromkeys([*range(9), *range(14, 32), 127])
_UNPLAIN = re.compile("[\x00-\x08\x0b-\x1f\x7f\x85\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Body:
    """`text` as a person reads it, `html` as it was sent ("" if there is none), `attachments` in order.

    `written`: the decoded text of each shown part, plain or HTML, before anything was made of it.
    """

    text: str
    html: str
    attachments: tuple[Attachment, ...]
    written: tuple[str, ...]
    defects: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Piece:
    """One stretch of what is shown, in one form or both."""

    text: str = ""
    html: str = ""

    @property
    def is_blank(self) -> bool:
        return not self.text.strip() and not self.html.strip()


@dataclass(slots=True)
class _Collected:
    """What is found on the way through the parts, and how much room is left."""

    files: list[Attachment] = field(default_factory=list)
    packed: list[Unpacked] = field(default_factory=list)
    mails: list[Part] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    written: list[str] = field(default_factory=list)
    defects: list[str] = field(default_factory=list)
    decoded: int = 0
    shown: int = 0

    def octets(self, part: Part) -> bytes:
        """The part's decoded octets while the mail stays within limits.DECODED, else none."""
        data = part.decoded
        self.decoded += len(data)
        if self.decoded <= limits.DECODED:
            return data
        self.defects.append(f"the parts decode to more than {limits.DECODED} octets; the rest was left empty")
        return b""

    def add_file(self, part: Part) -> None:
        content = self.octets(part)
        if part.kind == "message/rfc822" and part.children:
            self.mails.append(part.children[0])
        self.add(_name(part), part.kind, content, part.cid)
        if part.kind == "text/calendar":
            self.note(calendar.line(_text(content, part)))
        self.note(sealed.line(part.kind, part.parameters))
        if tnef.is_tnef(content):
            self.unpack(content)

    def note(self, line: str) -> None:
        """A line below the text, for what cannot be shown as text."""
        if line and line not in self.notes:
            self.notes.append(line)

    def add(self, name: str, kind: str, content: bytes, cid: str) -> None:
        """One more file; a name is made up if it has none."""
        shown = name or file_names.of_content_id(cid) or file_names.invented(kind, len(self.files) + 1)
        self.files.append(Attachment(shown, kind, content, hashlib.sha256(content).hexdigest(), cid=cid))

    def unpack(self, content: bytes) -> None:
        """What Outlook packed, beside the package itself."""
        if len(self.packed) == _PACKAGES:
            self.defects.append(f"more than {_PACKAGES} winmail.dat; the others were left packed")
            return
        unpacked = tnef.unpack(content)
        self.packed.append(unpacked)
        if not unpacked.is_whole:
            self.defects.append(_TOO_MUCH_PACKED)
        for file in unpacked.files:
            self.decoded += len(file.content)
            if self.decoded > limits.DECODED or len(self.files) >= limits.PARTS:
                self.defects.append(_TOO_MUCH_PACKED)
                return
            self.add(file_names.cleaned(file.name), file.type or "application/octet-stream", file.content, file.cid)

    def within_limit(self, text: str) -> str:
        """As much of a shown text as limits.TEXT leaves room for."""
        room = max(0, limits.TEXT - self.shown)
        if len(text) > room:
            self.defects.append(f"more than {limits.TEXT} characters of text; the rest was left out")
        self.shown += len(text)
        return text[:room]


def read(root: Part) -> Body:
    """What the mail shows and carries. Defects name what was left out."""
    found = _Collected()
    if tnef.is_tnef(root.source):  # the package alone, without a mail around it
        found.unpack(root.source)
        pieces = []
    else:
        pieces = [piece for piece in _pieces(root, found, is_first=True) if not piece.is_blank]
    if not pieces:
        pieces = [
            _Piece(found.within_limit(_with_line_feeds(one.text)), found.within_limit(one.html)) for one in found.packed
        ]
    if not pieces and not found.notes:
        pieces = [_attached_mail(part, found) for part in found.mails[:_MAILS_SHOWN]]
        if len(found.mails) > _MAILS_SHOWN:
            found.defects.append(
                f"more than {_MAILS_SHOWN} attached mails; the text of the others is in the files alone"
            )
    html = _joined_html(pieces)
    text = "\n".join(_as_text(piece) for piece in pieces)
    if found.notes:
        text = "\n\n".join(filter(None, (text.rstrip(), *found.notes)))
    attachments = tuple(
        replace(one, inline=True) if one.cid and f"cid:{one.cid}" in html else one for one in found.files
    )
    return Body(text, html, attachments, tuple(found.written), tuple(dict.fromkeys(found.defects)))


def _attached_mail(root: Part, found: _Collected) -> _Piece:
    """An attached mail where there is nothing else to read (a digest, a forward without a word), files left in it."""
    inner = _Collected()
    pieces = [piece for piece in _pieces(root, inner, is_first=True) if not piece.is_blank]
    text = "\n".join(_as_text(piece) for piece in pieces)
    return _Piece(found.within_limit(f"{attached_mail.head(HeaderView(root))}\n\n{text.strip()}\n"))


def _pieces(part: Part, found: _Collected, *, is_first: bool) -> list[_Piece]:
    """What this part shows, in order; its files go to `found`. `is_first`: nothing is shown before it."""
    if not part.is_multipart_kind:
        if _is_shown(part, is_first):
            return [_leaf(part, found)]
        found.add_file(part)
        return []
    if part.kind == "multipart/alternative":
        return _alternatives(part, found, is_first)
    if part.kind == "multipart/related":
        return _related(part, found, is_first)
    pieces: list[_Piece] = []
    for child in part.children:
        pieces += _pieces(child, found, is_first=is_first and all(piece.is_blank for piece in pieces))
    return pieces


def _alternatives(part: Part, found: _Collected, is_first: bool) -> list[_Piece]:
    """The same content in several forms (RFC 2046 section 5.1.4): the first plain text, the last HTML."""
    plains: list[str] = []
    html = ""
    forms_for_machines: list[Part] = []
    for child in part.children:
        if child.kind.startswith("text/") and child.kind not in _SHOWN | {"text/calendar"} and not child.file_name:
            forms_for_machines.append(child)
            continue
        pieces = _pieces(child, found, is_first=is_first)
        texts = "\n".join(piece.text for piece in pieces if piece.text.strip())
        if texts and (not plains or (child.kind == "text/plain" and not html and texts.split() != plains[0].split())):
            plains.append(texts)
        html = _joined_html(pieces) if any(piece.html.strip() for piece in pieces) else html
    if not plains and not html:
        for child in forms_for_machines:
            found.add_file(child)
    # Several different plain texts are no alternatives, whatever their sender's program says.
    return [_Piece(plains[0] if plains and html else "\n".join(plains), html)]


def _related(part: Part, found: _Collected, is_first: bool) -> list[_Piece]:
    """A page and what it is made of (RFC 2387): the root is shown, the others are files."""
    start = part.parameters.get("start", "").strip("<> ")
    readable = [child for child in part.children if child.kind.startswith(("text/", "multipart/"))]
    page = next((child for child in part.children if start and child.cid == start), None)
    if page is None or page not in readable:
        page = readable[0] if readable else None
    pieces: list[_Piece] = []
    for child in part.children:
        # A second text without a name is shown after the page, as mail programs do.
        if child is page or (child in readable and not child.cid):
            pieces += _pieces(child, found, is_first=is_first and not pieces)
        else:
            found.add_file(child)
    return pieces


def _is_shown(part: Part, is_first: bool) -> bool:
    """Whether a mail program shows this leaf in the message rather than as a file."""
    if part.disposition == "attachment" or not part.kind.startswith("text/"):
        return False
    if part.file_name and (part.named_by_disposition or not is_first):
        return False
    return part.kind in _SHOWN


def _leaf(part: Part, found: _Collected) -> _Piece:
    text = found.within_limit(_text(found.octets(part), part))
    found.written.append(text)
    if part.kind == "text/html":
        return _Piece(html=text)
    if part.kind in ("text/enriched", "text/richtext"):
        text = html_depth.bare_text(text.replace("<<", "&lt;"))
    if part.parameters.get("format", "").lower() == "flowed":
        text = flowed.unflow(text, part.parameters.get("delsp", "").lower() == "yes")
    return _Piece(text=text)


def _text(data: bytes, part: Part) -> str:
    """Decoded, line ends LF, without controls that no reader shows."""
    return _with_line_feeds(charset.decode(data, part.charset))


def _with_line_feeds(decoded: str) -> str:
    text = decoded.replace("\r\n", "\n").replace("\r", "\n")
    return text.translate(_LINE_ENDS).translate(_CONTROLS) if _UNPLAIN.search(text) else text


def _as_text(piece: _Piece) -> str:
    """The plain form; made from the HTML where the sender gave none, or an empty one."""
    if piece.text.strip() or not piece.html:
        return piece.text
    if html_depth.is_too_deep(piece.html):
        return html_depth.bare_text(piece.html)
    return html_text.text(piece.html)


def _joined_html(pieces: list[_Piece]) -> str:
    """One HTML for everything that is shown; "" if no piece has any, for then the text says it all."""
    if not any(piece.html.strip() for piece in pieces):
        return ""
    return "\n".join(piece.html if piece.html.strip() else as_html(piece.text) for piece in pieces)


def as_html(text: str) -> str:
    """Plain text as an HTML fragment that looks the same."""
    return '<div style="white-space:pre-wrap">' + html_entities.escape(text, quote=False) + "</div>"


def _name(part: Part) -> str:
    """What a file is called by its sender; "" if they gave it no name."""
    return (
        file_names.cleaned(part.file_name)
        or _name_from_content(part)
        or file_names.of_content_id(part.cid)
        or file_names.of_description(part.description, part.kind)
    )


def _name_from_content(part: Part) -> str:
    """An attached mail is called after its subject."""
    if part.kind in ("message/rfc822", "message/global") and part.children:
        return file_names.of_mail(HeaderView(part.children[0]).get("subject"))
    return ""
