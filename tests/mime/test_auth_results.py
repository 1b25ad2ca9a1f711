"""Every form of Authentication-Results, read."""

from __future__ import annotations

import pytest

from mailticket.domain.mail import AuthResult
from mailticket.mime.auth_results import read
from mailticket.mime.headers import read as read_headers

EXCHANGE = (
    b"spf=pass (sender IP is 192.0.2.1)\r\n smtp.mailfrom=corp.example; dkim=pass (signature was verified)\r\n"
    b" header.d=corp.example;dmarc=pass action=none\r\n header.from=corp.example;compauth=pass reason=100"
)


def results(*headers: bytes) -> tuple[AuthResult, ...]:
    lines = [header if header.startswith(b"Received:") else b"Authentication-Results: " + header for header in headers]
    return read(read_headers(b"\r\n".join(lines) + b"\r\n\r\n"))


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
