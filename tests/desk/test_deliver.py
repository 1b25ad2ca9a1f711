"""Deliver: each attempt recorded, each failure told, no letter lost and none sent too often."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from mailticket.desk import deliver as verb
from mailticket.desk.answer import carry_out
from mailticket.desk.assign import assign
from mailticket.desk.deliver import RETRY_AFTER, deliver
from mailticket.domain.case import EntryKind
from mailticket.domain.decision import SendKind
from mailticket.domain.intents import Answer
from mailticket.errors import AccountTrouble, Temporary
from mailticket.store import outbox_ends
from mailticket.store.by_hand import stuck_letters
from mailticket.store.files import blobs
from mailticket.wire.smtp import AccountRefused, Relay, RelayError, SmtpSettings
from tests.builders import words
from tests.cast import ANN, CARLA, DIRK, SUPPORT, as_csr
from tests.desk.house import House, mail
from tests.servers.scripted_smtp import HANG_UP, RESET, ScriptedSmtp
from tests.servers.smtp_sink import SmtpSink

MAY_BE_SENT_AGAIN = [(SendKind.HUMAN, True), (SendKind.NOTIFY, True), (SendKind.AUTO, False)]


def relay_to(port: int) -> Relay:
    return Relay(SmtpSettings("127.0.0.1", port, "none", helo="example.com", command_timeout=5, final_dot_timeout=5))


@pytest.fixture
def relay(smtp_sink: SmtpSink) -> Iterator[Relay]:
    with relay_to(smtp_sink.port) as line:
        yield line


def answered(house: House, text: str = "Pull the plug.") -> None:
    """Carla's case, given to Ann, answered by her; its letters are in the outbox."""
    if not house.cases():
        house.take_in(mail())
        assign(house.office)
    number = house.case().entries
    carry_out(house.office, (Answer(as_csr(ANN), words(text)),), house.case().id, f"test:{number}")


def send_all(house: House, relay: Relay) -> None:
    while deliver(house.office, house.service, relay):
        pass


def states(house: House) -> dict[str, str]:
    return {one.letter: one.state for one in house.letters()}


def test_all_letters_of_a_case_go_out_answers_first(each_house: House, relay: Relay, smtp_sink: SmtpSink) -> None:
    house = each_house
    answered(house)
    send_all(house, relay)
    assert states(house) == {"auto_reply": "sent", "csr_case": "sent", "customer_reply": "sent"}
    assert [one.recipient for one in smtp_sink.mails] == [ANN.email, CARLA.address, CARLA.address]
    assert smtp_sink.sessions == 1
    reply = house.letter("customer_reply")
    assert reply.reply.startswith("250 2.0.0 Kept") and reply.sent_at == house.clock()
    assert smtp_sink.mails[-1].data == house.bytes_of(reply)


def test_nothing_due_opens_no_connection(house: House, relay: Relay, smtp_sink: SmtpSink) -> None:
    house.post(not_before=house.clock() + timedelta(minutes=1))
    assert deliver(house.office, house.service, relay) == 0
    assert smtp_sink.sessions == 0


def test_a_later_answer_never_overtakes_an_earlier_one(house: House, relay: Relay, smtp_sink: SmtpSink) -> None:
    answered(house, "First.")
    answered(house, "Second.")
    smtp_sink.answer("rcpt", "450 4.2.1 Busy", times=2, recipient=CARLA.address)
    send_all(house, relay)
    assert not smtp_sink.to(CARLA.address)
    house.clock.forward(minutes=6)
    send_all(house, relay)
    _, first, second = (one.text for one in smtp_sink.to(CARLA.address))
    assert "Second." not in first and "Second." in second


@pytest.mark.parametrize("attempt", range(len(RETRY_AFTER) + 1))
def test_each_attempt_is_followed_by_the_next_after_the_time_of_the_table(
    house: House, relay: Relay, smtp_sink: SmtpSink, attempt: int
) -> None:
    id = house.post()
    smtp_sink.answer("rcpt", "451 4.7.1 Later", times=attempt + 1)
    for _ in range(attempt):
        send_all(house, relay)
        house.clock.forward(hours=5)
    send_all(house, relay)
    item = house.outbox(id)
    wanted = max(RETRY_AFTER[min(attempt, len(RETRY_AFTER) - 1)], timedelta(minutes=5))
    assert (item.state, item.attempts) == ("queued", attempt + 1) and "451 4.7.1 Later" in item.error
    assert item.next_at is not None
    assert wanted * 0.89 < item.next_at - house.clock() < wanted * 1.11


def test_what_is_not_greylisted_is_tried_again_after_a_minute(house: House, relay: Relay, smtp_sink: SmtpSink) -> None:
    id = house.post()
    smtp_sink.answer("final_dot", "454 4.3.0 Try again")
    send_all(house, relay)
    item = house.outbox(id)
    assert item.state == "queued" and item.next_at is not None
    assert timedelta(seconds=50) < item.next_at - house.clock() < timedelta(seconds=70)
    house.clock.forward(minutes=2)
    send_all(house, relay)
    assert house.outbox(id).state == "sent" and len(smtp_sink.mails) == 1


def test_after_three_days_it_is_given_up_and_the_csr_told(house: House, relay: Relay, smtp_sink: SmtpSink) -> None:
    answered(house)
    smtp_sink.answer("rcpt", "451 4.7.1 Later", times=99, recipient=CARLA.address)
    for _ in range(4):
        send_all(house, relay)
        assert house.letter("customer_reply").state == "queued"
        house.clock.forward(days=1)
    send_all(house, relay)
    assert house.letter("customer_reply").state == "failed"
    assert "451 4.7.1 Later" in house.bytes_of(house.letters("bounce_notice")[0]).decode()


@pytest.mark.parametrize("phase", ["rcpt", "final_dot"])
def test_a_refused_answer_ends_on_the_case_and_with_its_csr(
    house: House, relay: Relay, smtp_sink: SmtpSink, phase: str
) -> None:
    answered(house)
    send_before = house.letter("auto_reply").id
    house.in_store(lambda: stuck_letters.cancel(send_before))
    smtp_sink.answer(phase, "550 5.1.1 No such user", recipient=CARLA.address)
    send_all(house, relay)
    assert house.letter("customer_reply").state == "failed"
    event = house.entries()[-1]
    assert event.kind is EntryKind.EVENT and "550 5.1.1 No such user" in event.words.text
    assert CARLA.address in event.words.text
    notice = house.letter("bounce_notice")
    assert (notice.recipient, notice.state) == (ANN.email, "sent")
    assert "No such user" in smtp_sink.to(ANN.email)[-1].text


def test_a_bounce_notice_that_fails_starts_no_loop(house: House, relay: Relay, smtp_sink: SmtpSink) -> None:
    answered(house)
    smtp_sink.answer("rcpt", "550 5.1.1 No such user", times=99)
    send_all(house, relay)
    house.clock.forward(hours=1)
    send_all(house, relay)
    assert {one.state for one in house.letters()} == {"failed"}
    assert len(house.letters("bounce_notice")) == 2  # of the acknowledgement and of the answer
    assert not any("bounce_notice" in one.words.text for one in house.entries())


def test_a_failure_and_what_the_case_is_told_are_one_transaction(
    house: House, relay: Relay, smtp_sink: SmtpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered(house)
    house.in_store(lambda: stuck_letters.cancel(house.letter("auto_reply").id))
    smtp_sink.answer("rcpt", "550 5.1.1 No such user", times=2, recipient=CARLA.address)
    with monkeypatch.context() as broken:
        broken.setattr(verb.outbox_ends, "failed", _raiser(Temporary("The database is gone.")))
        with pytest.raises(Temporary):
            send_all(house, relay)
    assert house.letter("customer_reply").state == "queued" and not house.letters("bounce_notice")
    send_all(house, relay)
    assert house.letter("customer_reply").state == "failed" and len(house.letters("bounce_notice")) == 1


def test_a_letter_whose_case_has_no_service_any_more_still_ends(
    house: House, relay: Relay, smtp_sink: SmtpSink
) -> None:
    answered(house)
    service = house.service
    house.with_config(house.office.config.model_copy(update={"service": ()}))
    smtp_sink.answer("rcpt", "550 5.1.1 No such user", times=9, recipient=CARLA.address)
    while deliver(house.office, service, relay):
        pass
    assert states(house) == {"auto_reply": "failed", "csr_case": "sent", "customer_reply": "failed"}


@pytest.mark.parametrize(
    "refusal", ["501 5.1.7 Invalid sender", "550 5.7.60 SendAsDenied", "553 5.1.8 null sender not allowed"]
)
def test_a_relay_that_refuses_the_null_sender_gets_our_address(
    house: House, relay: Relay, smtp_sink: SmtpSink, refusal: str
) -> None:
    house.take_in(mail())
    smtp_sink.answer("mail", refusal)
    send_all(house, relay)
    assert house.letter("auto_reply").state == "sent"
    assert [one.envelope_from for one in smtp_sink.mails] == [SUPPORT]


REFUSED_ACCOUNT = ["550 5.7.60 SendAsDenied", "535 5.7.8 Wrong password", "451 4.7.500 Server busy, sending limit"]


@pytest.mark.parametrize("refusal", REFUSED_ACCOUNT)
def test_a_refused_account_gives_all_back_unharmed(
    house: House, relay: Relay, smtp_sink: SmtpSink, refusal: str
) -> None:
    ids = [house.post(recipient=f"c{number}@many.example") for number in range(3)]
    smtp_sink.answer("mail", refusal)
    with pytest.raises(AccountRefused) as told:
        deliver(house.office, house.service, relay)
    assert isinstance(told.value, AccountTrouble)
    assert [(house.outbox(id).state, house.outbox(id).attempts) for id in ids] == [("queued", 0)] * 3
    house.clock.forward(minutes=1)
    send_all(house, relay)
    assert [house.outbox(id).state for id in ids] == ["sent"] * 3


@pytest.mark.parametrize("answers", [{"connect": "421 4.3.0 Going down"}, {"connect": HANG_UP}, {"EHLO": RESET}])
def test_a_broken_line_costs_no_letter_an_attempt(house: House, answers: dict[Any, str]) -> None:
    ids = [house.post(recipient=f"c{number}@many.example") for number in range(3)]
    with ScriptedSmtp(answers) as server, relay_to(server.port) as relay:
        with pytest.raises(RelayError):
            deliver(house.office, house.service, relay)
        assert [(house.outbox(id).state, house.outbox(id).attempts) for id in ids] == [("queued", 0)] * 3
        send_all(house, relay)
    assert [house.outbox(id).state for id in ids] == ["sent"] * 3


def test_a_line_that_stays_broken_ends_with_giving_up(house: House) -> None:
    answered(house)
    with ScriptedSmtp() as server:
        port = server.port
    house.clock.forward(days=3, minutes=1)
    with relay_to(port) as relay, pytest.raises(RelayError):
        send_all(house, relay)  # raised for the notice to the CSR, which is new and waits
    assert {one.state for one in house.letters() if one.letter != "bounce_notice"} == {"failed"}


@pytest.mark.parametrize(
    ("step", "how", "kind"),
    [
        ("MAIL", HANG_UP, SendKind.HUMAN),
        ("MAIL", RESET, SendKind.AUTO),
        ("RCPT", HANG_UP, SendKind.NOTIFY),
        ("DATA", HANG_UP, SendKind.AUTO),
        ("DATA", RESET, SendKind.HUMAN),
        ("DATA", "421 4.4.2 Closing", SendKind.AUTO),
    ],
)
def test_a_connection_lost_before_the_final_dot_is_tried_again(
    house: House, step: Any, how: str, kind: SendKind
) -> None:
    id = house.post(kind)
    with ScriptedSmtp({step: how}) as server, relay_to(server.port) as relay:
        send_all(house, relay)
        assert house.outbox(id).state == "queued" and not server.mails
        house.clock.forward(minutes=2)
        send_all(house, relay)
        assert house.outbox(id).state == "sent" and len(server.mails) == 1


@pytest.mark.parametrize(("kind", "is_sent_again"), MAY_BE_SENT_AGAIN)
def test_a_connection_lost_at_the_final_dot(house: House, kind: SendKind, is_sent_again: bool) -> None:
    id = house.post(kind)
    with ScriptedSmtp({"final_dot": HANG_UP}) as server, relay_to(server.port) as relay:
        send_all(house, relay)
        assert house.outbox(id).unknowns == 1
        house.clock.forward(minutes=16)
        send_all(house, relay)
        assert house.outbox(id).state == ("sent" if is_sent_again else "maybe_sent")
        assert len(server.mails) == (2 if is_sent_again else 1)
        assert len(set(server.mails)) == 1


@pytest.mark.parametrize("kind", [SendKind.HUMAN, SendKind.NOTIFY])
def test_never_more_than_twice(house: House, kind: SendKind) -> None:
    id = house.post(kind)
    for _ in range(4):
        with ScriptedSmtp({"final_dot": HANG_UP}) as server, relay_to(server.port) as relay:
            send_all(house, relay)
        house.clock.forward(hours=1)
    assert house.outbox(id).state == "maybe_sent" and house.outbox(id).unknowns == 2


class PowerCut(BaseException):
    """The process ends here."""


def _raiser(error: BaseException, real: Any = None, first: int = 0) -> Any:
    """Fails at each call; the `first` of them are `real`."""
    calls = itertools.count()

    def fails(*arguments: object, **named: object) -> Any:
        if next(calls) < first:
            return real(*arguments, **named)
        raise error

    return fails


def cut(house: House, relay: Relay, monkeypatch: pytest.MonkeyPatch, where: Any, name: str, first: int = 0) -> None:
    """The process dies in that function, at its first call or later; the next one takes over what it had in hand."""
    with monkeypatch.context() as broken:
        broken.setattr(where, name, _raiser(PowerCut(), getattr(where, name), first))
        with pytest.raises(PowerCut):
            deliver(house.office, house.service, relay)
    house.in_store(lambda: stuck_letters.recover(lambda owner: True, house.clock()))


@pytest.mark.parametrize("kind", list(SendKind))
@pytest.mark.parametrize("name", ["assemble", "note"])
def test_killed_before_the_final_dot_it_is_sent_once(
    house: House, relay: Relay, smtp_sink: SmtpSink, monkeypatch: pytest.MonkeyPatch, name: str, kind: SendKind
) -> None:
    id = house.post(kind)
    cut(house, relay, monkeypatch, verb.compose if name == "assemble" else verb.outbox_ends, name)
    assert house.outbox(id).state == "queued"
    send_all(house, relay)
    assert house.outbox(id).state == "sent" and len(smtp_sink.mails) == 1


@pytest.mark.parametrize(("kind", "is_sent_again"), MAY_BE_SENT_AGAIN)
def test_killed_after_the_final_dot(
    house: House,
    relay: Relay,
    smtp_sink: SmtpSink,
    monkeypatch: pytest.MonkeyPatch,
    kind: SendKind,
    is_sent_again: bool,
) -> None:
    id = house.post(kind)
    cut(house, relay, monkeypatch, outbox_ends, "note", first=1)
    house.clock.forward(minutes=16)
    send_all(house, relay)
    assert house.outbox(id).state == ("sent" if is_sent_again else "maybe_sent")
    assert len(smtp_sink.mails) == (2 if is_sent_again else 1)
    assert len({one.data for one in smtp_sink.mails}) == 1


def test_trouble_with_the_database_gives_back_what_was_not_handed_in(
    house: House, relay: Relay, smtp_sink: SmtpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [house.post(recipient=f"c{number}@many.example") for number in range(4)]
    with monkeypatch.context() as broken:
        broken.setattr(outbox_ends, "note", _raiser(Temporary("The database is gone."), outbox_ends.note, first=1))
        with pytest.raises(Temporary):
            deliver(house.office, house.service, relay)
    assert [house.outbox(id).state for id in ids] == ["sending", "queued", "queued", "queued"]
    assert [house.outbox(id).attempts for id in ids] == [1, 0, 0, 0]
    send_all(house, relay)
    assert len(smtp_sink.mails) == 4  # the first waits until it is known to be left behind


def test_whoever_takes_over_a_letter_sees_that_its_last_moment_has_come_in_between(
    house: House, relay: Relay, smtp_sink: SmtpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = house.post()

    def dies_of_it(owner: str) -> bool:
        outbox_ends.note(owner, house.clock(), final_dot=[id])
        return True

    def taken_over(*_: Any) -> bytes:
        with house.office.connected():
            stuck_letters.recover(dies_of_it, house.clock())
        raise PowerCut

    with monkeypatch.context() as broken:
        broken.setattr(verb.compose, "assemble", taken_over)
        with pytest.raises(PowerCut):
            deliver(house.office, house.service, relay)
    assert house.outbox(id).state == "sending"
    house.in_store(lambda: stuck_letters.recover(lambda owner: True, house.clock()))
    assert (house.outbox(id).state, house.outbox(id).unknowns) == ("queued", 1)


def test_a_letter_that_another_daemon_took_over_is_not_sent(
    house: House, relay: Relay, smtp_sink: SmtpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = house.post()
    real = verb.compose.assemble

    def slow(*arguments: Any) -> bytes:
        with house.office.connected():
            stuck_letters.recover(lambda owner: True, house.clock())
        return real(*arguments)

    with monkeypatch.context() as broken:
        broken.setattr(verb.compose, "assemble", slow)
        with pytest.raises(Exception, match="lease ran out"):
            deliver(house.office, house.service, relay)
    assert not smtp_sink.mails and house.outbox(id).state == "queued"


def test_a_letter_whose_file_is_missing_fails_and_stops_no_other(
    house: House, relay: Relay, smtp_sink: SmtpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost = verb.compose.FileRef("a.pdf", "application/pdf", "0" * 64)
    skeleton = verb.compose.Skeleton((("From", SUPPORT), ("To", "x@y.example")), "Hello", "", (lost,), "b" * 12)
    bad = house.post(recipient="x@y.example", skeleton=verb.compose.freeze(skeleton))
    good = house.post(recipient=DIRK.address)
    send_all(house, relay)
    assert house.outbox(bad).state == "failed" and "is missing" in house.outbox(bad).error
    assert house.outbox(good).state == "sent" and len(smtp_sink.mails) == 1


def test_a_letter_that_breaks_our_code_stops_no_other_and_is_tried_again(
    house: House, relay: Relay, smtp_sink: SmtpSink, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    bad, good = house.post(SendKind.AUTO), house.post(SendKind.AUTO, recipient=DIRK.address)
    real = verb.compose.thaw
    with monkeypatch.context() as broken:
        faulty = {house.outbox(bad).skeleton: ZeroDivisionError("our fault")}

        def thaw(frozen: str) -> Any:
            if frozen in faulty:
                raise faulty[frozen]
            return real(frozen)

        broken.setattr(verb.compose, "thaw", thaw)
        send_all(house, relay)
    assert (house.outbox(bad).state, house.outbox(good).state) == ("queued", "sent")
    assert "our fault" in house.outbox(bad).error and "Traceback" in caplog.text
    house.clock.forward(minutes=2)
    send_all(house, relay)
    assert house.outbox(bad).state == "sent"


def test_a_fault_of_ours_after_the_final_dot_sends_no_automatic_mail_twice(
    house: House, relay: Relay, smtp_sink: SmtpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = house.post(SendKind.AUTO)
    with monkeypatch.context() as broken:
        broken.setattr(outbox_ends, "_sent", _raiser(ZeroDivisionError("our fault")))
        with pytest.raises(ZeroDivisionError):
            deliver(house.office, house.service, relay)
    house.in_store(lambda: stuck_letters.recover(lambda owner: True, house.clock()))
    send_all(house, relay)
    assert house.outbox(id).state == "maybe_sent" and len(smtp_sink.mails) == 1


def test_one_file_that_cannot_be_read_now_stops_no_other_letter(
    house: House, relay: Relay, smtp_sink: SmtpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost = verb.compose.FileRef("a.pdf", "application/pdf", "0" * 64)
    skeleton = verb.compose.Skeleton((("From", SUPPORT), ("To", "x@y.example")), "Hello", "", (lost,), "b" * 12)
    bad = house.post(recipient="x@y.example", skeleton=verb.compose.freeze(skeleton))
    good = house.post(recipient=DIRK.address)
    monkeypatch.setattr(verb.blobs, "get", _raiser(Temporary("The disk does not answer.")))
    with pytest.raises(Temporary):
        deliver(house.office, house.service, relay)
    assert (house.outbox(bad).state, house.outbox(bad).attempts) == ("queued", 0)
    assert house.outbox(good).state == "sent"


def test_a_disk_in_trouble_costs_no_letter_an_attempt(
    house: House, relay: Relay, smtp_sink: SmtpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = house.in_store(lambda: blobs.put(b"PDF!"))
    ref = verb.compose.FileRef("a.pdf", "application/pdf", file)
    skeleton = verb.compose.Skeleton((("From", SUPPORT), ("To", "x@y.example")), "Hello", "", (ref,), "b" * 12)
    id = house.post(recipient="x@y.example", skeleton=verb.compose.freeze(skeleton))
    with monkeypatch.context() as broken:
        broken.setattr(verb.blobs, "get", _raiser(Temporary("The disk does not answer.")))
        with pytest.raises(Temporary):
            deliver(house.office, house.service, relay)
    assert (house.outbox(id).state, house.outbox(id).attempts) == ("queued", 0)
    send_all(house, relay)
    assert len(smtp_sink.mails) == 1
