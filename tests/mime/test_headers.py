"""What header fields say, however they were written."""

from __future__ import annotations

import time
from email import message_from_bytes

import pytest

from mailticket.mime import parse
from mailticket.mime.headers import HeaderView, ids, read
from mailticket.mime.octets import limits


def view(*lines: bytes) -> HeaderView:
    return read(b"\r\n".join(lines) + b"\r\n\r\nbody\r\n")


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (b"plain", "plain"),
        (b"folded\r\n over\r\n\tlines", "folded over lines"),
        (b"=?utf-8?q?Gr=C3=B6=C3=9Fe?=", "Größe"),
        (b"=?UTF-8?B?R3LDtsOfZQ==?=", "Größe"),
        (b"=?utf-8?q?Gr=C3?= =?utf-8?q?=B6=C3=9Fe?=", "Größe"),  # a letter split between two words
        (b"=?utf-8?q?one?=\r\n =?utf-8?q?_two?=", "one two"),
        (b"=?utf-8?q?one?= and =?utf-8?q?two?=", "one and two"),
        (b"=?iso-8859-1*de?Q?=E4?=", "ä"),
        (b"a=?utf-8?q?=C3=A4?=b", "aäb"),
        (b"=?utf-8?Q?How are you??=", "How are you?"),
        (b"=?x-nonsense?q?abc?=", "abc"),
        (b"=?utf-8?b?w6Q?=", "ä"),  # padding forgotten
        (b"=?utf-8?q?x=0d=0aBcc: y?=", "x Bcc: y"),
        (b"Gr\xf6\xdfe", "Größe"),
        ("Größe".encode(), "Größe"),
        (b"nul\x00 bell\x07", "nul bell"),
        (b"=?utf-8?q?=E2=80=AEgpj.exe?=", "gpj.exe"),
        (b"=?iso-2022-jp?B?GyRCOzBJKRsoQg==?=", "三菱"),
        (b"", ""),
    ],
)
def test_a_subject_is_one_clean_line_of_text(written: bytes, shown: str) -> None:
    assert view(b"Subject: " + written).get("SUBJECT") == shown


@pytest.mark.parametrize(
    "lines",
    [
        (b"From: =?shift_jis?B?g2OBW4OL?= <a@b.c>", "Subject: ツール".encode("cp932")),
        (b"From: =?ISO-2022-JP?B?g2OBW4OLIA==?= <a@b.c>", "Subject: ツール".encode("cp932")),
    ],
)
def test_raw_octets_are_read_in_the_charset_of_the_other_headers(lines: tuple[bytes, ...]) -> None:
    assert view(*lines).get("subject") == "ツール"


@pytest.mark.parametrize(("beyond", "is_found"), [(0, True), (3, False)])
def test_ids_are_looked_for_in_the_whole_header_and_64_kb_of_the_body(beyond: int, is_found: bool) -> None:
    line = b"Message-ID: <one@x>"
    filler = b"X: y\r\n" + b"Y: " + b"y" * (limits.HEADER_BYTES - len(line) - 6 - 5 + beyond) + b"\r\n"
    found = ids(filler + line).message_id, parse.parse(filler + line).message_id
    assert found[0] == found[1] and (found[0] == "<one@x>") is is_found
    body = b"\n" * (limits.IDS_BYTES - len(line) + beyond) + line
    assert (ids(b"Subject: s\r\n\r\n" + body).mentioned == ("<one@x>",)) is is_found


def test_the_id_that_is_looked_up_is_the_id_that_is_read() -> None:
    raw = (
        b"Message-ID: <b\x8dr@x>\r\nIn-Reply-To: <\xe9@x>\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        b"--b\r\nContent-Type: text/plain; charset=koi8-r\r\n\r\nbody\r\n--b--\r\n"
    )
    looked_up, found = ids(raw), parse.parse(raw)
    assert (looked_up.message_id, looked_up.in_reply_to) == (found.message_id, found.in_reply_to)


def test_raw_octets_are_read_in_the_charset_of_the_body() -> None:
    head = view(b"Content-Type: text/plain; charset=koi8-r", "Subject: Привет".encode("koi8-r"))
    assert head.get("subject") == "Привет"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (b"a@b.c", [("", "a@b.c")]),
        (b"Carla <carla@example.org>", [("Carla", "carla@example.org")]),
        (b'"Doe, John" <j@example.org>', [("Doe, John", "j@example.org")]),
        (b"Foo Bar, Inc. <a@b.c>", [("Foo Bar, Inc.", "a@b.c")]),
        (b"=?utf-8?q?J=C3=B6rg?= <j@b.c>", [("Jörg", "j@b.c")]),
        (b'"=?utf-8?q?J=C3=B6rg?=" <j@b.c>', [("Jörg", "j@b.c")]),
        (b"J\xf6rg <j@b.c>", [("Jörg", "j@b.c")]),
        (b"j@b.c (John)", [("John", "j@b.c")]),
        (b"team: a@b.c, d@e.f;", [("", "a@b.c"), ("", "d@e.f")]),
        (b"undisclosed-recipients:;", []),
        (b"Name <a@b.c", [("Name", "a@b.c")]),
        (b"'Jo' via List <l@x.y>", [("'Jo' via List", "l@x.y")]),
        (b"MAILER-DAEMON", [("", "MAILER-DAEMON")]),
        (b"MAILER-DAEMON (Mail Delivery System)", [("Mail Delivery System", "MAILER-DAEMON")]),
        (b"Cron Daemon <root>", [("Cron Daemon", "root")]),
        (b"<>", []),
        (b"", []),
        (b"a@b.c, Jo Q. Doe <j@b.c>, x@y.z (Mr. X)", [("", "a@b.c"), ("Jo Q. Doe", "j@b.c"), ("Mr. X", "x@y.z")]),
        (b'"Foo Inc " <>, "LTD" <a@b.c>', [("LTD", "a@b.c")]),
        (b'"a@b.c"', [("", "a@b.c")]),
        (b"=?utf-8?b?abc=d?= <a@b.c>, x", [("i·", "a@b.c")]),
        (b"=?utf-8?q?J=C3?= =?utf-8?q?=B6rg?= Doe <a@b.c>", [("Jörg Doe", "a@b.c")]),
        (b"=?iso-8859-1?q?J\xc3\xb6rg?= <a@b.c>", [("Jörg", "a@b.c")]),
        (b'"John Doe"@b.c>', [("", '"John Doe"@b.c')]),
    ],
)
def test_addresses_are_found_with_their_names(written: bytes, expected: list[tuple[str, str]]) -> None:
    found = view(b"From: " + written).addresses("from")
    assert [(address.name, address.address) for address in found] == expected


@pytest.mark.parametrize(
    "forged",
    [
        b"csr@corp.example(<evil@x.example>",
        b"<csr@corp.example><evil@x.example>",
        b"csr@corp.example, evil@x.example",
        b"csr@corp.example evil@x.example",
        b"csr@corp.example@x.example",
        b'"csr@corp.example" <evil@x.example>',
        b"csr@corp.example <evil@x.example>",
        b"=?utf-8?q?csr=40corp.example=3C?= <evil@x.example>",
        b"(csr@corp.example) evil@x.example",
        b"csr@corp.example\x00@x.example",
        b"evil@x.example\r\nFrom: csr@corp.example",
    ],
)
def test_no_ambiguous_from_gives_the_csr_as_its_only_author(forged: bytes) -> None:
    found = view(b"From: " + forged).addresses("from")
    assert [address.key for address in found] != ["csr@corp.example"]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (b"<a@b>", ("<a@b>",)),
        (b"<a@b> <c@d>\r\n <a@b>", ("<a@b>", "<c@d>")),
        (b"<a@b><c@d>", ("<a@b>", "<c@d>")),
        (b"<a\r\n bc@d>", ("<abc@d>",)),
        (b"a@b", ("<a@b>",)),
        (b"Your message of Monday <a@b>", ("<a@b>",)),
        (b"=?utf-8?q?=3Ca=40b=3E?=", ("<a@b>",)),
        (b"<>", ()),
        (b"nothing", ()),
    ],
)
def test_message_ids_keep_their_brackets(written: bytes, expected: tuple[str, ...]) -> None:
    assert view(b"References: " + written).message_ids("references") == expected


def test_all_values_come_in_order_and_names_in_lower_case() -> None:
    head = view(b"Received: one", b"X-A: b", b"received: two")
    assert head.all("Received") == ["one", "two"]
    assert head.names == ["received", "x-a", "received"]
    assert "X-a" in head and "subject" not in head


def test_a_view_reads_the_standard_parsers_message_too() -> None:
    message = message_from_bytes(b"Subject: Gr\xf6\xdfe\n\nbody")
    assert HeaderView(message).get("subject") == "Größe"


def test_more_addresses_than_the_limit_are_left_out_and_told() -> None:
    many = b", ".join(b"a%d@b.example" % number for number in range(limits.ADDRESSES + 1))
    head = view(b"To: " + many)
    assert len(head.addresses("to")) == limits.ADDRESSES
    assert head.has_too_many_addresses("to")
    assert not view(b"To: " + many.rpartition(b",")[0]).has_too_many_addresses("to")


def test_ids_name_every_mail_that_this_one_speaks_of() -> None:
    found = ids(
        b"Message-ID: <own@x>\r\nIn-Reply-To: <parent@x>\r\nReferences: <root@x> <parent@x>\r\nSubject: S\r\n"
        b"From: A <a@b.c>\r\nTo: s@x.y\r\nCc: d@e.f\r\n\r\nIt bounced:\r\n\r\n> Message-ID:\r\n  <sent@x>\r\n"
    )
    assert found.message_id == "<own@x>"
    assert found.related == ("<parent@x>", "<root@x>", "<sent@x>")
    assert [address.address for address in (*found.senders, *found.recipients)] == ["a@b.c", "s@x.y", "d@e.f"]


@pytest.mark.parametrize("raw", [b"", b"\n", b"\x00", b"From:", b"<a@b>", b"Message-ID: <>\n\n", b"\xff" * 100])
def test_ids_of_anything_are_values(raw: bytes) -> None:
    assert ids(raw).message_id == ""


@pytest.mark.parametrize(
    "bomb",
    [
        b"To: " + b"(" * 60_000,
        b"To: " + b'"' * 60_000,
        b"To: " + b"a@b," * 15_000,
        b"To: " + b"<" * 60_000,
        b"Subject: " + b"=?utf-8?q?" * 6_000,
        b"Subject: " + b"=?utf-8?q?a?= " * 4_000,
        b"References: " + b"<" * 60_000,
        b"References: " + b"<a@" * 20_000,
        b"\r\n ".join([b"Subject: x"] * 5_000),
        b"X: y\r\n" * 10_000,
        b"body\r\n\r\n" + b"Message-ID:" * 6_000,
    ],
)
def test_ids_of_a_hostile_header_take_no_time(bomb: bytes) -> None:
    started = time.process_time()
    ids(bomb)
    assert time.process_time() - started < 1.0
