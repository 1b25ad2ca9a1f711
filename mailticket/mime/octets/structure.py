"""PURE: the tree of a mail's parts, from its octets, by an own splitter: linear, without recursion, within limits.

Python's FeedParser walks a mail line by line and fails on deep nesting; this one searches for boundaries. The
result is a compat32 Message all the same, for those who read headers or walk. A part knows its exact octets.
"""

from __future__ import annotations

import binascii
import re
from email.message import Message
from typing import Any

from mailticket.mime.octets import charset, encoded_words, header_block, limits, parameters

_KIND = re.compile(r"[a-z0-9][a-z0-9.+_-]*/[a-z0-9.+_-]+\Z")
_EMPTY_LINES = re.compile(rb"(?:\r?\n){2,}")
_DELIMITER_TAIL = re.compile(rb"(--)?[ \t]*(?:\r?\n|\r?\Z)")
# RFC 2046 lets anything follow the boundary; believed only of a mail that has no proper delimiter.
_LOOSE_TAIL = re.compile(rb"(--)?(?:[ \t][^\r\n]*)?(?:\r?\n|\r?\Z)")
_MAX_STATUS_BLOCKS = 200
# A mail that names no type and begins like a page: what scripts send that know nothing of MIME.
_HTML = re.compile(
    rb"\s{0,100}(?:<\?xml[^<>]{0,200}>\s{0,9})?<(?:!doctype html|html|head|body|div|table|p)[\s>]", re.IGNORECASE
)


class Part(Message):
    """One part of a mail; the root is the mail. Its payload is a list of Parts, or text as compat32 has it.

    `kind` is the content type that we go by (lower case), `parameters` its parameters, `content_type` the field
    as written; `disposition` is "", "inline" or "attachment", `file_name` what the sender called it, `cid` the
    Content-ID without brackets, `description` what Content-Description says.
    The payload of leaves that are neither text nor message is left empty: `octets` and `decoded` have it all.
    """

    def __init__(self, source: bytes, start: int, end: int, default_kind: str, fallback: str = "") -> None:
        """The part in source[start:end]. `fallback`: the charset of raw 8-bit names, the enclosing part's."""
        super().__init__()
        self.source, self.end = source, end
        block = header_block.split(source, start, end)
        header_block.fill(self, block)
        self.start = block.body_at
        fields: dict[str, bytes] = {}
        for name, value in block.fields:
            fields.setdefault(name.lower(), value)
        self.content_type = encoded_words.unfold(fields.get("content-type", b"")).decode("latin-1")
        token, self.parameters = parameters.parse(fields.get("content-type", b""), fallback)
        self.charset = self.parameters.get("charset", "")
        self.kind = token if _KIND.match(token) else default_kind
        disposition, extra = parameters.parse(fields.get("content-disposition", b""), self.charset or fallback)
        self.disposition = disposition if disposition in ("", "inline") else "attachment"
        self.named_by_disposition = bool(extra.get("filename"))
        self.file_name = extra.get("filename") or self.parameters.get("name", "")
        self.encoding = encoded_words.decode(fields.get("content-transfer-encoding", b"")).lower()
        self.cid = encoded_words.decode(fields.get("content-id", b"")).strip("<> ")
        self.description = encoded_words.decode(fields.get("content-description", b""), self.charset or fallback)
        self.children: list[Part] = []
        self.block_defects = (
            *block.defects,
            *(
                f"more than {limits.PARAMETERS} parameters in {name.title()}; the rest was left out"
                for name in ("content-type", "content-disposition")
                if parameters.are_too_many(fields.get(name, b""))
            ),
        )

    def get_param(self, param: str, failobj: Any = None, header: str = "content-type", unquote: bool = True) -> Any:
        """As the standard library has it; but the charset is a codec that can decode, by which its `get_payload` goes:
        that one fails on a name in the form of RFC 2231, and on codecs that are none of mail's."""
        if (param.lower(), header.lower()) == ("charset", "content-type"):
            return next(iter(charset.codecs_for(self.charset)), failobj)
        return super().get_param(param, failobj, header, unquote)

    @property
    def octets(self) -> bytes:
        """The body as it stands in the mail, still encoded."""
        return self.source[self.start : self.end]

    @property
    def decoded(self) -> bytes:
        """The body's octets after base64, quoted-printable or uuencode; as they are if it is none of these."""
        return _decoded(self.octets, self.encoding)

    @property
    def is_multipart_kind(self) -> bool:
        return self.kind.startswith("multipart/")


def tree(raw: bytes) -> tuple[Part, tuple[str, ...]]:
    """The mail's root part, and what was left out of it."""
    source = header_block.with_line_feeds(raw)
    root = Part(source, 0, len(source), "text/plain")
    if not root.content_type and _HTML.match(source, root.start):
        root.kind = "text/html"
    defects: list[str] = []
    count = 1
    waiting = [(root, 1)]
    while waiting:
        part, depth = waiting.pop()
        defects += part.block_defects
        room = limits.PARTS - count
        children = _children(part, room + 1)
        if children and depth == limits.DEPTH:
            defects.append(f"parts nested deeper than {limits.DEPTH}; the inner ones were left out")
            continue
        if len(children) > room:
            defects.append(f"more than {limits.PARTS} parts; the rest was left out")
            children = children[:room]
        count += len(children)
        _adopt(part, children, defects)
        waiting += [(child, depth + 1) for child in reversed(children)]
    return root, tuple(dict.fromkeys(defects))


def _adopt(part: Part, children: list[Part], defects: list[str]) -> None:
    """Set the part's payload as FeedParser would, and its kind if it is not what it says."""
    part.children = children
    if children:
        part.set_payload(list[Message | str](children))
        return
    if part.is_multipart_kind:
        delimiter = b"--" + part.parameters.get("boundary", "").encode("utf-8", "replace")
        if part.octets.strip() and not part.octets.lstrip().startswith(delimiter):
            defects.append(f"a {part.kind} without its boundary was taken as plain text")
            part.kind = "text/plain"
    elif part.kind == "message/delivery-status":
        blocks = _status_blocks(part.decoded, defects)
        part.set_payload(blocks)
        has_fields = any(isinstance(block, Message) and block.keys() for block in blocks)
        if part.octets.strip() and not has_fields and not part.description:
            part.kind = "text/plain"  # InterMail calls its words for people so, too
        return
    is_readable = part.kind.startswith(("text/", "message/"))
    part.set_payload(part.octets.decode("ascii", "surrogateescape") if is_readable else "")


def _children(part: Part, most: int) -> list[Part]:
    """The parts directly inside this one, at most `most`."""
    if part.is_multipart_kind:
        boundary = part.parameters.get("boundary", "").encode("utf-8", "replace")
        inner = "message/rfc822" if part.kind == "multipart/digest" else "text/plain"
        spans = _divide(part.source, part.start, part.end, boundary, most) if boundary else []
        if boundary and not spans:
            spans = _divide(part.source, part.start, part.end, boundary, most, _LOOSE_TAIL)
        return [Part(part.source, start, end, inner, part.charset) for start, end in spans]
    if part.kind.startswith("message/") and part.kind != "message/delivery-status" and most > 0:
        if part.encoding in ("base64", "quoted-printable"):  # forbidden by RFC 2045 section 6.4, and seen
            inside = part.decoded
            return [Part(inside, 0, len(inside), "text/plain")]
        return [Part(part.source, part.start, part.end, "text/plain")]
    return []


def _divide(
    source: bytes, start: int, end: int, boundary: bytes, most: int, ending: re.Pattern[bytes] = _DELIMITER_TAIL
) -> list[tuple[int, int]]:
    """Where the bodies between the delimiter lines begin and end (RFC 2046 section 5.1.1), at most `most`.

    The line break before a delimiter belongs to it. A missing last delimiter is made good by the end.
    """
    needle = b"--" + boundary
    spans: list[tuple[int, int]] = []
    opened = -1
    at = start
    while len(spans) < most:
        found = source.find(needle, at, end)
        tail = ending.match(source, found + len(needle), end) if found >= 0 else None
        if found >= 0 and (tail is None or (found > start and source[found - 1 : found] != b"\n")):
            at = found + len(needle)
            continue
        stop = _without_line_break(source, found) if found >= 0 else end
        if 0 <= opened < stop:  # a delimiter written twice makes no empty part
            spans.append((opened, stop))
        if tail is None or tail[1]:
            break
        opened = at = tail.end()
    return spans


def _without_line_break(source: bytes, at: int) -> int:
    """Where the line before `at` ends."""
    return at - 2 if source[at - 2 : at] == b"\r\n" else max(0, at - 1)


def _status_blocks(data: bytes, defects: list[str]) -> list[Message | str]:
    """The groups of fields of a delivery report (RFC 3464 section 2.1), one Message each."""
    blocks = _EMPTY_LINES.split(data.strip(), _MAX_STATUS_BLOCKS)
    if len(blocks) > _MAX_STATUS_BLOCKS:
        defects.append(f"a delivery report of more than {_MAX_STATUS_BLOCKS} groups of fields; the rest was left out")
    return [header_block.split(block + b"\r\n").message() for block in blocks[:_MAX_STATUS_BLOCKS] if block]


def _decoded(data: bytes, encoding: str) -> bytes:
    if encoding == "base64":
        return encoded_words.base64(data)
    if encoding == "quoted-printable":
        return binascii.a2b_qp(data)
    if encoding in ("x-uuencode", "uuencode", "uue", "x-uue"):
        return _from_uu(data)
    return data


def _from_uu(data: bytes) -> bytes:
    """uuencode between its "begin" and "end" lines; a line that is none is skipped."""
    lines = data.splitlines()
    begin = next((number for number, line in enumerate(lines) if line.startswith(b"begin ")), -1)
    found = bytearray()
    for line in lines[begin + 1 :]:
        if line.strip() in (b"end", b"`", b""):
            continue
        try:
            found += binascii.a2b_uu(line)
        except binascii.Error:
            # A wrong length is what old encoders write; their own count says how much is meant.
            octets = (((line[0] - 32) & 63) * 4 + 5) // 3
            try:
                found += binascii.a2b_uu(line[:octets])
            except binascii.Error:
                continue
    return bytes(found)
