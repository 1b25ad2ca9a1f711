"""Who vouches for a sender, and who is not believed."""

from __future__ import annotations

import pytest

from mailticket.domain.mail import Address, AuthResult
from mailticket.mime.auth_results import believed, passes, read
from mailticket.mime.headers import read as read_headers

OURS = ("mx.corp.example",)
JANE = Address("Jane", "jane@corp.example")
GENUINE = b"mx.corp.example; dmarc=pass header.from=corp.example"
EXCHANGE = (
    b"spf=pass (sender IP is 192.0.2.1)\r\n smtp.mailfrom=corp.example; dkim=pass (signature was verified)\r\n"
    b" header.d=corp.example;dmarc=pass action=none\r\n header.from=corp.example;compauth=pass reason=100"
)


def results(*headers: bytes) -> tuple[AuthResult, ...]:
    lines = [header if header.startswith(b"Received:") else b"Authentication-Results: " + header for header in headers]
    return read(read_headers(b"\r\n".join(lines) + b"\r\n\r\n"))


def proof(*headers: bytes, ids: tuple[str, ...] = OURS, author: Address = JANE) -> str:
    result = believed(results(*headers), ids)
    return passes(result, author) if result else ""


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (
            b"mx.google.com;\r\n dkim=pass header.i=@a.example header.s=x header.b=AB/1;\r\n spf=pass (google.com: ok)"
            b" smtp.mailfrom=u@b.example;\r\n dmarc=pass (p=REJECT sp=REJECT dis=NONE) header.from=a.example",
            ("mx.google.com", (("pass", "a.example"),), (("pass", "b.example"),), (("pass", "a.example"),)),
        ),
        (EXCHANGE, ("exchange", (("pass", "corp.example"),), (("pass", "corp.example"),), (("pass", "corp.example"),))),
        (b"MX.Example 1; none", ("mx.example", (), (), ())),
        (b'"mx.example"; dmarc = FAIL header . from = "a.example"', ("mx.example", (("fail", "a.example"),), (), ())),
        (b"mx (comment; dmarc=pass header.from=x); dkim=none", ("mx", (), (), (("none", ""),))),
        (b"mx; dkim=fail header.d=a.example; dkim=pass header.d=b.example",
         ("mx", (), (), (("fail", "a.example"), ("pass", "b.example")))),
        (b"mx; dmarc=pass header.from=B\xc3\xbccher.example", ("mx", (("pass", "xn--bcher-kva.example"),), (), ())),
        (b"mx; dmarc=pass(", ("", (), (), ())),
        (b'mx; dmarc=pass "', ("", (), (), ())),
        (b"", ("", (), (), ())),
        (b";;;=;", ("", (), (), ())),
    ],
)  # fmt: skip
def test_every_form_of_the_header_is_read(header: bytes, expected: tuple[object, ...]) -> None:
    (found,) = results(header)
    assert (found.server, found.dmarc, found.spf, found.dkim) == expected


def test_headers_keep_their_order_and_what_stands_above_them() -> None:
    found = results(b"Received: a", b"one; none", b"Received: b", b"two; none")
    assert [(one.server, one.position, one.received_above) for one in found] == [("one", 0, 1), ("two", 1, 2)]


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ((GENUINE,), "dmarc=pass for corp.example"),
        ((b"Received: x", GENUINE, b"Received: y"), "dmarc=pass for corp.example"),
        ((GENUINE, b"other.example; dmarc=fail header.from=corp.example"), "dmarc=pass for corp.example"),
        (
            (b"mx.corp.example; dkim=pass header.d=corp.example",),
            "dkim=pass for corp.example, aligned with corp.example",
        ),
        (
            (b"mx.corp.example; spf=pass smtp.mailfrom=b@mail.corp.example",),
            "spf=pass for mail.corp.example, aligned with corp.example",
        ),
    ],
)
def test_a_genuine_sender_is_proven_with_the_reason(headers: tuple[bytes, ...], reason: str) -> None:
    assert proof(*headers) == reason


def test_exchange_is_believed_only_if_it_is_configured() -> None:
    assert proof(EXCHANGE, ids=("exchange",)) == "dmarc=pass for corp.example"
    assert proof(EXCHANGE) == ""


@pytest.mark.parametrize(
    "headers",
    [
        (),
        (b"evil.example; dmarc=pass header.from=corp.example",),
        (b"evil.example; none", GENUINE),  # what stands below a stranger's header came with the mail
        (b"mx.corp.example; none", GENUINE),  # ours is the topmost; the second was brought along
        (b"mx.corp.example.evil.example; dmarc=pass header.from=corp.example",),
        (b"mx.corp.example; dmarc=fail header.from=corp.example",),
        (b"mx.corp.example; dmarc=temperror header.from=corp.example; spf=pass smtp.mailfrom=corp.example",),
        (b"mx.corp.example; dmarc=none header.from=corp.example; spf=pass smtp.mailfrom=evil.example",),
        (b"mx.corp.example; dmarc=pass header.from=evil.example",),
        (b"mx.corp.example; dmarc=pass header.from=corp.example; dmarc=fail header.from=corp.example",),
        (b"mx.corp.example; dmarc=pass header.from=corp.example header.from=evil.example",),
        (b"mx.corp.example; dmarc=pass",),
        (b"mx.corp.example; dmarc=pass(",),
        (b"mx.corp.example; dmarc=fail (dmarc=pass header.from=corp.example) header.from=corp.example",),
        (b"mx.corp.example; dmarc=passed header.from=corp.example",),
        (b"mx.corp.example; x-dmarc=pass header.from=corp.example",),
        (b"mx.corp.example; dkim=pass header.d=evil.example",),
        (b"mx.corp.example; dkim=pass header.d=othercorp.example",),
        (b"mx.corp.example; dkim=pass header.d=example",),
        (b"mx.corp.example; dkim=fail header.d=corp.example",),
        (b"mx.corp.example; spf=softfail smtp.mailfrom=corp.example",),
        (b'mx.corp.example; spf=pass smtp.mailfrom="x; dmarc=pass header.from=corp.example"@evil.example',),
        (b"mx.corp.example; spf=pass smtp.mailfrom==?utf-8?q?x=3B_dmarc=3Dpass_header=2Efrom=3Dcorp=2Eexample?=@e.x",),
        (b"mx.corp.example; spf=pass smtp.mailfrom=jane@corp.example@evil.example",),
        (b"=?utf-8?q?mx=2Ecorp=2Eexample=3B?= dmarc=pass header.from=corp.example",),
    ],
)
def test_no_forged_or_failing_header_proves_anything(headers: tuple[bytes, ...]) -> None:
    assert proof(*headers) == ""


@pytest.mark.parametrize(
    ("of", "author", "is_aligned"),
    [
        ("example.com", "example.com", True),
        ("mail.example.com", "example.com", True),
        ("example.com", "mail.example.com", True),
        ("a.example.com", "b.example.com", False),
        ("co.uk", "shop.co.uk", False),
        ("com", "example.com", False),
        ("shop.co.uk", "mail.shop.co.uk", True),
        ("notexample.com", "example.com", False),
        ("xn--bcher-kva.example", "bücher.example", True),
        ("", "example.com", False),
    ],
)
def test_alignment_stays_within_one_organisation(of: str, author: str, is_aligned: bool) -> None:
    result = AuthResult("mx", 0, dkim=(("pass", of),))
    assert bool(passes(result, Address("", f"a@{author}"))) is is_aligned


def test_an_author_without_a_domain_is_never_proven() -> None:
    assert passes(AuthResult("mx", 0, dmarc=(("pass", ""),), dkim=(("pass", ""),)), Address("", "jane")) == ""
