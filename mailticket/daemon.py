"""I/O: the composition root: builds everything from the settings, starts it, reloads it, stops it in reverse."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from mailticket import settings
from mailticket.children.pool import Parsers
from mailticket.children.scribe import Scribe
from mailticket.config.models import Config
from mailticket.desk.office import Office
from mailticket.desk.running.clock import ClockWatch
from mailticket.desk.running.ownership import TERMS, Terms
from mailticket.desk.running.takeover import name_of_this_process
from mailticket.desk.watching.watch import Watch, look
from mailticket.errors import ConfigError, MailticketError, Permanent
from mailticket.health import Board, Sample, Wrong
from mailticket.store import blacklist, people
from mailticket.store.database import Store
from mailticket.store.privacy import key_file, key_in_force
from mailticket.workers.crew import Crew
from mailticket.workers.worker import Worker

if TYPE_CHECKING:
    from mailticket.jobs import Timetable
    from mailticket.web.server import WebServer

log = logging.getLogger(__name__)

#: Keys of [mailticket] that a running desk cannot change, and what a change of one is called.
_NEEDS_RESTART = {"data": "a new data folder", "database": "a new database", "files": "another place for files"}


class Daemon:
    """One desk. `start` returns when it is ready; `stop` returns when all is at rest. Used by `run` and by the demo."""

    def __init__(self, config: Config, config_path: Path, sends: bool = True, terms: Terms = TERMS) -> None:
        self.config_path = config_path
        data = Path(config.mailticket.data)
        self._store = Store(config.mailticket.database, data, config.mailticket.files)
        self._parsers = Parsers()
        self._scribe = Scribe()
        self._terms = terms
        self._crew = Crew(lambda: self.office, terms, sends)
        self.board = Board((self._look_at_workers, lambda: look(self.office)))
        self._config = config
        self.clock = ClockWatch()
        self.asked_to_stop = threading.Event()
        self._owner = name_of_this_process()
        self._office: Office | None = None
        #: Why the last reload left the old config in force; "" if it did not.
        self._refused_config = ""
        self._web: WebServer | None = None

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
    def workers(self) -> Sequence[Worker]:
        return self._crew.workers

    @property
    def is_well(self) -> bool:
        """Every worker is alive and none is stuck, and the web server answers where there is one."""
        return self._crew.is_well and (self._web is None or self._web.is_well)

    def _look_at_workers(self) -> Iterator[Wrong | Sample]:
        yield from self._crew.troubles()
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
            self._crew.show_life()
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
        self._crew.start(self._config)
        self.timetable.start()
        self._open_web()
        self._crew.meet_mailboxes(self.asked_to_stop)

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

    def stop(self) -> None:
        """In reverse: no new clicks, clock work or mail, what is in hand is finished, then the database."""
        self.asked_to_stop.set()
        self._close_web()
        if self._crew.is_at_work:
            self.timetable.stop()
        self._crew.stop()
        self._parsers.close()
        self._scribe.close()
        self._crew.end_life()
        self._store.close()

    def reload(self) -> None:
        """Read the config again; a bad file leaves the old one in force."""
        try:
            config = settings.load(self.config_path)
            self._check_needs_no_restart(config)
            self._put_in_force(config)
        except MailticketError as error:
            log.error("The config was not reloaded; the old one stays in force. %s", error)
            self._refused_config = str(error)
            return
        self._refused_config = ""
        self._crew.serve(config)
        log.info("the config was reloaded: %d services, %d CSRs", len(config.service), len(config.csr))

    def _check_needs_no_restart(self, config: Config) -> None:
        """Raises ConfigError if it does."""
        before, after = self._config.mailticket, config.mailticket
        changed = {key: what for key, what in _NEEDS_RESTART.items() if getattr(before, key) != getattr(after, key)}
        wrong = [f"mailticket.{key}: {what} needs a restart" for key, what in changed.items()]
        if (config.web.listen, not config.web.url) != (self._config.web.listen, not self._config.web.url):
            wrong.append("web: another address to listen on, or none, needs a restart")
        if wrong:
            raise ConfigError(wrong)

    def _put_in_force(self, config: Config) -> None:
        for warning in settings.not_yet(config):
            log.warning("%s", warning)
        book = settings.templates_of(config, self.config_path.parent)
        keys = key_file.read_or_make(Path(config.mailticket.data))
        office = Office(config, book, keys, self._store, self._parsers, self._owner, wake=self._crew.wake)
        office = replace(office, may_expire=self._may_expire, scribe=self._scribe)
        with office.connected(), self._store.transaction():
            key_in_force.agree(keys)
            people.project(config, office.clock())
            blacklist.project(config)
        self._config, self._office = config, office

    def _may_expire(self) -> bool:
        """What goes by its age goes neither by a clock that is not to be believed nor while we are to stop."""
        return self.clock.is_sound() and not self.asked_to_stop.is_set()
