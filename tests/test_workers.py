"""Workers: woken at once, alive for all to see, patient with a broken world, quick to stop."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from mailticket.children.pool import Parsers
from mailticket.config.models import Config, Imap, Smtp
from mailticket.desk.mailbox import pressure
from mailticket.desk.office import Office
from mailticket.desk.running.ownership import TERMS, Terms
from mailticket.desk.watching.trouble import BACKOFFS, Trouble
from mailticket.domain.address import Address
from mailticket.errors import AccountTrouble, LeftOver, Temporary
from mailticket.health import Wrong
from mailticket.store import inbox, outbox_claims
from mailticket.store.database import Store
from mailticket.store.operation import leases
from mailticket.wire.imap import Mailbox
from mailticket.workers.collector import Collector
from mailticket.workers.deliverer import Deliverer
from mailticket.workers.keeper import Keeper
from mailticket.workers.worker import Worker
from tests import cast
from tests.desk.house import House, build, mail
from tests.servers.dovecot import Dovecot
from tests.servers.scripted_smtp import ScriptedSmtp
from tests.servers.smtp_sink import SmtpSink


def until(true: Callable[[], object], seconds: float = 15.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"waited {seconds:g} s in vain"
        time.sleep(0.02)


@pytest.fixture
def running() -> Iterator[Callable[[Any], Any]]:
    """`running(worker)` starts it; it is stopped after the test."""
    started: list[Worker] = []

    def start(worker: Worker) -> Worker:
        worker.start()
        started.append(worker)
        return worker

    yield start
    for one in started:
        one.stop()
    for one in started:
        one.join(10)
        assert not one.is_alive()


def stop(worker: Worker) -> float:
    """Seconds that it took."""
    began = time.monotonic()
    worker.stop()
    worker.join(10)
    assert not worker.is_alive()
    return time.monotonic() - began


def test_a_worker_goes_on_while_there_is_work_and_then_waits(running: Any) -> None:
    left = [1, 1, 1]
    turns: list[float] = []

    def turn() -> int:
        turns.append(time.monotonic())
        return left.pop() if left else 0

    running(Worker("test", turn))
    until(lambda: len(turns) == 4)
    assert turns[3] - turns[0] < 0.5
    until(lambda: len(turns) == 5)
    assert 0.9 < turns[4] - turns[3] < 2  # unwoken, it looks again after a second


def test_a_woken_worker_works_at_once(running: Any) -> None:
    turns: list[float] = []
    worker = running(Worker("test", lambda: turns.append(time.monotonic()) or 0))
    until(lambda: turns)
    woken_at = time.monotonic()
    worker.wake()
    until(lambda: len(turns) == 2)
    assert turns[1] - woken_at < 0.3


def test_what_wakes_it_during_a_turn_is_not_lost(running: Any) -> None:
    turns: list[float] = []

    def turn() -> int:
        turns.append(time.monotonic())
        if len(turns) == 1:
            worker.wake()
        return 0

    worker = Worker("test", turn)
    running(worker)
    until(lambda: len(turns) == 2)
    assert turns[1] - turns[0] < 0.3


def test_a_failing_worker_lives_on_and_says_so_once(
    running: Any, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(BACKOFFS, Exception, (0.01,))
    turns: list[int] = []

    def turn() -> int:
        turns.append(1)
        if len(turns) <= 5:
            raise Temporary("The server is away.")
        return 0

    worker = running(Worker("test", turn))
    until(lambda: len(turns) > 5)
    until(lambda: not worker.trouble.what)
    assert caplog.text.count("test: The server is away.") == 1
    assert caplog.text.count("works again") == 1 and worker.is_well


def test_what_is_left_over_keeps_no_new_work_waiting(running: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(BACKOFFS, LeftOver, (1000.0,))
    turns: list[int] = []

    def turn() -> int:
        turns.append(1)
        raise LeftOver("One case waits.")

    worker = running(Worker("test", turn))
    until(lambda: worker.trouble.failures == 1)
    worker.wake()
    until(lambda: len(turns) == 2)
    assert worker.is_well


def test_the_waits_grow_and_begin_anew_after_success() -> None:
    trouble, expected = Trouble("test"), BACKOFFS[Exception]
    spans = [trouble.failed(Temporary("x")) for _ in range(len(expected) + 2)]
    for span, wanted in zip(spans, (*expected, expected[-1], expected[-1]), strict=True):
        assert wanted * 0.89 < span < wanted * 1.11
    trouble.over()
    assert trouble.failed(Temporary("x")) < expected[0] * 1.11


def test_a_refused_account_is_asked_less_often() -> None:
    assert Trouble("test").failed(AccountTrouble("x")) > BACKOFFS[AccountTrouble][0] * 0.89


def test_another_trouble_is_told_too_and_a_fault_of_ours_with_its_traceback(caplog: pytest.LogCaptureFixture) -> None:
    trouble = Trouble("test")
    for error in (Temporary("first"), Temporary("first"), ZeroDivisionError("second")):
        try:
            raise error
        except Exception as caught:
            trouble.failed(caught)
    assert [one.getMessage() for one in caplog.records] == ["test: first", "test: second"]
    assert "Traceback" in caplog.text


def test_a_stuck_worker_is_not_well_and_one_that_rests_is(running: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    go_on = threading.Event()
    stuck = running(Worker("stuck", lambda: int(go_on.wait(10)), patience=0.2))
    assert stuck.is_well
    until(lambda: not stuck.is_well)
    go_on.set()
    until(lambda: stuck.is_well)

    def fails() -> int:
        raise AccountTrouble("x")

    resting = running(Worker("resting", fails, patience=2.0))
    time.sleep(2.3)
    assert resting.is_well and resting.trouble.failures == 1


def test_a_worker_that_was_never_started_or_has_ended_is_not_well() -> None:
    worker = Worker("test", lambda: 0)
    assert not worker.is_well
    worker.start()
    assert worker.is_well
    stop(worker)
    assert not worker.is_well


@pytest.mark.parametrize("fails", [False, True])
def test_an_idle_or_resting_worker_stops_within_a_second(fails: bool) -> None:
    def turn() -> int:
        if fails:
            raise AccountTrouble("x")
        return 0

    worker = Worker("test", turn)
    worker.start()
    time.sleep(0.1)
    assert stop(worker) < 1


@pytest.fixture
def house_with(tmp_path: Path) -> Iterator[Callable[..., House]]:
    """`house_with(config, url)`: a house around a store; its parsers start nothing before they are asked."""
    opened: list[House] = []

    def house(config: Config, url: str = "sqlite") -> House:
        store = Store(url, tmp_path / "data")
        store.open()
        store.migrate()
        opened.append(build(config, store, Parsers(count=1), tmp_path))
        return opened[-1]

    yield house
    for one in opened:
        one.office.parsers.close()
        one.office.store.close()


def desk(dovecot: Dovecot, user: str, smtp_port: int = 9, imap_port: int = 0) -> Config:
    imap = {"host": "127.0.0.1", "port": imap_port or dovecot.port, "security": "none", "username": user}
    smtp = Smtp(host="127.0.0.1", port=smtp_port, security="none")
    with_mailbox = {"imap": Imap.model_validate(imap | {"password": dovecot.password}), "smtp": smtp}
    return cast.config(cast.service(poll=timedelta(minutes=10), **with_mailbox))


def collected(house: House) -> int:
    return len(house.in_store(inbox.list_items))


#: Leases that a test can wait for.
QUICK = Terms(timedelta(seconds=2), timedelta(seconds=0.5), timedelta(seconds=0.5))


def collector(house: House, office: Office | None = None, terms: Terms = TERMS) -> Collector:
    return Collector(lambda: office or house.office, "support", terms)


def test_the_collector_sees_new_mail_at_once_by_one_connection(
    dovecot: Dovecot, fresh_user: str, house_with: Any, running: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Mailbox] = []
    real = Mailbox.open
    monkeypatch.setattr(Mailbox, "open", lambda mailbox: (opened.append(mailbox), real(mailbox))[1])
    house = house_with(desk(dovecot, fresh_user))
    worker = running(collector(house))
    assert worker.has_looked.wait(10)
    for number in range(3):
        dovecot.deliver(fresh_user, mail(text=str(number)))
        began = time.monotonic()
        until(lambda count=number + 1: collected(house) == count)
        assert time.monotonic() - began < 2  # poll is ten minutes
    assert len(opened) == 1


def test_under_pressure_mail_waits_on_the_server_and_comes_by_itself_after(
    dovecot: Dovecot, fresh_user: str, house_with: Any, running: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mailticket.workers.collector.PAUSED_LOOKS_EVERY", 0.1)
    house = house_with(desk(dovecot, fresh_user))
    with monkeypatch.context() as pressed:
        pressed.setattr(pressure, "LEAST_FREE", 1 << 60)
        worker = running(collector(house))
        dovecot.deliver(fresh_user, mail())
        until(lambda: worker._paused is not None)
        assert collected(house) == 0 and len(dovecot.mails(fresh_user)) == 1
    until(lambda: collected(house) == 1)


def test_behind_a_backlog_new_matters_come_in_and_all_else_waits_for_its_turn(
    dovecot: Dovecot, fresh_user: str, house_with: Any, running: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mailticket.workers.collector.PAUSED_LOOKS_EVERY", 0.1)
    monkeypatch.setattr(pressure, "MOST_WAITING", 0)
    house = house_with(desk(dovecot, fresh_user))
    worker = running(collector(house))
    assert worker.has_looked.wait(10)
    dovecot.deliver(fresh_user, mail(Address("", "dirk@many.example"), "Lamp"))
    until(lambda: collected(house) == 1)
    dovecot.deliver(fresh_user, mail(Address("", "carla@many.example"), "Re: Pump"))
    dovecot.deliver(fresh_user, mail(Address("", "emil@many.example"), "Kettle"))
    until(lambda: collected(house) == 2)
    assert {one.source_key.rpartition("/")[2] for one in house.in_store(inbox.list_items)} == {"1", "3"}
    house.receive()
    worker.wake()
    until(lambda: collected(house) == 3)


def test_the_collector_tidies_when_it_is_woken(
    dovecot: Dovecot, fresh_user: str, house_with: Any, running: Any
) -> None:
    house = house_with(desk(dovecot, fresh_user))
    worker = running(collector(house))
    assert worker.has_looked.wait(10)
    dovecot.deliver(fresh_user, mail())
    until(lambda: collected(house) == 1)
    house.receive()
    worker.wake()
    until(lambda: not dovecot.mails(fresh_user))


def test_the_collector_comes_back_after_the_server_was_restarted(
    dovecot: Dovecot, fresh_user: str, house_with: Any, running: Any, caplog: pytest.LogCaptureFixture
) -> None:
    house = house_with(desk(dovecot, fresh_user))
    worker = running(collector(house))
    assert worker.has_looked.wait(10)
    dovecot.restart()
    dovecot.deliver(fresh_user, mail())
    until(lambda: collected(house) == 1)
    until(lambda: "works again" in caplog.text)
    assert worker.is_well


def test_an_idle_collector_stops_within_a_second(dovecot: Dovecot, fresh_user: str, house_with: Any) -> None:
    worker = collector(house_with(desk(dovecot, fresh_user)))
    worker.start()
    assert worker.has_looked.wait(10)
    time.sleep(0.3)
    assert stop(worker) < 1.5


def test_a_mailbox_that_does_not_answer_counts_as_looked_at(
    dovecot: Dovecot, fresh_user: str, house_with: Any, running: Any
) -> None:
    worker = running(collector(house_with(desk(dovecot, fresh_user, imap_port=1))))
    assert worker.has_looked.wait(10)
    until(lambda: "Nobody listens" in worker.trouble.what)


def test_of_two_daemons_one_watches_the_mailbox_and_the_other_takes_over(
    postgres_url: str, dovecot: Dovecot, fresh_user: str, house_with: Any, running: Any
) -> None:
    house = house_with(desk(dovecot, fresh_user), postgres_url)
    first, second = (collector(house, house.as_owner(f"host{number}:1:1")) for number in (1, 2))
    running(first)
    assert first.has_looked.wait(10)
    running(second)
    assert second.has_looked.wait(10)
    time.sleep(0.5)
    assert first._mailbox is not None and second._mailbox is None
    stop(first)  # it lets the lease go
    until(lambda: second._mailbox is not None)
    dovecot.deliver(fresh_user, mail())
    until(lambda: collected(house) == 1)


def test_the_mailbox_of_a_silent_daemon_is_taken_over_when_its_lease_runs_out(
    postgres_url: str,
    dovecot: Dovecot,
    fresh_user: str,
    house_with: Any,
    running: Any,
) -> None:
    house = house_with(desk(dovecot, fresh_user), postgres_url)
    silent = collector(house, house.as_owner("gone:1:1"), QUICK)
    assert silent._is_owner()
    second = running(collector(house, house.as_owner("host:1:1"), QUICK))
    assert second.has_looked.wait(10) and second._mailbox is None
    until(lambda: second._mailbox is not None, 5)
    assert not lost(silent)
    assert not silent._is_owner()
    assert lost(silent) and not lost(second)
    until(lambda: not lost(silent), 5)


def lost(worker: Collector) -> bool:
    """Does it say that another daemon has taken its mailbox?"""
    return any(isinstance(one, Wrong) and one.kind == "lease-lost" for one in worker.troubles())


def test_a_lease_that_cannot_be_let_go_is_told_and_runs_out(
    dovecot: Dovecot, fresh_user: str, house_with: Any, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    def fails(*_: object) -> None:
        raise Temporary("The database is gone.")

    worker = collector(house_with(desk(dovecot, fresh_user)))
    monkeypatch.setattr(worker.hold, "release", fails, raising=False)
    worker.start()
    assert worker.has_looked.wait(10)
    stop(worker)
    assert "another daemon takes over when the lease has run out: The database is gone." in caplog.text


def test_the_keeper_renews_what_a_long_turn_would_lose_and_takes_over_from_the_dead(
    postgres_url: str, dovecot: Dovecot, fresh_user: str, house_with: Any, running: Any
) -> None:
    house = house_with(desk(dovecot, fresh_user), postgres_url)
    ours, theirs = house.as_owner("here:1:1"), house.as_owner("there:1:1")
    id = house.post()
    house.in_store(lambda: leases.show_life("there:1:1", QUICK.lease))
    house.in_store(lambda: outbox_claims.claim("support", "there:1:1", house.clock()))
    busy = collector(house, ours, QUICK)
    assert busy._is_owner()
    busy.turn = lambda: busy.stopping.wait(20) or 0
    running(busy)
    running(Keeper(lambda: ours, lambda: [busy], QUICK))
    time.sleep(1)
    assert house.outbox(id).state == "sending"
    until(lambda: house.outbox(id).state == "queued", 10)
    assert busy.hold.is_held and not collector(house, theirs)._is_owner()


def test_the_deliverer_keeps_its_connection_and_closes_it_in_the_end(
    dovecot: Dovecot, fresh_user: str, house_with: Any, smtp_sink: SmtpSink
) -> None:
    house = house_with(desk(dovecot, fresh_user, smtp_sink.port))
    worker = Deliverer(lambda: house.office, "support")
    worker.start()
    for _ in range(2):
        house.post()
        worker.wake()
        until(lambda: all(one.state == "sent" for one in house.letters()))
    assert stop(worker) < 1.5
    assert smtp_sink.sessions == 1 and len(smtp_sink.mails) == 2


def test_trouble_with_the_relay_lasts_until_a_letter_went_out(
    dovecot: Dovecot, fresh_user: str, house_with: Any, running: Any, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    monkeypatch.setitem(BACKOFFS, Exception, (0.05,))
    with ScriptedSmtp({"connect": "421 4.3.0 Going down", "EHLO": "421 4.3.0 Going down"}) as server:
        house = house_with(desk(dovecot, fresh_user, server.port))
        id = house.post()
        running(Deliverer(lambda: house.office, "support"))
        until(lambda: house.outbox(id).state == "sent")
        until(lambda: "works again" in caplog.text)
    assert caplog.text.count("works again") == 1 and house.outbox(id).attempts == 1


def test_a_deliverer_that_hangs_on_a_silent_relay_can_be_cut_off(
    dovecot: Dovecot, fresh_user: str, house_with: Any
) -> None:
    release = threading.Event()

    class Silent(ScriptedSmtp):
        def _say(self, line: Any, step: str) -> str:
            if step == "final_dot":
                release.wait(30)
            return super()._say(line, step)

    with Silent() as server:
        house = house_with(desk(dovecot, fresh_user, server.port))
        id = house.post()
        worker = Deliverer(lambda: house.office, "support")
        worker.start()
        until(lambda: server.mails)
        worker.stop()
        worker.break_off()
        worker.join(5)
        release.set()
        assert not worker.is_alive()
    assert house.outbox(id).unknowns == 1 and house.outbox(id).state == "queued"
