"""Rows that wait for the end of their transaction are there for whoever changes or removes them in it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mailticket.domain.address import Address
from mailticket.domain.case import Case
from mailticket.domain.people import Participant
from mailticket.domain.texts.search_words import parse_query
from mailticket.store import cases, entries, facts, participants, search
from mailticket.store.casework import merging, splitting
from mailticket.store.database import Store
from mailticket.store.index import search_index
from mailticket.store.privacy import deleting, erasing
from mailticket.store.tables.mail_tables import MailId
from mailticket.store.tables.search_tables import CaseWord
from tests.store.rows import NOW, entry, opened

#: Somebody else.
BO_OUTSIDE = Address("Bo", "bo@outside.example")


def told(case: Case) -> Case:
    changed = cases.change(case, {}, more=1)
    entries.add_counted(changed, [entry(text="the zanzibar pump drips", message_id="<said@x>", held="why")])
    return changed


def forgotten(case: Case) -> None:
    search_index.forget([one.id for one in entries.entries(case.key)])


def erased(case: Case) -> None:
    erasing.whole(case, NOW)


def deleted(case: Case) -> None:
    deleting.delete(case, "ann", "a test", NOW)


READ: dict[str, Callable[[Case], object]] = {
    "the entries of a case": lambda case: entries.entries(case.key),
    "those of several": lambda case: entries.of_cases([case.key])[case.key],
    "held ones": lambda case: facts.held({case.id: case}),
    "its mail": lambda case: list(MailId.select().where(MailId.message_id == "<said@x>")),
    "search": lambda case: list(search.of_staff(parse_query("zanzibar"))),
    "words": lambda case: list(CaseWord.select().where(CaseWord.case == case.key)),
    "who takes part": lambda case: cases.load([case.id])[case.id].participants,
}


@pytest.mark.parametrize("read", READ)
def test_what_was_said_is_read_where_it_was_said(store: Store, read: str) -> None:
    with store.transaction():
        assert READ[read](told(opened(participants=(Participant(BO_OUTSIDE, False),))))


def test_who_comes_to_take_part_twice_in_a_transaction_does_so_once(store: Store) -> None:
    with store.transaction():
        case = opened()
        for since in (3, 5):
            participants.keep(case.key, [Participant(BO_OUTSIDE, False, since)])
    people = cases.load([case.id])[case.id].participants
    assert [one.since for one in people if one.address == BO_OUTSIDE] == [5]


@pytest.mark.parametrize("gone", [forgotten, erased, deleted])
def test_what_is_removed_where_it_was_said_is_found_no_more(store: Store, gone: Callable[[Case], None]) -> None:
    with store.transaction():
        case = told(opened())
        gone(case)
    assert not list(search.of_staff(parse_query("zanzibar")))
    assert gone is forgotten or not CaseWord.select().where(CaseWord.word == "zanzibar").count()


def test_a_message_id_goes_with_its_entry_into_the_case_it_is_merged_into(store: Store) -> None:
    with store.transaction():
        target, source = opened(), told(opened())
        merging.join(source, target, NOW)
    assert list(MailId.select(MailId.case, MailId.entry).tuples()) == [(target.key, 1)]


def test_a_message_id_goes_with_its_entry_into_the_case_that_it_opens(store: Store) -> None:
    with store.transaction():
        source, off = told(opened()), opened(entries=1)
        splitting.take(source, off, [1], "It went.", entry(text="told"), NOW)
    assert list(MailId.select(MailId.case, MailId.entry).tuples()) == [(off.key, 1)]


def test_a_message_id_that_is_erased_where_it_came_is_gone(store: Store) -> None:
    with store.transaction():
        erasing.whole(told(opened()), NOW)
    assert not MailId.select().count()
