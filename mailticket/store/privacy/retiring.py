"""I/O: what goes with a closed case whose time has come: its words, the persons whom nothing needs, what names it.

Nothing here grows with the number of cases.
"""

from __future__ import annotations

import re
from collections.abc import Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mailticket.domain.address import Address
from mailticket.domain.case import Case
from mailticket.store.by_hand import acts
from mailticket.store.privacy import erasing, erasures
from mailticket.store.privacy.elsewhere import Names
from mailticket.store.privacy.erasing import Whose
from mailticket.store.tables.case_tables import Case as CaseRow
from mailticket.store.tables.case_tables import Customer, Participant
from mailticket.store.tables.privacy_tables import Erasure
from mailticket.store.tables.watch_tables import THE_CLOCK

_ROUND = "a round of retention"
#: As we write one, in whatever text.
_CASE_ID = re.compile(r"[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}")


@dataclass(frozen=True, slots=True)
class Round:
    """A round of retention that is not over: what was erased since then may still be named elsewhere."""

    id: int
    since: datetime


def undone_round() -> Round | None:
    """The round that a dead process left behind."""
    for row in Erasure.select().where(Erasure.done_at.is_null() & (Erasure.why == _ROUND)).order_by(Erasure.id):
        return Round(row.id, row.asked_at)
    return None


def begin_round(now: datetime) -> Round:
    """In a transaction of its own, before anything goes."""
    row: Any = Erasure.create(customers=(), by=THE_CLOCK, why=_ROUND, asked_at=now)
    return Round(row.id, now)


def end_round(ended: Round, retired: int, now: datetime) -> None:
    """Nothing names any more what went."""
    Erasure.update(done_at=now, cases=retired).where(Erasure.id == ended.id).execute()


def retire(case: Case, why: str, now: datetime) -> None:
    """One case, in the caller's transaction, with the persons of whom nothing is kept then.

    Raises Conflict while a letter of the case or to such a person is being sent.
    """
    people = _persons(case)
    erasing.whole(case, now)
    acts.record(f"case:{case.id}", "erase", THE_CLOCK, why, now)
    for person in people:
        _forget_if_idle(person, now)


def _persons(case: Case) -> list[int]:
    """The main rows of those who wrote the case or take part in it."""
    keys = {case.customer.address.key, *(one.address.key for one in case.participants)}
    rows: Any = Customer.select(Customer.id, Customer.person).where(
        (Customer.id == case.customer.id) | Customer.address_key.in_(sorted(keys))
    )
    return sorted({person or id for id, person in rows.tuples()})


def _forget_if_idle(person: int, now: datetime) -> None:
    """Nothing needs the name of whoever has no case left and takes part in none."""
    rows: Any = Customer.select(Customer.id, Customer.name, Customer.address, Customer.address_key)
    found = list(rows.where((Customer.id == person) | (Customer.person == person)).tuples())
    ids, stored = [id for id, *_ in found], [key for *_, key in found]
    kept = CaseRow.select(CaseRow.id).where(CaseRow.customer.in_(ids) & CaseRow.erased_at.is_null())
    takes_part = Participant.select(Participant.id).where(Participant.address_key.in_(stored))
    if any(key.startswith("erased:") for key in stored) or kept.exists() or takes_part.exists():
        return
    addresses = [Address(name, address) for _, name, address, _ in found]
    names = [one.name for one in addresses if len(one.name.split()) > 1]
    words = tuple(dict.fromkeys((*(one.address for one in addresses), *names)))
    erasing.addressed(Whose(frozenset(one.key for one in addresses), words), now)
    erasures.forget_names(ids, words)
    acts.record(f"customer:{person}", "erase", THE_CLOCK, "none of their cases is kept any more", now)


def erased_since(moment: datetime) -> set[str]:
    """The case IDs of what was erased then or later."""
    rows: Any = CaseRow.select(CaseRow.case_id).where(CaseRow.erased_at >= moment).tuples()
    return {case_id for (case_id,) in rows}


def names_one_of(case_ids: Set[str]) -> Names:
    """Does a text name one of these cases? One look, however many they are."""
    return lambda text: not case_ids.isdisjoint(_CASE_ID.findall(text))
