"""I/O: one case becomes part of another: its entries in time order among the other's, and everything named by them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import peewee

from mailticket.domain.case import Case, Status
from mailticket.errors import Outdated
from mailticket.store.engine.fields import bounded
from mailticket.store.tables import case_tables
from mailticket.store.tables.mail_tables import Inbox, MailId, Outbox

#: What names an entry by (case, number), besides the entry itself.
_NAMED_BY: tuple[Any, ...] = (MailId, Outbox, Inbox)
#: While entries change places no number may be taken twice, so they all go out of the way first.
_ASIDE = 1_000_000_000


def join(source: Case, target: Case, now: datetime) -> None:
    """The target gets all entries, mails and letters of the source, which is closed and points to the target.

    Entries are renumbered by their time; `participant.since` of the target's people moves along, so that nobody sees
    more of it than before. Raises Conflict if somebody changed one of the two meanwhile.
    """
    _close(source, target, now)
    numbers = _numbers(source.key, target.key)
    count = sum(len(one) for one in numbers.values())
    if count != source.entries + target.entries:
        raise Outdated(f"Somebody else added an entry to case {source.id} or {target.id} in the meantime.")
    for case_key in (target.key, source.key):
        _move_entries(case_key, target.key, numbers[case_key], source.id if case_key == source.key else "")
    _move_since(target.key, numbers[target.key], count)
    _add_people(source, target, count + 1)
    table = case_tables.Case
    is_as_loaded = (table.id == target.key) & (table.version == target.version)
    if not table.update(entries=count).where(is_as_loaded).execute():
        raise Outdated(f"Case {target.id} was changed by somebody else in the meantime.")


def _close(source: Case, target: Case, now: datetime) -> None:
    """Nothing is left in it. Cases that were merged into it before follow it."""
    table = case_tables.Case
    is_as_loaded = (table.id == source.key) & (table.version == source.version)
    values: dict[str, Any] = {
        "status": str(Status.CLOSED),
        "resolution": "duplicate",
        "merged_into": target.id,
        "entries": 0,
        "waiting_since": None,
        "pending_until": None,
        "closed_at": now,
        "updated_at": now,
        "version": source.version + 1,
    }
    if not table.update(values).where(is_as_loaded).execute():
        raise Outdated(f"Case {source.id} was changed by somebody else in the meantime.")
    is_merged = peewee.SQL("merged_into <> ''")  # as the index has it, word for word
    table.update(merged_into=target.id).where(is_merged & (table.merged_into == source.id)).execute()


def _numbers(source_key: int, target_key: int) -> dict[int, dict[int, int]]:
    """By case key: the new number of each entry by its old one. Each case's own order stays as it is."""
    table = case_tables.Entry
    rows: Any = table.select(table.case, table.number, table.at).where(table.case.in_([source_key, target_key]))
    by_case: dict[int, list[tuple[datetime, int]]] = {source_key: [], target_key: []}
    for case, number, at in rows.order_by(table.number).tuples():
        latest = max(at, by_case[case][-1][0]) if by_case[case] else at  # a clock may have been set back
        by_case[case].append((latest, number))
    merged = sorted((at, case != target_key, number, case) for case, own in by_case.items() for at, number in own)
    numbers: dict[int, dict[int, int]] = {source_key: {}, target_key: {}}
    for new, (_at, _is_source, old, case) in enumerate(merged, 1):
        numbers[case][old] = new
    return numbers


def _move_entries(case_key: int, target_key: int, numbers: Mapping[int, int], from_case: str) -> None:
    """The target's first, aside and back; then the source's find their places free."""
    entry = case_tables.Entry
    _move_letters(case_key, numbers)
    entry.update(number=entry.number + _ASIDE).where(entry.case == case_key).execute()
    for table in _NAMED_BY:
        table.update(entry=table.entry + _ASIDE).where((table.case == case_key) & (table.entry > 0)).execute()
    for old, new in numbers.items():
        is_it = (entry.case == case_key) & (entry.number == old + _ASIDE)
        entry.update(case=target_key, number=new).where(is_it).execute()
        for table in _NAMED_BY:
            is_named = (table.case == case_key) & (table.entry == old + _ASIDE)
            table.update(case=target_key, entry=new).where(is_named).execute()
    for table in _NAMED_BY:
        table.update(case=target_key).where(table.case == case_key).execute()
    if from_case:
        is_new_here = (entry.number.in_(list(numbers.values()))) & (entry.from_case == "")
        entry.update(from_case=from_case).where((entry.case == target_key) & is_new_here).execute()


def _move_letters(case_key: int, numbers: Mapping[int, int]) -> None:
    """The newest entry that each letter knew of, and those that it shows, by their new numbers."""
    rows: Any = Outbox.select(Outbox.id, Outbox.seen, Outbox.shows).where(Outbox.case == case_key).tuples()
    for id, seen, shows in list(rows):
        new_seen = max((new for old, new in numbers.items() if old <= seen), default=0)
        new_shows = [str(numbers.get(int(one), 0)) for one in shows]
        Outbox.update(seen=new_seen, shows=new_shows).where(Outbox.id == id).execute()


def _add_people(source: Case, target: Case, since: int) -> None:
    """Who took part in the source takes part in the target, but is not its customer: of the past they see their own."""
    table = case_tables.Participant
    here: Any = table.select(table.address_key).where(table.case == target.key).tuples()
    known = {key for (key,) in here}
    rows = [
        {
            "case": target.key,
            "address_key": one.address.key,
            "address": one.address.address,
            "name": one.address.name,
            "is_customer": False,
            "since": since,
        }
        for one in source.participants
        if bounded(one.address.key) not in known
    ]
    if rows:
        table.insert_many(rows).execute()


def _move_since(target_key: int, numbers: Mapping[int, int], count: int) -> None:
    """Who joined the target with its entry number n still begins with that very entry."""
    table = case_tables.Participant
    rows: Any = table.select(table.id, table.since).where((table.case == target_key) & (table.since > 0)).tuples()
    for id, since in list(rows):
        table.update(since=_first_from(since, numbers, count)).where(table.id == id).execute()


def _first_from(since: int, numbers: Mapping[int, int], count: int) -> int:
    return min((new for old, new in numbers.items() if old >= since), default=count + 1)
