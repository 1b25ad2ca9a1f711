"""A whole mail, read; and nothing that can be sent makes it raise."""

from __future__ import annotations

import dataclasses
import time
from datetime import UTC, datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mailticket.domain.mail import Attachment, CutMethod, Mark, Reply
from mailticket.mime import body, content_hash, parse
from mailticket.mime.octets import limits
from mailticket.mime.parse import parse as read
from mailticket.mime.parse import parse_headers_only
from tests.mime.invariants import broken_by
from tests.mime.reports import POSTFIX

HEAD = (
    b"Return-Path: <carla@example.org>\r\nReceived: from a by b\r\nMessage-ID: <one@example.org>\r\n"
    b"In-Reply-To: <zero@x>\r\nReferences: <root@x> <zero@x>\r\nDate: Sat, 21 Nov 2026 10:00:00 +0100\r\n"
    b"From: Carla <carla@example.org>\r\nTo: support@example.com\r\nCc: dirk@example.org\r\n"
    b"Reply-To: c@example.org\r\nSubject: =?utf-8?q?Gr=C3=B6=C3=9Fe?=\r\n"
)
MAIL = HEAD + b"Content-Type: text/plain; charset=utf-8\r\n\r\nHello,\r\nit is broken.\r\n"


def test_a_mail_becomes_values() -> None:
    mail = read(MAIL)
    assert (mail.size, mail.message_id, mail.subject) == (len(MAIL), "<one@example.org>", "Größe")
    assert mail.author is not None and str(mail.author) == "Carla <carla@example.org>"
    assert [one.address for one in (*mail.to, *mail.cc, *mail.reply_to)] == [
        "support@example.com", "dirk@example.org", "c@example.org",
    ]  # fmt: skip
    assert (mail.in_reply_to, mail.references) == (("<zero@x>",), ("<root@x>", "<zero@x>"))
    assert mail.date == datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
    assert (mail.text, mail.html, mail.defects) == ("Hello,\nit is broken.\n", "", ())
    assert mail.reply.text == mail.text and mail.headers["return-path"] == "<carla@example.org>"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (b"Sat, 21 Nov 2026 10:00:00 +0100 (CET)", datetime(2026, 11, 21, 9, 0, tzinfo=UTC)),
        (b"21 Nov 26 10:00 EST", datetime(2026, 11, 21, 15, 0, tzinfo=UTC)),
        (b"Sat Nov 21 10:00:00 2026", datetime(2026, 11, 21, 10, 0, tzinfo=UTC)),
        (b"Sat, 21 Nov 2026 10:00:00", datetime(2026, 11, 21, 10, 0, tzinfo=UTC)),
        (b"Mon, 32 Nov 2026 10:00:00 +0000", None),
        (b"Mon, 1 Jan 1601 00:00:00 +0000", None),
        (b"Mon, 1 Jan 9999 00:00:00 +0000", None),
        (b"Sat, 21 Nov 2026 10:00:00 +999999999", None),
        (b"Sat, 21 Nov 99999999999999999999 10:00:00 +0000", None),
        (b"yesterday", None),
        (b"", None),
    ],
)
def test_a_date_is_utc_or_nothing(written: bytes, expected: datetime | None) -> None:
    assert read(b"Date: " + written + b"\r\n\r\n").date == expected


@pytest.mark.parametrize(
    ("old", "new", "is_same"),
    [
        (b"Received: from a by b", b"Received: from x by y", True),
        (b"Return-Path: <carla@example.org>\r\n", b"DKIM-Signature: x\r\n", True),
        (b"=?utf-8?q?Gr=C3=B6=C3=9Fe?=", b"=?utf-8?b?R3LDtsOfZQ==?=", True),
        (b"To: support@example.com", b"To: Support <SUPPORT@example.com>", True),
        (b"is broken", b"is mended", False),
        (b"Carla <carla@", b"Carla <carlo@", False),
        (b"dirk@", b"dora@", False),
        (b"10:00:00", b"10:00:01", False),
        (b"=C3=9Fe", b"=C3=9F", False),
    ],
)
def test_the_content_hash_covers_what_was_written_and_not_the_road(old: bytes, new: bytes, is_same: bool) -> None:
    other = MAIL.replace(old, new)
    assert other != MAIL
    assert (read(other).content_hash == read(MAIL).content_hash) is is_same


def test_the_content_hash_covers_files() -> None:
    first = Attachment("a", "a/b", b"1", sha256="1")
    mail = dataclasses.replace(read(MAIL), attachments=(first,))
    other = dataclasses.replace(mail, attachments=(dataclasses.replace(first, sha256="2"),))
    assert content_hash.of(mail, ()) != content_hash.of(other, ())


def test_html_is_cut_with_its_classes_and_kept_without_them(monkeypatch: pytest.MonkeyPatch) -> None:
    def cut_at_class(text: str, html: str, *_: object) -> Reply:
        return Reply(text, html.partition('<div class="gmail_quote">')[0], CutMethod.ANCHOR, True)

    monkeypatch.setattr(parse.quote, "cut", cut_at_class)
    page = b'<p onclick="x">Answer</p><div class="gmail_quote"><blockquote>theirs</blockquote></div>'
    mail = read(HEAD + b"Content-Type: text/html\r\n\r\n" + page)
    assert mail.html == "<p>Answer</p><div><blockquote>theirs</blockquote></div>"
    assert mail.reply.html == "<p>Answer</p>"


def test_html_nested_too_deeply_leaves_its_text() -> None:
    mail = read(HEAD + b"Content-Type: text/html\r\n\r\n" + b"<div>" * 30_000 + b"KEEP")
    assert (mail.html, mail.text) == ("", "KEEP")
    assert any("nested deeper" in defect for defect in mail.defects)


def test_a_mail_above_the_size_limit_is_read_as_far_as_it_came() -> None:
    head = MAIL + b"a" * 100
    mail = parse_headers_only(head, 80_000_000)
    assert (mail.oversize, mail.size, mail.subject) == (True, 80_000_000, "Größe")
    assert mail.text.startswith("Hello,") and mail.attachments == ()
    assert "too large" in mail.defects[-1]


def test_a_delivery_report_is_marked_as_a_bounce() -> None:
    report = (
        b"From: MAILER-DAEMON@x.example\r\nSubject: failure\r\nContent-Type: multipart/report; "
        b"report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\r\nsorry\r\n--b\r\n"
        b"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\n"
        b"Final-Recipient: rfc822; gone@example.org\r\nAction: failed\r\n"
        b"Status: 5.1.1\r\n\r\n--b--\r\n"
    )
    mail = read(report)
    assert mail.bounce is not None and mail.bounce.recipients[0].address == "gone@example.org"
    assert Mark.BOUNCE in mail.marks


def test_one_failing_reader_costs_only_its_own_result(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RecursionError("planted")

    monkeypatch.setattr(body, "read", fail)
    mail = read(MAIL)
    assert mail.subject == "Größe"
    assert mail.defects == ("the body could not be read: RecursionError: planted",)


def test_the_last_resort_is_a_mail_that_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ValueError("planted")

    monkeypatch.setattr(parse.structure, "tree", fail)
    mail = read(MAIL)
    assert mail.defects == ("the mail could not be read: ValueError: planted",)
    assert "it is broken" in mail.text and len(mail.content_hash) == 64


def test_lack_of_memory_is_not_blamed_on_the_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(body, "read", fail)
    with pytest.raises(MemoryError):
        read(MAIL)


PIECES = st.sampled_from(
    [
        b"From: ", b"To: ", b"Subject: ", b"Date: ", b"Message-ID: ", b"References: ", b"Content-ID: ",
        b"Content-Type: multipart/mixed; boundary=b", b"Content-Type: multipart/alternative; boundary=b",
        b"Content-Type: text/html; charset=utf-16", b"Content-Type: message/rfc822", b"Content-Type: text/calendar",
        b"Content-Type: message/delivery-status", b"Content-Type: text/plain; format=flowed; charset=iso-2022-jp",
        b"Content-Transfer-Encoding: base64", b"Content-Transfer-Encoding: quoted-printable",
        b"\x78\x9f\x3e\x22\x01\x00", b"Content-Type: application/ms-tnef", b"=?utf-8?b?abc=d?=",
        b"Content-Disposition: attachment; filename*0*=utf-8''%", b"Authentication-Results: x; dmarc=pass",
        b"--b", b"--b--", b"\r\n", b"\r\n\r\n", b"\n", b"\x00", b"\xff\xfe", b"=?utf-8?q?=00=ED=A0=80?=", b"<", b"@",
        b"<a@b.c>", b"<p>", b"<blockquote>", b"> ", b"\x1b$B", b"=ED=A0=80", b"\xed\xa0\x80", b"+2AA-", b"BEGIN:VEVENT",
    ]
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400))
@example(b"")
@example(b"\x00")
@example(b"\xff" * 50)
def test_no_octets_make_reading_fail(raw: bytes) -> None:
    assert broken_by(read(raw)) == []


@settings(max_examples=250, deadline=None)
@given(st.lists(PIECES | st.binary(max_size=8), max_size=40).map(b"".join))
def test_no_pieces_of_mail_in_any_order_make_reading_fail(raw: bytes) -> None:
    assert broken_by(read(raw)) == []


@pytest.mark.parametrize(
    "bomb",
    [
        b"To: " + b"(" * 250_000 + b"\r\n\r\n",
        b"To: " + b"a@b.c," * 40_000 + b"\r\n\r\n",
        b"Subject: " + b"=?utf-8?q?a?= " * 18_000 + b"\r\n\r\n",
        b"Authentication-Results: " + b"x;" * 100_000 + b"\r\n\r\n",
        b"Content-Type: text/html\r\n\r\n" + b"<a" * 900_000,
        b"Content-Type: text/html\r\n\r\n" + b"<div>" * 400_000,
        b"Content-Type: text/html\r\n\r\n" + b"<b>" * 1_900,
        b"\r\n" + b"> " * 1_000_000,
        b"\r\n" + b"\n" * 2_000_000,
        b"Content-Type: multipart/mixed; boundary=-\r\n\r\n" + b"-" * 3_000_000,
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 300_000,
        b"Content-Transfer-Encoding: base64\r\n\r\n" + b"=" * 3_000_000,
        b"Content-Type: text/plain; charset=utf-7\r\n\r\n" + b"+" * 1_000_000,
        b"Content-Type: message/rfc822\r\n\r\n" * 20_000,
    ],
)
def test_no_bomb_takes_long(bomb: bytes) -> None:
    started = time.process_time()
    read(bomb)
    assert time.process_time() - started < 5.0


def test_too_many_addresses_are_told() -> None:
    many = b",".join(b"a%d@b.example" % number for number in range(limits.ADDRESSES + 5))
    mail = read(b"To: " + many + b"\r\n\r\n")
    assert len(mail.to) == limits.ADDRESSES
    assert mail.defects == ("more than 1000 addresses in To; the rest was left out",)


def test_of_a_delivery_report_nothing_is_cut() -> None:
    found = read(POSTFIX.encode())
    assert found.bounce is not None
    assert (found.reply.text, found.reply.method, found.reply.sure) == (found.text, CutMethod.WHOLE, False)
