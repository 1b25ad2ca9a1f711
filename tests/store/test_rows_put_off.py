"""Rows that wait for the end of their transaction are there for whoever changes or removes them in it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mailticket.domain.case import Case
from mailticket.domain.texts.search_words import parse_query
from mailticket.store import cases, entries, search
from mailticket.store.casework import merging, splitting
from mailticket.store.database import Store
from mailticket.store.index import search_index
from mailticket.store.privacy import deleting, erasing
from mailticket.store.tables.mail_tables import MailId
from mailticket.store.tables.search_tables import CaseWord
from tests.store.rows import NOW, entry, opened


def told(case: Case) -> Case:
    entries.add_entries(case, [entry(text="the zanzibar pump drips", message_id="<said@x>")])
    return cases.load([case.id])[case.id]


def forgotten(case: Case) -> None:
    search_index.forget([one.id for one in entries.entries(case.key)])


def erased(case: Case) -> None:
    erasing.whole(case, NOW)


def deleted(case: Case) -> None:
    deleting.delete(case, "ann", "a test", NOW)


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
