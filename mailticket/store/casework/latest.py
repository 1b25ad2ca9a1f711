"""I/O: the newest entries of cases, as far back as letters show them: a letter costs the same, however long its case.

The first and the newest mail of a customer, and the newest held answer, belong to them, however old they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import peewee

from mailticket.domain.case import Case, Entry, EntryKind, public
from mailticket.domain.people import Participant
from mailticket.store import entries
from mailticket.store.engine.fields import is_true
from mailticket.store.engine.prepared import Holes, Prepared
from mailticket.store.tables import case_tables

#: A case of at most so many entries is read whole; a longer one by so many at once.
STEP = 50
#: Of one case at most so many are looked at, however little they say.
MOST_LOOKED_AT = 1_000
#: What a letter brings it shows apart from the history: so many entries do not count for how far back that reaches.
_APART = 2


@dataclass(frozen=True, slots=True)
class Latest:
    """`entries`, the oldest first; `unread` is the number of mails, answers and notes that are not among them. From
    entry number `begin` on all are there; of the older ones, those that belong to a letter all the same."""

    entries: Sequence[Entry]
    unread: int = 0
    begin: int = 1

    def unread_of(self, case: Case, viewer: Participant) -> int:
        """Mails and answers that its customer may see besides these; who else takes part is told of none."""
        if self.begin == 1 or not viewer.is_customer:
            return 0
        ((count,),) = _public_before(case=case.key, number=self.begin, since=viewer.since)
        older = [one for one in self.entries if one.number < self.begin and not one.from_case]
        return int(count) - sum(public(one, viewer, "") is not None for one in older)


def of_cases(cases: Iterable[Case], most: int) -> dict[int, Latest]:
    """Of each of these cases, by its key, the newest entries: as many as say `most` characters."""
    about = list(cases)
    short = entries.of_cases(one.key for one in about if one.entries <= STEP)
    found = {key: Latest(all_of_it) for key, all_of_it in short.items()}
    return found | {one.key: _of_long(one.key, most) for one in about if one.entries > STEP}


def numbered(case_key: int, number: int) -> list[Entry]:
    """The entry of a case with this number, if there is one."""
    return entries.read(_numbered(case=case_key, number=number))


def events(case_key: int, most: int) -> list[Entry]:
    """The newest of what the desk noted about a case, the newest first."""
    return entries.read(_events(case=case_key, limit=most))


def _of_long(case_key: int, most: int) -> Latest:
    newest_first = step = entries.entries(case_key, limit=STEP)
    while len(step) == STEP and not _is_enough(newest_first, most):
        step = entries.read(_before(case=case_key, number=newest_first[-1].number, limit=STEP))
        newest_first = [*newest_first, *step]
    begin = newest_first[-1].number if newest_first else 1
    known = {one.number: one for one in (*_older(case_key, begin), *newest_first)}
    words = sum(1 for one in known.values() if one.number < begin and one.kind is not EntryKind.EVENT)
    ((count,),) = _words_before(case=case_key, number=begin)
    return Latest([known[number] for number in sorted(known)], count - words, begin)


def _is_enough(newest_first: Sequence[Entry], most: int) -> bool:
    """For a customer's eyes too, who sees no notes."""
    said = sorted(len(one.words.text) for one in newest_first if not one.is_private)
    return sum(said[:-_APART]) >= most or len(newest_first) >= MOST_LOOKED_AT


def _older(case_key: int, begin: int) -> list[Entry]:
    """Those of the older ones that belong to a letter all the same."""
    asked = (_mail(False, case=case_key, number=begin), _mail(True, case=case_key, number=begin))
    return [one for query in (*asked, _held(case=case_key, number=begin)) for one in entries.read(query)]


@Prepared
def _before(holes: Holes) -> Any:
    return _of(holes).order_by(case_tables.Entry.number.desc()).limit(holes.limit).dicts()


@Prepared
def _mail(holes: Holes, is_newest: bool) -> Any:
    table = case_tables.Entry
    mails = _of(holes).where(table.kind == str(EntryKind.CUSTOMER_MAIL))
    return mails.order_by(table.number.desc() if is_newest else table.number).limit(1).dicts()


@Prepared
def _held(holes: Holes) -> Any:
    table = case_tables.Entry
    return _of(holes).where(is_true(table.is_held)).order_by(table.number.desc()).limit(1).dicts()


@Prepared
def _words_before(holes: Holes) -> Any:
    table = case_tables.Entry
    is_older = (table.case == holes.case) & (table.number < holes.number)
    return table.select(peewee.fn.COUNT(table.id)).where(is_older & (table.kind != str(EntryKind.EVENT))).tuples()


@Prepared
def _public_before(holes: Holes) -> Any:
    table = case_tables.Entry
    is_older = (table.case == holes.case) & (table.number < holes.number) & (table.number >= holes.since)
    is_public = table.kind.in_([str(EntryKind.CUSTOMER_MAIL), str(EntryKind.REPLY)]) & (table.held == "")
    return table.select(peewee.fn.COUNT(table.id)).where(is_older & is_public & (table.from_case == "")).tuples()


@Prepared
def _numbered(holes: Holes) -> Any:
    table = case_tables.Entry
    return table.select().where((table.case == holes.case) & (table.number == holes.number)).dicts()


@Prepared
def _events(holes: Holes) -> Any:
    table = case_tables.Entry
    noted = table.select().where((table.case == holes.case) & (table.kind == str(EntryKind.EVENT)))
    return noted.order_by(table.number.desc()).limit(holes.limit).dicts()


def _of(holes: Holes) -> Any:
    table = case_tables.Entry
    return table.select().where((table.case == holes.case) & (table.number < holes.number))
