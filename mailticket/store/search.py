"""I/O: full-text search: what staff find, and what a customer finds: only the second gives PublicEntry.

Held answers and notes are told apart when somebody searches, not in the index, for that may change.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import peewee
from peewee import chunked

from mailticket.domain.address import Address
from mailticket.domain.case import Case, EntryKind, PublicEntry, public
from mailticket.domain.texts.search_words import Query
from mailticket.store import cases, entries
from mailticket.store.engine.fields import bounded
from mailticket.store.index import matches, search_index
from mailticket.store.tables import case_tables
from mailticket.store.tables.search_tables import SearchProgress

#: Hits of a customer's that are looked at for each that is shown: most of what matches they may see.
_LOOKED_AT = 4
#: Matches that are read at first, the newest ones; how many more at each further step; and at most, for their keys are
#: in memory.
_FIRST_STRETCH, _GROWS, _LONGEST_STRETCH = 100, 5, 5000
#: Entries and cases that one statement names.
_ENTRIES_AT_ONCE, _CASES_AT_ONCE = 200, 100
#: Above every key.
_NO_KEY = 2**62


def of_staff(query: Query, *, limit: int | None = None, that: Any = True, **wanted: Any) -> Iterator[Case]:
    """Cases of which an entry (notes too) matches, the newest first; `that` and `wanted` as `cases.list_cases` has
    them. For staff's eyes only.

    What matches is read from the newest on, so that a page of hits costs no more than those hits.
    """
    left = limit
    for keys in (keys for stretch in _matching(query) for keys in chunked(stretch, _CASES_AT_ONCE)):
        for one in cases.list_cases(limit=left, that=case_tables.Case.id.in_(keys) & that, **wanted):
            yield one
            left = None if left is None else left - 1
        if left == 0:
            return


def _matching(query: Query) -> Iterator[list[int]]:
    """The keys of the cases of which an entry matches, the newest case first, each once; a stretch of them at a time.

    A match of late may be in an old case: that one waits until the matches of its own time are reached.
    """
    told: set[int] = set()
    waiting: set[int] = set()
    before, count = _NO_KEY, _FIRST_STRETCH
    asked = matches.Matches(query)
    while not query.is_empty:
        found, is_all = asked.newest(before, count)
        waiting |= _cases_of(found) - told
        reached = 0 if is_all else _first_opened_at(found[-1])
        ready = sorted((key for key in waiting if key >= reached), reverse=True)
        yield ready
        if is_all:
            return
        told.update(ready)
        waiting.difference_update(ready)
        before, count = found[-1], min(count * _GROWS, _LONGEST_STRETCH)


def _cases_of(entry_keys: Sequence[int]) -> set[int]:
    entry = case_tables.Entry
    found: set[int] = set()
    for keys in chunked(entry_keys, _ENTRIES_AT_ONCE):
        rows: Any = entry.select(entry.case).where(entry.id.in_(keys)).tuples()
        found |= {case for (case,) in rows}
    return found


def _first_opened_at(entry_key: int) -> int:
    """The key of the first case that was opened by that entry or a later one."""
    entry = case_tables.Entry
    opens = entry.select(entry.case).where((entry.id >= entry_key) & (entry.number == 1)).order_by(entry.id).limit(1)
    rows: Any = opens.tuples()
    return next((int(case) for (case,) in rows), _NO_KEY)


def said(query: Query) -> Any:
    """A condition on cases, looked at one by one: an entry of it matches. For staff's eyes only."""
    entry = case_tables.Entry
    return peewee.fn.EXISTS(entry.select(entry.id).where((entry.case == case_tables.Case.id) & matches.said(query)))


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
    """(case ID, entry) of what matches and this person may see, the newest first: what letters would show them.

    Of the entries of their own cases each is looked at, however many others have the words.
    """
    entry, who = case_tables.Entry, case_tables.Participant
    takes_part = who.select(who.case).where(who.address_key == bounded(viewer.key))
    is_public = entry.kind.in_([str(EntryKind.CUSTOMER_MAIL), str(EntryKind.REPLY)]) & (entry.held == "")
    rows = entry.select().where(entry.case.in_(takes_part) & is_public & matches.said(query))
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
