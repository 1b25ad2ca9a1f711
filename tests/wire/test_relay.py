"""A relay on an accepting sink: bytes, connections, addresses, phases."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from mailticket.errors import AccountTrouble, Permanent, Temporary
from mailticket.wire import smtp_session
from mailticket.wire.smtp import Ambiguous, Moments, Relay, RelayError, SmtpSettings, probe
from mailticket.wire.smtp_session import Session
from tests.servers.certificates import Certificates
from tests.servers.scripted import Line
from tests.servers.scripted_smtp import HANG_UP, RESET, ScriptedSmtp
from tests.servers.smtp_sink import SmtpSink

FROM, TO = "support@example.com", "carla@example.net"
MAIL = b"Subject: hello\r\n\r\ntext\r\n"


def settings(server: SmtpSink | ScriptedSmtp, **changes: object) -> SmtpSettings:
    plain = SmtpSettings(server.host, server.port, "none", helo="desk.example.com")
    return replace(plain, **changes)


@pytest.fixture
def relay(smtp_sink: SmtpSink) -> Iterator[Relay]:
    with Relay(settings(smtp_sink)) as opened:
        yield opened


def test_a_mail_arrives_with_its_envelope(relay: Relay, smtp_sink: SmtpSink) -> None:
    assert relay.send(FROM, TO, MAIL) == "250 2.0.0 Kept as 1"
    (mail,) = smtp_sink.wait_for(1)
    assert (mail.envelope_from, mail.recipient, mail.data) == (FROM, TO, MAIL)


def test_the_null_sender_is_sent_as_such(relay: Relay, smtp_sink: SmtpSink) -> None:
    relay.send("", TO, MAIL)
    assert smtp_sink.mails[0].envelope_from == ""


@pytest.mark.parametrize(
    ("given", "arrives"),
    [
        (b"a\r\n.\r\nb\r\n", b"a\r\n.\r\nb\r\n"),
        (b".\r\n..\r\n.x\r\n", b".\r\n..\r\n.x\r\n"),
        (b"a\nb\rc\r\nd", b"a\r\nb\r\nc\r\nd\r\n"),
        (b"a\n.\nb\r.\rc", b"a\r\n.\r\nb\r\n.\r\nc\r\n"),
        (b"\xe4\xf6 8 bit\r\n", b"\xe4\xf6 8 bit\r\n"),
        (b"a\r\r\n\n", b"a\r\n\r\n\r\n"),
    ],
)
def test_dots_and_line_ends_neither_end_the_mail_nor_get_lost(
    given: bytes, arrives: bytes, relay: Relay, smtp_sink: SmtpSink
) -> None:
    relay.send(FROM, TO, given)
    assert [mail.data for mail in smtp_sink.mails] == [arrives]


def test_many_mails_share_a_connection(relay: Relay, smtp_sink: SmtpSink) -> None:
    for _ in range(5):
        relay.send(FROM, TO, MAIL)
    assert len(smtp_sink.mails) == 5
    assert smtp_sink.sessions == 1


def test_a_connection_is_worn_out_after_fifty_mails(relay: Relay, smtp_sink: SmtpSink) -> None:
    for _ in range(51):
        relay.send(FROM, TO, MAIL)
    assert [mail.session for mail in smtp_sink.mails] == [1] * 50 + [2]


def test_a_connection_is_not_kept_for_ever(relay: Relay, smtp_sink: SmtpSink, monkeypatch: pytest.MonkeyPatch) -> None:
    relay.send(FROM, TO, MAIL)
    monkeypatch.setattr("mailticket.wire.smtp._CONNECTION_KEPT", 0.0)
    relay.send(FROM, TO, MAIL)
    assert smtp_sink.sessions == 2


def test_a_connection_that_died_between_two_mails_is_replaced(relay: Relay, smtp_sink: SmtpSink) -> None:
    relay.send(FROM, TO, MAIL)
    smtp_sink.stop()
    smtp_sink.start()
    relay.send(FROM, TO, MAIL)
    assert len(smtp_sink.mails) == 2


@pytest.mark.parametrize("reply", ["421 4.4.2 Idle for too long", "421 4.7.0 Timeout, closing connection", HANG_UP])
def test_a_kept_connection_that_the_server_ends_is_replaced(reply: str) -> None:
    with ScriptedSmtp() as server, Relay(settings(server)) as relay:
        relay.send(FROM, TO, MAIL)
        server.answers["MAIL"] = reply
        relay.send(FROM, TO, MAIL)
    assert server.mails == [MAIL, MAIL]
    assert server.connections == 2


def test_a_refusal_on_a_kept_connection_is_no_reason_for_another() -> None:
    with ScriptedSmtp() as server, Relay(settings(server)) as relay:
        relay.send(FROM, TO, MAIL)
        server.answers["MAIL"] = "451 later"
        with pytest.raises(Temporary, match="later"):
            relay.send(FROM, TO, MAIL)
    assert server.connections == 1


def test_after_a_refused_recipient_the_next_mail_goes_out(relay: Relay, smtp_sink: SmtpSink) -> None:
    smtp_sink.answer("rcpt", "550 5.1.1 No such user", recipient=TO)
    with pytest.raises(Permanent, match="No such user"):
        relay.send(FROM, TO, MAIL)
    relay.send(FROM, "dirk@example.net", MAIL)
    assert [mail.recipient for mail in smtp_sink.mails] == ["dirk@example.net"]
    assert smtp_sink.sessions == 1


def test_the_moment_before_the_final_dot_is_told(relay: Relay, smtp_sink: SmtpSink) -> None:
    taken_then: list[int] = []
    relay.send(FROM, TO, MAIL, Moments(lambda: taken_then.append(len(smtp_sink.mails))))
    assert taken_then == [0]
    assert len(smtp_sink.mails) == 1


def test_a_mail_that_may_not_go_is_stopped_before_the_final_dot(relay: Relay, smtp_sink: SmtpSink) -> None:
    def fail() -> None:
        raise RuntimeError("the database is gone")

    with pytest.raises(RuntimeError, match="database"):
        relay.send(FROM, TO, MAIL, Moments(fail))
    relay.send(FROM, "dirk@example.net", MAIL)
    assert [mail.recipient for mail in smtp_sink.mails] == ["dirk@example.net"]


def sent_together(server: ScriptedSmtp) -> list[bytes]:
    return [line for line in server.transcript.split(b"\r\n") if line.startswith((b"MAIL", b"RCPT", b"DATA", b"RSET"))]


def test_what_comes_before_the_mail_goes_out_in_one_go_where_the_relay_takes_that(smtp_sink: SmtpSink) -> None:
    with ScriptedSmtp({"MAIL": "550 5.1.0 No", "RCPT": "550 5.1.1 No", "DATA": "503 5.5.1 No"}) as server:
        with Relay(settings(server)) as relay, pytest.raises(Permanent, match=r"at mail.*5\.1\.0"):
            relay.send("", TO, MAIL)
    assert sent_together(server) == [b"MAIL FROM:<> SIZE=24", b"RCPT TO:<carla@example.net>", b"DATA"]


def test_a_relay_without_pipelining_is_asked_one_by_one() -> None:
    with ScriptedSmtp({"RCPT": "550 5.1.1 No such user"}, offers=()) as server:
        with Relay(settings(server)) as relay, pytest.raises(Permanent, match="at rcpt"):
            relay.send(FROM, TO, MAIL)
    assert sent_together(server) == [b"MAIL FROM:<support@example.com>", b"RCPT TO:<carla@example.net>"]


def test_a_relay_that_wants_a_mail_for_nobody_is_left_and_the_next_mail_goes_out() -> None:
    with ScriptedSmtp({"RCPT": "550 5.1.1 No such user", "DATA": "354 go on"}) as server:
        with Relay(settings(server)) as relay:
            with pytest.raises(Permanent, match="at rcpt"):
                relay.send(FROM, TO, MAIL)
            relay.send(FROM, TO, MAIL)
    assert server.connections == 2 and server.mails == [MAIL]


class Waits(ScriptedSmtp):
    """Answers at that step only when it is told to go on."""

    def __init__(self, step: str) -> None:
        self.step, self.go_on = step, threading.Event()
        super().__init__()

    def _say(self, line: Line, step: str) -> str:
        if step == self.step:
            assert self.go_on.wait(30)
        return super()._say(line, step)


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA", "final_dot"])
def test_a_relay_that_keeps_us_waiting_is_told_while_we_wait(step: str) -> None:
    with Waits(step) as server, Relay(settings(server)) as relay:
        assert relay.send(FROM, TO, MAIL, Moments(kept_waiting=server.go_on.set)) == "250 2.0.0 taken"


def test_replies_that_come_together_keep_nobody_waiting() -> None:
    told: list[int] = []
    session = Session(SmtpSettings("127.0.0.1", 25, "none"))
    session.kept_waiting = lambda: told.append(1)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        session._line = ours
        theirs.sendall(b"250 one\r\n250-two\r\n250 and more\r\n354 go on\r\n")
        heard = [session.hear("rcpt", 5, "...").text for _ in range(3)]
    assert heard == ["one", "two\nand more", "go on"] and not told


def test_before_a_new_connection_nothing_is_left_open(relay: Relay, monkeypatch: pytest.MonkeyPatch) -> None:
    times: list[int] = []
    monkeypatch.setattr(smtp_session, "_AT_ONCE", 600_000)  # on a busy machine no relay is quick
    moments = Moments(kept_waiting=lambda: times.append(1))
    relay.send(FROM, TO, MAIL, moments)
    assert times
    times.clear()
    relay.send(FROM, TO, MAIL + b"text\r\n" * 20_000, moments)
    assert not times, "a large mail that the relay takes at once waits for nobody"


def test_a_large_mail_that_is_not_taken_at_once_keeps_us_waiting() -> None:
    session = Session(SmtpSettings("127.0.0.1", 25, "none"))
    ours, theirs = socket.socketpair()
    got, readers = bytearray(), []

    def read_on() -> None:
        while len(got) < 4_000_000:
            got.extend(theirs.recv(1 << 20))

    def begins_to_read() -> None:
        if not readers:
            readers.append(threading.Thread(target=read_on))
            readers[0].start()

    session.kept_waiting = begins_to_read
    with ours, theirs:
        session._line = ours
        session.send("data", b"x" * 4_000_000, 30.0)
        readers[0].join(30)
    assert len(got) == 4_000_000


def test_international_addresses_go_where_they_are_understood(relay: Relay, smtp_sink: SmtpSink) -> None:
    relay.send(FROM, "jörg@müller.example", MAIL)
    assert smtp_sink.mails[0].recipient == "jörg@xn--mller-kva.example"


def test_an_international_host_needs_no_extension() -> None:
    with ScriptedSmtp() as server, Relay(settings(server)) as relay:
        relay.send(FROM, "joerg@müller.example", MAIL)
    assert b"RCPT TO:<joerg@xn--mller-kva.example>\r\n" in server.heard
    assert b"SMTPUTF8" not in server.transcript


def test_an_international_name_is_refused_where_it_is_not_understood() -> None:
    with ScriptedSmtp() as server, Relay(settings(server)) as relay:
        with pytest.raises(Permanent, match="lacks SMTPUTF8"):
            relay.send(FROM, "jörg@example.net", MAIL)


@pytest.mark.parametrize("bad", ["a@b.c>\r\nRCPT TO:<x@y.z", "a b@c.d", "<a@b.c>", "nobody", "@b.c", "a@", "a@b\x00c"])
def test_what_is_no_address_never_reaches_the_server(bad: str, relay: Relay, smtp_sink: SmtpSink) -> None:
    with pytest.raises(Permanent, match="no mail address"):
        relay.send(FROM, bad, MAIL)
    assert smtp_sink.mails == []


def test_size_and_8bit_are_announced_where_they_are_known() -> None:
    data = b"Subject: x\r\n\r\n\xe4\r\n"
    with ScriptedSmtp() as server, Relay(settings(server)) as relay:
        relay.send(FROM, TO, data)
    assert f"MAIL FROM:<{FROM}> SIZE={len(data)} BODY=8BITMIME\r\n".encode() in server.heard


def test_an_old_server_gets_plain_commands() -> None:
    with ScriptedSmtp({"EHLO": "502 what?"}) as server, Relay(settings(server)) as relay:
        relay.send(FROM, TO, MAIL)
    assert f"MAIL FROM:<{FROM}>\r\n".encode() in server.heard
    assert b"HELO desk.example.com\r\n" in server.heard


def test_a_mail_above_the_servers_limit_is_not_even_begun() -> None:
    with ScriptedSmtp(offers=("SIZE 100",)) as server, Relay(settings(server)) as relay:
        with pytest.raises(Permanent, match="takes 100"):
            relay.send(FROM, TO, b"x" * 200)
    assert b"MAIL" not in server.transcript


def test_a_limit_that_is_no_number_is_none() -> None:
    with ScriptedSmtp(offers=(f"SIZE {'9' * 5000}",)) as server, Relay(settings(server)) as relay:
        relay.send(FROM, TO, MAIL)
    assert b"SIZE=" in server.transcript


def test_login_lets_in_with_the_right_password_only(smtp_sink: SmtpSink) -> None:
    smtp_sink.username, smtp_sink.password = FROM, "schön geheim"
    with Relay(settings(smtp_sink, username=FROM, password="schön geheim")) as relay:
        relay.send(FROM, TO, MAIL)
    with Relay(settings(smtp_sink, username=FROM, password="wrong")) as relay:
        with pytest.raises(AccountTrouble, match="app password") as caught:
            relay.send(FROM, TO, MAIL)
    assert FROM in str(caught.value)
    assert caught.value.phase == "auth"
    assert len(smtp_sink.mails) == 1


def test_servers_that_know_only_login_are_served() -> None:
    dialogue = {"AUTH": "334 VXNlcm5hbWU6", "DQ==": "334 UGFzc3dvcmQ6", "CA==": "235 in"}
    with ScriptedSmtp(dialogue, offers=("AUTH LOGIN",)) as server:
        with Relay(settings(server, username="u", password="p")) as relay:
            relay.send(FROM, TO, MAIL)
    assert b"dQ==\r\ncA==\r\n" in server.transcript
    assert server.mails == [MAIL]


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_tls_is_verified_and_used(security: str, certificates: Certificates) -> None:
    context = certificates.good.context()
    with ScriptedSmtp(**{security: context}) as server:
        found = probe(settings(server, security=security, ca_file=str(certificates.ca_file)))
    assert found.tls.version in ("TLSv1.2", "TLSv1.3")
    assert found.tls.certificate_expires_at is not None
    assert found.tls.certificate_expires_at > datetime.now(UTC)
    assert found.max_size == 1_000_000


@pytest.mark.parametrize("security", ["tls", "starttls"])
@pytest.mark.parametrize("kind", ["wrong_host", "expired", "unknown_ca"])
def test_a_bad_certificate_gets_neither_password_nor_mail(security: str, kind: str, certificates: Certificates) -> None:
    context = getattr(certificates, kind).context()
    with ScriptedSmtp(offers=("AUTH PLAIN",), **{security: context}) as server:
        ours = settings(server, security=security, ca_file=str(certificates.ca_file), username="u", password="p")
        with pytest.raises(AccountTrouble, match="certificate") as caught:
            Relay(ours).send(FROM, TO, MAIL)
    assert caught.value.phase == "tls"
    assert b"AUTH" not in server.transcript
    assert b"MAIL" not in server.transcript


def test_without_starttls_neither_password_nor_mail_is_sent() -> None:
    with ScriptedSmtp(offers=("AUTH PLAIN",)) as server:
        with pytest.raises(AccountTrouble, match="does not offer STARTTLS"):
            Relay(settings(server, security="starttls", username="u", password="p")).send(FROM, TO, MAIL)
    assert b"AUTH" not in server.transcript


def test_plain_text_leaves_this_machine_never() -> None:
    with pytest.raises(AccountTrouble, match="Plain text"):
        Relay(SmtpSettings("smtp.example.com", 25, "none")).send(FROM, TO, MAIL)


def test_nobody_there_is_a_passing_trouble() -> None:
    with ScriptedSmtp() as server:
        gone = settings(server)
    with pytest.raises(Temporary, match=r"^Nobody listens on [0-9.:]+\. Check") as caught:
        Relay(gone).send(FROM, TO, MAIL)
    assert caught.value.phase == "connect"


BEFORE_THE_DOT = [("connect", "connect"), ("EHLO", "helo"), ("MAIL", "mail"), ("RCPT", "rcpt"), ("DATA", "data")]


@pytest.mark.parametrize("offers", [(), ("PIPELINING",)])
@pytest.mark.parametrize("how", [HANG_UP, RESET, "garbage", "250-unfinished"])
@pytest.mark.parametrize(("step", "phase"), BEFORE_THE_DOT)
def test_a_line_that_breaks_before_the_dot_leaves_no_doubt(
    step: str, phase: str, how: str, offers: tuple[str, ...]
) -> None:
    with ScriptedSmtp({step: how}, offers) as server, Relay(settings(server, command_timeout=0.3)) as relay:
        with pytest.raises(Temporary) as caught:
            relay.send(FROM, TO, MAIL)
        # Of lines that went out together a broken connection may take the replies with it.
        assert not caught.value.ambiguous and (caught.value.phase == phase or offers)
        relay.send(FROM, TO, MAIL)
    assert len(server.mails) == 1


@pytest.mark.parametrize("how", [HANG_UP, RESET, "garbage", "250-unfinished"])
def test_a_line_that_breaks_after_the_dot_leaves_it_open(how: str) -> None:
    with ScriptedSmtp({"final_dot": how}) as server:
        relay = Relay(settings(server, final_dot_timeout=0.3))
        with pytest.raises(Ambiguous, match="not known") as caught:
            relay.send(FROM, TO, MAIL)
        relay.close()
    assert (caught.value.phase, caught.value.ambiguous) == ("final_dot", True)
    assert server.mails == [MAIL]


@pytest.mark.parametrize(
    ("reply", "kind"), [("451 4.3.0 Try later", Temporary), ("554 5.6.0 Not that", Permanent), ("421 bye", Temporary)]
)
def test_a_refusal_after_the_dot_leaves_no_doubt(reply: str, kind: type[RelayError]) -> None:
    with ScriptedSmtp({"final_dot": reply}) as server, Relay(settings(server)) as relay:
        with pytest.raises(kind) as caught:
            relay.send(FROM, TO, MAIL)
        assert not caught.value.ambiguous
        assert relay.send(FROM, TO, MAIL) == "250 2.0.0 taken"


@pytest.mark.parametrize(("step", "phase"), BEFORE_THE_DOT)
@pytest.mark.parametrize("code", ["421", "451", "550", "554"])
def test_every_refusal_tells_its_phase_and_the_servers_words(code: str, step: str, phase: str) -> None:
    with ScriptedSmtp({step: f"{code} no such luck"}) as server, Relay(settings(server)) as relay:
        with pytest.raises(RelayError, match="no such luck") as caught:
            relay.send(FROM, TO, MAIL)
        assert caught.value.phase == phase
        relay.send(FROM, TO, MAIL)


@pytest.mark.parametrize("security", ["none", "tls"])
def test_waiting_for_the_last_reply_can_be_broken_off(security: str, certificates: Certificates) -> None:
    context = certificates.good.context() if security == "tls" else None
    with ScriptedSmtp({"final_dot": "250-unfinished"}, tls=context) as server:
        relay = Relay(settings(server, security=security, ca_file=str(certificates.ca_file)))
        timer = threading.Timer(0.3, relay.abort)
        timer.start()
        with pytest.raises(Ambiguous):
            relay.send(FROM, TO, MAIL)
        timer.join()
        with pytest.raises(Temporary, match="stopping"):
            relay.send(FROM, TO, MAIL)
        assert server.connections == 1


def test_what_was_slipped_in_before_tls_is_not_believed(certificates: Certificates) -> None:
    with ScriptedSmtp(
        {"STARTTLS": "220 go\r\n250-evil\r\n250 AUTH LOGIN"}, starttls=certificates.good.context()
    ) as server:
        found = probe(settings(server, security="starttls", ca_file=str(certificates.ca_file)))
    assert "AUTH" not in found.capabilities


def test_a_refused_sender_is_the_accounts_but_a_refused_null_sender_the_mails() -> None:
    def refused(envelope_from: str) -> RelayError:
        with ScriptedSmtp({"MAIL": "550 not like this"}) as server, Relay(settings(server)) as relay:
            with pytest.raises(RelayError) as caught:
                relay.send(envelope_from, TO, MAIL)
        return caught.value

    assert isinstance(refused(FROM), AccountTrouble)
    assert isinstance(refused(""), Permanent)


def test_a_reply_without_end_is_cut() -> None:
    endless = "\r\n".join(["250-more"] * 500)
    with ScriptedSmtp({"MAIL": endless}) as server, Relay(settings(server)) as relay:
        with pytest.raises(Temporary, match="without end"):
            relay.send(FROM, TO, MAIL)
