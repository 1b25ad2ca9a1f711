"""IMAP servers that misbehave: every one ends in an error of ours, and no password goes where it should not."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from mailticket.errors import AccountTrouble, MailticketError, Permanent, Temporary
from mailticket.wire.imap import ImapSettings, Mailbox, Meta
from tests.servers.certificates import Certificates
from tests.servers.scripted import Line
from tests.servers.scripted_imap import Answer, ScriptedImap

PASSWORD = "correct-horse"
#: One mail, as `sizes` tells of it.
ONE = {1: Meta(3, datetime(2026, 1, 1, tzinfo=UTC))}


def settings(server: ScriptedImap, **changes: object) -> ImapSettings:
    plain = ImapSettings(server.host, server.port, "support@example.com", PASSWORD, "none", timeout=5)
    return replace(plain, **changes)


def said_password(server: ScriptedImap) -> bool:
    return b"LOGIN" in server.transcript or b"AUTHENTICATE" in server.transcript


def test_without_starttls_no_password_is_sent() -> None:
    with ScriptedImap() as server:
        with pytest.raises(Permanent, match="does not offer STARTTLS"):
            Mailbox(settings(server, security="starttls")).open()
    assert not said_password(server)


def test_a_greeting_that_skips_login_cannot_skip_tls() -> None:
    with ScriptedImap(greeting="* PREAUTH hello\r\n") as server:
        with pytest.raises(Permanent, match="logged in before"):
            Mailbox(settings(server, security="starttls")).open()
    assert not said_password(server)


def test_plain_text_leaves_this_machine_never() -> None:
    with pytest.raises(Permanent, match=r"Plain text to mail\.example\.com is refused"):
        Mailbox(ImapSettings("mail.example.com", 143, "u", "p", "none")).open()


@pytest.mark.parametrize("security", ["tls", "starttls"])
@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("wrong_host", "127.0.0.1 is not valid for that"),
        ("expired", "has expired"),
        ("unknown_ca", "CA that this machine does not know|cannot be traced"),
    ],
)
def test_a_bad_certificate_is_told_and_gets_no_password(
    security: str, kind: str, words: str, certificates: Certificates
) -> None:
    context = getattr(certificates, kind).context()
    with ScriptedImap(**{security: context}) as server:
        with pytest.raises(AccountTrouble, match=words):
            Mailbox(settings(server, security=security, ca_file=str(certificates.ca_file))).open()
    assert not said_password(server)


def test_a_good_certificate_passes(certificates: Certificates) -> None:
    with ScriptedImap(starttls=certificates.good.context()) as server:
        mailbox = Mailbox(settings(server, security="starttls", ca_file=str(certificates.ca_file)))
        assert mailbox.open().uidnext == 2
        mailbox.close()


def test_a_server_that_speaks_no_tls_gets_a_hint_about_the_port() -> None:
    with ScriptedImap() as server, pytest.raises(AccountTrouble, match='993 and 465 want "tls"'):
        Mailbox(settings(server, security="tls")).open()


def test_nobody_there_is_a_passing_trouble() -> None:
    with ScriptedImap() as server:
        gone = settings(server)
    with pytest.raises(Temporary, match="Nobody listens"):
        Mailbox(gone).open()


def test_a_silent_server_is_left_after_the_timeout() -> None:
    with ScriptedImap(greeting="") as server:
        with pytest.raises(Temporary, match="did not answer in time"):
            Mailbox(settings(server, timeout=0.3)).open()


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        ("NO [AUTHENTICATIONFAILED] Invalid credentials", AccountTrouble),
        ("NO LOGIN failed.", AccountTrouble),
        ("NO [EXPIRED] Password expired", AccountTrouble),
        ("NO [UNAVAILABLE] Temporary authentication failure", Temporary),
        ("NO [LIMIT] Too many connections", Temporary),
    ],
)
def test_a_refused_login_is_the_accounts_unless_it_passes(told: str, kind: type[MailticketError]) -> None:
    with ScriptedImap({"AUTHENTICATE": f"{{tag}} {told}\r\n"}) as server, pytest.raises(kind) as caught:
        Mailbox(settings(server)).open()
    assert type(caught.value) is kind
    assert told.removeprefix("NO ") in str(caught.value)


def test_a_line_that_breaks_at_login_is_no_wrong_password() -> None:
    with ScriptedImap({"AUTHENTICATE": ""}) as server, pytest.raises(Temporary) as caught:
        Mailbox(settings(server)).open()
    assert type(caught.value) is Temporary


def test_where_passwords_are_not_taken_none_is_sent() -> None:
    with ScriptedImap(capabilities="IMAP4rev1 LOGINDISABLED") as server:
        with pytest.raises(AccountTrouble, match="OAuth"):
            Mailbox(settings(server)).open()
    assert not said_password(server)


def test_a_user_name_with_blanks_is_quoted_for_old_servers() -> None:
    with ScriptedImap(capabilities="IMAP4rev1") as server:
        with Mailbox(settings(server, username='help "desk"')) as mailbox:
            mailbox.status()
    assert b'LOGIN "help \\"desk\\"" "correct-horse"' in server.transcript


FETCH_CUT = '* 1 FETCH (UID 1 INTERNALDATE "01-Jan-2026 00:00:00 +0000" BODY[] {5000}\r\nSubject: cut'


def cut_off(text: str) -> Answer:
    def answer(line: Line, _tag: str, _arguments: str) -> None:
        line.send(text.encode())
        line.close()

    return answer


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "* BYE going down\r\n",
        cut_off(FETCH_CUT),
        "{tag} NO not now\r\n",
        "{tag} BAD User is authenticated but not connected\r\n",
        "this is not IMAP\r\n",
        "* 1 FETCH (UID 1 BODY[] {3}\r\nabc\r\n{tag} OK done\r\n",
        "* 1 FETCH (((\r\n{tag} OK done\r\n",
    ],
)
def test_whatever_is_wrong_with_a_fetch_gives_no_mail(answer: Answer) -> None:
    with ScriptedImap({"UID FETCH": answer}) as server:
        mailbox = Mailbox(settings(server))
        mailbox.open()
        with pytest.raises(Temporary):
            mailbox.sizes([1])
        if not mailbox.is_open:
            mailbox.open()
        with pytest.raises(Temporary):
            list(mailbox.fetch(ONE))
        mailbox.close()


@pytest.mark.parametrize(
    "date",
    ['"01-Jan-2026 00:00:00 +9900"', '"31-Dec-9999 23:59:59 -1200"', '"99-Foo-2026 25:61:61 +0000"', '"\u00ff"', "NIL"],
)
def test_one_mail_with_a_date_of_nonsense_stops_no_other(date: str) -> None:
    one = "* {number} FETCH (UID {number} INTERNALDATE {date} RFC822.SIZE 3 FLAGS () BODY[] {{3}}\r\nabc)\r\n"
    good = one.format(number=1, date='"01-Jan-2026 00:00:00 +0000"')

    def answer(line: Line, tag: str, _arguments: str) -> None:
        line.send(f"{good}{one.format(number=2, date=date)}{tag} OK done\r\n".encode())

    with ScriptedImap({"UID FETCH": answer}) as server, Mailbox(settings(server)) as mailbox:
        told = mailbox.sizes([1, 2])
        mails = list(mailbox.fetch(told))
    assert {uid: (meta.size, meta.internal_at.year) for uid, meta in told.items()} == {1: (3, 2026), 2: (3, 1970)}
    assert [(one.uid, one.raw) for one in mails] == [(1, b"abc"), (2, b"abc")]


def test_after_a_refusal_the_connection_goes_on() -> None:
    with ScriptedImap({"UID FETCH": "{tag} NO not now\r\n"}) as server, Mailbox(settings(server)) as mailbox:
        with pytest.raises(Temporary, match="not now"):
            list(mailbox.fetch(ONE))
        assert mailbox.is_open
        assert mailbox.all_uids() == [1]


def test_news_of_other_mails_during_a_fetch_are_not_taken_for_mails() -> None:
    noise = "* 2 EXISTS\r\n* 1 FETCH (UID 1 FLAGS (\\Seen))\r\n* 1 EXPUNGE\r\n{tag} OK done\r\n"
    with ScriptedImap({"UID FETCH": noise}) as server, Mailbox(settings(server)) as mailbox:
        assert list(mailbox.fetch(ONE)) == []


def test_an_ok_without_effect_is_found_out() -> None:
    with ScriptedImap() as server, Mailbox(settings(server)) as mailbox:
        assert mailbox.move([1], "Processed") == set()
        assert mailbox.delete([1]) == set()


def test_nothing_is_deleted_that_was_not_copied() -> None:
    with ScriptedImap(capabilities="IMAP4rev1 UIDPLUS NAMESPACE") as server:
        with Mailbox(settings(server)) as mailbox, pytest.raises(Temporary, match="did not"):
            mailbox.move([1], "Processed")
    assert b"STORE" not in server.transcript
    assert b"EXPUNGE" not in server.transcript


def test_a_line_that_ends_in_idle_is_noticed_at_once() -> None:
    def end_in_idle(line: Line, _tag: str, _arguments: str) -> None:
        line.send(b"+ idling\r\n")
        line.close()

    with ScriptedImap({"IDLE": end_in_idle}) as server, Mailbox(settings(server)) as mailbox:
        began = time.monotonic()
        with pytest.raises(Temporary):
            mailbox.wait(60, threading.Event())
        assert time.monotonic() - began < 5
        assert not mailbox.is_open


@pytest.mark.parametrize(
    "pieces",
    [
        [b"+ idling\r\n* 2 EXISTS\r\n"],
        [b"+ idling\r\n", b"* 2 EXI", b"STS\r\n"],
        [b"+ idling\r\n", b"* OK Still here\r\n"],
    ],
)
def test_idle_wakes_however_the_news_is_cut_into_packets(pieces: list[bytes]) -> None:
    def tell(line: Line, tag: str, _arguments: str) -> None:
        for piece in pieces:
            line.send(piece)
            time.sleep(0.1)
        line.readline()
        line.send(f"{tag} OK done\r\n".encode())

    with ScriptedImap({"IDLE": tell}) as server, Mailbox(settings(server)) as mailbox:
        began = time.monotonic()
        assert mailbox.wait(60, threading.Event())
        assert time.monotonic() - began < 5
        assert mailbox.all_uids() == [1]


def test_mails_are_not_described_to_a_log(caplog: pytest.LogCaptureFixture) -> None:
    """IMAPClient would have every mail written out for its log, and the lines of the login."""
    caplog.set_level("DEBUG", "imapclient.imaplib")
    told = "* 1 FETCH (UID 1 BODY[] {3}\r\nabc)\r\n{tag} OK done\r\n"
    with ScriptedImap({"UID FETCH": told}) as server, Mailbox(settings(server)) as mailbox:
        assert [one.raw for one in mailbox.fetch(ONE)] == [b"abc"]
    assert "abc" not in caplog.text
