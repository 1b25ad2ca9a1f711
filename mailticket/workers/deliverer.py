"""I/O: the worker that sends the letters of one service, over one connection that is kept."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial

from mailticket.desk.deliver import LEAST, MOST, deliver
from mailticket.desk.office import Office
from mailticket.desk.servers.accounts import Account
from mailticket.desk.servers.credentials import smtp_settings
from mailticket.desk.under_way import Unwritten
from mailticket.errors import AccountTrouble, MailticketError
from mailticket.health import Wrong
from mailticket.wire.smtp import Relay, RelayError
from mailticket.workers.pace import Pace
from mailticket.workers.worker import Worker

log = logging.getLogger(__name__)


class Deliverer(Worker):
    """Sends the letters of one service over one connection that is kept."""

    def __init__(self, office: Callable[[], Office], service: str) -> None:
        # The final dot alone may take ten minutes (RFC 5321 section 4.5.3.2.6).
        super().__init__(f"deliver {service}", self._turn, patience=1800.0)
        self._office = office
        self._service = service
        self._relay: Relay | None = None
        self._pace = Pace(LEAST, MOST)
        #: What the relay took while the database was away.
        self._unwritten: Unwritten = []

    def run(self) -> None:
        try:
            self._begin_anew()
            super().run()
        finally:
            if self._relay is not None:
                self._relay.close()

    def _turn(self) -> int:
        office = self._office()
        service = office.service(self._service)
        if self._relay is None:
            self._relay = Relay(smtp_settings(office, service))
        return self._pace.turn(partial(deliver, office, service, self._relay, unwritten=self._unwritten))

    def _begin_anew(self) -> None:
        """Whoever starts the daemon or gives it a new config may have mended what the account was refused for."""
        try:
            Account(self._office(), self._office().service(self._service)).try_at_once()
        except MailticketError as error:
            log.warning("%s: the account rests on: %s", self.name, error)

    def wrong(self) -> Wrong:
        if not isinstance(self.trouble.error, RelayError | AccountTrouble):
            return super().wrong()
        return Wrong("smtp-refused" if self.trouble.is_account else "smtp-down", self._service, self.trouble.what)

    def break_off(self) -> None:
        if self._relay is not None:
            self._relay.abort()
