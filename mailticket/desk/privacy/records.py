"""What masking, retention, export and erasure work on, and the end of each: no trace is left in the files. I/O."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from mailticket.config.models import Config
from mailticket.desk.office import Office, utc_now
from mailticket.domain.people import Actor
from mailticket.errors import Refused, Temporary
from mailticket.store import search
from mailticket.store.database import Store
from mailticket.store.index import search_index
from mailticket.store.privacy import elsewhere, erasing, retention
from mailticket.tokens import Keys

#: What was removed is overwritten at once; copies that SQLite made when it moved rows between pages are not.
_BY_HAND = "stop the daemon and run VACUUM on it with the sqlite3 program."

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Records:
    """The store, the keys that seal, the config in force. The caller may hold a connection."""

    config: Config
    store: Store
    keys: Keys
    clock: Callable[[], datetime] = utc_now

    @classmethod
    def of(cls, office: Office) -> Records:
        return cls(office.config, office.store, office.keys, office.clock)


@dataclass(frozen=True, slots=True)
class Request:
    """Who wants it, by what door, and why: kept for ever beside what was done."""

    by: Actor
    why: str

    def __post_init__(self) -> None:
        if not self.why.strip():
            raise Refused("No reason was given.", "Say why: it is kept with what was done.")

    @property
    def name(self) -> str:
        """Whose name stands beside it."""
        return self.by.address.shown


def refuse_while_indexing() -> None:
    """Raises Temporary while the search index is being built: its builder would read what is being changed."""
    if not search.is_complete():
        raise Temporary("The search index is still being built.", "Try again in some minutes; the daemon builds it.")


def forget_elsewhere(records: Records, names: elsewhere.Names) -> None:
    """Desk cards, suggestions, alarms and calls about others that name what is gone go too, in short transactions.

    On the caller's connection, outside a transaction. Done twice, it does nothing more.
    """
    for ids in elsewhere.letters(names):
        if ids:
            with records.store.transaction():
                erasing.remove_letters(ids, records.clock())
    for _page in elsewhere.forget_alarms_and_calls(names):
        pass


def leave_no_trace(records: Records, most_rewritten: int | None = None) -> str:
    """What was masked or erased stands in no file of the database any more; "" or why it may still stand there.

    Safe at any time, and slow: the database files are written anew, but for those of more than `most_rewritten` bytes.
    """
    try:
        with records.store.connection():
            retention.remove_unwanted(records.clock())
            search_index.purge()
            large = records.store.rewrite(most_rewritten)
    except Temporary as error:
        log.warning("traces of what was removed may still stand in the database's files: %s", error)
        return f"{error.what} Traces may still stand in free parts of the database's files: run it again later."
    return large and f"Traces may still stand in free parts of {large}, which is too large to rewrite now: {_BY_HAND}"
