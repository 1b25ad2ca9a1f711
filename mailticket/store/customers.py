"""I/O: customers as persons: their addresses, what is known of them, two that turn out to be one. Each change is kept.

A row of `customer` is one address; `person` names the row of the person's main address (NULL: it is that row itself).
What is known of the person stands in the main row.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import reduce
from typing import Any

import peewee

from mailticket.domain import people
from mailticket.domain.address import Address
from mailticket.domain.people import Person
from mailticket.errors import Conflict
from mailticket.store.by_hand import acts
from mailticket.store.engine.fields import bounded
from mailticket.store.engine.prepared import Holes, Prepared, padded
from mailticket.store.tables.case_tables import Customer, Organisation

_FACTS = ("name", "number", "phone", "language", "organisation", "fields")
_PAGE = 500


def load(ids: Iterable[int]) -> dict[int, Person]:
    """Persons by id; an id of one of their other addresses gives nothing."""
    wanted = list(dict.fromkeys(ids))
    rows: Any = Customer.select().where(Customer.id.in_(wanted) & Customer.person.is_null()).dicts() if wanted else ()
    return {one.id: one for one in _persons(list(rows))}


def at(address: Address) -> Person | None:
    """Whose address this is."""
    return _first(Customer.address_key == address.key)


def cards(whose: Iterable[people.Customer]) -> dict[int, tuple[tuple[str, str], ...]]:
    """What a CSR should see of each of these customers, as (name, value) pairs by their ids, in two statements."""
    domains = {one.id: one.address.domain for one in whose}
    ids, asked = padded(domains), padded(dict.fromkeys(domains.values()))
    named: dict[str, str] = dict(_organisations(len(asked), domains=asked)) if asked else {}
    cards = {}
    for id, number, phone, own, fields in _known(len(ids), customers=ids) if ids else ():
        organisation = own or named.get(bounded(domains[id]), "")
        facts = (("Customer number", number), ("Phone", phone), ("Organisation", organisation))
        cards[id] = tuple((name, value) for name, value in (*facts, *fields.items()) if value)
    return cards


@Prepared
def _known(holes: Holes, count: int) -> Any:
    who, main = Customer.alias(), Customer.alias()
    columns = (who.id, main.number, main.phone, main.organisation, main.fields)
    found = who.select(*columns).join(main, on=(main.id == peewee.fn.COALESCE(who.person, who.id)))
    return found.where(who.id.in_(holes.each("customers", count))).tuples()


@Prepared
def _organisations(holes: Holes, count: int) -> Any:
    named = Organisation.select(Organisation.domain, Organisation.name)
    return named.where(Organisation.domain.in_(holes.each("domains", count))).tuples()


def numbered(number: str) -> list[Person]:
    """Those with this customer number, one if all is well; nobody for "", which stands where there is no number."""
    if not number:
        return []
    rows: Any = Customer.select(_own_id()).where((Customer.number == number) & Customer.person.is_null()).tuples()
    return list(load(id for (id,) in rows).values())


def listed(*, search: str = "", limit: int | None = None) -> Iterator[Person]:
    """Persons, the newest first, page by page; `search` is a part of a name, address, number, phone or organisation."""
    left, before = limit, None
    while left is None or left > 0:
        page = Customer.select().where(Customer.person.is_null()).order_by(Customer.id.desc())
        if search:
            page = page.where(Customer.id.in_(_matching(search)))
        if before is not None:
            page = page.where(Customer.id < before)
        rows: Any = list(page.limit(_PAGE if left is None else min(_PAGE, left)).dicts())
        yield from _persons(rows)
        if len(rows) < _PAGE:
            return
        before, left = rows[-1]["id"], None if left is None else left - len(rows)


def _matching(search: str) -> Any:
    """The ids of the persons one of whose rows has it; what a person typed is no pattern."""
    columns = (Customer.name, Customer.address, Customer.number, Customer.phone, Customer.organisation)
    found: list[Any] = [one.contains(search) for one in columns]
    return Customer.select(_own_id()).where(reduce(operator.or_, found))


def change(person: int, changes: Mapping[str, Any], by: str, why: str, now: datetime) -> None:
    """New values for fields of a person, by their names. Raises Conflict if they are somebody else's by now."""
    unknown = changes.keys() - set(_FACTS)
    if unknown:
        raise ValueError(f"customers have no changeable field {', '.join(sorted(unknown))}")
    if not Customer.update(dict(changes)).where((Customer.id == person) & Customer.person.is_null()).execute():
        raise Conflict("This customer was changed by somebody else in the meantime.")
    acts.record(_item(person), "change", by, why, now)


def name_organisation(domain: str, name: str) -> None:
    """What everybody at this domain belongs to who has no organisation of their own; "" for none."""
    if not name:
        Organisation.delete().where(Organisation.domain == domain).execute()
        return
    new = Organisation.insert(domain=domain, name=name)
    new.on_conflict(conflict_target=[Organisation.domain], preserve=[Organisation.name]).execute()


def join(source: Person, target: Person, by: str, why: str, now: datetime) -> None:
    """All addresses of the source are the target's; what the target does not know of itself it takes over.

    The source's own facts stay in its row, so that `part` gives them back. Raises Conflict if either has changed.
    """
    whole = load((source.id, target.id))
    if whole != {source.id: source, target.id: target}:
        raise Conflict("One of the two customers was changed by somebody else in the meantime.")
    Customer.update(person=target.id).where((Customer.id == source.id) | (Customer.person == source.id)).execute()
    found: Any = Customer.select().where(Customer.id.in_((source.id, target.id))).dicts()
    rows: dict[int, dict[str, Any]] = {row["id"]: row for row in found}
    theirs, ours = rows[source.id], rows[target.id]
    missing = {name: theirs[name] for name in _FACTS if name != "fields" and theirs[name] and not ours[name]}
    missing["fields"] = {**theirs["fields"], **ours["fields"]}
    Customer.update(missing).where(Customer.id == target.id).execute()
    acts.record(_item(source.id), "merge", by, why, now)
    acts.record(_item(target.id), "merge", by, why, now)


def part(person: Person, address: Address, by: str, why: str, now: datetime) -> int:
    """The address is a person of its own again; gives their id. Raises Conflict if it is not the person's any more."""
    is_theirs = (Customer.address_key == address.key) & (Customer.person == person.id)
    if not Customer.update(person=None).where(is_theirs).execute():
        raise Conflict(f"{address.address} is not an address of this customer any more.")
    found = at(address)
    if found is None:
        raise Conflict(f"{address.address} is gone.")
    acts.record(_item(person.id), "part", by, why, now)
    acts.record(_item(found.id), "part", by, why, now)
    return found.id


def history(person: int) -> list[acts.Act]:
    """What was done to a customer, the oldest first."""
    return acts.of(_item(person))


def _item(person: int) -> str:
    return f"customer:{person}"


def _own_id() -> Any:
    return peewee.fn.COALESCE(Customer.person, Customer.id)


def _first(condition: Any) -> Person | None:
    rows: Any = list(Customer.select(_own_id()).where(condition).limit(1).tuples())
    return load([rows[0][0]]).get(rows[0][0]) if rows else None


def _persons(rows: list[dict[str, Any]]) -> list[Person]:
    """The persons of their main rows, in that order."""
    if not rows:
        return []
    others: dict[int, list[Address]] = {}
    more: Any = Customer.select().where(Customer.person.in_([row["id"] for row in rows])).order_by(Customer.id).dicts()
    for row in more:
        others.setdefault(row["person"], []).append(Address(row["name"], row["address"]))
    domains = {Address("", row["address"]).domain for row in rows}
    named: Any = Organisation.select().where(Organisation.domain.in_(sorted(domains))).tuples()
    organisations = dict(named)
    return [
        Person(
            id=row["id"],
            addresses=(Address(row["name"], row["address"]), *others.get(row["id"], ())),
            created_at=row["created_at"],
            **{name: row[name] for name in _FACTS if name != "organisation"},
            organisation=row["organisation"] or organisations.get(Address("", row["address"]).domain, ""),
        )
        for row in rows
    ]
