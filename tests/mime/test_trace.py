"""Received headers as servers write them, read: who took the mail, and from whom."""

from __future__ import annotations

import pytest

from mailticket.domain.mail import Hop
from mailticket.mime.headers import read as read_headers
from mailticket.mime.trace import MOST_HOPS, read


def hop(value: str) -> Hop:
    (found,) = read(read_headers(f"Received: {value}\r\n\r\n".encode()))
    return found


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        # Postfix: what the client calls itself, then what was looked up.
        ("from mx.b.example (out.b.example [192.0.2.1]) by mx.a.example (Postfix) with ESMTPS id X;  D",
         Hop("mx.a.example", "out.b.example")),
        ("from mx.a.example (unknown [192.0.2.1]) by mx.a.example (Postfix) with ESMTP id X; D", Hop("mx.a.example")),
        ("from localhost (localhost [127.0.0.1]) by mx.a.example (Postfix) with ESMTP id X; D",
         Hop("mx.a.example", is_inside=True)),
        ("from pc (pc.isp.example [192.0.2.1]) (Authenticated sender: ann) by mx.a.example (Postfix) with ESMTPSA id X",
         Hop("mx.a.example", "pc.isp.example", is_submitted=True)),
        ("by mx.a.example (Postfix, from userid 1000) id X; D", Hop("mx.a.example", is_inside=True)),
        # Exim: a name before "helo=" was looked up, an address in brackets is the client's.
        ("from out.b.example ([192.0.2.1] helo=mx.a.example) by mx.a.example with esmtps (Exim 4.96) id X; D",
         Hop("mx.a.example", "out.b.example")),
        ("from [192.0.2.1] (helo=mx.a.example) by mx.a.example with esmtp (Exim 4.96); D", Hop("mx.a.example")),
        ("from [10.1.2.3] (helo=x) by mx.a.example with esmtp (Exim 4.96); D", Hop("mx.a.example", is_inside=True)),
        # Sendmail, qmail, Gmail, Exchange, Dovecot.
        ("from x (mx.a.example [192.0.2.1] (may be forged)) by mx.a.example (8.15.2/8.15.2) with ESMTP id X; D",
         Hop("mx.a.example")),
        ("from out.b.example (HELO mx.a.example) (192.0.2.1) by mx.a.example with SMTP; D",
         Hop("mx.a.example", "out.b.example")),
        ("from mail-sor-f41.google.com (mail-sor-f41.google.com. [192.0.2.1]) by mx.google.com with SMTPS id X; D",
         Hop("mx.google.com", "mail-sor-f41.google.com")),
        ("by 2002:a05:6402:1234:b0:4fa:1 with SMTP id X; D", Hop("", is_inside=True)),
        ("from A.eurprd01.prod.outlook.com (2603:10a6::1) by B.eurprd01.prod.outlook.com (2603:10a6::2) with Microsoft"
         " SMTP Server (version=TLS1_2) id 15.20; D", Hop("b.eurprd01.prod.outlook.com")),
        ("from mx.a.example by mx.a.example with LMTP id X (envelope-from <c@b.example>); D",
         Hop("mx.a.example", is_inside=True)),
        # A client that calls itself by a private address.
        ("from [10.0.0.1] (out.b.example [192.0.2.1]) by mx.a.example (Postfix) with ESMTP; D",
         Hop("mx.a.example", "out.b.example")),
        ("from [10.0.0.1] (192.0.2.1) by mx.a.example with Microsoft SMTP Server id 15; D", Hop("mx.a.example")),
        ("from [192.0.2.1] (helo=[10.0.0.1]) by mx.a.example with esmtp (Exim 4.96); D", Hop("mx.a.example")),
        ("from unknown (HELO [10.0.0.1]) (192.0.2.1) by mx.a.example with SMTP; D", Hop("mx.a.example")),
        ("from x (x [999.1.1.1]) by mx.a.example; D", Hop("mx.a.example")),
        ("", Hop("", is_inside=True)),
    ],
)  # fmt: skip
def test_every_servers_way_of_writing_is_read(value: str, expected: Hop) -> None:
    assert hop(value) == expected


def test_so_many_are_read_and_no_more() -> None:
    assert len(read(read_headers(b"Received: by x.example\r\n" * 3000 + b"\r\n"))) == MOST_HOPS


def test_a_hostile_one_is_read_in_no_time() -> None:
    assert hop("from " + "(" * 100_000) == Hop("")
