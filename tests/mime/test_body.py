"""What a mail shows and what it carries."""

from __future__ import annotations

import hashlib

import pytest

from mailticket.domain.mail import Attachment
from mailticket.mime import body
from mailticket.mime.body import Body
from mailticket.mime.octets import file_names, flowed, limits
from mailticket.mime.octets.structure import tree
from mailticket.mime.wrapped import calendar

PLAIN = b"\r\n\r\nplain text"
NAMELESS_TEXT = b"Content-Type: text/plain; charset=utf-8\r\n\r\n"
HTML = b"Content-Type: text/html\r\n\r\n<p>rich <b>text</b></p>"
EMPTY = b"Content-Type: text/plain\r\n\r\n \r\n"
PDF = b"Content-Type: application/pdf; name=a.pdf\r\n\r\nPDF"
LOG = b"Content-Type: text/plain; name=log.txt\r\n\r\nlog"
SIGNATURE = b"Content-Type: application/pgp-signature\r\n\r\nx"
IMAGE = b"Content-Type: image/png\r\nContent-ID: <i@x>\r\nContent-Disposition: inline\r\n\r\nPNG"


def multipart(kind: bytes, *parts: bytes) -> bytes:
    boundary = b"b" + hashlib.md5(kind + b"".join(parts)).hexdigest().encode()
    inside = b"".join(b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts)
    return (
        b"Content-Type: multipart/" + kind + b"; boundary=" + boundary + b"\r\n\r\n" + inside + b"--" + boundary + b"--"
    )


def shown(raw: bytes) -> Body:
    return body.read(tree(raw)[0])


def names(raw: bytes) -> list[str]:
    return [attachment.name for attachment in shown(raw).attachments]


@pytest.mark.parametrize(
    ("raw", "text", "has_html", "files"),
    [
        (b"Subject: s\r\n\r\nhello", "hello", False, []),
        (HTML, "rich text", True, []),
        (multipart(b"alternative", PLAIN, HTML), "plain text", True, []),
        (multipart(b"alternative", EMPTY, HTML), "rich text", True, []),
        (multipart(b"alternative", HTML, PLAIN), "plain text", True, []),
        (multipart(b"mixed", PLAIN, PDF), "plain text", False, ["a.pdf"]),
        (multipart(b"mixed", PLAIN, NAMELESS_TEXT + b"footer"), "plain text\nfooter", False, []),
        (multipart(b"mixed", HTML, NAMELESS_TEXT + b"footer"), "rich text\nfooter", True, []),
        (multipart(b"mixed", multipart(b"alternative", PLAIN, HTML), PDF), "plain text", True, ["a.pdf"]),
        (
            multipart(b"alternative", PLAIN, multipart(b"related", HTML, IMAGE)),
            "plain text",
            True,
            ["image-1.png"],
        ),
        (multipart(b"alternative", PLAIN, multipart(b"mixed", HTML, PDF)), "plain text", True, ["a.pdf"]),
        (b"Subject: s\r\n\r\n<html>\r\n<p>rich text</p>", "rich text", True, []),
        (b"Subject: s\r\n\r\n<htmlish> <b>", "<htmlish> <b>", False, []),
        (b"Content-Type: text/plain\r\n\r\n<html> is a tag", "<html> is a tag", False, []),
        (multipart(b"signed", PLAIN, SIGNATURE), "plain text", False, ["signature-1.asc"]),
        (PDF, "", False, ["a.pdf"]),
        (b"Content-Type: text/plain; name=body.txt\r\n\r\nhello", "hello", False, []),
        (b"Content-Disposition: attachment; filename=a.txt\r\n\r\nhello", "", False, ["a.txt"]),
        (multipart(b"mixed", PLAIN, LOG), "plain text", False, ["log.txt"]),
        (multipart(b"mixed", b"\r\nNote: hi\r\n\r\nmore"), "Note: hi\n\nmore", False, []),
        (multipart(b"mixed", PLAIN, b"Content-Type: text/csv\r\n\r\n1,2"), "plain text", False, ["table-1.csv"]),
        (multipart(b"alternative", PLAIN, b"Content-Type: text/x-amp-html\r\n\r\n<amp>"), "plain text", False, []),
        (b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x--", "", False, []),
        (b"", "", False, []),
    ],
)
def test_a_mail_shows_what_a_mail_program_shows(raw: bytes, text: str, has_html: bool, files: list[str]) -> None:
    seen = shown(raw)
    assert (seen.text.strip(), bool(seen.html)) == (text, has_html)
    assert [attachment.name for attachment in seen.attachments] == files


def test_the_words_of_an_attached_mail_are_not_the_senders() -> None:
    attached = b"Content-Type: message/rfc822\r\n\r\nSubject: =?utf-8?q?Gr=C3=B6=C3=9Fe/x?=\r\n\r\nother words"
    seen = shown(multipart(b"mixed", PLAIN, attached))
    assert "other words" not in seen.text
    assert [(one.name, one.type) for one in seen.attachments] == [("Größe_x.eml", "message/rfc822")]
    assert seen.attachments[0].content.endswith(b"other words")


def attached(*lines: bytes) -> bytes:
    return b"Content-Type: message/rfc822\r\n\r\n" + b"\r\n".join(lines)


FORWARDED = attached(b"From: Carla <c@x.y>", b"Subject: Help", b"", b"It burns.")
SHOWN_FORWARD = "---------- Forwarded message ---------\nFrom: Carla <c@x.y>\nSubject: Help\n\nIt burns.\n"


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (multipart(b"mixed", EMPTY, FORWARDED), SHOWN_FORWARD),
        (multipart(b"digest", b"\r\n" + FORWARDED.partition(b"\r\n\r\n")[2]), SHOWN_FORWARD),
        (multipart(b"mixed", FORWARDED, FORWARDED), f"{SHOWN_FORWARD}\n{SHOWN_FORWARD}"),
        (multipart(b"mixed", attached(b"Subject: s", FORWARDED)), "---------- Forwarded message ---------\nSubject: s"),
    ],
)
def test_an_attached_mail_is_shown_under_its_head_if_there_is_nothing_else(raw: bytes, text: str) -> None:
    assert shown(raw).text.rstrip("\n") == text.rstrip("\n")


@pytest.mark.parametrize(("mails", "seen"), [(20, 20), (21, 20)])
def test_so_many_attached_mails_are_shown(mails: int, seen: int) -> None:
    assert shown(multipart(b"mixed", *[FORWARDED] * mails)).text.count("It burns.") == seen


@pytest.mark.parametrize(
    ("raw", "line", "files"),
    [
        (multipart(b"encrypted; protocol=application/pgp-encrypted",
                   b"Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1",
                   b"Content-Type: application/octet-stream; name=encrypted.asc\r\n\r\nx"),
         "[Encrypted mail (PGP): only", ["version-1.asc", "encrypted.asc"]),
        (b"Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\r\n\r\nx",
         "[Encrypted mail (S/MIME): only", ["smime.p7m"]),
        (b"Content-Type: application/x-pkcs7-mime; name=smime.p7m\r\n\r\nx",
         "[Encrypted mail (S/MIME): only", ["smime.p7m"]),
        (b"Content-Type: application/pkcs7-mime; smime-type=signed-data; name=smime.p7m\r\n\r\nx",
         "[Signed mail (S/MIME): its text", ["smime.p7m"]),
    ],
)  # fmt: skip
def test_sealed_mail_is_kept_whole_and_said_to_be_sealed(raw: bytes, line: str, files: list[str]) -> None:
    seen = shown(raw)
    assert seen.text.startswith(line)
    assert [one.name for one in seen.attachments] == files


@pytest.mark.parametrize(
    ("first", "second", "text"),
    [
        (b"\r\none", b"\r\ntwo", "one\ntwo"),
        (b"\r\none  ", b"\r\n\r\none", "one"),
        (b"\r\none", b"Content-Type: text/enriched\r\n\r\n<bold>one</bold>", "one"),
        (b"\r\none", b"Content-Type: text/html\r\n\r\n<p>two</p>", "one"),
    ],
)
def test_different_plain_texts_are_no_alternatives(first: bytes, second: bytes, text: str) -> None:
    assert shown(multipart(b"alternative", first, second)).text.strip() == text


def test_a_nameless_part_is_called_by_its_description() -> None:
    part = b"Content-Type: message/delivery-status\r\nContent-Description: Delivery report\r\n\r\nx"
    assert names(multipart(b"mixed", PLAIN, part)) == ["Delivery report.txt"]


def test_an_image_is_inline_if_the_html_shows_it() -> None:
    page = b'Content-Type: text/html\r\n\r\n<p>see <img src="cid:i@x"></p>'
    unused = IMAGE.replace(b"i@x", b"other@x")
    used, lost = shown(multipart(b"related", page, IMAGE, unused)).attachments
    assert (used.inline, used.cid, used.content) == (True, "i@x", b"PNG")
    assert lost.inline is False


def test_a_nameless_picture_is_called_what_outlook_calls_it() -> None:
    assert names(multipart(b"mixed", PLAIN, IMAGE.replace(b"i@x", b"image001.png@01D9.A1"))) == ["image001.png"]
    assert names(multipart(b"mixed", PLAIN, IMAGE.replace(b"i@x", b"../x.exe@y"))) == ["image-1.png"]


def test_an_attachment_has_the_hash_of_its_decoded_octets() -> None:
    encoded = b"Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nUERG"
    found: Attachment = shown(multipart(b"mixed", PLAIN, encoded)).attachments[0]
    assert (found.content, found.size) == (b"PDF", 3)
    assert found.sha256 == hashlib.sha256(b"PDF").hexdigest()


def test_a_calendar_part_is_a_file_and_a_line() -> None:
    event = (
        b"Content-Type: text/calendar; method=REQUEST\r\n\r\nBEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VTIMEZONE\r\n"
        b"DTSTART:16010101T030000\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT\r\nSUMMARY:Budget\\, again\r\n"
        b"DTSTART:20261121T100000Z\r\nLOCATION:Room\r\n  5\r\nEND:VEVENT\r\nEND:VCALENDAR"
    )
    seen = shown(multipart(b"alternative", PLAIN, event))
    assert seen.text.endswith("\n\n[Meeting request: Budget, again, 2026-11-21 10:00 UTC, Room 5]")
    assert names(multipart(b"alternative", PLAIN, event)) == ["invite-1.ics"]


@pytest.mark.parametrize(
    ("ics", "line"),
    [
        ("METHOD:CANCEL\nBEGIN:VEVENT\nSUMMARY:S\nEND:VEVENT", "[Meeting cancelled: S]"),
        ("BEGIN:VEVENT\nDTSTART;VALUE=DATE:20260102\nEND:VEVENT", "[Event: 2026-01-02]"),
        (
            "BEGIN:VEVENT\nDTSTART;TZID=Europe/Berlin:20260102T080000\nEND:VEVENT",
            "[Event: 2026-01-02 08:00 Europe/Berlin]",
        ),
        ("BEGIN:VEVENT\nEND:VEVENT", "[Event]"),
        ("BEGIN:VTODO\nSUMMARY:S\nEND:VTODO", ""),
    ],
)
def test_a_calendar_line_says_what_is_asked(ics: str, line: str) -> None:
    assert calendar.line(ics) == line


@pytest.mark.parametrize(
    ("text", "delsp", "expected"),
    [
        ("one \ntwo\nthree", False, "one two\nthree"),
        ("one \ntwo", True, "onetwo"),
        ("> quoted \n> more\nmine", False, "> quoted more\nmine"),
        (">> deep \n> less", False, ">> deep \n> less"),
        (" > no quote\n From here", False, "> no quote\nFrom here"),
        ("text \n-- \nname", False, "text \n-- \nname"),
        ("", False, ""),
    ],
)
def test_flowed_lines_become_paragraphs(text: str, delsp: bool, expected: str) -> None:
    assert flowed.unflow(text, delsp) == expected


def test_a_flowed_mail_is_unflowed() -> None:
    assert shown(b"Content-Type: text/plain; format=flowed\r\n\r\none \r\ntwo\r\n").text == "one two\n"


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("report.pdf", "report.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\x.doc", "x.doc"),
        ("／etc／passwd", "passwd"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("a\u200b.htaccess\x00\r\n", "a.htaccess"),
        (".htaccess", "htaccess"),
        ("CON.txt", "_CON.txt"),
        ('a<b>:"|?*.txt', "a_b______.txt"),
        ("Größe.pdf", "Größe.pdf"),
        ("Größe.pdf", "Größe.pdf"),
        ("   ", ""),
        ("...", ""),
    ],
)
def test_a_file_name_is_harmless(written: str, name: str) -> None:
    assert file_names.cleaned(written) == name


@pytest.mark.parametrize("length", [175, 176, 177, 10_000])
def test_a_file_name_stays_within_180_octets_and_keeps_its_extension(length: int) -> None:
    name = file_names.cleaned("ö" * (length // 2) + "x" * (length % 2) + ".pdf")
    assert len(name.encode()) <= 180
    assert name.endswith(".pdf")


@pytest.mark.parametrize(("extra", "is_whole"), [(-1, True), (0, True), (1, False), (limits.TEXT, False)])
def test_text_is_read_up_to_its_limit(extra: int, is_whole: bool) -> None:
    seen = shown(b"\r\n" + b"x" * (limits.TEXT + extra))
    assert len(seen.text) == min(limits.TEXT + extra, limits.TEXT)
    assert (seen.defects == ()) is is_whole


@pytest.mark.parametrize(("limit", "is_whole"), [(7, True), (6, True), (5, False), (2, False)])
def test_files_are_decoded_up_to_their_limit(monkeypatch: pytest.MonkeyPatch, limit: int, is_whole: bool) -> None:
    monkeypatch.setattr(limits, "DECODED", limit)
    seen = shown(multipart(b"mixed", PDF, PDF))
    assert [one.content for one in seen.attachments][1] == (b"PDF" if is_whole else b"")
    assert (seen.defects == ()) is is_whole


def test_words_for_people_that_are_called_a_status_report_are_shown() -> None:
    report = (
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
        b"--b\nContent-Type: message/delivery-status\n\nThis message was undeliverable.\n"
        b"--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n--b--\n"
    )
    root, _ = tree(report)
    found = body.read(root)
    assert found.text.strip() == "This message was undeliverable."
    assert [one.type for one in found.attachments] == ["message/delivery-status"]
