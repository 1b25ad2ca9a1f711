"""Sending limits and refused accounts: the account waits, the mail is unharmed, answers go first."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from mailticket.config.models import Smtp
from mailticket.desk.deliver import deliver
from mailticket.desk.servers.accounts import RESTS
from mailticket.domain.decision import SendKind
from mailticket.errors import AccountTrouble
from mailticket.store import outbox
from mailticket.store.by_hand import stuck_letters
from mailticket.store.operation import accounts
from mailticket.wire.smtp import Relay, SmtpSettings
from tests import cast
from tests.cast import CARLA
from tests.desk.house import House, mail
from tests.servers.scripted_smtp import ScriptedSmtp
from tests.servers.smtp_sink import SmtpSink

HUMAN, NOTIFY, AUTO = SendKind.HUMAN, SendKind.NOTIFY, SendKind.AUTO


def relay_to(port: int) -> Relay:
    return Relay(SmtpSettings("127.0.0.1", port, "none", helo="example.com", command_timeout=5, final_dot_timeout=5))


@pytest.fixture
def relay(smtp_sink: SmtpSink) -> Iterator[Relay]:
    with relay_to(smtp_sink.port) as line:
        yield line


def limit(house: House, rate: str) -> None:
    smtp = Smtp(host="127.0.0.1", port=9, security="none", rate=rate)
    house.with_config(cast.config(cast.service(smtp=smtp)))


def posted(house: House, kind: SendKind, count: int) -> list[int]:
    return [house.post(kind, recipient=f"{kind}{number}@many.example") for number in range(count)]


def sent(house: House, ids: list[int]) -> int:
    return sum(house.outbox(id).state == "sent" for id in ids)


def send_all(house: House, relay: Relay, office: Any = None) -> None:
    while deliver(office or house.office, house.service, relay):
        pass


def test_no_more_goes_out_than_the_rate_and_the_rest_follows(house: House, relay: Relay) -> None:
    limit(house, "10/min")
    ids = posted(house, NOTIFY, 12)
    send_all(house, relay)
    assert sent(house, ids) == 8  # the last two of ten are for answers
    assert {house.outbox(id).attempts for id in ids[8:]} == {0}
    house.clock.forward(seconds=62)
    send_all(house, relay)
    assert sent(house, ids) == 12


def test_an_answer_finds_room_when_all_the_rest_is_used_up(house: House, relay: Relay) -> None:
    limit(house, "10/min")
    others = posted(house, AUTO, 12)
    send_all(house, relay)
    answers = posted(house, HUMAN, 3)
    send_all(house, relay)
    assert (sent(house, others), sent(house, answers)) == (8, 2)


def test_an_answer_does_not_wait_behind_an_acknowledgement_that_has_no_room(house: House, relay: Relay) -> None:
    limit(house, "5/min")
    posted(house, NOTIFY, 4)
    send_all(house, relay)
    house.take_in(mail(CARLA))
    key = house.case().key
    send_all(house, relay)
    assert house.letter("auto_reply").state == "queued"
    answer = house.post(HUMAN, case=key)
    send_all(house, relay)
    assert house.outbox(answer).state == "sent"


def test_answers_go_first_then_notifications_then_automatic_mail(
    house: House, relay: Relay, smtp_sink: SmtpSink
) -> None:
    limit(house, "5/min")
    for kind in (AUTO, NOTIFY, HUMAN):
        posted(house, kind, 2)
    send_all(house, relay)
    house.clock.forward(seconds=62)
    send_all(house, relay)
    order = [one.recipient.partition("@")[0].rstrip("01") for one in smtp_sink.mails]
    assert order == ["human", "human", "notify", "notify", "auto", "auto"]


def test_two_daemons_hold_the_limit_together(postgres_house: House, smtp_sink: SmtpSink) -> None:
    house = postgres_house
    limit(house, "10/min")
    ids = posted(house, HUMAN, 30)
    offices = [house.as_owner("this:1:1"), house.as_owner("other:2:2")]
    with relay_to(smtp_sink.port) as first, relay_to(smtp_sink.port) as second:
        for office, relay in zip(offices * 3, (first, second) * 3, strict=True):
            deliver(office, house.service, relay, limit=4)
    assert sent(house, ids) == 10
    assert {house.outbox(id).state for id in ids} == {"sent", "queued"}


def test_a_letter_that_lost_the_last_room_to_another_daemon_goes_back_unharmed(
    house: House, relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit(house, "10/min")
    ids = posted(house, HUMAN, 3)
    monkeypatch.setattr("mailticket.desk.servers.accounts.accounts.take", lambda *_: False)
    assert deliver(house.office, house.service, relay) == 0
    assert [(house.outbox(id).state, house.outbox(id).attempts) for id in ids] == [("queued", 0)] * 3


REFUSALS = [
    ("AUTH", "535 5.7.8 Authentication credentials invalid"),
    ("AUTH", "550 5.7.30 Basic authentication is not supported for Client Submission"),
    ("AUTH", "432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded"),
    ("MAIL", "451 4.7.0 Too many messages"),
    ("MAIL", "452 4.3.1 Insufficient system storage"),
    ("RCPT", "550 5.4.5 Daily user sending limit exceeded"),
    ("DATA", "421 4.3.2 Too many connections"),
    ("final_dot", "550 5.4.5 Daily user sending limit exceeded"),
    ("final_dot", "554 5.2.0 STOREDRV.Submission.Exception:SendAsDeniedException"),
]


@pytest.mark.parametrize("kind", [HUMAN, AUTO])
@pytest.mark.parametrize(("step", "reply"), REFUSALS)
def test_a_refused_account_rests_and_no_letter_loses_an_attempt(
    house: House, step: Any, reply: str, kind: SendKind
) -> None:
    ids = posted(house, kind, 2)
    with ScriptedSmtp({step: reply}, offers=("AUTH PLAIN",)) as server:
        with Relay(SmtpSettings("127.0.0.1", server.port, "none", "u", "p", helo="a.example")) as relay:
            with pytest.raises(AccountTrouble) as told:
                deliver(house.office, house.service, relay)
            assert told.value.rests_for == RESTS[0]
            assert [(house.outbox(id).state, house.outbox(id).attempts) for id in ids] == [("queued", 0)] * 2
            assert all(reply in house.outbox(id).error for id in ids)
            heard = server.transcript
            with pytest.raises(AccountTrouble):  # nothing is tried while it rests
                deliver(house.office, house.service, relay)
            assert server.transcript == heard
            house.clock.forward(minutes=2)
            send_all(house, relay)
    assert sent(house, ids) == 2
    assert house.in_store(accounts.resting) == []
    assert [house.outbox(id).unknowns for id in ids] == [0, 0]


def test_the_reason_and_the_end_of_a_rest_are_there_to_see(house: House, relay: Relay, smtp_sink: SmtpSink) -> None:
    posted(house, HUMAN, 1)
    smtp_sink.answer("mail", "535 5.7.8 Wrong password", times=2)
    for expected in RESTS[:2]:
        with pytest.raises(AccountTrouble):
            deliver(house.office, house.service, relay)
        (rest,) = house.in_store(accounts.resting)
        assert "535 5.7.8 Wrong password" in rest.why and rest.until == house.clock() + expected
        house.clock.now = rest.until
    send_all(house, relay)
    assert house.in_store(accounts.resting) == []


def test_an_account_that_rested_is_not_called_well_before_a_letter_was_tried(
    house: House, relay: Relay, smtp_sink: SmtpSink
) -> None:
    (id,) = posted(house, HUMAN, 1)
    smtp_sink.answer("mail", "535 5.7.8 Wrong password")
    with pytest.raises(AccountTrouble):
        deliver(house.office, house.service, relay)
    house.in_store(lambda: outbox.Outbox.update(next_at=house.clock() + timedelta(hours=1)).execute())
    house.clock.forward(minutes=1)
    with pytest.raises(AccountTrouble, match="Wrong password"):
        deliver(house.office, house.service, relay)
    house.in_store(lambda: stuck_letters.cancel(id))
    assert deliver(house.office, house.service, relay) == 0


def test_a_letter_that_makes_the_account_be_refused_does_not_hold_up_the_others(
    house: House, relay: Relay, smtp_sink: SmtpSink
) -> None:
    bad, good = house.post(HUMAN, recipient="bad@many.example"), house.post(HUMAN, recipient="good@many.example")
    smtp_sink.answer("rcpt", "450 4.2.1 Peak SMTP relay limit exceeded", recipient="bad@many.example")
    with pytest.raises(AccountTrouble):
        send_all(house, relay)
    house.clock.forward(seconds=31)
    send_all(house, relay)
    assert house.outbox(good).state == "sent" and house.outbox(bad).attempts == 0
    house.clock.forward(minutes=1)
    send_all(house, relay)
    assert house.outbox(bad).state == "sent"


def test_a_clock_set_back_wakes_a_resting_account(house: House, relay: Relay, smtp_sink: SmtpSink) -> None:
    (id,) = posted(house, HUMAN, 1)
    smtp_sink.answer("mail", "535 5.7.8 Wrong password")
    house.clock.forward(days=400)
    with pytest.raises(AccountTrouble):
        deliver(house.office, house.service, relay)
    house.clock.forward(days=-400)
    house.in_store(lambda: stuck_letters.retry(id, house.clock()))
    send_all(house, relay)
    assert sent(house, [id]) == 1


def test_a_relay_of_thirty_a_minute_gets_all_letters_without_one_refusal(house: House) -> None:
    limit(house, "25/min")
    ids = posted(house, HUMAN, 60)
    with ThirtyAMinute(house) as server, relay_to(server.port) as relay:
        for _ in range(20):
            send_all(house, relay)
            house.clock.forward(seconds=10)
    assert sent(house, ids) == 60 and server.refused == 0


def test_a_relay_with_a_limit_that_we_do_not_know_costs_time_but_no_letter(house: House) -> None:
    ids = posted(house, HUMAN, 70)
    with ThirtyAMinute(house) as server, relay_to(server.port) as relay:
        for _ in range(12):
            try:
                send_all(house, relay)
            except AccountTrouble:
                house.clock.forward(seconds=31)
    assert sent(house, ids) == 70 and server.refused > 0
    assert len(server.mails) == 70


class ThirtyAMinute(ScriptedSmtp):
    """Refuses the 31st mail of any minute by the house's clock, as Exchange Online does."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.taken_at: list[Any] = []
        self.refused = 0
        super().__init__()

    def _say(self, line: Any, step: str) -> str:
        if step == "MAIL":
            now = self.house.clock()
            recent = [one for one in self.taken_at if now - one < timedelta(minutes=1)]
            if len(recent) >= 30:
                self.refused += 1
                line.send(b"451 4.7.0 Submission rate exceeded: too many messages\r\n")
                return "451"
            self.taken_at.append(now)
        return super()._say(line, step)
