"""I/O: the composition root: builds everything from the settings, starts it, reloads it, stops it in reverse."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from mailticket import settings
from mailticket.children.pool import Parsers
from mailticket.children.scribe import Scribe
from mailticket.config.models import Config
from mailticket.desk.assign import assign
from mailticket.desk.call import call
from mailticket.desk.office import Office
from mailticket.desk.running.clock import ClockWatch
from mailticket.desk.running.ownership import TERMS, Terms
from mailticket.desk.running.takeover import name_of_this_process, take_over_from_the_dead
from mailticket.desk.watching.watch import Watch, look
from mailticket.errors import ConfigError, MailticketError, Permanent
from mailticket.health import Board, Sample, Wrong
from mailticket.store import blacklist, people
from mailticket.store.database import Store
from mailticket.store.operation import leases
from mailticket.store.privacy import key_file, key_in_force
from mailticket.workers.collector import Collector
from mailticket.workers.deliverer import Deliverer
from mailticket.workers.hearer import Hearer
from mailticket.workers.keeper import Keeper
from mailticket.workers.receiver import Receiver
from mailticket.workers.worker import Worker

if TYPE_CHECKING:
    from mailticket.jobs import Timetable
    from mailticket.web.server import WebServer

log = logging.getLogger(__name__)

#: What is in hand may take so long to finish before its connection is broken off.
_PATIENCE_WITH_SERVERS = 5.0
#: A mailbox that does not answer keeps the others waiting no longer than this.
_PATIENCE_WITH_FIRST_CONTACT = 20.0
#: Other daemons are called no more often for a verb, in seconds.
_CALLS_APART = 0.1


class Daemon:
    """One desk. `start` returns when it is ready; `stop` returns when all is at rest. Used by `run` and by the demo."""

    def __init__(self, config: Config, config_path: Path, sends: bool = True, terms: Terms = TERMS) -> None:
        self.config_path = config_path
        self._sends = sends
        data = Path(config.mailticket.data)
        self._store = Store(config.mailticket.database, data, config.mailticket.files)
        self._parsers = Parsers()
        self._scribe = Scribe()
        self._desk_workers: list[Worker] = []
        self._service_workers: list[Worker] = []
        self._terms = terms
        self._keeper: Keeper | None = None
        self.board = Board((self._look_at_workers, lambda: look(self.office)))
        self._config = config
        self.clock = ClockWatch()
        self.asked_to_stop = threading.Event()
        self._owner = name_of_this_process()
        self._office: Office | None = None
        #: Why the last reload left the old config in force; "" if it did not.
        self._refused_config = ""
        self._web: WebServer | None = None
        #: When other daemons were last told of work, by verb.
        self._called_at: dict[str, float] = {}

    @property
    def office(self) -> Office:
        """What is in force now; a reload puts a new one in its place."""
        if self._office is None:
            raise MailticketError("the daemon has not been started")
        return self._office

    @cached_property
    def timetable(self) -> Timetable:
        """What time does, on which a fifteenth of a start's modules wait that a single pass has no use for."""
        from mailticket.jobs import Timetable

        return Timetable(lambda: self.office, Watch(lambda: self.office, self.board.troubles), self._terms)

    @property
    def workers(self) -> list[Worker]:
        keeper = [self._keeper] if self._keeper else []
        return [*keeper, *self._desk_workers, *self._service_workers]

    @property
    def is_well(self) -> bool:
        """Every worker is alive and none is stuck, and the web server answers where there is one."""
        web_is_well = self._web is None or self._web.is_well
        return bool(self.workers) and all(one.is_well for one in self.workers) and web_is_well

    def _look_at_workers(self) -> Iterator[Wrong | Sample]:
        for worker in self.workers:
            yield from worker.troubles()
        if self._web is not None and self._web.has_ended:
            yield Wrong("web-down", "", "The web server has ended.")
        if self._refused_config:
            yield Wrong("config-refused", "", self._refused_config)

    def open(self) -> None:
        """Everything but the workers: the database migrated, people and blacklist as the config has them."""
        self._store.open()
        try:
            self._store.hold_alone()
            self._store.migrate()
            self._store.check_schema()
            self._put_in_force(self._config)
            self._show_life()
        except BaseException:
            self.stop()
            raise

    def start(self) -> None:
        """Takes the web port first: whoever starts a second desk by mistake learns it before anything happens."""
        self._web = self._web_server()
        try:
            self.open()
        except BaseException:
            self._close_web()
            raise
        receiver = Receiver(lambda: self.office)
        assigner = Worker("assign", lambda: assign(self.office))
        caller = Worker("call", lambda: call(self.office))
        self._desk_workers = [receiver, assigner, caller]
        if self._store.is_postgres:
            self._desk_workers.append(Hearer(lambda: self.office, self._wake_ours))
        self._service_workers = self._workers_of(self._config)
        for worker in (*self._desk_workers, *self._service_workers):
            worker.start()
        self.timetable.start()
        self._open_web()
        self._meet_mailboxes()

    def _web_server(self) -> WebServer | None:
        """With links its port must be free; a desk without them works on where only monitors miss it."""
        # A fifth of a start's time, which a single pass has no use for.
        from mailticket.web.server import WebServer

        web = self._config.web
        if web.url:
            return WebServer(*web.place)
        try:
            return WebServer(*web.place, "/healthz and /metrics")
        except Permanent as error:
            log.warning("/healthz and /metrics are not served: %s", error)
            return None

    def _open_web(self) -> None:
        """Serves /healthz, /metrics, and the links if the config names an address for them."""
        if self._web is None:
            return
        from mailticket.web.app import app

        try:
            self._web.start(app(lambda: self.office, self.board))
        except BaseException:
            self.stop()
            raise
        what = "links, /healthz and /metrics" if self._config.web.url else "/healthz and /metrics"
        log.info("%s are served on %s:%d", what, *self._web.address)

    def _close_web(self) -> None:
        if self._web:
            self._web.stop()
            self._web = None

    def _meet_mailboxes(self) -> None:
        """What comes from now on is new mail: the activation moment of every mailbox that answers is stored."""
        until = time.monotonic() + _PATIENCE_WITH_FIRST_CONTACT
        for worker in self._service_workers:
            if isinstance(worker, Collector):
                while not worker.has_looked.wait(0.1) and time.monotonic() < until:
                    if self.asked_to_stop.is_set():
                        return

    def stop(self) -> None:
        """In reverse: no new clicks, clock work or mail, what is in hand is finished, then the database."""
        self.asked_to_stop.set()
        self._close_web()
        if self._desk_workers:
            self.timetable.stop()
        left = _stop([*self._service_workers, *self._desk_workers], _PATIENCE_WITH_SERVERS)
        if left:
            log.warning("left behind, nothing is lost by it: %s", ", ".join(one.name for one in left))
        self._parsers.close()
        self._scribe.close()
        self._end_life()
        self._store.close()

    def reload(self) -> None:
        """Read the config again; a bad file leaves the old one in force."""
        try:
            config = settings.load(self.config_path)
            if config.mailticket.data != self._config.mailticket.data:
                raise ConfigError(["mailticket.data: a new data folder needs a restart"])
            if config.mailticket.database != self._config.mailticket.database:
                raise ConfigError(["mailticket.database: a new database needs a restart"])
            if config.mailticket.files != self._config.mailticket.files:
                raise ConfigError(["mailticket.files: another place for files needs a restart"])
            if (config.web.listen, not config.web.url) != (self._config.web.listen, not self._config.web.url):
                raise ConfigError(["web: another address to listen on, or none, needs a restart"])
            self._put_in_force(config)
        except MailticketError as error:
            log.error("The config was not reloaded; the old one stays in force. %s", error)
            self._refused_config = str(error)
            return
        self._refused_config = ""
        _stop(self._service_workers)
        self._service_workers = self._workers_of(config)
        for worker in self._service_workers:
            worker.start()
        log.info("the config was reloaded: %d services, %d CSRs", len(config.service), len(config.csr))

    def wake(self, verb: str) -> None:
        """Tells the workers of a verb that there is work, and other daemons' where ours cannot do it at once."""
        self._wake_ours(verb)
        ours = [one for one in self.workers if one.does(verb)]
        if self._store.is_postgres and not all(one.is_at_hand for one in ours):
            self._call_others(verb)

    def _wake_ours(self, verb: str) -> None:
        for worker in self.workers:
            if worker.does(verb):
                worker.wake()

    def _call_others(self, verb: str) -> None:
        """Now and then: whoever is not called looks all the same, a second later."""
        now = time.monotonic()
        if now - self._called_at.get(verb, -1e9) < _CALLS_APART:
            return
        self._called_at[verb] = now
        try:
            with self._store.connection():
                self._store.notify(verb, self._owner)
        except MailticketError as error:
            log.debug("other daemons were not told that there is work to %s: %s", verb, error)

    def _put_in_force(self, config: Config) -> None:
        for warning in settings.not_yet(config):
            log.warning("%s", warning)
        book = settings.templates_of(config, self.config_path.parent)
        keys = key_file.read_or_make(Path(config.mailticket.data))
        office = Office(config, book, keys, self._store, self._parsers, self._owner, wake=self.wake)
        office = replace(office, may_expire=self._may_expire, scribe=self._scribe)
        with office.connected(), self._store.transaction():
            key_in_force.agree(keys)
            people.project(config, office.clock())
            blacklist.project(config)
        self._config, self._office = config, office

    def _may_expire(self) -> bool:
        """What goes by its age goes neither by a clock that is not to be believed nor while we are to stop."""
        return self.clock.is_sound() and not self.asked_to_stop.is_set()

    def _show_life(self) -> None:
        """Before anything is taken in hand: what the dead had goes on at once, and nobody takes us for one of them."""
        keeper = Keeper(lambda: self.office, lambda: self.workers, self._terms)
        if self._store.is_postgres:
            keeper.show_life()
        take_over_from_the_dead(self.office)
        if self._store.is_postgres:
            keeper.start()
            self._keeper = keeper

    def _end_life(self) -> None:
        """The others need not wait until our leases have run out."""
        if self._keeper is None:
            return
        _stop([self._keeper])
        self._keeper = None
        try:
            with self._store.connection():
                leases.end_life(self._owner)
        except MailticketError as error:
            log.warning("other daemons take over when our leases have run out: %s", error)

    def _workers_of(self, config: Config) -> list[Worker]:
        found: list[Worker] = [Collector(lambda: self.office, one.name, self._terms) for one in config.service]
        if self._sends:
            found += [Deliverer(lambda: self.office, one.name) for one in config.service]
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
