"""I/O: the worker that shows that this process lives, and takes over from processes that died."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from mailticket.desk.office import Office
from mailticket.desk.running.ownership import Terms
from mailticket.desk.running.takeover import take_over_from_the_dead
from mailticket.store.operation import leases
from mailticket.workers.collector import Collector
from mailticket.workers.worker import Worker


class Keeper(Worker):
    """Shows that this process lives, renews what its workers own, and takes over from processes that died.

    Only with several daemons on one database; on its own, so that no long turn of a worker costs it a lease.
    """

    def __init__(self, office: Callable[[], Office], workers: Callable[[], Sequence[Worker]], terms: Terms) -> None:
        super().__init__("keep", self._turn)
        self._office = office
        self._workers = workers
        self._terms = terms
        self._done_at = -1e9

    def _turn(self) -> int:
        if time.monotonic() - self._done_at >= self._terms.renewed_every.total_seconds():
            self.show_life()
            with self._office().connected():
                for worker in self._workers():
                    if isinstance(worker, Collector):
                        worker.keep_hold()
            take_over_from_the_dead(self._office())
            self._done_at = time.monotonic()
        return 0

    def show_life(self) -> None:
        with self._office().connected():
            leases.show_life(self._office().owner, self._terms.lease)
