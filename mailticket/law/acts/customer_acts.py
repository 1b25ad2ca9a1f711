"""PURE: what follows where somebody describes a customer, or says that two are one. Nobody is mailed about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mailticket.config.providers import by_domain
from mailticket.domain.customer_intents import (
    DescribeCustomer,
    MergeCustomers,
    NameOrganisation,
    PartAddress,
    SetCustomerField,
)
from mailticket.domain.decision import ChangeCustomer, JoinCustomers, PartCustomer
from mailticket.domain.intents import Intent
from mailticket.domain.people import Person
from mailticket.errors import Refused
from mailticket.law.draft import Draft

_LONGEST = 200
_MOST_ADDRESSES = 50
#: What can be said of a customer.
FACTS = ("name", "number", "phone", "language", "organisation")


def describe(draft: Draft, intent: DescribeCustomer) -> None:
    person = _person(draft, intent.person)
    if intent.fact not in FACTS:
        raise Refused(f"Customers have no {intent.fact}.", f"They have: {', '.join(FACTS)}, and custom fields.")
    value = " ".join(intent.value.split())
    if len(value) > _LONGEST:
        raise Refused(f"The {intent.fact} is longer than {_LONGEST} characters.", "Keep it shorter.")
    what = f"{intent.fact}: {value or 'none'}"
    _change(draft, intent, person, what, {intent.fact: value})


def set_field(draft: Draft, intent: SetCustomerField) -> None:
    person = _person(draft, intent.person)
    values = {name: value for name, value in person.fields.items() if name != intent.name}
    if intent.value:
        values[intent.name] = intent.value
    _change(draft, intent, person, f"{intent.name}: {intent.value or 'empty'}", {"fields": values})


def name_organisation(draft: Draft, intent: NameOrganisation) -> None:
    """Not at a provider where everybody has an address: they are no organisation."""
    if by_domain(intent.domain) is not None:
        what = f"Everybody can have an address at {intent.domain}, so it is no organisation's."
        raise Refused(what, "Name the organisation of one customer instead.")
    why = f"organisation of {intent.domain}: {intent.name or 'none'}, by {intent.by.address.shown}"
    draft.actions.append(ChangeCustomer(0, {"organisation": intent.name}, _by(intent), why, intent.domain))
    draft.settle("done")


def merge(draft: Draft, intent: MergeCustomers) -> None:
    """Their cases stay each with the address that it was written from; the person has them all."""
    source, target = _person(draft, intent.person), _person(draft, intent.into)
    if source.id == target.id:
        raise Refused(f"{source.shown} cannot be merged with themselves.", "Name two customers.")
    if len(source.addresses) + len(target.addresses) > _MOST_ADDRESSES:
        raise Refused(f"A customer has at most {_MOST_ADDRESSES} addresses.", "Is this one person?")
    if source.number and target.number and source.number != target.number:
        what = f"They have different customer numbers, {source.number} and {target.number}."
        raise Refused(what, "If they are one person, empty the wrong number first.")
    addresses = ", ".join(one.address for one in source.addresses)
    why = f"{addresses} and {target.address.address} are one person, says {intent.by.address.shown}"
    draft.actions.append(JoinCustomers(source, target, _by(intent), why))
    draft.settle("done")


def part(draft: Draft, intent: PartAddress) -> None:
    person = _person(draft, intent.person)
    keys = [one.key for one in person.addresses]
    if intent.address.key not in keys:
        raise Refused(f"{intent.address.address} is not an address of {person.shown}.", f"Theirs: {', '.join(keys)}.")
    if intent.address.key == keys[0]:
        others = ", ".join(keys[1:])
        fix = f"Part one of the others instead: {others}." if others else "There is nothing to part."
        raise Refused(f"{intent.address.address} is their main address.", fix)
    why = f"{intent.address.address} is a customer of their own, says {intent.by.address.shown}"
    draft.actions.append(PartCustomer(person, intent.address, _by(intent), why))
    draft.settle("done")


#: What each wish leads to; part of the table of `law.decide`.
STEPS: dict[type[Intent], Callable[[Draft, Any], None]] = {
    DescribeCustomer: describe,
    SetCustomerField: set_field,
    NameOrganisation: name_organisation,
    MergeCustomers: merge,
    PartAddress: part,
}


def _change(draft: Draft, intent: Intent, person: Person, what: str, changes: dict[str, Any]) -> None:
    if all(getattr(person, name) == value for name, value in changes.items()):
        draft.promises.append(f"{what}: it was so already.")
    else:
        why = f"{what}, by {intent.by.address.shown}"
        draft.actions.append(ChangeCustomer(person.id, changes, _by(intent), why))
    draft.settle("done")


def _person(draft: Draft, id: int) -> Person:
    found = draft.known.people.get(id)
    if found is None:
        raise Refused("This customer is gone.", "Perhaps they were merged with another meanwhile.")
    return found


def _by(intent: Intent) -> str:
    """Who, and by what door."""
    return f"{intent.by.address.shown} ({intent.by.door})"
