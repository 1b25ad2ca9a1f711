"""I/O: full-text search: what staff find, and what a customer finds: only the second gives PublicEntry.

Held answers and notes are told apart when somebody searches, not in the index, for that may change.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import peewee

from mailticket.domain.case import EntryKind, PublicEntry, public
from mailticket.domain.mail import Address
from mailticket.domain.search_words import Query
from mailticket.store import cases, entries
from mailticket.store.engine.fields import bounded
from mailticket.store.index import search_index
from mailticket.store.index.search_index import matching
from mailticket.store.tables import case_tables
from mailticket.store.tables.search_tables import SearchProgress

#: Hits of a customer's that are looked at for each that is shown: most of what matches they may see.
_LOOKED_AT = 4


def of_staff(query: Query) -> Any:
    """A condition on cases: one of their entries (notes too) matches. For staff's eyes only."""
    return case_tables.Case.id.in_(case_tables.Entry.select(case_tables.Entry.case).where(matching(query)))


def by_customer(address_key: str) -> Any:
    """A condition on cases: they are those of whoever has this address, at any of their addresses."""
    who, every = case_tables.Customer.alias(), case_tables.Customer.alias()
    person = who.select(peewee.fn.COALESCE(who.person, who.id)).where(who.address_key == bounded(address_key))
    return case_tables.Case.customer.in_(every.select(every.id).where((every.id == person) | (every.person == person)))


def created(since: datetime | None, until: datetime | None) -> Any:
    """A condition on cases: they were opened in this time."""
    at = case_tables.Case.created_at
    is_late = at >= since if since else True
    return (at < until) & is_late if until else is_late


def of_customer(viewer: Address, query: Query, our_name: str, limit: int = 50) -> list[tuple[str, PublicEntry]]:
    """(case ID, entry) of what matches and this person may see, the newest first: what letters would show them."""
    entry, who = case_tables.Entry, case_tables.Participant
    takes_part = who.select(who.case).where(who.address_key == bounded(viewer.key))
    is_public = entry.kind.in_([str(EntryKind.CUSTOMER_MAIL), str(EntryKind.REPLY)]) & (entry.held == "")
    rows = entry.select().where(matching(query) & is_public & entry.case.in_(takes_part))
    found = entries.read_by_case(rows.order_by(entry.id.desc()).limit(limit * _LOOKED_AT).dicts())
    known = cases.by_keys({key for key, _entry in found})
    hits: list[tuple[str, PublicEntry]] = []
    for key, one in found:
        participant = known[key].participant(viewer)
        shown = public(one, participant, our_name) if participant else None
        if shown is not None:
            hits.append((known[key].id, shown))
    return hits[:limit]


def back_fill(limit: int) -> int:
    """Indexes entries that were there before there was an index, the newest first; the number of them, 0 at the end.

    Killed in between, it goes on where it was: how far it came is written with what it did.
    """
    below = _below()
    if not below:
        return 0
    entry = case_tables.Entry
    query = entry.select().where(entry.id < below).order_by(entry.id.desc()).limit(limit)
    found = entries.read_by_case(query.dicts())
    known = cases.by_keys({key for key, _one in found})
    search_index.forget(one.id for _key, one in found)
    for key, one in found:
        search_index.index(known[key], [one])
    reached = min((one.id for _key, one in found), default=0)
    SearchProgress.update(below=reached).where(SearchProgress.below == below).execute()
    return len(found)


def is_complete() -> bool:
    """Is everything in the index?"""
    return not _below()


def _below() -> int:
    rows: Any = SearchProgress.select(SearchProgress.below).tuples()
    return next((int(below) for (below,) in rows), 0)
