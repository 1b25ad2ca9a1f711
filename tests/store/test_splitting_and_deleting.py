"""Entries that become another case, and cases that go: what names them goes along, what must stay stays."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mailticket.domain.case import Case, Entry, EntryKind
from mailticket.errors import Conflict
from mailticket.store import cases, entries, inbox, outbox
from mailticket.store.by_hand import acts
from mailticket.store.casework import merging, splitting
from mailticket.store.database import Store
from mailticket.store.privacy import deleting
from mailticket.store.tables.mail_tables import Inbox, MailId
from tests.store.rows import MINUTE, NOW, entry, opened, posted, taken

TOLD = replace(entry(EntryKind.EVENT, "Entry 2 became another case."), at=NOW + 60 * MINUTE)


def told(case: Case, *texts: str) -> Case:
    for minute, text in enumerate(texts):
        one = replace(entry(text=text), at=NOW + minute * MINUTE, message_id=f"<{text}@x>")
        entries.add_entries(case, [one])
    return cases.load([case.id])[case.id]


def split(source: Case, *numbers: int) -> Case:
    off = opened(entries=len(numbers))
    splitting.take(source, off, numbers, "It went.", TOLD, NOW)
    return cases.load([off.id])[off.id]


def texts(case: Case) -> list[tuple[int, str]]:
    return [(one.number, one.words.text) for one in entries.entries(case.key, newest_first=False)]


def test_the_entries_that_go_are_numbered_anew_and_the_others_keep_their_numbers(store: Store) -> None:
    source = told(opened(), "one", "two", "three", "four")
    off = split(source, 2, 4)
    assert texts(off) == [(1, "two"), (2, "four")]
    assert texts(source) == [(1, "one"), (2, "It went."), (3, "three"), (4, "It went."), (5, TOLD.words.text)]
    assert cases.load([source.id])[source.id].linked == (off.id,)


def test_a_reply_to_a_mail_that_went_finds_the_new_case(store: Store) -> None:
    source = told(opened(), "one", "two")
    off = split(source, 2)
    rows = MailId.select(MailId.case, MailId.entry).where(MailId.message_id == "<two@x>").tuples()
    assert list(rows) == [(off.key, 1)]


def test_what_was_split_off_can_be_merged_back(store: Store) -> None:
    source = told(opened(), "one", "two")
    off = split(source, 2)
    merging.join(off, cases.load([source.id])[source.id], NOW)
    assert [text for _number, text in texts(source)] == ["one", "It went.", "two", TOLD.words.text]


def test_a_case_that_changed_meanwhile_is_not_split(store: Store) -> None:
    source = told(opened(), "one", "two")
    cases.change(source, {"subject": "Other"})
    with pytest.raises(Conflict, match="changed by somebody else"), store.transaction():
        split(source, 2)
    assert texts(source) == [(1, "one"), (2, "two")]


def test_a_deleted_case_leaves_its_deletion_and_the_rows_of_its_mails(store: Store) -> None:
    [mail] = taken()
    case = told(opened(), "one")
    Inbox.update(case=case.key, state="done", outcome="opened").where(Inbox.id == mail).execute()
    letter = posted(case=case.key)
    deleting.delete(case, "Ann", "it was spam", NOW)
    assert not cases.load([case.id]) and entries.entries(case.key) == []
    assert outbox.list_items() == [] and letter
    assert (inbox.get(mail).outcome, inbox.get(mail).reason) == ("rejected", "it was spam")
    assert [(one.act, one.by, one.why) for one in acts.of(f"case:{case.id}")] == [("delete", "Ann", "it was spam")]


def test_a_case_that_changed_meanwhile_is_not_deleted(store: Store) -> None:
    case = told(opened(), "one")
    cases.change(case, {"subject": "Other"})
    with pytest.raises(Conflict), store.transaction():
        deleting.delete(case, "Ann", "x", NOW)
    assert cases.load([case.id])


def test_the_door_of_an_entry_is_kept(store: Store) -> None:
    case = opened()
    stored: Entry = entries.add_entry(case, entry(door="command line, admin root"))
    assert entries.entry(case.key, stored.number).door == "command line, admin root"
