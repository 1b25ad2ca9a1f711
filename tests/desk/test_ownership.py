"""Of several daemons one has a mailbox: one that was stopped beyond its lease wakes up and changes nothing."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from mailticket.config.models import Config
from mailticket.desk.collect import collect, tidy
from mailticket.desk.mailbox.source import Source, open_source
from mailticket.desk.running import elapsed, takeover
from mailticket.desk.running.ownership import UNSHARED, LeasedHold, Terms, hold_on
from mailticket.desk.running.takeover import is_dead, take_over_from_the_dead
from mailticket.desk.servers.credentials import imap_settings
from mailticket.errors import Conflict, Temporary
from mailticket.store import folders, inbox
from mailticket.store.operation import leases
from mailticket.wire.imap import Mailbox
from tests.desk.house import House, mail
from tests.servers.dovecot import Dovecot

BRIEF = Terms(timedelta(milliseconds=200), timedelta(milliseconds=50), timedelta(milliseconds=50))
MAILBOX = "mailbox:support"


def held(house: House, owner: str, terms: Terms = BRIEF) -> LeasedHold:
    hold = LeasedHold(MAILBOX, owner, terms)
    assert house.in_store(hold.take)
    return hold


def stop_beyond_the_lease(terms: Terms = BRIEF) -> None:
    """What SIGSTOP does to a holder."""
    time.sleep(terms.lease.total_seconds() * 1.5)


def fence(house: House, hold: LeasedHold) -> None:
    with house.office.connected(), house.office.store.transaction():
        hold.fence()


def test_a_holder_stops_acting_before_its_lease_can_run_out(postgres_house: House) -> None:
    hold = held(postgres_house, "here:1:1")
    hold.check()
    time.sleep(0.16)
    with pytest.raises(Conflict, match="may have taken mailbox:support"):
        hold.check()


def test_a_lease_that_nobody_took_goes_on_under_its_number(postgres_house: House) -> None:
    hold = held(postgres_house, "here:1:1")
    stop_beyond_the_lease()
    fence(postgres_house, hold)
    assert postgres_house.in_store(hold.take) and hold.is_held
    assert postgres_house.in_store(lambda: leases.holds(MAILBOX, "here:1:1", 1))


def test_whoever_takes_over_fences_the_former_holder_off(postgres_house: House) -> None:
    stopped = held(postgres_house, "here:1:1")
    stop_beyond_the_lease()
    taken = held(postgres_house, "there:1:1", Terms())
    with pytest.raises(Conflict):
        fence(postgres_house, stopped)
    fence(postgres_house, taken)
    assert not postgres_house.in_store(stopped.take)
    postgres_house.in_store(taken.release)
    assert postgres_house.in_store(stopped.take)


def test_nobody_takes_over_in_the_middle_of_a_fenced_write(postgres_house: House) -> None:
    hold = held(postgres_house, "here:1:1")
    with postgres_house.office.connected(), postgres_house.office.store.transaction():
        hold.fence()
        stop_beyond_the_lease()
        with LeaseTaker(postgres_house) as taker:
            assert not taker.finished(0.3)
    assert taker.finished(5) and taker.epoch == 2


class LeaseTaker:
    """Takes the lease on another connection, beside the test."""

    def __init__(self, house: House) -> None:
        self.epoch: int | None = None
        self._thread = threading.Thread(target=lambda: house.in_store(self._take))

    def _take(self) -> None:
        self.epoch = leases.acquire(MAILBOX, "there:1:1", timedelta(minutes=1))

    def __enter__(self) -> LeaseTaker:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """The thread ends once it may have the lease."""

    def finished(self, seconds: float) -> bool:
        self._thread.join(seconds)
        return not self._thread.is_alive()


@pytest.fixture
def stale(postgres_house: House, dovecot: Dovecot, mail_config: Callable[..., Config], fresh_user: str) -> Any:
    """`stale()`: mailbox and source of a holder that was stopped while another took its mailbox."""
    house = postgres_house
    house.with_config(mail_config())
    with Mailbox(imap_settings(house.office, house.service)) as mailbox:
        dovecot.deliver(fresh_user, mail())
        hold = LeasedHold(MAILBOX, house.office.owner)
        assert house.in_store(hold.take)
        source = open_source(house.office, house.service, mailbox, hold)

        def lose() -> tuple[Source, Mailbox]:
            house.in_store(lambda: leases.release(MAILBOX, house.office.owner))
            held(house, "there:1:1", Terms())
            return source, mailbox

        yield lose


def test_the_mails_of_a_stale_holder_are_not_stored(stale: Any, postgres_house: House) -> None:
    source, mailbox = stale()
    with pytest.raises(Conflict):
        collect(postgres_house.office, source, mailbox, whole_folder=True)
    assert postgres_house.in_store(inbox.list_items) == []
    never_seen = source.service.model_copy(update={"imap": source.service.imap.model_copy(update={"folder": "New"})})
    with pytest.raises(Conflict):
        open_source(postgres_house.office, never_seen, mailbox, source.hold)
    assert postgres_house.in_store(lambda: folders.find("support", "INBOX")).scanned_uid == 0


def test_what_a_stale_holder_did_on_the_server_is_done_again_by_the_next(
    stale: Any, postgres_house: House, dovecot: Dovecot, fresh_user: str
) -> None:
    house = postgres_house
    source, mailbox = stale()
    collect(house.office, replace(source, hold=UNSHARED), mailbox, whole_folder=True)
    house.receive()
    with pytest.raises(Conflict):
        tidy(house.office, source, mailbox)
    assert len(house.in_store(lambda: folders.server_todo(source.name, source.state.uidvalidity))) == 1
    assert tidy(house.office, replace(source, hold=UNSHARED), mailbox) == 1
    assert not dovecot.mails(fresh_user) and len(dovecot.mails(fresh_user, "Processed")) == 1


def test_sqlite_needs_no_lease(house: House) -> None:
    assert hold_on(house.office, MAILBOX) is UNSHARED


@pytest.mark.parametrize(
    ("owner", "dead"),
    [
        ("{here}:1:1", False),
        ("{here}:{me}:1", True),
        ("{here}:4194999:1", True),
        ("{host}/another container:{me}:1", False),
        ("elsewhere:4194999:1", False),
    ],
)
def test_dead_is_who_is_gone_from_this_machine_or_silent_for_a_lease(
    postgres_house: House, owner: str, dead: bool
) -> None:
    name = owner.format(here=takeover._place(), host=socket.gethostname(), me=os.getpid())
    office = postgres_house.office
    postgres_house.in_store(lambda: leases.show_life(name, timedelta(seconds=0.2)))
    assert postgres_house.in_store(lambda: is_dead(office, name)) is dead
    time.sleep(0.3)
    assert postgres_house.in_store(lambda: is_dead(office, name))
    assert not postgres_house.in_store(lambda: is_dead(office, office.owner))


def test_the_mailboxes_of_a_process_that_is_gone_from_this_machine_are_free_at_once(postgres_house: House) -> None:
    held(postgres_house, f"{takeover._place()}:4194999:1", Terms())
    held_elsewhere = LeasedHold("mailbox:sales", "elsewhere:4194999:1")
    assert postgres_house.in_store(held_elsewhere.take)
    take_over_from_the_dead(postgres_house.office)
    assert postgres_house.in_store(LeasedHold(MAILBOX, "next:1:1").take)
    assert not postgres_house.in_store(LeasedHold("mailbox:sales", "next:1:1").take)


def test_processes_that_died_long_ago_are_forgotten(postgres_house: House) -> None:
    for owner, ttl in (("dead:1:1", timedelta(milliseconds=1)), ("alive:1:1", timedelta(minutes=1))):
        postgres_house.in_store(lambda owner=owner, ttl=ttl: leases.show_life(owner, ttl))
    time.sleep(0.05)
    assert postgres_house.in_store(lambda: leases.bury(timedelta(days=1))) == 0
    assert postgres_house.in_store(lambda: leases.bury(timedelta(milliseconds=10))) == 1
    assert not postgres_house.in_store(lambda: leases.is_dead("alive:1:1"))


def test_when_all_connections_of_postgresql_are_ended_nothing_is_taken_twice(postgres_house: House) -> None:
    house = postgres_house
    ids = [house.arrive(mail()) for _ in range(3)]
    held(house, house.office.owner, Terms())
    for _ in range(3):
        with psycopg.connect(house.office.store.url, autocommit=True) as other:
            everybody = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
            other.execute(everybody + " AND datname = current_database()")
        with suppress(Temporary):
            house.receive()
    house.receive()
    assert [house.inbox(id).outcome for id in ids] == ["opened"] * 3
    assert len(house.cases()) == 3 and len(house.letters("auto_reply")) == 3


def test_who_slept_for_longer_than_a_lease_does_not_mean_to_have_it_still(
    postgres_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold = held(postgres_house, "asleep:1:1", Terms())
    assert hold.is_held
    awake = elapsed.seconds()
    monkeypatch.setattr(elapsed, "seconds", lambda: awake + 3600.0)
    assert not hold.is_held
    with pytest.raises(Conflict):
        hold.check()


def test_time_elapses_by_the_clock_that_goes_on_while_the_machine_sleeps() -> None:
    """Nobody can put the machine to sleep here, so it is asked which clock that is (clock_gettime(2))."""
    assert elapsed._CLOCK == time.CLOCK_BOOTTIME
