"""The composition root: builds everything from the settings, starts it, says ready, stops it in reverse. I/O."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from mailticket import failpoints, settings
from mailticket.config.models import Config
from mailticket.desk import single_pass
from mailticket.desk.assign import assign
from mailticket.desk.call import call
from mailticket.desk.clock import ClockWatch
from mailticket.desk.office import Office
from mailticket.desk.ownership import TERMS, Terms
from mailticket.desk.receive import receive
from mailticket.desk.takeover import name_of_this_process, take_over_from_the_dead
from mailticket.desk.watch import Watch, look
from mailticket.errors import ConfigError, MailticketError, Permanent
from mailticket.health import Board, Sample, Wrong, sentence
from mailticket.jobs import Timetable
from mailticket.parsers import Parsers
from mailticket.store import blacklist, disk, key_file, leases, people
from mailticket.store.database import Store
from mailticket.web.app import app
from mailticket.web.server import WebServer
from mailticket.wire import service_manager
from mailticket.workers import Collector, Deliverer, Keeper, Worker

log = logging.getLogger(__name__)

#: From SIGTERM to the end, in any state; the unit allows ten seconds more.
STOP_WITHIN = 18.0
#: EX_TEMPFAIL of sysexits.h.
TRY_AGAIN = 75
_SIGNS_OF_LIFE_EVERY = 5.0
#: What is in hand may take so long to finish before its connection is broken off.
_PATIENCE_WITH_SERVERS = 5.0
#: A mailbox that does not answer keeps the others waiting no longer than this.
_PATIENCE_WITH_FIRST_CONTACT = 20.0


class Daemon:
    """One desk. `start` returns when it is ready; `stop` returns when all is at rest. Used by `run` and by the demo."""

    def __init__(self, config: Config, config_path: Path, sends: bool = True, terms: Terms = TERMS) -> None:
        self.config_path = config_path
        self._sends = sends
        data = Path(config.mailticket.data)
        self._store = Store(config.mailticket.database, data, config.mailticket.files)
        self._parsers = Parsers()
        self._desk_workers: list[Worker] = []
        self._service_workers: list[Worker] = []
        self._terms = terms
        self._keeper: Keeper | None = None
        self.board = Board((self._look_at_workers, lambda: look(self.office)))
        self.timetable = Timetable(lambda: self.office, Watch(lambda: self.office, self.board.troubles), terms)
        self._config = config
        self.clock = ClockWatch()
        self.asked_to_stop = threading.Event()
        self._owner = name_of_this_process()
        self._office: Office | None = None
        self._web: WebServer | None = None

    @property
    def office(self) -> Office:
        """What is in force now; a reload puts a new one in its place."""
        if self._office is None:
            raise MailticketError("the daemon has not been started")
        return self._office

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
        receiver = Worker("receive", lambda: receive(self.office))
        assigner = Worker("assign", lambda: assign(self.office))
        caller = Worker("call", lambda: call(self.office))
        self._desk_workers = [receiver, assigner, caller]
        self._service_workers = self._workers_of(self._config)
        for worker in (*self._desk_workers, *self._service_workers):
            worker.start()
        self.timetable.start()
        self._open_web()
        self._meet_mailboxes()

    def _web_server(self) -> WebServer | None:
        """With links its port must be free; a desk without them works on where only monitors miss it."""
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
        self._close_web()
        if self._desk_workers:
            self.timetable.stop()
        _stop(self._service_workers)
        _stop(self._desk_workers)
        self._parsers.close()
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
            return
        _stop(self._service_workers)
        self._service_workers = self._workers_of(config)
        for worker in self._service_workers:
            worker.start()
        log.info("the config was reloaded: %d services, %d CSRs", len(config.service), len(config.csr))

    def wake(self, verb: str) -> None:
        """Tells the workers of a verb that there is work."""
        for worker in self.workers:
            if worker.name.split()[0] == verb:
                worker.wake()

    def _put_in_force(self, config: Config) -> None:
        for warning in settings.not_yet(config):
            log.warning("%s", warning)
        book = settings.templates_of(config, self.config_path.parent)
        keys = key_file.read_or_make(Path(config.mailticket.data))
        office = Office(config, book, keys, self._store, self._parsers, self._owner, wake=self.wake)
        office = replace(office, may_expire=self.clock.is_sound)
        with office.connected(), self._store.transaction():
            people.project(config, office.clock())
            blacklist.project(config)
        self._config, self._office = config, office

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


def run(config_path: Path, once: bool = False, shadow: bool = False, terms: Terms = TERMS) -> int:
    """`mailticket run`: until SIGTERM or SIGINT; SIGHUP reloads. The exit code."""
    failpoints.arm(os.environ.get(failpoints.VARIABLE, ""))
    config = settings.load(config_path)
    if shadow:
        look = partial(single_pass.look_only, tokens=single_pass.tokens_of(config))
        with single_pass.scratch_folder() as scratch:
            return _one_pass(Daemon(single_pass.for_shadow(config, Path(scratch)), config_path), look)
    if once:
        return _one_pass(Daemon(config, config_path), single_pass.run_once)
    daemon = Daemon(config, config_path, terms=terms)
    stopping, reloading = daemon.asked_to_stop, threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    signal.signal(signal.SIGHUP, lambda *_: reloading.set())
    daemon.start()
    log.info("ready: %s", ", ".join(one.address for one in config.service) or "no service is configured")
    service_manager.notify("READY=1", f"STATUS={sentence(daemon.board.last, len(config.service))}")
    _watch(daemon, stopping, reloading)
    service_manager.notify("STOPPING=1")
    _stop_in_time(daemon)
    return 0


def _one_pass(daemon: Daemon, act: Callable[[Office], list[str]]) -> int:
    """0, or 75 if something failed that may work the next time."""
    daemon.open()
    try:
        code = TRY_AGAIN if act(daemon.office) else 0
        disk.leave_if_failed()
        return code
    finally:
        daemon.stop()


def _watch(daemon: Daemon, stopping: threading.Event, reloading: threading.Event) -> None:
    """The main thread: signals, and the watchdog, which is fed only while every worker is well."""
    every = service_manager.watchdog_every() or _SIGNS_OF_LIFE_EVERY
    fed_at, told = 0.0, ""
    while not stopping.wait(0.2):
        disk.leave_if_failed()
        if daemon.clock.look():
            daemon.timetable.begin_anew()
        if reloading.is_set():
            reloading.clear()
            service_manager.reloading()
            daemon.reload()
            service_manager.notify("READY=1")
        status = sentence(daemon.board.last, len(daemon.office.config.service))
        if status != told:
            told = status
            service_manager.notify(f"STATUS={status}")
        if time.monotonic() - fed_at > min(every, _SIGNS_OF_LIFE_EVERY) and daemon.is_well:
            service_manager.notify("WATCHDOG=1")
            fed_at = time.monotonic()


def _stop_in_time(daemon: Daemon) -> None:
    """Stops cleanly; what hangs on a dead network is left behind after STOP_WITHIN: every state survives that."""
    stopper = threading.Thread(target=daemon.stop, name="stop", daemon=True)
    stopper.start()
    stopper.join(STOP_WITHIN)
    if stopper.is_alive():
        busy = ", ".join(one.name for one in daemon.workers if one.is_alive())
        log.warning("not everything came to rest in %.0f s (%s); leaving, nothing is lost by it", STOP_WITHIN, busy)
        logging.shutdown()
        os._exit(0)


def _stop(workers: list[Worker]) -> None:
    """What is in hand is finished; who hangs on a silent server is cut off, and every state survives that."""
    for worker in workers:
        worker.stop()
    patient_until = time.monotonic() + _PATIENCE_WITH_SERVERS
    for worker in workers:
        if worker.is_alive():
            worker.join(max(0.0, patient_until - time.monotonic()))
    for worker in workers:
        if worker.is_alive():
            worker.break_off()
            worker.join()
