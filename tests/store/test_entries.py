"""Entries: numbered in their case, with their files, read back as they were written."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mailticket.domain.case import EntryKind, StoredFile, Words
from mailticket.errors import Conflict, Permanent
from mailticket.store import cases, entries, facts
from mailticket.store.database import Store
from tests.store.rows import ANN, NOW, entry, opened

PICTURE = StoredFile("leak.png", "image/png", 31000, "ab" * 32, inline=True, cid="img1")
MANUAL = StoredFile("manual.pdf", "application/pdf", 910_000, "cd" * 32)


def test_entries_are_numbered_and_come_back_whole(store: Store) -> None:
    case = opened()
    words = Words("It drips.", "<p>It drips.</p>", "It drips.\n> old", "marker", (PICTURE, MANUAL))
    new = entry(subject="Leak", parties=("carla@customer.example",), message_id="<m@x>")
    stored = entries.add_entries(case, [replace(new, words=words), entry(EntryKind.NOTE, "call her", csr=ANN)])
    assert [one.number for one in stored] == [1, 2]
    assert entries.entries(case.key) == stored[::-1]
    assert entries.entry(case.key, 1) == stored[0]
    assert cases.load([case.id])[case.id].entries == 2


def test_the_newest_can_be_asked_for_alone(store: Store) -> None:
    case = opened()
    entries.add_entries(case, [entry(text=str(number)) for number in range(5)])
    assert [one.number for one in entries.entries(case.key, limit=2)] == [5, 4]
    assert [one.number for one in entries.entries(case.key, newest_first=False, limit=2)] == [1, 2]


def test_what_a_customer_may_see_leaves_out_notes_events_and_held_replies(store: Store) -> None:
    case = opened()
    kinds = (EntryKind.CUSTOMER_MAIL, EntryKind.REPLY, EntryKind.NOTE, EntryKind.EVENT)
    held = entry(EntryKind.REPLY, held="unproven")
    entries.add_entries(case, [*(entry(kind) for kind in kinds), held])
    assert [one.number for one in entries.entries(case.key, newest_first=False, public_only=True)] == [1, 2]


def test_two_who_add_at_once_cannot_have_the_same_number(store: Store) -> None:
    case = opened()
    entries.add_entry(case, replace(entry(), number=1))
    with pytest.raises(Conflict, match="Somebody else added"):
        entries.add_entry(case, replace(entry(), number=1))


def test_a_change_of_the_case_tells_how_many_entries_there_are(store: Store) -> None:
    case = opened()
    entries.add_entry(case, entry())
    assert cases.change(case, {"updated_at": NOW}).entries == 1


def test_a_reply_is_held_until_somebody_releases_or_drops_it(store: Store) -> None:
    case = opened()
    first = entries.add_entry(case, entry(EntryKind.REPLY, held="unproven"))
    second = entries.add_entry(case, entry(EntryKind.REPLY, held="banned word"))
    loaded = cases.load([case.id])
    assert facts.held(loaded) == {case.id: (first, second)}
    entries.change_entry(second.id, {"held": "released by Ann"})
    assert facts.held(loaded) == {case.id: (first,)}
    assert entries.entry(case.key, 2).held == "released by Ann"


def test_an_entry_that_does_not_exist_is_named(store: Store) -> None:
    with pytest.raises(Permanent, match="no entry 3"):
        entries.entry(opened().key, 3)
    with pytest.raises(Permanent, match="id 4711"):
        entries.change_entry(4711, {"kind": EntryKind.NOTE})
    with pytest.raises(ValueError, match="text"):
        entries.change_entry(1, {"text": "rewritten"})
