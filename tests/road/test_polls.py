"""Counted in polls, by a clock that stands still in between: /healthz is red within two of a fault, green within two
of its end. And of every kind of alarm some table shows that it is heard.

A poll is what five seconds of a daemon hold (`jobs.WATCH_EVERY`): each of its workers takes its turns, resting after
failures as long as it ever does, and then the daemon looks at itself. Its threads do not run; the test turns them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from mailticket import daemon, health, jobs
from mailticket.desk.office import Office
from mailticket.desk.running import elapsed, ownership
from mailticket.desk.watching import canary, watch
from mailticket.domain import alarms
from mailticket.jobs import Timetable
from mailticket.store import inbox_ends
from mailticket.store.engine import sqlite
from mailticket.store.operation import leases
from mailticket.workers import crew, worker
from mailticket.workers.collector import Collector
from mailticket.workers.deliverer import Deliverer
from mailticket.workers.worker import Worker
from tests.desk.house import Clock
from tests.desk.test_alarms_rung import RUNG
from tests.road.faults import FAULTS, OVER_LIMIT
from tests.road.watched import Watched

OTHER = "elsewhere:1:1"


class ByHand(Watched):
    """The same desk without threads and time of its own."""

    clock: Clock
    #: When the rest of each worker is over.
    rests: dict[str, datetime]

    def poll(self) -> list[str]:
        """What is wrong after it."""
        for _ in range(jobs.WATCH_EVERY):
            self.clock.forward(seconds=1)
            for one in self.daemon.workers:
                if one.is_alive() and self.clock() >= self.rests.get(one.name, self.clock()):
                    one.take_turn()
        canary.send_canaries(self.daemon.office)
        return self.health()[1]

    def polls_until(self, true: Callable[[list[str]], bool]) -> int:
        """How many it takes; 9 is too many."""
        return next((count for count in range(1, 9) if true(self.poll())), 9)

    def rest(self) -> None:
        """Time passes until no worker rests any more: the longer a fault has lasted, the longer they do."""
        self.clock.now = max([self.clock(), *self.rests.values()])


@pytest.fixture(scope="module")
def by_hand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ByHand]:
    clock, rests = Clock(datetime.now(UTC)), dict[str, datetime]()

    def rest(self: Worker, seconds: float, _end_of_rest: threading.Event) -> None:
        rests[self.name] = clock() + timedelta(seconds=seconds)

    def start(self: Worker) -> None:
        if isinstance(self, Deliverer):
            self._begin_anew()

    def stop(self: Worker) -> None:
        self.stopping.set()
        rests.pop(self.name, None)
        if isinstance(self, Collector):
            self._hang_up()
        elif isinstance(self, Deliverer) and self._relay is not None:
            self._relay.close()

    with pytest.MonkeyPatch.context() as patch, ExitStack() as lines:
        for name, act in {"_rest": rest, "start": start, "stop": stop}.items():
            patch.setattr(Worker, name, act)
        patch.setattr(Worker, "is_alive", lambda self: not self.stopping.is_set())
        patch.setattr(Collector, "_patience_with_server", lambda *_: 0.0)
        patch.setattr(worker, "LOOKS_EVERY", 0.0)
        patch.setattr(crew, "_PATIENCE_WITH_FIRST_CONTACT", 0.0)
        patch.setattr(daemon, "Office", partial(Office, clock=clock))
        patch.setattr(elapsed, "seconds", lambda: clock().timestamp())
        patch.setattr(Timetable, "start", lambda self: None)
        patch.setattr(Timetable, "stop", lambda self: None)
        patch.setattr(health, "FRESH_FOR", -1.0)
        patch.setattr(canary, "LATE_AFTER", timedelta(0))
        patch.setattr(inbox_ends, "RETRY_AFTER", ())
        patch.setattr(sqlite, "_WAITS", 0.02)
        patch.setattr(sqlite, "_PRAGMAS", ("PRAGMA busy_timeout = 20", *sqlite._PRAGMAS[1:]))
        found = ByHand(tmp_path_factory.mktemp("by hand"), lines)
        found.clock, found.rests = clock, rests
        yield found
        found.daemon.stop()


@contextmanager
def taken_by_another(desk: ByHand) -> Iterator[None]:
    """It was stopped for longer than its lease, and another daemon has taken the mailbox, which it gives back."""
    collector = desk.worker("collect support")
    assert isinstance(collector, Collector)
    usual, collector.hold = collector.hold, ownership.LeasedHold("mailbox:support", desk.daemon.office.owner)
    desk.poll()
    lease = ownership.TERMS.lease
    desk.clock.now += lease
    desk.ask(lambda: leases.release("mailbox:support", desk.daemon.office.owner))
    assert desk.ask(lambda: leases.acquire("mailbox:support", OTHER, lease))
    yield
    desk.ask(lambda: leases.release("mailbox:support", OTHER))
    desk.clock.now += lease
    desk.poll()
    collector.hold = usual


#: What only a clock that is turned by hand can show.
BY_HAND: dict[str, Any] = {"lease-lost": taken_by_another}
SEEN = FAULTS | OVER_LIMIT | BY_HAND


@pytest.mark.xdist_group("polls")
@pytest.mark.parametrize("name", SEEN)
def test_a_fault_is_red_within_two_polls_and_green_within_two_of_its_end(by_hand: ByHand, name: str) -> None:
    kind = name.partition(",")[0]
    assert by_hand.polls_until(lambda kinds: not kinds) < 9
    with SEEN[name](by_hand):
        until_red = by_hand.polls_until(lambda kinds: kind in kinds)
    by_hand.rest()
    until_green = by_hand.polls_until(lambda kinds: not kinds)
    assert until_red <= 2 and until_green <= 2


def test_every_kind_of_alarm_is_either_seen_while_it_lasts_or_rung_when_it_happens() -> None:
    lasting = {name.partition(",")[0] for name in SEEN}
    assert not lasting & set(RUNG)
    assert lasting | set(RUNG) == set(alarms.KINDS)


def test_what_is_remembered_as_rung_where_it_happens_is_seen_all_the_same() -> None:
    assert {name for name in SEEN if name in watch._RINGS_WHERE_IT_HAPPENS} == watch._RINGS_WHERE_IT_HAPPENS
