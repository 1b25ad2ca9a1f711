"""I/O: the worker that hears other processes on the same PostgreSQL say that there is work, and wakes ours."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

from mailticket.desk.office import Office
from mailticket.workers.worker import Worker

#: What one process may call another one for.
VERBS = ("collect", "receive", "assign", "deliver", "call")


class Hearer(Worker):
    """Wakes the workers of a verb as soon as another daemon or the command line says that there is work for it.

    Without it they would find it all the same, a second later. `wake` wakes this daemon's own.
    """

    def __init__(self, office: Callable[[], Office], wake: Callable[[str], None]) -> None:
        super().__init__("hear", self._turn)
        self._office = office
        self._wake_ours = wake

    def _turn(self) -> int:
        """Until it is stopped or the line is lost. What was called before it listened was missed: all look once."""
        office = self._office()
        with closing(office.store.notices(VERBS)) as notices:
            next(notices)
            self.trouble.over()
            for verb in VERBS:
                self._wake_ours(verb)
            for one in notices:
                self.alive()
                if self.stopping.is_set():
                    break
                if one is not None and one.teller != office.owner:
                    self._wake_ours(one.verb)
        return 0
