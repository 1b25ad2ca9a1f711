"""The caps on what is shown and unpacked of a mail's contents: HTML, attached mails, calendars, winmail.dat."""

from __future__ import annotations

import struct
from unittest.mock import patch

from mailticket.mime import body, headers
from mailticket.mime.html import html_text
from mailticket.mime.octets import limits
from mailticket.mime.octets.structure import tree
from mailticket.mime.wrapped import attached_mail, calendar
from tests.edges.edge import Edge, Read, either, padded
from tests.mime.test_tnef import (
    BEGINS,
    BINARY,
    CODE_PAGE,
    FILE_PROPERTIES,
    INTEGER,
    MAIL_INTERFACE,
    MESSAGE_PROPERTIES,
    OBJECT,
    STRING,
    attached,
    attribute,
    properties,
    stored,
    stream,
    winmail,
)

_LESS = 1_000  # characters
_LEFT_PACKED = "winmail.dat holds more than may be unpacked"


def _quotes(depth: int) -> Read:
    return Read(html_text.text("<blockquote>" * depth + "x").count(">"))


def _lists(depth: int) -> Read:
    shown = html_text.text("<ul>" * depth + "<li>x")
    return Read(1 + (len(shown) - len(shown.lstrip())) // 2)


def _mails(number: int) -> Read:
    one = b"--b\r\n\r\nSubject: s\r\n\r\nwords\r\n"
    found = body.read(tree(b"Content-Type: multipart/digest; boundary=b\r\n\r\n" + one * number)[0])
    assert len(found.attachments) == number
    return Read(found.text.count("words"), found.defects)


def _head(size: int) -> Read:
    shown = attached_mail.head(headers.read(f"Subject: {'y' * size}\n\n".encode()))
    return Read(shown.count("y"))


def _calendar(size: int) -> Read:
    """What is beyond is not shown; the file is there."""
    return either(size, calendar.line(padded(size, "BEGIN:VEVENT\nX-A:", "\nSUMMARY:Budget")) == "[Event: Budget]")


def _summary(size: int) -> Read:
    return Read(calendar.line(f"BEGIN:VEVENT\nSUMMARY:{'y' * size}\n").count("y"))


def _packages(number: int) -> Read:
    part = b"--b\r\nContent-Type: application/ms-tnef\r\n\r\n" + stream(*attached(b"a", b"x")) + b"\r\n"
    found = body.read(tree(b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + part * number + b"--b--\r\n")[0])
    return Read([one.name for one in found.attachments].count("a"), found.defects)


def _unpacked(package: bytes) -> body.Body:
    found = body.read(tree(winmail(package))[0])
    assert found.attachments[0].name == "winmail.dat"  # it always stays as it came, whatever is left in it
    return found


def _attributes(number: int) -> Read:
    page = attribute(CODE_PAGE, struct.pack("<II", 1252, 0))
    found = _unpacked(stream(*[page] * (number - 3), *attached(b"a", b"content")))
    return either(number, found.attachments[1].content == b"content", found.defects)


def _properties(number: int) -> Read:
    told = properties(*[(INTEGER, 1, b"0000")] * (number - 1), (STRING, 0x3707, b"name.txt\0"))
    found = _unpacked(stream(attribute(BEGINS, b""), attribute(FILE_PROPERTIES, told)))
    return either(number, found.attachments[1].name == "name.txt", found.defects)


def _values(number: int) -> Read:
    """Of a property with many values, and of the one behind it. A list that is damaged ends there."""
    many = struct.pack("<HHI", 0x1000 | INTEGER, 1, number) + b"0000" * number
    plain = struct.pack("<HHII", STRING, 0x1000, 1, 7) + b"packed\0\0"
    found = _unpacked(stream(attribute(MESSAGE_PROPERTIES, struct.pack("<I", 2) + many + plain)))
    return either(number, found.text == "packed", found.defects)


def _package_with_mail(inner: bytes) -> bytes:
    told = properties((STRING, 0x3001, b"m\0"), (OBJECT, 0x3701, MAIL_INTERFACE + inner))
    return attribute(BEGINS, b"") + attribute(FILE_PROPERTIES, told)


def _mails_packed(number: int) -> Read:
    found = _unpacked(stream(_package_with_mail(stream(*attached(b"a", b"x"))) * number))
    return Read([one.name for one in found.attachments].count("a"), found.defects)


def _depth(depth: int) -> Read:
    package = stream(*attached(b"a", b"x"))
    for _ in range(depth - 1):
        package = stream(_package_with_mail(package))
    found = _unpacked(package)
    return either(depth, "a" in [one.name for one in found.attachments], found.defects)


def _files(number: int) -> Read:
    """The package is a file, too."""
    found = _unpacked(stream(*attached(b"a", b"x") * number))
    return Read(len(found.attachments) - 1, found.defects)


def _packed(told: bytes) -> body.Body:
    """What is shown of a package that says so much. Rather a small limit than minutes of reading to the real one."""
    with patch.object(limits, "TEXT", _LESS):
        return _unpacked(stream(attribute(MESSAGE_PROPERTIES, told)))


def _packed_text(size: int) -> Read:
    found = _packed(properties((STRING, 0x1000, b"y" * size + b"\0")))
    return Read(found.text.count("y"), found.defects)


def _packed_html(size: int) -> Read:
    found = _packed(properties((BINARY, 0x1013, b"<p>" + b"y" * (size - 3))))
    return Read(len(found.html), found.defects)


def _formatted(size: int) -> Read:
    found = _packed(
        properties((BINARY, 0x1009, stored(padded(size, "{\\rtf1 short", "}", "{\\*\\hidden no}").encode())))
    )
    return Read(len(found.attachments[1].content), found.defects)


def _compressed(size: int) -> Read:
    packed = struct.pack("<IIII", 0, size, 0x75465A4C, 0) + (b"\0" + b"y" * 8) * (size // 8 + 1)
    found = _packed(properties((BINARY, 0x1009, packed)))
    assert found.attachments[1].name == "body.rtf"
    return Read(len(found.attachments[1].content), found.defects)


EDGES = (
    Edge("mime.html.html_text._DEEPEST_QUOTE", _quotes),
    Edge("mime.html.html_text._DEEPEST_LIST", _lists),
    Edge("mime.body._MAILS_SHOWN", _mails, said="more than 20 attached mails"),
    Edge("mime.body._PACKAGES", _packages, said="more than 2 winmail.dat"),
    Edge("mime.wrapped.attached_mail._LONGEST", _head),
    Edge("mime.wrapped.calendar._CAP", _calendar, beyond=0),
    Edge("mime.wrapped.calendar._LONGEST_VALUE", _summary),
    Edge("mime.wrapped.tnef._ATTRIBUTES", _attributes, beyond=0, said=_LEFT_PACKED),
    Edge("mime.wrapped.tnef._PROPERTY_CAP", _properties, beyond=0, said=_LEFT_PACKED),
    Edge("mime.wrapped.tnef._PROPERTY_CAP", _values, beyond=0),
    Edge("mime.wrapped.tnef._MAILS", _mails_packed, said=_LEFT_PACKED),
    Edge("mime.wrapped.tnef._DEPTH", _depth, beyond=0, said=_LEFT_PACKED),
    Edge("mime.octets.limits.PARTS", _files, most=999, said=_LEFT_PACKED),
    Edge("mime.octets.limits.TEXT", _packed_text, said="more than 1000 characters of text", most=_LESS),
    Edge("mime.octets.limits.TEXT", _packed_html, said="more than 1000 characters of text", most=_LESS),
    Edge("mime.octets.limits.TEXT", _formatted, said=_LEFT_PACKED, most=_LESS),
    Edge("mime.octets.limits.TEXT", _compressed, said=_LEFT_PACKED, most=_LESS),
)
