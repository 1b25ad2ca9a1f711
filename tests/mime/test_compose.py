"""Our own mails: the same bytes every time, no header that was not meant, readable by the strictest parser."""

from __future__ import annotations

import email
import email.policy
import hashlib
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailticket.domain.address import Address
from mailticket.errors import Permanent
from mailticket.mime.compose import FileRef, Skeleton, assemble, freeze, thaw
from mailticket.mime.octets import flowed as inbound
from mailticket.mime.outgoing.outgoing_headers import (
    Heading,
    ascii_address,
    clean_header,
    fold,
    write_address,
    write_ids,
    write_text,
    written,
)
from mailticket.mime.outgoing.outgoing_text import flowed, unified

AT = datetime(2026, 11, 21, 20, 34, tzinfo=UTC)
SUPPORT = Address("Example Support", "support@example.com")
CARLA = Address("Carla Jensen", "carla@customers.example")
SHOWN = '<p>See: <img src="cid:p@x">'
LETTER = ["multipart/alternative", "text/plain", "text/html"]
PNG = b"\x89PNG\r\n\x1a\n\x00 picture"
LONG_ID = "<" + "A" * 180 + "@AM0PR01MB1234.eurprd01.prod.exchangelabs.example>"

#: Values that have added a header, or ended the head, in some mail program.
PAYLOADS = (
    "x\r\nBcc: victim@example.org",
    "x\nBcc: victim@example.org",
    "x\rBcc: victim@example.org",
    "x\r\n\r\nbody",
    "x\x00\r\nBcc: v@example.org",
    "x\x0bBcc: v@example.org",
    "x\x85Bcc: v@example.org",
    "x\u2028Bcc: v@example.org",
    "x\u2029Bcc: v@example.org",
    "A 💩 =?UTF-8?Q?=0A?=Bcc: injected@example.org",  # CVE-2024-6923
    "=?utf-8?b?eA0KQmNjOiB2QGV4YW1wbGUub3Jn?=",
    "=?utf-8?q?x=0d=0aBcc:_v@example.org?=",
    'x" <victim@example.org>, "y',
    "x>, <victim@example.org",
    "x\\",
    'x\\"\r\n Bcc: v@example.org',
    "\u202emoc.elpmaxe\u202c",
    "\ud800\udfff lone",
    "{{ 7*7 }}",
    "a" * 5000,
    "ä" * 5000,
    " ".join(["ü"] * 400),
)


def heading(**changes: object) -> Heading:
    values: dict[str, object] = {
        "sender": SUPPORT,
        "to": (CARLA,),
        "subject": "Re: [#7F3K-9QXM] Printer",
        "message_id": "<one@mail.example.com>",
        "at": AT,
    }
    return Heading(**(values | changes))  # type: ignore[arg-type]


def letter(text: str = "Hello,\n\nall is well.\n", html: str = "", *files: FileRef, **changes: object) -> Skeleton:
    return Skeleton(written(heading(**changes)), text, html, files, "b0undary1234")


def stored(*contents: bytes) -> dict[str, bytes]:
    return {hashlib.sha256(one).hexdigest(): one for one in contents}


def ref(content: bytes, name: str, kind: str, cid: str = "") -> FileRef:
    return FileRef(name, kind, hashlib.sha256(content).hexdigest(), bool(cid), cid)


def sent(skeleton: Skeleton, files: dict[str, bytes] | None = None) -> EmailMessage:
    raw = assemble(skeleton, (files or {}).__getitem__)
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def kinds(message: EmailMessage) -> list[str]:
    return [part.get_content_type() for part in message.walk()]


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize("place", ["subject", "display name", "extra", "file name"])
def test_no_value_adds_a_header(payload: str, place: str) -> None:
    files = stored(b"%PDF")
    skeleton = {
        "subject": lambda: letter(subject=payload),
        "display name": lambda: letter(to=(Address(payload, "carla@customers.example"),)),
        "extra": lambda: letter(extra=(("X-Topic", payload),)),
        "file name": lambda: letter("x", "", ref(b"%PDF", payload, "application/pdf")),
    }[place]()
    raw = assemble(skeleton, files.__getitem__)
    head = raw.partition(b"\r\n\r\n")[0]
    message = email.message_from_bytes(raw)
    assert not {"bcc", "cc"} & {name.lower() for name in message.keys()}
    assert message.keys() == [name for name, _ in skeleton.headers] + message.keys()[len(skeleton.headers) :]
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    assert b"\n" not in head.replace(b"\r\n", b"") and b"\r" not in head.replace(b"\r\n", b"")
    assert [address for _, address in email.utils.getaddresses(message.get_all("To", []))] == [CARLA.address]


@pytest.mark.parametrize(
    "headers",
    [
        (("Subject", "x\r\nBcc: v@example.org"),),
        (("Subject", "x\r\n\r\nbody"),),
        (("Subject", "x\nBcc: v@example.org"),),
        (("Subject", "grün"),),
        (("Sub ject", "x"),),
        (("Subject", "x"), ("subject", "y")),
        (("X", "a" * 1200),),
    ],
)
def test_a_header_that_was_not_cleaned_stops_the_letter(headers: tuple[tuple[str, str], ...]) -> None:
    with pytest.raises(Permanent):
        assemble(Skeleton(headers, "x", "", (), "b0undary1234"), {}.__getitem__)


@pytest.mark.parametrize("name", ["Bcc", "Content-Type", "X\r\nBcc", "MIME-Version", "Subject", ""])
def test_an_extra_header_cannot_be_one_that_we_write(name: str) -> None:
    with pytest.raises(Permanent):
        written(heading(extra=((name, "x"),)))


@settings(max_examples=40)
@given(st.text(max_size=300))
def test_a_subject_reads_as_it_was_cleaned(subject: str) -> None:
    shown = sent(letter(subject=subject))["Subject"]
    decoded = str(email.header.make_header(email.header.decode_header(written(heading(subject=subject))[2][1])))
    assert " ".join(decoded.split()) == clean_header(subject)
    assert shown is not None


@settings(max_examples=40)
@given(st.text(max_size=200))
def test_a_display_name_reads_as_it_was_cleaned(name: str) -> None:
    shown = write_address(Address(name, "a@b.example"))
    (decoded, address), *rest = email.utils.getaddresses([shown])
    assert not rest and address == "a@b.example"
    assert str(email.header.make_header(email.header.decode_header(decoded))) == clean_header(name, 120)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("", "a@b.example"),
        ("Ann Lee", "Ann Lee <a@b.example>"),
        ("Lee, Ann", '"Lee, Ann" <a@b.example>'),
        ('Ann "A" Lee', '"Ann \\"A\\" Lee" <a@b.example>'),
        ("Ann (Sales)", '"Ann (Sales)" <a@b.example>'),
        ("support@bank.example", '"support@bank.example" <a@b.example>'),
        ("Jürgen", "=?utf-8?b?SsO8cmdlbg==?= <a@b.example>"),
    ],
)
def test_a_display_name_is_written_so_that_it_stays_a_name(name: str, shown: str) -> None:
    assert write_address(Address(name, "a@b.example")) == shown


def test_the_case_id_stays_readable_beside_encoded_words() -> None:
    value = write_text("Re: [#7F3K-9QXM] Drucker gestört, größtes Problem heute")
    assert value.startswith("Re: [#7F3K-9QXM] Drucker =?utf-8?b?") and value.endswith("?= Problem heute")


@pytest.mark.parametrize(
    ("written_as", "mailed_as"),
    [
        ("a@bücher.example", "a@xn--bcher-kva.example"),
        ("a@straße.example", "a@xn--strae-oqa.example"),
        ("a@例え。テスト", "a@xn--r8jz45g.xn--zckzah"),
        (" a.b+c@Example.COM ", "a.b+c@Example.COM"),
        ('"john doe"@example.com', '"john doe"@example.com'),
        ("a..b.@docomo.example", "a..b.@docomo.example"),
        ("a@[127.0.0.1]", "a@[127.0.0.1]"),
    ],
)
def test_an_address_is_written_with_its_host_in_ascii(written_as: str, mailed_as: str) -> None:
    assert ascii_address(written_as) == mailed_as


@pytest.mark.parametrize(
    "address",
    [
        "",
        "x",
        "@",
        "a@",
        "@b.example",
        "a b@c.example",
        "a@b c.example",
        "a@b.example>",
        "jürgen@b.example",
        "a@b..c",
        "a,b@c.example",
        "a@b\r\nRCPT TO:<v@x.example>",
    ],
)
def test_an_address_that_nobody_can_be_mailed_at_is_refused(address: str) -> None:
    with pytest.raises(Permanent, match="Nobody can be mailed at"):
        ascii_address(address)


def test_ids_are_never_folded_inside_or_encoded() -> None:
    ids = tuple(LONG_ID.replace("A" * 5, f"{number:05}") for number in range(15))
    raw = assemble(letter(in_reply_to=ids[-1], references=ids), {}.__getitem__)
    assert all(one.encode() in raw for one in ids)
    message = email.message_from_bytes(raw)
    assert message["References"].split() == list(ids)
    assert message["In-Reply-To"] == ids[-1]


def test_a_long_list_of_ids_keeps_its_root_and_the_newest() -> None:
    ids = [f"<{number}@x.example>" for number in range(100)]
    assert write_ids(ids).split() == [ids[0], *ids[-19:]]
    assert len(write_ids([LONG_ID.replace("A" * 5, f"{number:05}") for number in range(20)])) <= 3_500


def test_what_is_no_message_id_is_left_out_of_references() -> None:
    assert write_ids(["<a@b>", "no brackets", "<a b@c>", "<ä@b>", "<a@b>\r\nBcc: x", "", "<a@b>"]) == "<a@b>"


@settings(max_examples=40)
@given(st.text(alphabet=st.sampled_from("ab <>:@"), max_size=300))
def test_unfolding_gives_back_the_value(value: str) -> None:
    folded = fold("Name", value)
    assert folded.replace("\r\n ", " ") == f"Name: {value}\r\n"
    assert all(line.strip() for line in folded.split("\r\n")[:-1])


@settings(max_examples=40)
@given(st.lists(st.text(alphabet=st.sampled_from("ab> -F"), max_size=200), max_size=8))
def test_flowed_text_is_read_as_it_was_written(lines: list[str]) -> None:
    text = "\n".join(line if line == "-- " else line.rstrip(" ") for line in lines)
    read = inbound.unflow(flowed(text))
    assert [one.replace(" ", "") for one in read.split("\n")] == [one.replace(" ", "") for one in text.split("\n")]
    assert all(len(line) <= 78 or " " not in line.strip("> ")[:70] for line in flowed(text).split("\n"))


def test_a_signature_line_stays_alone() -> None:
    assert flowed("Bye\n-- \nAnn") == "Bye\n-- \nAnn"


@pytest.mark.parametrize(
    "text",
    [
        "plain",
        "grün und 漢字 💩",
        "a\n.\nb",
        "a\r.\rb",
        "a\n\nFrom here",
        "x" * 3000,
        "nul\0 and \ud800",
        "trailing  \n",
    ],
)
def test_the_text_arrives(text: str) -> None:
    raw = assemble(letter(text), {}.__getitem__)
    body = raw.partition(b"\r\n\r\n")[2]
    assert b"\n" not in body.replace(b"\r\n", b"") and b"\r" not in body.replace(b"\r\n", b"")
    read = inbound.unflow(sent(letter(text)).get_content())
    expected = text.replace("\r", "\n").replace("\0", "").replace("\ud800", "\ufffd")
    assert read.split() == expected.split()


@pytest.mark.parametrize(
    ("html", "files", "structure"),
    [
        ("", (), ["text/plain"]),
        ("<p>x", (), LETTER),
        ("", ("pdf",), ["multipart/mixed", "text/plain", "application/pdf"]),
        (SHOWN, ("png",), ["multipart/related", *LETTER, "image/png"]),
        ("<p>no picture", ("png",), ["multipart/mixed", *LETTER, "image/png"]),
        (SHOWN, ("png", "pdf"), ["multipart/mixed", "multipart/related", *LETTER, "image/png", "application/pdf"]),
    ],
)
def test_a_letter_has_no_needless_layer(html: str, files: tuple[str, ...], structure: list[str]) -> None:
    known = {"pdf": ref(b"%PDF", "a.pdf", "application/pdf"), "png": ref(PNG, "p.png", "image/png", "p@x")}
    message = sent(letter("x", html, *(known[one] for one in files)), stored(b"%PDF", PNG))
    assert kinds(message) == structure


def test_a_picture_comes_back_byte_for_byte_with_its_id() -> None:
    message = sent(letter("x", SHOWN, ref(PNG, "p.png", "image/png", "p@x")), stored(PNG))
    (picture,) = [part for part in message.walk() if part.get_content_type() == "image/png"]
    assert picture.get_content() == PNG
    assert (picture["Content-ID"], picture.get_content_disposition()) == ("<p@x>", "inline")


@pytest.mark.parametrize(
    ("name", "read_as"),
    [
        ("plan.pdf", "plan.pdf"),
        ("my plan.pdf", "my plan.pdf"),
        ("Größe 漢字.pdf", "Größe 漢字.pdf"),
        ('a"b.pdf', "a_b.pdf"),
        ("../../etc/passwd", "passwd"),
        ("100%'s.pdf", "100%'s.pdf"),
        ("a;b=c?.pdf", "a;b=c_.pdf"),
        ("", "document-1.pdf"),
        ("漢" * 300 + ".pdf", "漢" * 58 + ".pdf"),
    ],
)
def test_a_file_keeps_its_name(name: str, read_as: str) -> None:
    message = sent(letter("x", "", ref(b"%PDF", name, "application/pdf")), stored(b"%PDF"))
    (file,) = message.iter_attachments()
    assert file.get_filename() == read_as
    assert file.get_content() == b"%PDF"


@pytest.mark.parametrize(
    "kind", ["multipart/mixed", "x", "text/plain; charset=evil", "a/b\r\nBcc: x", "", "message/partial"]
)
def test_an_odd_type_becomes_a_plain_file(kind: str) -> None:
    message = sent(letter("x", "", ref(b"%PDF", "a.bin", kind)), stored(b"%PDF"))
    assert kinds(message)[-1] == "application/octet-stream"


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (b"Subject: x\r\n\r\nhello\r\n", "message/rfc822"),
        (b"Subject: x\r\n\r\nhell\xf6\r\n", "application/octet-stream"),
        (b"Subject: x\n\nhello\n", "application/octet-stream"),
        (b"Subject: " + b"x" * 1200 + b"\r\n\r\n", "application/octet-stream"),
    ],
)
def test_an_attached_mail_is_never_changed(raw: bytes, kind: str) -> None:
    whole = assemble(letter("x", "", ref(raw, "mail.eml", "message/rfc822")), stored(raw).__getitem__)
    part = email.message_from_bytes(whole, policy=email.policy.SMTP).get_payload()[1]
    assert part.get_content_type() == kind
    inner = part.get_payload()[0].as_bytes() if kind == "message/rfc822" else part.get_payload(decode=True)
    assert inner == raw


def test_the_same_skeleton_gives_the_same_bytes() -> None:
    skeleton = letter(
        "Grüße\ud800", '<p>é<img src="cid:p@x">', ref(PNG, "p ü.png", "image/png", "p@x"), subject="Größe"
    )
    first = assemble(skeleton, stored(PNG).__getitem__)
    assert assemble(thaw(freeze(skeleton)), stored(PNG).__getitem__) == first
    assert thaw(freeze(thaw(freeze(skeleton)))) == thaw(freeze(skeleton))


@pytest.mark.parametrize("frozen", ["", "{}", "[]", '{"headers": 1}', '{"headers":[],"files":[{"x":1}]}'])
def test_a_broken_skeleton_is_a_permanent_fault(frozen: str) -> None:
    with pytest.raises(Permanent, match="cannot be read"):
        thaw(frozen)


@pytest.mark.parametrize("boundary", ["", "short", "with space in it", 'quote"quote"', "x" * 41])
def test_an_unfit_boundary_is_refused(boundary: str) -> None:
    with pytest.raises(Permanent, match="cannot part"):
        assemble(Skeleton((), "x", "", (), boundary), {}.__getitem__)


@pytest.mark.parametrize("text", ["a\r\nb\rc\nd", "\tb", "\ud800", "\ufffe", "\uffff", "ü\x00", "\x85\u2028\ufffd"])
def test_a_clean_text_stays_and_any_other_is_cleaned(text: str) -> None:
    cleaned = {"a\r\nb\rc\nd": "a\nb\nc\nd", "\ud800": "\ufffd", "\ufffe": "", "\uffff": "", "ü\x00": "ü"}
    assert unified(text) == cleaned.get(text, text)


def test_every_control_but_tab_and_line_end_goes() -> None:
    kept = {chr(one) for one in range(0x100) if unified(f"a{chr(one)}b") == f"a{chr(one)}b"}
    assert {chr(one) for one in range(0x100)} - kept == {chr(one) for one in (*range(0x20), 0x7F)} - {"\t", "\n"}
