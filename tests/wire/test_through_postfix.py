"""Our bytes through a real MTA: unaltered, by SIZE, 8BITMIME and SMTPUTF8."""

from __future__ import annotations

import pytest

from mailticket.errors import Permanent
from mailticket.wire.smtp import Relay, SmtpSettings, probe
from tests.servers.postfix import Postfix
from tests.servers.smtp_sink import SmtpSink

FROM, TO = "support@example.com", "carla@example.net"
HEAD = b"Message-ID: <1@example.com>\r\nDate: Mon, 05 Jan 2026 10:00:00 +0000\r\nFrom: support@example.com\r\n"


def settings(postfix: Postfix) -> SmtpSettings:
    return SmtpSettings(postfix.host, postfix.port, "none", helo="desk.example.com")


def test_bytes_pass_a_real_mta_unaltered(postfix: Postfix, smtp_sink: SmtpSink) -> None:
    bodies = [
        b"Subject: dots\r\n\r\n.\r\n..\r\n.x\r\ntext\r\n",
        b"Subject: 8bit\r\nMIME-Version: 1.0\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\xc3\xa4\xc3\xb6 \xff\r\n",
        b"Subject: long\r\nReferences: " + b" ".join(b"<%064d@example.com>" % n for n in range(12)) + b"\r\n\r\nx\r\n",
        b"Subject: smuggled\r\n\r\na\n.\nMAIL FROM:<x@y.z>\n",
    ]
    with Relay(settings(postfix)) as relay:
        for body in bodies:
            relay.send(FROM, TO, HEAD + body)
    arrived = sorted(mail.data.partition(b"Message-ID")[2] for mail in smtp_sink.wait_for(4, 30))
    wanted = sorted((HEAD + body).replace(b"\r\n", b"\n").replace(b"\n", b"\r\n") for body in bodies)
    assert [b"Message-ID" + mail for mail in arrived] == wanted


def test_its_size_limit_is_known_before_a_byte_is_sent(postfix: Postfix) -> None:
    assert probe(settings(postfix)).max_size == postfix.size_limit
    with Relay(settings(postfix)) as relay, pytest.raises(Permanent, match="takes 1000000"):
        relay.send(FROM, TO, HEAD + b"\r\n" + b"x\r\n" * 400_000)


def test_envelopes_keep_null_senders_and_international_names(postfix: Postfix, smtp_sink: SmtpSink) -> None:
    with Relay(settings(postfix)) as relay:
        relay.send("", TO, HEAD + b"Subject: null\r\n\r\nx\r\n")
        relay.send(FROM, "jörg@müller.example", HEAD + b"Subject: utf8\r\n\r\nx\r\n")
    assert smtp_sink.wait_for_mail(subject_contains="null", timeout=30).envelope_from == ""
    assert smtp_sink.wait_for_mail(subject_contains="utf8", timeout=30).recipient.startswith("jörg@")
