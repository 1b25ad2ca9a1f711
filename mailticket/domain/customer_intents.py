"""PURE: what is to become of a customer: what is known of them, which addresses are theirs. More verbs."""

from __future__ import annotations

from dataclasses import dataclass

from mailticket.domain.address import Address
from mailticket.domain.intents import Intent


@dataclass(frozen=True, slots=True)
class DescribeCustomer(Intent):
    """A fact about a person (`people.Person.id`) gets a value, "" empties it: name, number, phone, language,
    organisation."""

    person: int
    fact: str
    value: str


@dataclass(frozen=True, slots=True)
class SetCustomerField(Intent):
    """A custom field of a person gets a value, in the form that the store keeps ("" empties it)."""

    person: int
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class NameOrganisation(Intent):
    """Everybody at a domain belongs to an organisation, unless they have one of their own; "" for none."""

    domain: str
    name: str


@dataclass(frozen=True, slots=True)
class MergeCustomers(Intent):
    """Two persons are one: all addresses of the first are the second's."""

    person: int
    into: int


@dataclass(frozen=True, slots=True)
class PartAddress(Intent):
    """An address of a person is somebody else's: they become a person of their own again."""

    person: int
    address: Address
