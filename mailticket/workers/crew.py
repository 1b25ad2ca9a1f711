"""I/O: all threads of a desk together: started, woken, watched, given other services, stopped."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence

from mailticket.config.models import Config
from mailticket.desk.assign import assign
from mailticket.desk.call import call
from mailticket.desk.office import Office
from mailticket.desk.running.ownership import Terms
from mailticket.desk.running.takeover import take_over_from_the_dead
from mailticket.errors import MailticketError
from mailticket.health import Sample, Wrong
from mailticket.store.operation import leases
from mailticket.workers.collector import Collector
from mailticket.workers.deliverer import Deliverer
from mailticket.workers.hearer import Hearer
from mailticket.workers.keeper import Keeper
from mailticket.workers.receiver import Receiver
from mailticket.workers.worker import Worker

log = logging.getLogger(__name__)

#: What is in hand may take so long to finish before its connection is broken off.
_PATIENCE_WITH_SERVERS = 5.0
#: A mailbox that does not answer keeps the others waiting no longer than this.
_PATIENCE_WITH_FIRST_CONTACT = 20.0
#: Other daemons are called no more often for a verb, in seconds.
_CALLS_APART = 0.1


class Crew:
    """The workers of the desk, those of each service, and who shows that they live. `office` gives the one in force;
    without `sends` no letter goes out."""

    def __init__(self, office: Callable[[], Office], terms: Terms, sends: bool) -> None:
        self._office = office
        self._terms = terms
        self._sends = sends
        self._of_desk: list[Worker] = []
        self._of_services: list[Worker] = []
        self._keeper: Keeper | None = None
        #: When other daemons were last told of work, by verb.
        self._called_at: dict[str, float] = {}

    @property
    def workers(self) -> list[Worker]:
        keeper = [self._keeper] if self._keeper else []
        return [*keeper, *self._of_desk, *self._of_services]

    @property
    def is_well(self) -> bool:
        """There are workers, every one is alive and none is stuck."""
        return bool(self.workers) and all(one.is_well for one in self.workers)

    @property
    def is_at_work(self) -> bool:
        """Has it been started?"""
        return bool(self._of_desk)

    def troubles(self) -> Iterator[Wrong | Sample]:
        for worker in self.workers:
            yield from worker.troubles()

    def show_life(self) -> None:
        """Before anything is taken in hand: what the dead had goes on at once, and nobody takes us for one of them."""
        keeper = Keeper(self._office, lambda: self.workers, self._terms)
        if self._is_shared:
            keeper.show_life()
        take_over_from_the_dead(self._office())
        if self._is_shared:
            keeper.start()
            self._keeper = keeper

    def end_life(self) -> None:
        """The others need not wait until our leases have run out."""
        if self._keeper is None:
            return
        _stop([self._keeper])
        self._keeper = None
        office = self._office()
        try:
            with office.connected():
                leases.end_life(office.owner)
        except MailticketError as error:
            log.warning("other daemons take over when our leases have run out: %s", error)

    def start(self, config: Config) -> None:
        assigner = Worker("assign", lambda: assign(self._office()))
        caller = Worker("call", lambda: call(self._office()))
        self._of_desk = [Receiver(self._office), assigner, caller]
        if self._is_shared:
            self._of_desk.append(Hearer(self._office, self.wake_ours))
        self._of_services = self._workers_of(config)
        for worker in (*self._of_desk, *self._of_services):
            worker.start()

    def serve(self, config: Config) -> None:
        """The services of another config, in place of those before."""
        _stop(self._of_services)
        self._of_services = self._workers_of(config)
        for worker in self._of_services:
            worker.start()

    def meet_mailboxes(self, stopping: threading.Event) -> None:
        """What comes from now on is new mail: the activation moment of every mailbox that answers is stored."""
        until = time.monotonic() + _PATIENCE_WITH_FIRST_CONTACT
        for worker in self._of_services:
            if isinstance(worker, Collector):
                while not worker.has_looked.wait(0.1) and time.monotonic() < until:
                    if stopping.is_set():
                        return

    def stop(self) -> None:
        """What is in hand is finished; the keeper shows life until `end_life`."""
        left = _stop([*self._of_services, *self._of_desk], _PATIENCE_WITH_SERVERS)
        if left:
            log.warning("left behind, nothing is lost by it: %s", ", ".join(one.name for one in left))

    def wake(self, verb: str) -> None:
        """Tells the workers of a verb that there is work, and other daemons' where ours cannot do it at once."""
        self.wake_ours(verb)
        ours = [one for one in self.workers if one.does(verb)]
        if self._is_shared and not all(one.is_at_hand for one in ours):
            self._call_others(verb)

    def wake_ours(self, verb: str) -> None:
        for worker in self.workers:
            if worker.does(verb):
                worker.wake()

    def _call_others(self, verb: str) -> None:
        """Now and then: whoever is not called looks all the same, a second later."""
        now = time.monotonic()
        if now - self._called_at.get(verb, -1e9) < _CALLS_APART:
            return
        self._called_at[verb] = now
        office = self._office()
        try:
            with office.connected():
                office.store.notify(verb, office.owner)
        except MailticketError as error:
            log.debug("other daemons were not told that there is work to %s: %s", verb, error)

    @property
    def _is_shared(self) -> bool:
        """May other daemons work on the same database?"""
        return self._office().store.is_postgres

    def _workers_of(self, config: Config) -> list[Worker]:
        found: list[Worker] = [Collector(self._office, one.name, self._terms) for one in config.service]
        if self._sends:
            found += [Deliverer(self._office, one.name) for one in config.service]
        return found


def _stop(workers: Sequence[Worker], at_most: float | None = None) -> list[Worker]:
    """What is in hand is finished; who hangs on a silent server is cut off, and every state survives that.

    Gives those that had not come to rest `at_most` seconds later; without it, waits until all have. Nobody can cut off
    a connection that is being made.
    """
    for worker in workers:
        worker.stop()
    _join(workers, _PATIENCE_WITH_SERVERS)
    for worker in workers:
        if worker.is_alive():
            worker.break_off()
    _join(workers, at_most)
    return [one for one in workers if one.is_alive()]


def _join(workers: Sequence[Worker], seconds: float | None) -> None:
    until = None if seconds is None else time.monotonic() + seconds
    for worker in workers:
        if worker.is_alive():
            worker.join(None if until is None else max(0.0, until - time.monotonic()))
