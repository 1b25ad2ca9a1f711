"""The demo's mail servers behave as a provider's do."""

from __future__ import annotations

import smtplib
import socket
from collections.abc import Iterator

import pytest
from imapclient import IMAPClient
from imapclient.exceptions import LoginError

from mailticket.demo.servers import HOST, MailServers

ANN, CARLA, SUPPORT = "ann@example.com", "carla@customers.example", "support@example.com"


def raw(sender: str, *headers: str, body: str = "Hello") -> bytes:
    lines = (f"From: {sender}", f"To: {SUPPORT}", "Subject: a kettle", *headers, "", body, "")
    return "\r\n".join(lines).encode()


def send(servers: MailServers, sender: str, mail: bytes, to: list[str], signed_in_as: str = "") -> None:
    with smtplib.SMTP(HOST, servers.smtp_port, timeout=5) as server:
        if signed_in_as:
            server.login(signed_in_as, "demo")
        server.sendmail(sender, to, mail)


@pytest.fixture
def support(servers: MailServers) -> Iterator[IMAPClient]:
    client = IMAPClient(HOST, port=servers.imap_port, ssl=False, timeout=5)
    client.login(SUPPORT, "demo")
    client.select_folder("INBOX")
    yield client
    client.logout()


def only_mail(client: IMAPClient) -> bytes:
    client.noop()
    ((_uid, parts),) = client.fetch(client.search(), ["BODY.PEEK[]"]).items()
    return bytes(parts[b"BODY[]"])


def test_a_mail_sent_by_smtp_lies_in_the_recipients_inbox_unchanged_below_the_trace(
    servers: MailServers, support: IMAPClient
) -> None:
    mail = raw(CARLA, body=".dots\r\nand ümlauts")
    send(servers, CARLA, mail, [SUPPORT])
    assert only_mail(support).endswith(mail)
    assert only_mail(support).startswith(b"Return-Path: <carla@customers.example>\r\nDelivered-To: support@example.com")


def test_whoever_idles_hears_of_a_new_mail_at_once(servers: MailServers, support: IMAPClient) -> None:
    support.idle()
    send(servers, CARLA, raw(CARLA), [SUPPORT])
    assert (1, b"EXISTS") in support.idle_check(timeout=5)
    support.idle_done()


def test_the_imap_server_offers_what_the_desk_needs(support: IMAPClient) -> None:
    assert {b"IDLE", b"MOVE", b"UIDPLUS"} <= set(support.capabilities())


def test_a_mail_can_be_moved_to_another_folder(servers: MailServers, support: IMAPClient) -> None:
    send(servers, CARLA, raw(CARLA), [SUPPORT])
    support.create_folder("Processed")
    support.move(support.search(), "Processed")
    assert support.search() == []
    assert support.folder_status("Processed", ["MESSAGES"])[b"MESSAGES"] == 1


def test_an_unknown_recipient_is_refused_for_good(servers: MailServers) -> None:
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        send(servers, CARLA, raw(CARLA), ["nobody@example.com"])
    assert refused.value.recipients["nobody@example.com"][0] == 550


def test_a_wrong_password_is_refused_by_both(servers: MailServers) -> None:
    with IMAPClient(HOST, port=servers.imap_port, ssl=False, timeout=5) as client, pytest.raises(LoginError):
        client.login(SUPPORT, "wrong")
    with smtplib.SMTP(HOST, servers.smtp_port) as server, pytest.raises(smtplib.SMTPAuthenticationError):
        server.login(SUPPORT, "wrong")


@pytest.mark.parametrize(
    ("sender", "signed_in_as", "verdict"),
    [
        (ANN, ANN, b"dmarc=pass header.from=example.com"),
        (ANN, CARLA, b"dmarc=fail header.from=example.com"),
        (ANN, "", b"dmarc=fail header.from=example.com"),
        ("mallory@elsewhere.example", "", b"dmarc=none header.from=elsewhere.example"),
    ],
)
def test_authentication_results_say_whether_the_person_in_from_had_signed_in(
    servers: MailServers, support: IMAPClient, sender: str, signed_in_as: str, verdict: bytes
) -> None:
    send(servers, sender, raw(sender), [SUPPORT], signed_in_as)
    assert b"Authentication-Results: demo.example.com; " + verdict + b"\r\n" in only_mail(support)


def test_a_verdict_in_the_servers_name_that_came_with_the_mail_is_taken_out(
    servers: MailServers, support: IMAPClient
) -> None:
    forged = raw(ANN, "Authentication-Results: DEMO.example.com;\r\n dmarc=pass header.from=example.com")
    send(servers, ANN, forged, [SUPPORT])
    assert b"dmarc=pass" not in only_mail(support)
    assert b"Subject: a kettle" in only_mail(support)


def test_stopping_ends_open_connections_and_frees_the_ports() -> None:
    servers = MailServers({SUPPORT: "demo"})
    servers.start()
    with socket.create_connection((HOST, servers.imap_port), timeout=5) as idler:
        idler.recv(100)
        servers.stop()
        while idler.recv(1000):
            pass
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((HOST, servers.smtp_port), timeout=5)
