"""I/O: erasures that were asked for: rows that outlive a crash, and tell afterwards that one was, not of whom."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from typing import Any

from mailticket.domain.address import Address
from mailticket.law.discretion.mask import mask_text
from mailticket.store.tables.case_tables import Case, Customer, EntryFile, Participant
from mailticket.store.tables.case_tables import Entry as EntryRow
from mailticket.store.tables.mail_tables import Inbox, Outbox
from mailticket.store.tables.privacy_tables import Erasure
from mailticket.store.tables.watch_tables import BY_PEOPLE, OperatorAct


@dataclass(frozen=True, slots=True)
class Task:
    """An erasure that is not done. `customers` are the ids of the person's rows, `addresses` what those still say."""

    id: int
    customers: tuple[int, ...]
    addresses: tuple[Address, ...]


def begin(person: int, by: str, why: str, now: datetime) -> int:
    """The id of the erasure of this person; the same one while it is not done."""
    for task in undone():
        if person in task.customers:
            return task.id
    ids = rows_of(person)
    new: Any = (
        Erasure.insert(customers=[str(one) for one in ids], by=by, why=why, asked_at=now).returning(Erasure.id).tuples()
    )
    return int(next(iter(new.execute()))[0])


def rows_of(person: int) -> list[int]:
    """The ids of all addresses of a person."""
    rows: Any = Customer.select(Customer.id).where((Customer.id == person) | (Customer.person == person)).tuples()
    return [id for (id,) in rows]


def undone() -> list[Task]:
    """Those that go on, the oldest first."""
    rows: Any = Erasure.select(Erasure.id, Erasure.customers).where(Erasure.done_at.is_null()).order_by(Erasure.id)
    return [_task(id, tuple(int(one) for one in customers)) for id, customers in rows.tuples() if customers]


def _task(id: int, customers: tuple[int, ...]) -> Task:
    rows: Any = Customer.select(Customer.name, Customer.address).where(Customer.id.in_(customers)).tuples()
    return Task(id, customers, tuple(Address(name, address) for name, address in rows))


def case_ids(customers: Sequence[int], keys: Iterable[str]) -> list[str]:
    """The cases that these are the customer of, or take part in, and whose words are still there."""
    takes_part = Participant.select(Participant.case).where(Participant.address_key.in_(sorted(keys)))
    theirs = Case.customer.in_(list(customers)) | Case.id.in_(takes_part)
    rows: Any = Case.select(Case.case_id).where(theirs & Case.erased_at.is_null()).order_by(Case.id).tuples()
    return [case_id for (case_id,) in rows]


def all_case_ids(customers: Sequence[int]) -> list[str]:
    """The cases that these are the customer of, erased or not."""
    rows: Any = Case.select(Case.case_id).where(Case.customer.in_(list(customers))).tuples()
    return [case_id for (case_id,) in rows]


def end(task: Task, words: Sequence[str], cases: int, now: datetime) -> None:
    """The customer's rows name nobody any more, nor do the acts on record; a later mail makes a new customer."""
    forget_names(task.customers, words)
    row: Any = Erasure.get(Erasure.id == task.id)
    done = {"customers": (), "why": mask_text(row.why, words), "done_at": now, "cases": cases}
    Erasure.update(done).where(Erasure.id == task.id).execute()
    OperatorAct.insert(item=f"erasure:{task.id}", act="erase", by=row.by, why=done["why"], at=now).execute()


def forget_names(customers: Iterable[int], words: Sequence[str]) -> None:
    """These rows name nobody any more, and what people gave as a reason for an act holds none of the words."""
    for id in customers:
        values: dict[str, Any] = {"address_key": f"erased:{id}", "address": f"erased-{id}@erased.invalid"}
        values |= {name: "" for name in ("name", "number", "phone", "language", "organisation")} | {"fields": {}}
        Customer.update(values).where(Customer.id == id).execute()
    holds = reduce(operator.or_, (OperatorAct.why.contains(word) for word in words))
    # What the clock did is most of the table, and names nobody.
    acts: Any = OperatorAct.select(OperatorAct.id, OperatorAct.why).where(BY_PEOPLE & holds).tuples()
    for id, why in list(acts):
        OperatorAct.update(why=mask_text(why, words)).where(OperatorAct.id == id).execute()


def counts(case_keys: Sequence[int], keys: Iterable[str]) -> dict[str, int]:
    """How much there is in these cases and of these addresses: for the plan."""
    known = sorted(keys)
    theirs = Inbox.case.in_(list(case_keys)) | Inbox.writer.in_(known)
    entry_ids = EntryRow.select(EntryRow.id).where(EntryRow.case.in_(list(case_keys)))
    return {
        "entries": EntryRow.select().where(EntryRow.case.in_(list(case_keys))).count(),
        "files": EntryFile.select().where(EntryFile.entry.in_(entry_ids)).count(),
        "mails": Inbox.select().where(theirs & (Inbox.blob != "")).count(),
        "letters": Outbox.select().where(Outbox.case.in_(list(case_keys)) | Outbox.recipient_key.in_(known)).count(),
    }


@dataclass(frozen=True, slots=True)
class OwnMail:
    """A mail that a person sent: its inbox row, and the digest of its stored bytes."""

    id: int
    blob: str
    is_sealed: bool


def mails_of(keys: Iterable[str]) -> list[OwnMail]:
    """Every mail that came from these addresses and is still stored, the oldest first."""
    kept = Inbox.writer.in_(sorted(keys)) & (Inbox.blob != "") & (Inbox.state != "discarded")
    rows: Any = Inbox.select(Inbox.id, Inbox.blob, Inbox.key_id).where(kept).order_by(Inbox.id).tuples()
    return [OwnMail(id, blob, key_id is not None) for id, blob, key_id in rows]
