"""Ownership: of several daemons on one database, who has a mailbox or a job, and until when they may act on it. I/O.

A holder renews its lease, stops acting some seconds before the lease can run out (by a clock that nobody sets), and
has every write checked against the lease row: one that was stopped and wakes up too late changes nothing.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import timedelta

from mailticket.desk.office import Office
from mailticket.desk.running import elapsed
from mailticket.domain.times.spans import shown_span
from mailticket.errors import Conflict
from mailticket.store.operation import leases


@dataclass(frozen=True, slots=True)
class Terms:
    """How long a lease lasts, in which steps it is renewed, and how long before its end the holder stops acting."""

    lease: timedelta = timedelta(seconds=60)
    renewed_every: timedelta = timedelta(seconds=15)
    margin: timedelta = timedelta(seconds=10)


TERMS = Terms()


class Hold:
    """What nobody else can have, since SQLite has one daemon. A `LeasedHold` has to ask."""

    def take(self) -> bool:
        """Is it ours? Renewed where that is due, acquired where it is free. On the caller's connection."""
        return True

    def check(self) -> None:
        """Before the world outside is changed. Raises Conflict if it may be somebody else's by now."""

    def fence(self) -> None:
        """Inside the transaction of a write, until whose end nobody can take it. Raises Conflict if somebody has."""

    def release(self) -> None:
        """Whoever wants it need not wait. On the caller's connection."""


#: For whoever is alone by other means.
UNSHARED = Hold()


class LeasedHold(Hold):
    """A name that one daemon of several has, by a lease row. May be renewed by another thread than the one at work."""

    def __init__(self, name: str, owner: str, terms: Terms = TERMS) -> None:
        self.name = name
        self._owner = owner
        self._terms = terms
        self._epoch = 0
        self._leased_at = float("-inf")
        self._lost_at = float("-inf")
        self._lock = threading.Lock()

    @property
    def is_held(self) -> bool:
        """Ours for certain, and long enough to act on it."""
        sure_for = (self._terms.lease - self._terms.margin).total_seconds()
        return bool(self._epoch) and elapsed.seconds() - self._leased_at < sure_for

    @property
    def was_lost_lately(self) -> bool:
        """Has another daemon taken it, within the length of a lease, while we meant to have it?"""
        return elapsed.seconds() - self._lost_at < self._terms.lease.total_seconds()

    def take(self) -> bool:
        with self._lock:
            # Read before the database is asked: its lease begins later, so ours ends earlier.
            now = elapsed.seconds()
            is_fresh = now - self._leased_at < self._terms.renewed_every.total_seconds()
            if self._epoch and is_fresh:
                return True
            if self._epoch and leases.renew(self.name, self._owner, self._epoch, self._terms.lease):
                self._leased_at = now
                return True
            if self._epoch:
                self._lost_at = now
            self._epoch = leases.acquire(self.name, self._owner, self._terms.lease) or 0
            self._leased_at = now
            return bool(self._epoch)

    def keep(self) -> None:
        """Renews it if it is ours; never acquires: only the one at work knows what it has missed."""
        with self._lock:
            now = elapsed.seconds()
            if self._epoch and leases.renew(self.name, self._owner, self._epoch, self._terms.lease):
                self._leased_at = now

    def check(self) -> None:
        if not self.is_held:
            raise self._lost()

    def fence(self) -> None:
        if not leases.fence(self.name, self._owner, self._epoch):
            raise self._lost()

    def release(self) -> None:
        with self._lock:
            epoch, self._epoch = self._epoch, 0
            if epoch:
                leases.release(self.name, self._owner, epoch)

    def _lost(self) -> Conflict:
        span = shown_span(self._terms.lease)
        return Conflict(
            f"This daemon was silent for so long that another may have taken {self.name} (lease: {span}).",
            "Nothing was changed; it goes on once it is ours again.",
        )


def hold_on(office: Office, name: str, terms: Terms = TERMS) -> Hold:
    """The hold on a name of the office's database, not taken yet."""
    return LeasedHold(name, office.owner, terms) if office.store.is_postgres else UNSHARED
