"""PURE: what one letter is made from, what all letters of a desk share, and the letter that becomes of it.

All of it can be sent to another process, so that letters can be written there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from mailticket.config.models import Config, Service
from mailticket.domain.case import Case, Entry, StoredFile
from mailticket.domain.decision import Send
from mailticket.domain.texts.alike import Solved
from mailticket.errors import Permanent
from mailticket.letters.render import Book
from mailticket.tokens import Keys
from mailticket.writing.packing import PackedText


@dataclass(frozen=True, slots=True)
class OnDesk:
    """What lies on a CSR's desk: their cases and those that wait for anybody of their roles, as many as a card shows,
    and how many there are of each."""

    mine: Sequence[Case]
    own: int
    free: Sequence[Case]
    waiting: int


@dataclass(frozen=True, slots=True)
class Matter:
    """What one letter is made from: everything that the store knew of it when it was decided.

    `service` is a name; `entries` are the case's newest, oldest first, as far back as a letter shows them, and `unread`
    is the number of the older ones that its reader may see; `earlier` the customer's other cases, newest first; `away`
    holds (role, CSR key); `solved` are cases like this one; `about` is what is known of the customer as (name, value).
    `nonce` (8 random bytes) names the letter in its Message-ID and its links, `boundary` (random letters and digits)
    parts its parts.
    """

    send: Send
    service: str
    case: Case | None
    now: datetime
    nonce: bytes
    boundary: str
    entries: Sequence[Entry] = ()
    earlier: Sequence[Case] = ()
    away: frozenset[tuple[str, str]] = frozenset()
    solved: Sequence[Solved] = ()
    about: Sequence[tuple[str, str]] = ()
    on_desk: OnDesk | None = None
    unread: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Stationery:
    """What all letters share until the config is read again."""

    config: Config
    book: Book
    keys: Keys

    def is_like(self, other: Stationery) -> bool:
        """Whether it is the same, not only an equal one: the config is read anew as a whole."""
        return self.config is other.config and self.book is other.book and self.keys is other.keys

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.config.mailticket.timezone)

    def service(self, name: str) -> Service:
        """Raises Permanent if the config has it no more."""
        service = self.config.service_named(name)
        if service is None:
            raise Permanent(f"The config has no service {name} any more.")
        return service


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter as it will lie in the outbox. `skeleton`: as `mime.compose.freeze` gives it, packed; `files`: its own.

    `shows` are the numbers of the entries that a customer's letter may hold: checked again when it is sent. `left_out`
    are the names of files that were too large to go along. `trouble` is what the admin should mend, "" if nothing.
    """

    message_id: str
    skeleton: PackedText
    files: tuple[StoredFile, ...]
    shows: tuple[int, ...]
    left_out: tuple[str, ...]
    trouble: str
