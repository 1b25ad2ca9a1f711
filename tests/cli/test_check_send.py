"""`check --send`: a mail to ourselves through real servers, what it tells, and that nothing of it is left."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mailticket.cli.setting_up import checks
from tests.cli.desk import CONFIG, Desk
from tests.servers.carrier import Carrier
from tests.servers.dovecot import PASSWORD, Dovecot
from tests.servers.smtp_sink import SmtpSink


@pytest.fixture
def sending_desk(desk: Desk, dovecot: Dovecot, fresh_user: str, smtp_sink: SmtpSink) -> Desk:
    desk.config.write_text(
        CONFIG.replace('username = "support@example.com"', f'username = "{fresh_user}"\nport = {dovecot.port}')
        .replace('"geheim"', f'"{PASSWORD}"\nsecurity = "none"')
        .replace('security = "none"\n[[blacklist]]', f'security = "none"\nport = {smtp_sink.port}\n[[blacklist]]')
    )
    return desk


def found(desk: Desk, wait: float = 15.0) -> dict[str, str]:
    """What was said of the mail and of trust, by status."""
    rows = [one for one in checks.look(desk.config, sends_for=wait) if "itself" in one.what or "trust" in one.what]
    told: dict[str, str] = {}
    for one in rows:
        told[one.status.value] = f"{told.get(one.status.value, '')}{one.said} {one.fix}\n"
    return told


def nothing_is_left(dovecot: Dovecot, user: str) -> bool:
    return not any(dovecot.mails(user, folder) for folder in dovecot.folders(user))


def test_a_mail_that_travels_well_is_told_and_leaves_nothing(
    sending_desk: Desk, dovecot: Dovecot, fresh_user: str, smtp_sink: SmtpSink
) -> None:
    with Carrier(smtp_sink, dovecot, fresh_user):
        told = found(sending_desk)
    assert "failed" not in told, told
    assert "came back after" in told["ok"] and "in INBOX" in told["ok"]
    assert "its body is as it was sent" in told["ok"] and "its headers are as they were sent" in told["ok"]
    assert 'authserv_ids = ["mx.example.com"]' in told["warning"]
    assert nothing_is_left(dovecot, fresh_user)


SPOILT = [
    (lambda mail: mail.replace(b"Message-ID: <mt.", b"Message-ID: <relay."), "failed", "header Message-Id became"),
    (lambda mail: mail.replace(b"Auto-Submitted: auto-generated\r\n", b""), "warning", "Auto-Submitted is gone"),
    (lambda mail: mail.rstrip() + b"\r\nThis mail may be confidential.\r\n", "warning", "body was changed"),
    (lambda mail: mail.replace(b"From: support <support@", b"From: <relay@"), "failed", "its sender became"),
]


@pytest.mark.parametrize(("spoil", "status", "words"), SPOILT)
def test_what_the_way_does_to_a_mail_is_told(
    sending_desk: Desk,
    dovecot: Dovecot,
    fresh_user: str,
    smtp_sink: SmtpSink,
    spoil: Callable[[bytes], bytes],
    status: str,
    words: str,
) -> None:
    with Carrier(smtp_sink, dovecot, fresh_user, spoil):
        told = found(sending_desk)
    assert words in told.get(status, ""), told
    assert nothing_is_left(dovecot, fresh_user)


def test_a_mail_that_is_taken_for_spam_is_found_there(
    sending_desk: Desk, dovecot: Dovecot, fresh_user: str, smtp_sink: SmtpSink
) -> None:
    with dovecot.client(fresh_user) as client:
        client.create_folder("Junk")
    with Carrier(smtp_sink, dovecot, fresh_user, folder="Junk"):
        told = found(sending_desk)
    assert "taken for spam" in told["warning"]
    assert nothing_is_left(dovecot, fresh_user)


def test_a_mail_that_does_not_come_is_told(sending_desk: Desk) -> None:
    told = found(sending_desk, wait=1.0)
    assert "not in the mailbox within 1 seconds" in told["failed"]


def test_a_service_whose_servers_fail_sends_nothing(sending_desk: Desk, smtp_sink: SmtpSink) -> None:
    sending_desk.config.write_text(sending_desk.config.read_text().replace(PASSWORD, "wrong"))
    assert "not tried" in found(sending_desk)["failed"]
    assert smtp_sink.mails == []
