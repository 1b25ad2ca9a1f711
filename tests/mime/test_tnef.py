"""What Outlook packs into winmail.dat comes out whole, and no such package does harm."""

from __future__ import annotations

import struct
import time
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailticket.mime.parse import parse
from mailticket.mime.wrapped import rtf, tnef

BEGINS, DATA, TITLE, MESSAGE_PROPERTIES, FILE_PROPERTIES, CODE_PAGE = 0x9002, 0x800F, 0x8010, 0x9003, 0x9005, 0x9007
STRING, UNICODE, BINARY, OBJECT, INTEGER = 0x1E, 0x1F, 0x102, 0x0D, 0x03
MAIL_INTERFACE = bytes.fromhex("0703020000000000c000000000000046")


def attribute(identity: int, value: bytes) -> bytes:
    return struct.pack("<BHHI", 2, identity, 0, len(value)) + value + b"\0\0"


def stream(*attributes: bytes) -> bytes:
    return b"\x78\x9f\x3e\x22\x01\x00" + b"".join(attributes)


def properties(*values: tuple[int, int, bytes]) -> bytes:
    """A property list: (type, id, octets) each."""
    packed = [struct.pack("<I", len(values))]
    for kind, identity, content in values:
        packed.append(struct.pack("<HH", kind, identity))
        if kind != INTEGER:
            packed.append(struct.pack("<II", 1, len(content)))
        packed.append(content + bytes(-len(content) % 4))
    return b"".join(packed)


def attached(name: bytes, content: bytes) -> Sequence[bytes]:
    return (attribute(BEGINS, b""), attribute(TITLE, name + b"\0"), attribute(DATA, content))


def stored(text: bytes) -> bytes:
    """RTF in the form that is not compressed."""
    return struct.pack("<IIII", len(text) + 12, len(text), 0x414C454D, 0) + text


def formatted(body: bytes) -> bytes:
    return stream(attribute(MESSAGE_PROPERTIES, properties((BINARY, 0x1009, body))))


def winmail(package: bytes, text: bytes = b"") -> bytes:
    return (
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n" + text + b"\r\n--b\r\n"
        b"Content-Type: application/ms-tnef; name=winmail.dat\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
        + package
        + b"\r\n--b--\r\n"
    )


def test_files_come_out_with_names_and_every_octet() -> None:
    unpacked = tnef.unpack(stream(*attached(b"a.pdf", b"PDF\0\0\0"), *attached(b"b.txt", b"")))
    assert [(one.name, one.content) for one in unpacked.files] == [("a.pdf", b"PDF\0\0\0"), ("b.txt", b"")]


def test_the_long_name_the_type_and_the_content_id_count() -> None:
    told = properties(
        (STRING, 0x3704, b"LONGNA~1.PNG\0"),
        (UNICODE, 0x3707, "Größe.png\0".encode("utf-16-le")),
        (STRING, 0x370E, b"image/PNG\0"),
        (STRING, 0x3712, b"<i@x>\0"),
        (BINARY, 0x3701, b"PNG"),
    )
    [file] = tnef.unpack(stream(attribute(BEGINS, b""), attribute(FILE_PROPERTIES, told))).files
    assert file == tnef.File(b"PNG", "Größe.png", "image/png", "i@x")


def test_names_are_read_in_the_streams_code_page() -> None:
    page = attribute(CODE_PAGE, struct.pack("<II", 1251, 0))
    [file] = tnef.unpack(stream(page, *attached("счёт.doc".encode("cp1251"), b"x"))).files
    assert file.name == "счёт.doc"


def test_a_mail_without_text_shows_the_packed_text_and_keeps_the_package() -> None:
    package = stream(
        attribute(MESSAGE_PROPERTIES, properties((STRING, 0x1000, b"It burns.\r\n\0"))), *attached(b"a", b"x")
    )
    mail = parse(winmail(package))
    assert mail.text.strip() == "It burns."
    assert [one.name for one in mail.attachments] == ["winmail.dat", "a"]
    assert mail.attachments[0].content == package


def test_a_mail_with_text_shows_its_own() -> None:
    package = stream(attribute(MESSAGE_PROPERTIES, properties((STRING, 0x1000, b"packed\0"))))
    assert parse(winmail(package, b"written")).text.strip() == "written"


def test_a_package_without_a_mail_around_it_is_read_too() -> None:
    mail = parse(stream(*attached(b"a.pdf", b"PDF")))
    assert [(one.name, one.content) for one in mail.attachments] == [("a.pdf", b"PDF")]


def test_packed_html_is_shown_in_its_charset() -> None:
    told = properties((INTEGER, 0x3FDE, struct.pack("<I", 1252)), (BINARY, 0x1013, "<p>Grüße</p>".encode("cp1252")))
    mail = parse(winmail(stream(attribute(MESSAGE_PROPERTIES, told))))
    assert (mail.text, mail.html) == ("Grüße", "<p>Grüße</p>")


def test_a_formatted_body_is_a_file_and_its_text_is_shown() -> None:
    written = rb"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}Gr\'fc\'dfe\par \u8364?5 {\*\hidden no}bye}"
    mail = parse(winmail(formatted(stored(written))))
    assert mail.text == "Grüße\n€5 bye"
    assert (mail.attachments[1].name, mail.attachments[1].content) == ("body.rtf", written)


def test_compressed_rtf_is_the_example_of_its_specification() -> None:
    packed = bytes.fromhex(  # MS-OXRTFCP section 4.1.1
        "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0"
    )
    assert rtf.decompressed(packed) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"


@pytest.mark.parametrize(("depth", "names"), [(1, ["a"]), (2, ["m.txt", "a"])])
def test_mails_inside_are_unpacked(depth: int, names: list[str]) -> None:
    package = stream(*attached(b"a", b"x"))
    if depth == 2:
        inner = stream(attribute(MESSAGE_PROPERTIES, properties((STRING, 0x1000, b"inner\0"))), *attached(b"a", b"x"))
        told = properties((STRING, 0x3001, b"m\0"), (OBJECT, 0x3701, MAIL_INTERFACE + inner))
        package = stream(attribute(BEGINS, b""), attribute(FILE_PROPERTIES, told))
    assert [one.name for one in tnef.unpack(package).files] == names


@pytest.mark.parametrize(("mails", "left_packed"), [(5, 0), (6, 1)])
def test_a_few_mails_inside_are_unpacked_and_the_rest_stay_packed(mails: int, left_packed: int) -> None:
    told = properties((STRING, 0x3001, b"m\0"), (OBJECT, 0x3701, MAIL_INTERFACE + stream(*attached(b"a", b"x"))))
    one = attribute(BEGINS, b"") + attribute(FILE_PROPERTIES, told)
    names = [each.name for each in tnef.unpack(stream(one * mails)).files]
    assert (names.count("a"), names.count("m")) == (5, left_packed)


@pytest.mark.parametrize(
    "bomb",
    [
        stream(*[attribute(BEGINS, b"")] * 200_000),
        stream(attribute(MESSAGE_PROPERTIES, struct.pack("<IHHI", 2**32 - 1, 0x101E, 0x1000, 2**32 - 1))),
        formatted(struct.pack("<IIII", 9, 2**32 - 1, 0x75465A4C, 0) + b"\xff\x10\x0f" * 900_000),
        formatted(stored(b"{" * 2_000_000)),
        stream(struct.pack("<BHHI", 1, BEGINS, 0, 2**32 - 1)),
    ],
)  # fmt: skip
def test_no_package_takes_long(bomb: bytes) -> None:
    started = time.process_time()
    parse(winmail(bomb))
    assert time.process_time() - started < 5.0


def test_what_is_no_package_is_refused() -> None:
    with pytest.raises(ValueError, match="signature"):
        tnef.unpack(b"PK")


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_no_damage_makes_unpacking_fail(data: st.DataObject) -> None:
    told = properties((UNICODE, 0x1000, "Grüße\0".encode("utf-16-le")), (BINARY, 0x1009, stored(b"{\\rtf1 x\\u65?}")))
    whole = bytearray(stream(attribute(MESSAGE_PROPERTIES, told), *attached(b"a.pdf", b"PDF")))
    for place in data.draw(st.lists(st.integers(4, len(whole) - 1), max_size=8)):
        whole[place] = data.draw(st.integers(0, 255))
    found = tnef.unpack(bytes(whole[: data.draw(st.integers(4, len(whole)))])).files
    assert all(file.name.encode("utf-8").decode() == file.name and len(file.content) <= len(whole) for file in found)


@pytest.mark.parametrize(("packages", "unpacked"), [(2, 2), (3, 2)])
def test_so_many_packages_of_one_mail_are_unpacked(packages: int, unpacked: int) -> None:
    part = b"--b\r\nContent-Type: application/ms-tnef\r\n\r\n" + stream(*attached(b"a", b"x")) + b"\r\n"
    mail = parse(b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + part * packages + b"--b--\r\n")
    names = [one.name for one in mail.attachments]
    assert (names.count("a"), len(names) - names.count("a")) == (unpacked, packages)
