"""What every verb is given: the config in force, the letters, the keys, the store, the clock. I/O."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from zoneinfo import ZoneInfo

from mailticket.children.pool import Parsers
from mailticket.children.scribe import Scribe
from mailticket.config.models import Config, Service
from mailticket.domain import case_id
from mailticket.errors import MailticketError
from mailticket.law.draft import Policy
from mailticket.letters.render import Book
from mailticket.store.database import Store
from mailticket.tokens import Keys, steady_bytes
from mailticket.triage.writer.sender import Trust
from mailticket.writing.matter import Stationery


def utc_now() -> datetime:
    return datetime.now(UTC)


def _nobody(_verb: str) -> None:
    """Wakes nobody: a verb that is run by hand has no workers."""


def _always() -> bool:
    """The clock of a verb that is run by hand is believed."""
    return True


@dataclass(frozen=True, slots=True)
class Office:
    """`owner` names this process in leases. `wake(verb)` tells a worker that there is work. All of it thread-safe.

    Letters are written by the `scribe`, where much is to be written at once in a process of its own.
    `may_expire`: may something be given up, closed or deleted for its age? Not soon after the clock was set ahead.
    """

    config: Config
    book: Book
    keys: Keys
    store: Store
    parsers: Parsers
    owner: str
    clock: Callable[[], datetime] = utc_now
    wake: Callable[[str], None] = _nobody
    may_expire: Callable[[], bool] = _always
    scribe: Scribe = field(default_factory=partial(Scribe, may_begin=False))

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.config.mailticket.timezone)

    @property
    def stationery(self) -> Stationery:
        """What all its letters share."""
        return Stationery(self.config, self.book, self.keys)

    def expect(self, mails: int) -> None:
        """So many mails are about to be handled: who reads them, and writes letters about them, begins by then.

        Not inside a transaction.
        """
        self.parsers.expect(mails)
        self.scribe.expect(mails, self.stationery)

    def connected(self) -> AbstractContextManager[None]:
        """One unit of work on a database connection of this thread."""
        return self.store.connection()

    def service(self, name: str) -> Service:
        """Raises MailticketError if a reload took it out of the config."""
        service = self.config.service_named(name)
        if service is None:
            raise MailticketError(f"the service {name} is not in the config any more")
        return service

    def policy(self, service: Service) -> Policy:
        return Policy(self.config, service)

    def trust(self, service: Service) -> Trust:
        return Trust(self.config, service, self.keys)


@dataclass(slots=True)
class SteadyIds:
    """Case IDs that follow from the mail that asks: found again after a restore, it opens the case that it opened
    before, so that answers to the letters which the backup does not know still find it. `mail` names it for ever.
    """

    origin: str
    keys: Keys
    mail: str
    _made: int = 0

    def case_id(self) -> str:
        letters = iter(steady_bytes(self.keys, self.mail, self._made))
        self._made += 1
        return case_id.make(lambda below: next(letters) % below)  # 32 divides 256, so each letter is as likely


@dataclass(frozen=True, slots=True)
class RandomIds:
    """New case IDs from the system's randomness; `origin` names what asked."""

    origin: str

    def case_id(self) -> str:
        return case_id.make(secrets.randbelow)
