"""PURE: what Outlook packs into winmail.dat: the files and the text of a TNEF stream (MS-OXTNEF, MS-OXRTFCP).

An own reader: the library there is copies the rest of the stream for every attribute (hours for a hostile file of a
few MB) and drops the zeros that a file ends in. This one is linear, and never raises but ValueError.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from mailticket.mime.octets import charset, limits
from mailticket.mime.wrapped import rtf

_SIGNATURE = b"\x78\x9f\x3e\x22"
_HEAD = struct.Struct("<BHHI")  # level, id, type, length of an attribute
_CHECKSUM = 2

# Attributes (MS-OXTNEF section 2.1.3.1).
_BODY, _ATTACH_DATA, _ATTACH_TITLE = 0x800C, 0x800F, 0x8010
_ATTACH_BEGINS, _PROPERTIES, _ATTACH_PROPERTIES, _CODE_PAGE = 0x9002, 0x9003, 0x9005, 0x9007

# Properties (MS-OXPROPS).
_PLAIN, _RTF, _HTML, _CHARSET = 0x1000, 0x1009, 0x1013, 0x3FDE
_DISPLAY_NAME, _DATA, _SHORT_NAME, _LONG_NAME = 0x3001, 0x3701, 0x3704, 0x3707
_MIME_TYPE, _CONTENT_ID = 0x370E, 0x3712

# Property types (MS-OXCDATA section 2.11.1): how many octets a value takes, padded to four.
_FIXED = {1: 4, 2: 4, 3: 4, 4: 4, 5: 8, 6: 8, 7: 8, 0x0A: 4, 0x0B: 4, 0x14: 8, 0x40: 8, 0x48: 16}
_STRING, _UNICODE, _OBJECT = 0x1E, 0x1F, 0x0D
_VARIABLE = frozenset({_STRING, _UNICODE, _OBJECT, 0x102, 0})
_MANY = 0x1000
_NAMED = 0x8000  # from here on a property carries its name
_MESSAGE = bytes.fromhex("0703020000000000c000000000000046")  # the interface of an attached mail, before its stream
_INTERFACE_OCTETS = 16

# Mails inside the stream: how deep they are unpacked, and how many of each. A formatted body takes a while.
_DEPTH = 2
_MAILS = 5
_ATTRIBUTES = 5_000
_PROPERTY_CAP = 20_000


@dataclass(frozen=True, slots=True)
class File:
    """A file in the stream; `name`, `type` and `cid` are "" where it says none."""

    content: bytes
    name: str = ""
    type: str = ""
    cid: str = ""


@dataclass(frozen=True, slots=True)
class Unpacked:
    """What a stream holds. `text` is "" if it holds HTML alone; a formatted body (RTF) is a file, and its text here.

    Not `is_whole` if it holds more than was taken out.
    """

    text: str = ""
    html: str = ""
    files: tuple[File, ...] = ()
    is_whole: bool = True


@dataclass(slots=True)
class _Found:
    """What was found so far; the last one of `attached` is being read."""

    encoding: str = ""
    text: str = ""
    html: bytes = b""
    html_encoding: str = ""
    rtf: bytes = b""
    attached: list[_Attached] = field(default_factory=list)
    is_whole: bool = True


@dataclass(slots=True)
class _Attached:
    title: str = ""
    short_name: str = ""
    long_name: str = ""
    display_name: str = ""
    content: bytes = b""
    embedded: bytes = b""
    type: str = ""
    cid: str = ""


def is_tnef(data: bytes) -> bool:
    return data.startswith(_SIGNATURE)


def unpack(data: bytes, depth: int = 1) -> Unpacked:
    """The text and the files of a stream, those of mails attached inside it too. ValueError if it is none."""
    if not is_tnef(data):
        raise ValueError("no TNEF signature")
    found = _Found()
    for number, (identity, value) in enumerate(_attributes(data)):
        if number == _ATTRIBUTES:
            found.is_whole = False
            break
        _take(found, identity, value)
    files = _all_files(found, depth)
    text = found.text
    if found.rtf:
        formatted = rtf.decompressed(found.rtf)
        found.is_whole &= not rtf.is_too_long(found.rtf)
        text = text or rtf.text(formatted)
        files.append(File(formatted, "body.rtf", "application/rtf"))
    html = charset.decode(found.html, found.html_encoding) if found.html else ""
    return Unpacked(text, html, tuple(files[: limits.PARTS]), found.is_whole and len(files) <= limits.PARTS)


def _all_files(found: _Found, depth: int) -> list[File]:
    files: list[File] = []
    mails = 0
    for one in found.attached:
        is_mail = is_tnef(one.embedded)
        mails += is_mail
        inner_depth = depth if mails <= _MAILS else _DEPTH
        found.is_whole &= not is_mail or inner_depth < _DEPTH
        inner, is_whole = _files(one, inner_depth)
        files += inner
        found.is_whole &= is_whole
    return files


def _attributes(data: bytes) -> Iterator[tuple[int, memoryview]]:
    view = memoryview(data)
    at = len(_SIGNATURE) + 2  # the key
    while at + _HEAD.size <= len(view):
        _level, identity, _kind, length = _HEAD.unpack_from(view, at)
        at += _HEAD.size
        yield identity, view[at : at + length]
        at += length + _CHECKSUM


def _take(found: _Found, identity: int, value: memoryview) -> None:
    if identity == _CODE_PAGE and len(value) >= 4:
        found.encoding = f"cp{int.from_bytes(value[:4], 'little')}"
    elif identity == _BODY:
        found.text = found.text or _string(bytes(value), found.encoding)
    elif identity == _PROPERTIES:
        _take_message(found, value)
    elif identity == _ATTACH_BEGINS or (identity in (_ATTACH_DATA, _ATTACH_TITLE) and not found.attached):
        found.attached.append(_Attached())
    if not found.attached:
        return
    attached = found.attached[-1]
    if identity == _ATTACH_TITLE:
        attached.title = _string(bytes(value), found.encoding)
    elif identity == _ATTACH_DATA:
        attached.content = bytes(value)
    elif identity == _ATTACH_PROPERTIES:
        found.is_whole &= not _are_too_many(value)
        _take_attached(attached, value, found.encoding)


def _take_message(found: _Found, value: memoryview) -> None:
    found.is_whole &= not _are_too_many(value)
    for identity, kind, content in _properties(value):
        if identity == _PLAIN:
            found.text = _words(kind, content, found.encoding)
        elif identity == _HTML:
            found.html = content.rstrip(b"\0")
        elif identity == _RTF:
            found.rtf = content
        elif identity == _CHARSET:
            number = int.from_bytes(content[:4], "little")
            found.html_encoding = "utf-8" if number == 65001 else f"cp{number}"


def _take_attached(attached: _Attached, value: memoryview, encoding: str) -> None:
    for identity, kind, content in _properties(value):
        if identity == _LONG_NAME:
            attached.long_name = _words(kind, content, encoding)
        elif identity == _SHORT_NAME:
            attached.short_name = _words(kind, content, encoding)
        elif identity == _DISPLAY_NAME:
            attached.display_name = _words(kind, content, encoding)
        elif identity == _MIME_TYPE:
            attached.type = _words(kind, content, encoding).lower()
        elif identity == _CONTENT_ID:
            attached.cid = _words(kind, content, encoding).strip("<> ")
        elif identity == _DATA and kind == _OBJECT:
            attached.embedded = content[_INTERFACE_OCTETS:] if content.startswith(_MESSAGE) else b""
            attached.content = attached.content or content[_INTERFACE_OCTETS:]
        elif identity == _DATA:
            attached.content = content


def _are_too_many(view: memoryview) -> bool:
    """Whether a list of properties says that it holds more than are read."""
    return int.from_bytes(view[:4], "little") > _PROPERTY_CAP


def _properties(view: memoryview) -> Iterator[tuple[int, int, bytes]]:
    """(id, type, octets of the first value) of each property; ends where the list is damaged."""
    try:
        (count,) = struct.unpack_from("<I", view, 0)
        at = 4
        for _ in range(min(count, _PROPERTY_CAP)):
            kind, identity = struct.unpack_from("<HH", view, at)
            at = _after_name(view, at + 4) if identity >= _NAMED else at + 4
            content, at = _value(view, at, kind)
            yield identity, kind & ~_MANY, content
    except struct.error:
        return


def _after_name(view: memoryview, at: int) -> int:
    is_text, number = struct.unpack_from("<II", view, at + 16)
    return at + 24 + (_padded(number) if is_text else 0)


def _value(view: memoryview, at: int, kind: int) -> tuple[bytes, int]:
    """The first value of a property, and where the next property begins."""
    plain = kind & ~_MANY
    is_variable = plain in _VARIABLE
    if not is_variable and plain not in _FIXED:
        raise struct.error(f"unknown property type {plain}")
    count = 1
    if kind & _MANY or is_variable:
        (count,) = struct.unpack_from("<I", view, at)
        at += 4
    if count > _PROPERTY_CAP:  # where the next property begins would take too long to find out
        raise struct.error("too many values")
    first = b""
    for number in range(count):
        length = _FIXED.get(plain, 0)
        if is_variable:
            (length,) = struct.unpack_from("<I", view, at)
            at += 4
        if at + length > len(view):
            raise struct.error("a value goes beyond the end")
        if number == 0:
            first = bytes(view[at : at + length])
        at += _padded(length)
    return first, at


def _padded(length: int) -> int:
    return length + -length % 4


def _words(kind: int, content: bytes, encoding: str) -> str:
    if kind == _UNICODE:
        return charset.clean(content.decode("utf-16-le", "replace")).rstrip("\0")
    return _string(content, encoding)


def _string(content: bytes, encoding: str) -> str:
    return charset.decode(content.partition(b"\0")[0], encoding)


def _files(one: _Attached, depth: int) -> tuple[list[File], bool]:
    """The file, of an attached mail its text and its files; and whether that is all of that mail."""
    name = one.long_name or one.title or one.short_name or one.display_name
    if not is_tnef(one.embedded) or depth == _DEPTH:
        return [File(one.content, name, one.type, one.cid)], True
    inner = unpack(one.embedded, depth + 1)
    words = inner.html or inner.text
    kind = "text/html" if inner.html else "text/plain"
    shown = [File(words.encode("utf-8"), f"{name or 'message'}{'.html' if inner.html else '.txt'}", kind)]
    return [*(shown if words.strip() else []), *inner.files], inner.is_whole
