"""A clock that is set: nothing expires early, nothing storms, nothing sleeps until a moment that never comes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
import time_machine

from mailticket import jobs
from mailticket.desk import sweep as verb
from mailticket.desk.answer import carry_out
from mailticket.desk.deliver import deliver
from mailticket.desk.running.clock import ClockWatch
from mailticket.desk.sweep import forget_rejected, remove_leftovers, sweep
from mailticket.domain.case import Status
from mailticket.domain.case_intents import SetStatus
from mailticket.jobs import Every, Timetable
from mailticket.store import blacklist, outbox_claims
from mailticket.store.by_hand import stuck_letters
from mailticket.store.files import blobs
from mailticket.store.operation import leases
from mailticket.wire.smtp import Relay, SmtpSettings
from tests.builders import NOW
from tests.cast import ANN, CARLA, MALLORY, as_csr
from tests.desk.house import Clock, House, mail
from tests.servers.scripted_smtp import ScriptedSmtp

JUMPS = [timedelta(days=-3), timedelta(days=400)]


def watched(clock: Clock) -> tuple[ClockWatch, list[float]]:
    """A watch, and its steady clock (one number)."""
    steady = [1000.0]
    return ClockWatch(clock, lambda: steady[0]), steady


@pytest.mark.parametrize("seconds", [-3 * 86400, -3600, -61, 61, 3601, 400 * 86400])
def test_a_clock_that_was_set_is_noticed_once(seconds: int) -> None:
    clock = Clock()
    watch, steady = watched(clock)
    clock.forward(seconds=5 + seconds)
    steady[0] += 5
    assert watch.look() == timedelta(seconds=seconds)
    assert watch.look() == timedelta(0)
    assert watch.is_sound() is (seconds <= 3600)


def test_time_that_passes_is_no_jump_however_long_nobody_looked() -> None:
    clock = Clock()
    watch, steady = watched(clock)
    clock.forward(days=2)
    steady[0] += 2 * 86400 - 20  # trimmed by the network
    assert not watch.look() and watch.is_sound()


def test_a_jump_ahead_is_doubted_before_anybody_has_looked() -> None:
    clock = Clock()
    watch, _ = watched(clock)
    clock.forward(hours=2)
    assert not watch.is_sound()
    assert watch.look() and not watch.is_sound()


@pytest.mark.parametrize("ends", ["an hour passes", "it is set right"])
def test_a_jump_ahead_is_doubted_until(ends: str) -> None:
    clock = Clock()
    watch, steady = watched(clock)
    clock.forward(days=400)
    assert watch.look() and not watch.is_sound()
    if ends == "an hour passes":
        steady[0] += 3601
    else:
        clock.forward(days=-400)
        assert watch.look()
    assert watch.is_sound()


def doubting(house: House) -> Callable[[], None]:
    """The house's clock is watched and was set ahead by 400 days; the function returned lets an hour pass."""
    watch, steady = watched(house.clock)
    house.office = replace(house.office, may_expire=watch.is_sound)
    house.clock.forward(days=400)
    watch.look()

    def an_hour_later() -> None:
        steady[0] += 3601

    return an_hour_later


def test_a_letter_is_not_given_up_because_the_clock_was_set_ahead(house: House) -> None:
    id = house.post()
    an_hour_later = doubting(house)
    replies = {"RCPT": "451 4.3.0 Later"}
    with ScriptedSmtp(replies) as server, Relay(SmtpSettings("127.0.0.1", server.port, "none")) as relay:
        deliver(house.office, house.service, relay)
        assert house.outbox(id).state == "queued"
        an_hour_later()
        server.answers |= replies
        house.clock.forward(hours=1)
        deliver(house.office, house.service, relay)
    assert house.outbox(id).state == "failed"


def test_no_case_is_closed_because_the_clock_was_set_ahead(house: House) -> None:
    house.take_in(mail(CARLA))
    carry_out(house.office, (SetStatus(as_csr(ANN), Status.RESOLVED),), house.case().id, "test:1")
    an_hour_later = doubting(house)
    sweep(house.office)
    assert house.case().status is Status.RESOLVED
    an_hour_later()
    sweep(house.office)
    assert house.case().status is Status.CLOSED


def test_what_nothing_names_is_young_while_the_clock_is_doubted(house: House) -> None:
    stray = house.in_store(lambda: blobs.put(b"stray"))
    an_hour_later = doubting(house)
    assert remove_leftovers(house.office) == 0 and house.in_store(lambda: blobs.exists(stray))
    an_hour_later()
    assert remove_leftovers(house.office) == 1


def test_no_stored_mail_is_deleted_because_the_clock_was_set_ahead(house: House) -> None:
    house.in_store(lambda: blacklist.add("*@elsewhere.example", "", "ann", NOW))
    (row,) = house.take_in(mail(MALLORY))
    an_hour_later = doubting(house)
    assert forget_rejected(house.office) == 0 and house.in_store(lambda: blobs.exists(row.blob))
    an_hour_later()
    assert forget_rejected(house.office) == 1


@pytest.mark.parametrize("days", [-3, -400])
def test_what_was_put_off_by_a_clock_that_was_ahead_is_tried_soon(house: House, days: int) -> None:
    id, mail_id = house.post(), house.arrive(mail(CARLA))
    replies = {"RCPT": "451 4.7.1 Greylisted"}
    with ScriptedSmtp(replies) as server, Relay(SmtpSettings("127.0.0.1", server.port, "none")) as relay:
        deliver(house.office, house.service, relay)
        house.in_store(lambda: verb.schedules.Inbox.update(next_at=house.clock() + timedelta(minutes=30)).execute())
        house.clock.forward(days=days)
        assert deliver(house.office, house.service, relay) == 0
        sweep(house.office)
        deliver(house.office, house.service, relay)
    house.receive()
    assert house.outbox(id).state == "sent" and house.inbox(mail_id).state == "done"


def test_what_waits_as_it_should_is_left_alone(house: House) -> None:
    soon, undone = house.clock() + timedelta(hours=4), house.clock() + timedelta(minutes=2)
    ids = [house.post(not_before=soon), house.post(not_before=undone)]
    sweep(house.office)
    assert [house.outbox(id).next_at for id in ids] == [soon, undone]


@pytest.mark.parametrize("jump", JUMPS)
def test_a_jump_during_an_attempt_neither_loses_nor_doubles_the_letter(house: House, jump: timedelta) -> None:
    id = house.post()

    def set_clock(*_: object) -> None:
        house.clock.now += jump
        house.in_store(lambda: stuck_letters.recover(None, house.clock()))

    with ScriptedSmtp() as server, Relay(SmtpSettings("127.0.0.1", server.port, "none")) as relay:
        first = house.in_store(lambda: outbox_claims.claim("support", house.office.owner, house.clock()))
        set_clock()
        if jump > timedelta(0):  # its lease has run out: it goes on
            assert [one.id for one in first] == [id] and house.outbox(id).state == "queued"
            house.clock.forward(minutes=2)
            deliver(house.office, house.service, relay)
            assert house.outbox(id).state == "sent" and len(server.mails) == 1
        else:
            assert house.outbox(id).state == "sending"
            house.in_store(lambda: stuck_letters.recover(lambda _: True, house.clock()))
            deliver(house.office, house.service, relay)
            assert house.outbox(id).state == "sent" and len(server.mails) == 1


def test_a_trigger_makes_up_for_nothing_however_far_the_clock_was_set_ahead() -> None:
    trigger, before = Every(seconds=5), datetime(2026, 1, 1, tzinfo=UTC)
    now = before + timedelta(days=400)
    assert trigger.get_next_fire_time(before, now) == now
    assert trigger.get_next_fire_time(now, now) == now + timedelta(seconds=5)


@pytest.mark.parametrize("jump", JUMPS)
def test_the_timetable_goes_on_after_the_clock_was_set(jump: timedelta, monkeypatch: pytest.MonkeyPatch) -> None:
    runs: list[float] = []
    for name, job in jobs.JOBS.items():
        monkeypatch.setitem(jobs.JOBS, name, replace(job, do=lambda _office: None))
    monkeypatch.setattr(jobs, "WATCH_EVERY", 0.2)
    monkeypatch.setattr(jobs, "hold_on", lambda *_: jobs.UNSHARED)
    office = SimpleNamespace(wake=lambda _verb: None, connected=lambda: threading.Lock())
    timetable = Timetable(lambda: office, lambda: runs.append(time.monotonic()))  # type: ignore[arg-type,return-value]
    timetable.start()
    try:
        _until(lambda: len(runs) > 1)
        with time_machine.travel(datetime.now(UTC) + jump, tick=True):
            seen = len(runs)
            timetable.begin_anew()
            _until(lambda: len(runs) > seen + 2)
            assert len(runs) < seen + 50
    finally:
        timetable.stop()


def _until(true: Callable[[], object]) -> None:
    end = time.monotonic() + 20
    while not true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def test_leases_go_by_the_clock_of_the_database_not_by_ours(house: House) -> None:
    with time_machine.travel(datetime.now(UTC) + timedelta(days=400), tick=True):
        assert house.in_store(lambda: leases.acquire("clock", "a", timedelta(minutes=1)))
    assert house.in_store(lambda: leases.acquire("clock", "b", timedelta(minutes=1))) is None
