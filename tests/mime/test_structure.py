"""The tree of parts, from well-made and broken mails."""

from __future__ import annotations

import time
from email import message_from_bytes

import pytest

from mailticket.mime.octets import limits
from mailticket.mime.octets.parameters import parse
from mailticket.mime.octets.structure import Part, tree

HEAD = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"


def parts(raw: bytes) -> list[tuple[str, bytes]]:
    return [(part.kind, part.octets) for part in tree(raw)[0].children]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"preamble\r\n--b\r\n\r\none\r\n--b\r\n\r\ntwo\r\n--b--\r\nepilogue", [b"one", b"two"]),
        (b"--b\r\n\r\none\r\n--b\r\n\r\ntwo", [b"one", b"two"]),  # never closed
        (b"--b\n\none\n--b--", [b"one"]),
        (b"--b  \r\n\r\none\r\n--b--", [b"one"]),
        (b"--b\r\n\r\none\r\n--bb\r\nmore\r\n--b--", [b"one\r\n--bb\r\nmore"]),
        (b"--b\r\n--b\r\n\r\none\r\n--b--", [b"one"]),
        (b"--b\r\n\r\ntext --b\r\n--b--", [b"text --b"]),
        (b"--b\r\n\r\n\r\n\r\n--b--", [b"\r\n"]),
        (b"--b and more\r\n\r\none\r\n--b--and more\r\n", [b"one\r\n--b--and more\r\n"]),  # RFC 2046 allows a tail
        (b"--b and more\r\n\r\none\r\n--b-- and more\r\nepilogue", [b"one"]),
    ],
)
def test_parts_are_what_stands_between_the_delimiters(body: bytes, expected: list[bytes]) -> None:
    assert parts(HEAD + body) == [("text/plain", octets) for octets in expected]


def test_an_outer_delimiter_ends_the_inner_part() -> None:
    inner = b"--b\r\nContent-Type: multipart/alternative; boundary=i\r\n\r\n--i\r\n\r\ninner\r\n"
    root, _ = tree(HEAD + inner + b"--b\r\n\r\nouter\r\n--b--")
    assert [part.octets for part in root.children[0].children] == [b"inner"]
    assert root.children[1].octets == b"outer"


def test_a_multipart_without_its_boundary_is_text() -> None:
    root, defects = tree(HEAD + b"just words")
    assert (root.kind, root.octets) == ("text/plain", b"just words")
    assert defects == ("a multipart/mixed without its boundary was taken as plain text",)


def test_the_tree_walks_like_the_standard_parsers() -> None:
    report = (
        b"Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\n\r\nsorry\r\n--b\r\n"
        b"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\nFinal-Recipient: rfc822; a@b\r\n"
        b"Status: 5.1.1\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: orig\r\n\r\ntext\r\n--b--\r\n"
    )
    ours, theirs = tree(report)[0], message_from_bytes(report)
    assert [part.get_content_type() for part in ours.walk()] == [part.get_content_type() for part in theirs.walk()]
    assert [part.get("subject") for part in ours.walk()] == [part.get("subject") for part in theirs.walk()]
    assert ours.children[2].octets == b"Subject: orig\r\n\r\ntext"


@pytest.mark.parametrize(
    ("encoding", "body", "decoded"),
    [
        (b"base64", b"R3LDtsOfZQ==", "Größe".encode()),
        (b"BASE64", b"R3LD\r\ntsOf\r\n!!ZQ", "Größe".encode()),
        (b"base64", b"R3LDtsOfZ", "Größ".encode()),
        (b"base64", b"", b""),
        (b"base64", b"aGVsbG8=\r\nIHdvcmxk\r\n", b"hello world"),  # a second encoding after the first one's end
        (b"base64", b"aGVsbG8=\r\n\r\n-- \r\nList footer", b"hello"),
        (b"quoted-printable", b"Gr=C3=B6=\r\n=C3=9Fe =ZZ", b"Gr\xc3\xb6\xc3\x9fe =ZZ"),
        (b"x-uuencode", b"begin 644 a\r\n#0V%T\r\n`\r\nend\r\n", b"Cat"),
        (b"8bit", b"Gr\xf6", b"Gr\xf6"),
        (b"nonsense", b"=41", b"=41"),
    ],
)
def test_transfer_encodings_are_undone(encoding: bytes, body: bytes, decoded: bytes) -> None:
    assert tree(b"Content-Transfer-Encoding: " + encoding + b"\r\n\r\n" + body)[0].decoded == decoded


@pytest.mark.parametrize(
    ("head", "subject", "body"),
    [
        (b"From someone Mon Jan  1 00:00:00 2026\nSubject: s\n\nb", "s", b"b"),
        (b"\r\n\r\nSubject: s\r\n\r\nb", "s", b"b"),
        (b"\xef\xbb\xbfSubject: s\r\n\r\nb", "s", b"b"),
        (b"Subject : s\r\n\r\nb", "s", b"b"),
        (b"X: y\r\n>From a b\r\nSubject: s\r\n\r\nb", "s", b"b"),
        (b"---- Original message ----\r\nReceived: x\r\nSubject: s\r\n\r\nb", "s", b"b"),
        (b"Subject: s\rX: y\r\rb", "s", b"b"),
        (b"Subject: s\r\nno field here\r\nb", "s", b"no field here\r\nb"),
        (b"Received: a\r\nby b\r\nSubject: s\r\n\r\nb", "s", b"b"),  # a fold without its blank
        (b"X: y\r\nby b\r\n\r\nSubject: s", None, b"by b\r\n\r\nSubject: s"),
        (b"just a text\nof two lines", None, b"just a text\nof two lines"),
        (b"Subject: s", "s", b""),
    ],
)
def test_a_header_block_is_found_where_programs_put_it(head: bytes, subject: str | None, body: bytes) -> None:
    root, _ = tree(head)
    assert (root.get("subject"), root.octets) == (subject, body)


@pytest.mark.parametrize(
    ("value", "token", "parameters"),
    [
        (b"text/plain; charset=utf-8", "text/plain", {"charset": "utf-8"}),
        (b'image/png; name="=?utf-8?q?Gr=C3=B6=C3=9Fe.png?="', "image/png", {"name": "Größe.png"}),
        (b"a/b; name*0*=UTF-8''a%20; name*1*=%C3%A4; name*2=.pdf", "a/b", {"name": "a ä.pdf"}),
        (b"a/b; name=plain.txt; name*=utf-8''%C3%A4.txt", "a/b", {"name": "ä.txt"}),
        (b"a/b; name*2=c; name*0=a; name*1=b", "a/b", {"name": "abc"}),
        (b"attachment; filename=my file.pdf; size=3", "attachment", {"filename": "my file.pdf", "size": "3"}),
        (b'attachment; filename="a\\"b;c.txt"', "attachment", {"filename": 'a"b;c.txt'}),
        (b'attachment; filename="C:\\temp\\x.doc"', "attachment", {"filename": "C:\\temp\\x.doc"}),
        (b"multipart/mixed;\r\n boundary=----=_x;;", "multipart/mixed", {"boundary": "----=_x"}),
        (b"multipart/mixed boundary=b; x=y", "multipart/mixed", {"boundary": "b", "x": "y"}),
        (b"filename=x.pdf", "", {"filename": "x.pdf"}),
        (b"a/b; =c; d; e=", "a/b", {"e": ""}),
        (b"", "", {}),
    ],
)
def test_parameters_are_read_as_they_are_really_written(value: bytes, token: str, parameters: dict[str, str]) -> None:
    assert parse(value) == (token, parameters)


def nested(depth: int) -> bytes:
    heads = [
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (level, level) for level in range(depth - 1)
    ]
    return b"".join(heads) + b"\r\nKEEP"


@pytest.mark.parametrize(("depth", "is_whole"), [(49, True), (50, True), (51, False), (5_000, False)])
def test_parts_are_read_down_to_the_depth_limit(depth: int, is_whole: bool) -> None:
    _, defects = tree(nested(depth))
    assert any("nested deeper" in defect for defect in defects) is not is_whole


@pytest.mark.parametrize(
    ("children", "is_whole"),
    [(limits.PARTS - 2, True), (limits.PARTS - 1, True), (limits.PARTS, False), (limits.PARTS * 100, False)],
)
def test_parts_are_read_up_to_the_number_limit(children: int, is_whole: bool) -> None:
    root, defects = tree(HEAD + b"--b\r\n\r\nx\r\n" * children)
    assert len(root.children) == min(children, limits.PARTS - 1)
    assert any("more than 1000 parts" in defect for defect in defects) is not is_whole


@pytest.mark.parametrize(
    ("fields", "is_whole"),
    [(limits.HEADER_LINES - 1, True), (limits.HEADER_LINES, True), (limits.HEADER_LINES + 1, False), (20_000, False)],
)
def test_fields_are_read_up_to_the_limit(fields: int, is_whole: bool) -> None:
    root, defects = tree(b"X: y\r\n" * fields + b"\r\nbody")
    assert len(root.items()) == min(fields, limits.HEADER_LINES)
    assert (defects == ()) is is_whole


@pytest.mark.parametrize(("extra", "is_whole"), [(-1, True), (0, True), (1, False), (limits.HEADER_BYTES * 100, False)])
def test_a_header_is_read_up_to_the_octet_limit(extra: int, is_whole: bool) -> None:
    field = b"Subject: s\r\nX: "
    filler = b"y" * (limits.HEADER_BYTES - len(field) - 2 + extra)
    root, defects = tree(field + filler + b"\r\n\r\nbody")
    assert root.octets.endswith(b"body")
    assert (defects == ()) is is_whole


def test_endless_parameters_are_cut_off() -> None:
    started = time.process_time()
    _, parameters = parse(b"a/b" + b"".join(b"; name*%d=x" % number for number in range(50_000)))
    assert len(parameters["name"]) == limits.PARAMETERS
    assert time.process_time() - started < 1.0


def test_an_attached_mail_keeps_its_octets() -> None:
    mail = b"Subject: =?utf-8?q?x?=\r\n\r\nbody \r\n\r\n"
    root: Part = tree(HEAD + b"--b\r\nContent-Type: message/rfc822\r\n\r\n" + mail + b"\r\n--b--")[0]
    assert root.children[0].octets == mail
