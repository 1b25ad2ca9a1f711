"""I/O: the worker that turns what came in into cases; a mail that takes long to read does not keep the end waiting."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from mailticket.desk.office import Office
from mailticket.desk.receive import BATCH, receive
from mailticket.desk.unpacking import READ_TOGETHER
from mailticket.workers.pace import Pace
from mailticket.workers.worker import Worker


class Receiver(Worker):
    """Receives whatever waits in the inbox. Broken off, mails that are being read are given back unharmed."""

    def __init__(self, office: Callable[[], Office]) -> None:
        super().__init__("receive", lambda: self._pace.turn(partial(receive, office())))
        self._office = office
        self._pace = Pace(READ_TOGETHER, BATCH)

    def break_off(self) -> None:
        self._office().parsers.break_off()
