"""I/O: letters that are stopped before they are sent: recalled by a CSR, or found wrong at the last check."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import peewee

from mailticket.domain.address import Address
from mailticket.domain.case import Case, Entry, EntryKind
from mailticket.domain.decision import LetterKind, SendKind
from mailticket.errors import Conflict
from mailticket.store import entries
from mailticket.store.cases import NO_CASE
from mailticket.store.engine.prepared import Holes, Prepared, padded
from mailticket.store.outbox import OutboxItem
from mailticket.store.outbox_ends import ended
from mailticket.store.tables import case_tables
from mailticket.store.tables.mail_tables import Outbox

#: What a customer may read, unless it is held.
_PUBLIC = (str(EntryKind.CUSTOMER_MAIL), str(EntryKind.REPLY))


def unsent(loaded: Mapping[str, Case], now: datetime, *, or_nobody: bool = False) -> dict[str, tuple[Entry, ...]]:
    """The replies by case ID of which no letter was tried yet and which wait for a later moment, the oldest first.

    `or_nobody`: also without a case the same is asked, so that it takes as long.
    """
    keys = {case.key: case.id for case in loaded.values()} or ({NO_CASE: ""} if or_nobody else {})
    if not keys:
        return {}
    cases = padded(keys)
    waiting: set[tuple[int, int]] = set(_waiting(len(cases), cases=cases, now=now))
    if not waiting:
        return {}
    numbers = padded(sorted({number for _, number in waiting}))
    whole = waiting - set(_begun(len(cases), len(numbers), cases=cases, numbers=numbers, now=now))
    return {keys[key]: tuple(_entries(key, [number for case, number in whole if case == key])) for key, _ in whole}


@Prepared
def _waiting(holes: Holes, count: int) -> Any:
    return _answers(holes, count).where(_waits(holes))


@Prepared
def _begun(holes: Holes, count: int, numbers: int) -> Any:
    return _answers(holes, count).where(Outbox.entry.in_(holes.each("numbers", numbers)) & ~_waits(holes))


def _answers(holes: Holes, count: int) -> Any:
    """(case key, entry number) of the answers to customers of these cases."""
    is_answer = (Outbox.letter == str(LetterKind.CUSTOMER_REPLY)) & Outbox.case.in_(holes.each("cases", count))
    return Outbox.select(Outbox.case, Outbox.entry).where(is_answer).distinct().tuples()


def _waits(holes: Holes) -> Any:
    return (Outbox.state == "queued") & (Outbox.attempts == 0) & (Outbox.next_at > holes.now)


def recall(case_key: int, entry: int) -> int:
    """The letters that bring this entry are never sent. Gives their number.

    Raises Conflict if one of them is under way or gone by now: then the facts must be read again.
    """
    is_it = (Outbox.case == case_key) & (Outbox.entry == entry) & (Outbox.letter == str(LetterKind.CUSTOMER_REPLY))
    stopped = Outbox.update(state="cancelled", next_at=None).where(is_it & (Outbox.state == "queued")).execute()
    if Outbox.select().where(is_it & (Outbox.state != "cancelled")).exists():
        raise Conflict(f"The answer of entry {entry} is on its way already.")
    return int(stopped)


def why_not(item: OutboxItem) -> str:
    """Why a letter to a customer may not go out any more, "" if it may: its reader takes part in the case, and
    every entry that it shows is still one that they may see. By numbers alone, so it is quick."""
    reader = Address("", item.recipient).key
    if item.letter == LetterKind.WATCHER_COPY:
        if reader not in _watchers(item.case):
            return f"{item.recipient} does not watch the case any more"
    elif not list(_takes_part(case=item.case, reader=reader)):
        return f"{item.recipient} takes no part in the case any more"
    rows = _kinds(len(item.shows), case=item.case, numbers=item.shows) if item.shows else ()
    found = {number: kind in _PUBLIC and not held for number, kind, held in rows}
    private = [number for number in item.shows if not found.get(number, False)]
    return f"it shows entry {private[0]}, which is private now" if private else ""


@Prepared
def _takes_part(holes: Holes) -> Any:
    people = case_tables.Participant
    return people.select(people.id).where((people.case == _case(holes)) & (people.address_key == holes.reader)).tuples()


@Prepared
def _kinds(holes: Holes, count: int) -> Any:
    table = case_tables.Entry
    shown = (table.case == _case(holes)) & table.number.in_(holes.each("numbers", count))
    return table.select(table.number, table.kind, table.held).where(shown).tuples()


def _case(holes: Holes) -> Any:
    return case_tables.Case.select(case_tables.Case.id).where(case_tables.Case.case_id == holes.case)


def _watchers(case_id: str) -> set[str]:
    """The keys of the addresses that watch the case."""
    rows: Any = case_tables.Case.select(case_tables.Case.watchers).where(case_tables.Case.case_id == case_id).tuples()
    return {Address("", one).key for (watchers,) in rows for one in watchers}


def hold(id: int, owner: str, why: str) -> None:
    """It stays in the outbox until an operator decides. Raises Conflict if `owner` has it no more."""
    ended(id, owner, {"state": "held", "error": why})


def newest() -> int:
    """The number of the newest letter; those that come after it have higher ones."""
    return int(Outbox.select(peewee.fn.MAX(Outbox.id)).scalar() or 0)


def hold_for_customers(case: str, after: int, why: str) -> int:
    """The case's letters to customers that are newer than letter `after` stay until an operator decides; their number.

    For the transaction that has just written them, with the case locked.
    """
    its_case = case_tables.Case.select(case_tables.Case.id).where(case_tables.Case.case_id == case)
    new = (
        (Outbox.id > after) & (Outbox.case == its_case) & (Outbox.state == "queued") & (Outbox.kind != SendKind.NOTIFY)
    )
    return int(Outbox.update(state="held", next_at=None, error=why).where(new).execute())


def _entries(case_key: int, numbers: list[int]) -> list[Entry]:
    table = case_tables.Entry
    wanted = (table.case == case_key) & table.number.in_(numbers)
    return entries.read(table.select().where(wanted).order_by(table.number).dicts())
