"""Desk: what is written down of letters on their way, how many at once, and what a slow relay or a kill makes of it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from mailticket.desk import under_way
from mailticket.desk.deliver import deliver
from mailticket.desk.servers.accounts import Account
from mailticket.domain.decision import SendKind
from mailticket.errors import StoreTrouble
from mailticket.store import outbox_claims, outbox_ends
from mailticket.store.by_hand import stuck_letters
from mailticket.store.outbox_ends import Taken
from mailticket.wire import smtp_session
from mailticket.wire.smtp import Moments, Relay, SmtpSettings
from tests.desk.house import House
from tests.servers.smtp_sink import SmtpSink

HUMAN, NOTIFY, AUTO = SendKind.HUMAN, SendKind.NOTIFY, SendKind.AUTO


@pytest.fixture
def relay(smtp_sink: SmtpSink) -> Iterator[Relay]:
    with Relay(SmtpSettings("127.0.0.1", smtp_sink.port, "none", helo="example.com")) as line:
        yield line


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """No relay is slow, and no mark too old, but where a test says so: not on a busy machine either."""
    monkeypatch.setattr(smtp_session, "_AT_ONCE", 600_000)
    monkeypatch.setattr(under_way, "_MARK_LASTS", 600.0)


@pytest.fixture
def noted(monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[int], list[int], list[int]]]:
    """Each commit: the letters that were taken, marked, and marked too early."""
    kept: list[tuple[list[int], list[int], list[int]]] = []
    real = outbox_ends.note

    def note(owner: str, now: Any, *, taken: Any = (), final_dot: Any = (), untouched: Any = ()) -> set[int]:
        kept.append(([one.id for one in taken], list(final_dot), list(untouched)))
        return real(owner, now, taken=taken, final_dot=final_dot, untouched=untouched)

    monkeypatch.setattr(outbox_ends, "note", note)
    return kept


def posted(house: House, *kinds: SendKind) -> list[int]:
    return [house.post(kind, recipient=f"c{number}@many.example") for number, kind in enumerate(kinds)]


def found(house: House, ids: Sequence[int]) -> list[str]:
    return [house.outbox(id).state for id in ids]


@pytest.mark.parametrize(
    ("kinds", "commits"),
    [
        pytest.param((NOTIFY, NOTIFY, NOTIFY), [([], [0, 1, 2], []), ([0, 1, 2], [], [])], id="notifications together"),
        pytest.param((HUMAN, NOTIFY), [([], [0, 1], []), ([0, 1], [], [])], id="an answer with those behind it"),
        pytest.param((HUMAN, HUMAN), [([], [0], []), ([0], [1], []), ([1], [], [])], id="each answer alone"),
        pytest.param((AUTO, AUTO), [([], [0], []), ([0], [1], []), ([1], [], [])], id="each acknowledgement alone"),
        pytest.param((NOTIFY, AUTO), [([], [0], []), ([0], [1], []), ([1], [], [])], id="none ahead for customers"),
    ],
)
def test_what_a_relay_took_is_written_down_with_the_next_last_moment(
    each_house: House, smtp_sink: SmtpSink, relay: Relay, noted: list[Any], kinds: Any, commits: list[Any]
) -> None:
    ids = posted(each_house, *kinds)
    assert deliver(each_house.office, each_house.service, relay) == len(ids)
    assert noted == [tuple([ids[one] for one in part] for part in commit) for commit in commits]
    assert set(found(each_house, ids)) == {"sent"} and len(smtp_sink.mails) == len(ids)


def waiting_at(monkeypatch: pytest.MonkeyPatch, phase: str, number: int, then: Callable[[], None]) -> None:
    """The relay takes its time at that phase of the letter with this number, counted from 0."""
    real, letters = smtp_session.Session.hear, itertools.count()

    def hear(self: smtp_session.Session, at: Any, *arguments: Any) -> Any:
        if at == phase and next(letters) == number:
            self.kept_waiting()
            then()
        return real(self, at, *arguments)

    monkeypatch.setattr(smtp_session.Session, "hear", hear)


@pytest.mark.parametrize(
    ("phase", "states", "phases"),
    [
        ("mail", ["sent", "sending", "sending"], ["", "connect", "connect"]),
        ("rcpt", ["sent", "sending", "sending"], ["", "connect", "connect"]),
        ("data", ["sent", "sending", "sending"], ["", "connect", "connect"]),
        ("final_dot", ["sent", "sending", "sending"], ["", "final_dot", "connect"]),
    ],
)
def test_a_relay_that_takes_its_time_keeps_nothing_from_being_written_down(
    house: House,
    smtp_sink: SmtpSink,
    relay: Relay,
    monkeypatch: pytest.MonkeyPatch,
    phase: str,
    states: list[str],
    phases: list[str],
) -> None:
    ids, seen = posted(house, NOTIFY, NOTIFY, NOTIFY), []
    waiting_at(monkeypatch, phase, 1, lambda: seen.extend((found(house, ids), [house.outbox(id).phase for id in ids])))
    deliver(house.office, house.service, relay)
    assert seen == [states, phases]
    assert set(found(house, ids)) == {"sent"} and len(smtp_sink.mails) == 3


def test_after_a_wait_letters_are_marked_one_by_one_until_one_is_taken_at_once(
    house: House, smtp_sink: SmtpSink, relay: Relay, monkeypatch: pytest.MonkeyPatch, noted: list[Any]
) -> None:
    ids = posted(house, *[NOTIFY] * 5)
    waiting_at(monkeypatch, "mail", 1, lambda: None)
    deliver(house.office, house.service, relay)
    _, second, third, *last = ids
    assert noted[2:] == [([], [second], []), ([second], [third], []), ([third], last, []), (last, [], [])]


def test_with_a_relay_that_always_takes_its_time_letters_are_marked_ahead_but_once(
    house: House, smtp_sink: SmtpSink, relay: Relay, monkeypatch: pytest.MonkeyPatch, noted: list[Any]
) -> None:
    ids = posted(house, *[NOTIFY] * 4)
    monkeypatch.setattr(smtp_session.Session, "_answers_at_once", lambda self, line: False)
    deliver(house.office, house.service, relay)
    marked = [marks for _, marks, _ in noted if marks]
    assert marked == [ids, *([one] for one in ids[1:])] and set(found(house, ids)) == {"sent"}


@pytest.mark.parametrize("dies_after", range(4))
def test_killed_among_letters_marked_ahead_each_notification_goes_out_once_or_twice(
    house: House, smtp_sink: SmtpSink, relay: Relay, monkeypatch: pytest.MonkeyPatch, dies_after: int
) -> None:
    class PowerCut(BaseException):
        """The process ends here."""

    ids, handed_in = posted(house, NOTIFY, NOTIFY, NOTIFY, NOTIFY), itertools.count()
    real = Relay.send

    def send(self: Relay, sender: str, recipient: str, data: bytes, moments: Moments | None = None) -> str:
        reply = real(self, sender, recipient, data, moments)
        if next(handed_in) == dies_after:
            raise PowerCut
        return reply

    with monkeypatch.context() as broken:
        broken.setattr(Relay, "send", send)
        with pytest.raises(PowerCut):
            deliver(house.office, house.service, relay)
    house.in_store(lambda: stuck_letters.recover(lambda owner: True, house.clock()))
    house.clock.forward(minutes=16)
    deliver(house.office, house.service, relay)
    times = [len(smtp_sink.to(house.outbox(id).recipient)) for id in ids]
    assert set(found(house, ids)) == {"sent"} and times == [2] * (dies_after + 1) + [1] * (3 - dies_after)


def test_whoever_was_stopped_for_long_asks_again_whether_the_letter_is_still_theirs(
    house: House, smtp_sink: SmtpSink, relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = posted(house, NOTIFY, NOTIFY)
    monkeypatch.setattr(under_way, "_MARK_LASTS", -1.0)

    def taken_over() -> None:
        house.in_store(lambda: stuck_letters.recover(lambda owner: True, house.clock()))

    real = Relay.send

    def send(self: Relay, sender: str, recipient: str, data: bytes, moments: Moments | None = None) -> str:
        if recipient == house.outbox(ids[1]).recipient:
            taken_over()
        return real(self, sender, recipient, data, moments)

    monkeypatch.setattr(Relay, "send", send)
    with pytest.raises(Exception, match="lease ran out"):
        deliver(house.office, house.service, relay)
    assert len(smtp_sink.mails) == 1


def test_a_letter_that_somebody_took_over_keeps_no_other_from_being_written_down(house: House) -> None:
    first, second = posted(house, NOTIFY, NOTIFY)
    now, owner = house.clock(), house.office.owner

    def steps() -> set[int]:
        outbox_claims.claim("support", owner, now)
        outbox_ends.ended(first, owner, {"state": "queued", "next_at": now})
        return outbox_ends.note(owner, now, taken=[Taken(first, 1, "250 ok"), Taken(second, 1, "250 ok")])

    assert house.in_store(steps) == {first}
    assert found(house, [first, second]) == ["queued", "sent"]


def fails_once(monkeypatch: pytest.MonkeyPatch, where: Any, name: str, at: int = 0) -> None:
    """The database is away at that call, counted from 0, and back at the next."""
    real, calls = getattr(where, name), itertools.count()

    def act(*arguments: Any, **named: Any) -> Any:
        if next(calls) == at:
            raise StoreTrouble("The connection to the database is lost.")
        return real(*arguments, **named)

    monkeypatch.setattr(where, name, act)


@pytest.mark.parametrize("kind", [HUMAN, NOTIFY, AUTO])
def test_what_a_relay_took_while_the_database_was_away_is_written_down_later_and_not_sent_again(
    each_house: House, smtp_sink: SmtpSink, relay: Relay, monkeypatch: pytest.MonkeyPatch, kind: SendKind
) -> None:
    house, unwritten, real = each_house, under_way.Unwritten(), outbox_ends.note
    ids = posted(house, kind, kind)

    def note(*arguments: Any, **named: Any) -> set[int]:
        if named["taken"]:
            raise StoreTrouble("The connection to the database is lost.")
        return real(*arguments, **named)

    with monkeypatch.context() as broken:
        broken.setattr(outbox_ends, "note", note)
        with pytest.raises(StoreTrouble):
            deliver(house.office, house.service, relay, unwritten=unwritten)
    house.clock.forward(minutes=16)
    house.in_store(lambda: stuck_letters.recover(None, house.clock()))  # somebody gives up waiting for its end
    house.clock.forward(minutes=16)
    while deliver(house.office, house.service, relay, unwritten=unwritten):
        pass
    assert found(house, ids) == ["sent", "sent"] and len(smtp_sink.mails) == 2 and not unwritten


@pytest.mark.parametrize("kind", [HUMAN, NOTIFY, AUTO])
def test_trouble_right_after_a_relay_took_a_letter_sends_it_to_nobody_twice(
    house: House, smtp_sink: SmtpSink, relay: Relay, monkeypatch: pytest.MonkeyPatch, kind: SendKind
) -> None:
    (id,) = posted(house, kind)
    fails_once(monkeypatch, Account, "took_a_letter")
    with pytest.raises(StoreTrouble):
        deliver(house.office, house.service, relay)
    house.clock.forward(minutes=20)
    deliver(house.office, house.service, relay)
    assert (found(house, [id]), len(smtp_sink.mails)) == (["sent"], 1)


@pytest.mark.parametrize("kind", [HUMAN, AUTO])
@pytest.mark.parametrize("is_tried_again", [False, True])
def test_an_end_that_is_seen_after_all_counts_unless_another_has_begun(
    each_house: House, kind: SendKind, is_tried_again: bool
) -> None:
    house = each_house
    (id,) = posted(house, kind)

    def late() -> set[int]:
        (item,) = outbox_claims.claim("support", "slow:1:1", house.clock())
        outbox_ends.note("slow:1:1", house.clock(), final_dot=[id])
        house.clock.forward(minutes=16)  # or its clock was set ahead
        stuck_letters.recover(None, house.clock())
        if is_tried_again:
            stuck_letters.retry(id, house.clock())
            outbox_claims.claim("support", "next:1:1", house.clock())
        return outbox_ends.note("slow:1:1", house.clock(), taken=[Taken(id, item.attempts, "250 ok")])

    lost = house.in_store(late)
    assert (lost, found(house, [id])) == (({id}, ["sending"]) if is_tried_again else (set(), ["sent"]))
