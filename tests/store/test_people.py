"""CSRs, roles and availability as the config has them; customers as they wrote."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mailticket.domain.address import Address
from mailticket.domain.case import Status
from mailticket.errors import Refused
from mailticket.store import people
from mailticket.store.database import Store
from tests.store.rows import ANN, BO, CARLA, NOW, desk, opened


def _names(role: str) -> list[str]:
    return [one.csr for one in people.candidates(role, NOW)]


def test_candidates_are_the_members_in_the_config_s_order(store: Store) -> None:
    people.project(desk(role=[{"name": "support", "members": [BO, ANN]}]), NOW)
    assert [(one.csr, one.order) for one in people.candidates("support", NOW)] == [(BO, 0), (ANN, 1)]
    assert _names("nobody knows it") == []


def test_candidates_know_their_loads(store: Store) -> None:
    people.project(desk(), NOW)
    for status in (Status.NEW, Status.PENDING, Status.CLOSED, Status.ESCALATED):
        opened(csr=ANN, status=status)
    people.assigned_now(ANN, NOW)
    ann, bo = people.candidates("support", NOW)
    assert (ann.open_cases, ann.active_cases, ann.last_assigned_at) == (3, 2, NOW)
    assert (bo.open_cases, bo.active_cases, bo.last_assigned_at) == (0, 0, None)


def test_who_is_away_in_one_role_still_works_in_the_other(store: Store) -> None:
    people.project(desk(), NOW)
    people.set_away(BO, "support", True, "bo", NOW, "course")
    assert people.away() == {("support", BO)}
    assert (_names("support"), _names("experts")) == ([ANN], [BO])


def test_who_is_away_in_all_roles_comes_back_in_all(store: Store) -> None:
    people.project(desk(), NOW)
    people.set_away(BO, "", True, "bo", NOW, "holiday")
    assert people.away() == {("support", BO), ("experts", BO)}
    people.set_away(BO, "", False, "bo", NOW, "back")
    assert people.away() == frozenset()


def test_being_away_outlives_a_reload_and_even_leaving_the_config(store: Store) -> None:
    people.project(desk(), NOW)
    people.set_away(ANN, "support", True, "ann", NOW, "holiday")
    people.project(desk(csr=[{"email": BO, "name": "Bo"}], role=[{"name": "support", "members": [BO]}]), NOW)
    assert people.away() == frozenset()
    people.project(desk(), NOW)
    assert people.away() == {("support", ANN)}


def test_who_left_the_config_is_no_candidate_and_not_listed(store: Store) -> None:
    people.project(desk(), NOW)
    people.project(desk(csr=[{"email": BO, "name": "Bo"}], role=[{"name": "support", "members": [BO]}]), NOW)
    assert _names("support") == [BO]
    assert [one.email for one in people.csr_list()] == [BO]
    assert _names("experts") == []


def test_away_needs_a_role_that_the_csr_has(store: Store) -> None:
    people.project(desk(), NOW)
    with pytest.raises(Refused, match="not in the role experts"):
        people.set_away(ANN, "experts", True, "ann", NOW, "")
    with pytest.raises(Refused, match="not in any role"):
        people.set_away("nobody@desk.example", "", True, "ann", NOW, "")


def test_the_list_of_csrs_shows_roles_and_work(store: Store) -> None:
    people.project(desk(), NOW)
    people.set_away(BO, "experts", True, "bo", NOW, "")
    opened(csr=BO)
    ann, bo = people.csr_list()
    assert (ann.name, ann.roles, ann.away_roles, ann.open_cases) == ("Ann", ("support",), (), 0)
    assert (bo.name, bo.roles, bo.away_roles, bo.open_cases) == ("Bo", ("support", "experts"), ("experts",), 1)


def test_an_empty_config_leaves_nobody(store: Store) -> None:
    people.project(desk(), NOW)
    people.project(desk(csr=[], role=[]), NOW)
    assert people.csr_list() == []


def test_a_customer_is_made_once_whatever_the_spelling(store: Store) -> None:
    first = people.customer(CARLA, NOW)
    again = people.customer(Address("", "CARLA@Customer.Example"), NOW + timedelta(days=1))
    assert first == again
    assert people.customers([CARLA.key, "dirk@customer.example"]) == {CARLA.key: first}
    assert people.customers([]) == {}


def test_a_name_fills_an_empty_one_and_replaces_none(store: Store) -> None:
    people.customer(Address("", CARLA.address), NOW)
    assert people.customer(CARLA, NOW).name == CARLA.name
    assert people.customer(Address("Somebody else", CARLA.address), NOW).name == CARLA.name
