"""Customers as persons, on each database: several addresses, what is known of them, joined and parted."""

from __future__ import annotations

import pytest

from mailticket.domain.address import Address
from mailticket.domain.people import Person
from mailticket.errors import Conflict
from mailticket.store import cases, customers, people
from mailticket.store.database import Store
from tests.store.rows import CARLA, DIRK, NOW, opened

HOME = Address("", "carla@home.example")


def person(address: Address) -> Person:
    people.customer(address, NOW)
    found = customers.at(address)
    assert found is not None
    return found


def joined() -> Person:
    customers.join(person(HOME), person(CARLA), "Ann", "one person", NOW)
    return person(CARLA)


def test_joined_addresses_are_one_person_whichever_is_asked(store: Store) -> None:
    carla = joined()
    assert [one.key for one in carla.addresses] == [CARLA.key, HOME.key]
    assert customers.at(HOME) == carla
    known = people.customers([CARLA.key, HOME.key])
    assert {one.person for one in known.values()} == {carla.id}


def test_nobody_has_no_number(store: Store) -> None:
    joined()
    assert customers.numbered("") == []


def test_a_joined_person_keeps_their_own_facts_and_takes_over_the_missing(store: Store) -> None:
    home, carla = person(HOME), person(CARLA)
    customers.change(home.id, {"phone": "1", "number": "H", "fields": {"tier": "tin", "a": "b"}}, "Ann", "x", NOW)
    customers.change(carla.id, {"number": "C", "fields": {"tier": "gold"}}, "Ann", "x", NOW)
    now = joined()
    assert (now.number, now.phone, now.fields) == ("C", "1", {"tier": "gold", "a": "b"})


def test_the_earlier_cases_are_those_of_all_addresses(store: Store) -> None:
    one, other, theirs = opened(who=CARLA), opened(who=HOME), opened(who=DIRK)
    assert [case.id for case in cases.of_customer(CARLA.key, "")] == [one.id]
    carla = joined()
    found = cases.of_customer(HOME.key, other.id)
    assert [case.id for case in found] == [one.id] and theirs.id not in [case.id for case in found]
    assert {case.customer.person for case in cases.of_customer(CARLA.key, "")} == {carla.id}
    assert [case.id for case in cases.other_cases([other], 5)[other.key]] == [one.id]


def test_a_parted_address_is_who_it_was_before(store: Store) -> None:
    home = person(HOME)
    customers.change(home.id, {"phone": "1"}, "Ann", "x", NOW)
    carla = joined()
    assert customers.part(carla, HOME, "Ann", "two persons", NOW) == home.id
    assert person(HOME).phone == "1" and person(CARLA).addresses == (person(CARLA).address,)
    assert [one.act for one in customers.history(home.id)] == ["change", "merge", "part"]


def test_who_changed_meanwhile_is_not_joined(store: Store) -> None:
    home, carla = person(HOME), person(CARLA)
    customers.change(home.id, {"phone": "1"}, "Bo", "x", NOW)
    with pytest.raises(Conflict):
        customers.join(home, carla, "Ann", "x", NOW)
    joined()
    with pytest.raises(Conflict):
        customers.change(home.id, {"phone": "2"}, "Bo", "x", NOW)
    with pytest.raises(Conflict):
        customers.part(person(CARLA), DIRK, "Ann", "x", NOW)


def card(address: Address) -> tuple[tuple[str, str], ...]:
    who = people.customer(address, NOW)
    return customers.cards([who])[who.id]


def test_a_card_has_what_is_known_at_whichever_address(store: Store) -> None:
    carla = joined()
    customers.change(carla.id, {"number": "K-17", "fields": {"tier": "gold"}}, "Ann", "x", NOW)
    customers.name_organisation(HOME.domain, "Home Ltd")
    assert card(HOME) == (("Customer number", "K-17"), ("Organisation", "Home Ltd"), ("tier", "gold"))
    customers.change(carla.id, {"organisation": "Acme"}, "Ann", "x", NOW)
    assert ("Organisation", "Acme") in card(HOME) and card(DIRK) == ()


def test_an_organisation_is_renamed_and_taken_away(store: Store) -> None:
    person(CARLA)
    for name in ("Old Ltd", "New Ltd", ""):
        customers.name_organisation(CARLA.domain, name)
        assert person(CARLA).organisation == name


@pytest.mark.parametrize("search", ["K-17", "CARLA@home", "k-1"])
def test_a_person_is_found_by_any_of_their_addresses_or_facts(store: Store, search: str) -> None:
    carla = joined()
    customers.change(carla.id, {"number": "K-17"}, "Ann", "x", NOW)
    person(DIRK)
    assert [one.id for one in customers.listed(search=search)] == [carla.id]


@pytest.mark.parametrize("search", ["%", "_", "\\", "'; DROP TABLE customer; --", "\0"])
def test_what_is_searched_for_is_no_pattern(store: Store, search: str) -> None:
    joined()
    assert search == "\0" or list(customers.listed(search=search)) == []


def test_a_language_is_learned_once_and_kept_with_the_person(store: Store) -> None:
    joined()
    assert people.customer(HOME, NOW, "de").language == "de"
    assert people.customer(CARLA, NOW, "fr").language == "de"
    assert person(CARLA).language == "de"
