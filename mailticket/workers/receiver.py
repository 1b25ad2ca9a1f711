"""I/O: the worker that turns what came in into cases; a mail that takes long to read does not keep the end waiting."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

from mailticket.desk.office import Office
from mailticket.desk.receive import BATCH, receive
from mailticket.desk.unpacking import READ_TOGETHER
from mailticket.store import outbox_claims
from mailticket.workers.pace import Pace
from mailticket.workers.worker import Worker

#: Behind a backlog each batch of mails waits so many seconds at most until the letters about those before it are gone:
#: letters that wait for their turn behind thousands help nobody, and receiving would go before sending all the time.
LETTERS_FIRST = 1.0
#: So many letters may be left. On PostgreSQL they may be other daemons', too.
_LEFT, _LEFT_ON_POSTGRES = 0, 20
_LOOKS_EVERY = 0.02


class Receiver(Worker):
    """Receives whatever waits in the inbox. Broken off, mails that are being read are given back unharmed."""

    def __init__(self, office: Callable[[], Office]) -> None:
        super().__init__("receive", self._turn)
        self._office = office
        self._pace = Pace(READ_TOGETHER, BATCH)
        self._is_behind = False

    def _turn(self) -> int:
        office = self._office()
        if self._is_behind:
            self._let_letters_go(office)
        size = self._pace.size
        done = self._pace.turn(partial(receive, office))
        self._is_behind = done >= size
        return done

    def _let_letters_go(self, office: Office) -> None:
        until = time.monotonic() + LETTERS_FIRST
        while time.monotonic() < until and self._are_letters_left(office):
            if self.stopping.wait(_LOOKS_EVERY):
                return

    def _are_letters_left(self, office: Office) -> bool:
        with office.connected():
            return outbox_claims.are_left(office.clock(), _LEFT_ON_POSTGRES if office.store.is_postgres else _LEFT)

    def break_off(self) -> None:
        self._office().parsers.break_off()
