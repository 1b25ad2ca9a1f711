"""Of a long case as much is read as a letter shows, and what belongs to a letter however old it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from mailticket.domain.case import Case, Entry, EntryKind
from mailticket.store import entries
from mailticket.store.casework import latest
from mailticket.store.casework.latest import STEP
from mailticket.store.database import Store
from tests.store.rows import entry, opened

SAID = entry(EntryKind.REPLY, "y" * 100)
EVENT = entry(EntryKind.EVENT, "It was looked at.")


def of(*said: Entry) -> Case:
    case = opened(entries=len(said))
    entries.add_counted(case, said)
    return case


def numbers(found: Sequence[Entry]) -> list[int]:
    return [one.number for one in found]


def test_a_short_case_is_read_whole(store: Store) -> None:
    case, other = of(*[SAID] * STEP), of(SAID)
    found = latest.of_cases([case, other], 1)
    assert numbers(found[case.key].entries) == list(range(1, STEP + 1)) and len(found[other.key].entries) == 1
    assert found[case.key].unread == 0


def test_a_long_case_that_says_little_is_read_whole(store: Store) -> None:
    case = of(*[EVENT] * 130)
    found = latest.of_cases([case], 1)[case.key]
    assert numbers(found.entries) == list(range(1, 131)) and found.unread == 0


def test_of_a_case_of_thousands_of_entries_no_more_are_read_than_a_letter_shows(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = of(*[SAID, EVENT] * 1_500)
    asked: list[int] = []
    read = entries.read_by_case

    def counted(query: object) -> list[tuple[int, Entry]]:
        found = read(query)
        asked.append(len(found))
        return found

    monkeypatch.setattr(entries, "read_by_case", counted)
    found = latest.of_cases([case], 10_000)[case.key]
    assert 200 <= sum(asked) <= 300
    assert numbers(found.entries) == list(range(3_000 - sum(asked) + 1, 3_001))
    assert found.unread == 1_500 - sum(asked) // 2


def test_the_customers_first_and_newest_mail_and_the_newest_held_answer_are_there(store: Store) -> None:
    mail, held = entry(), entry(EntryKind.REPLY, held="why")
    case = of(EVENT, mail, mail, held, held, mail, *[SAID] * 300)
    found = latest.of_cases([case], 1_000)[case.key]
    older = numbers([one for one in found.entries if one.number <= 6])
    assert older == [2, 5, 6]
    assert found.unread + sum(one.kind is not EntryKind.EVENT for one in found.entries) == 305


@pytest.mark.parametrize("newest", [replace(SAID), entry(text="n" * 400_000)])
def test_what_a_letter_brings_does_not_count_for_how_far_its_history_reaches(store: Store, newest: Entry) -> None:
    case = of(*[SAID] * 300, newest)
    assert len(latest.of_cases([case], 80 * 100)[case.key].entries) == 2 * STEP


def test_any_entry_is_found_by_its_number_and_the_newest_events_by_themselves(store: Store) -> None:
    case = of(*[SAID, EVENT] * 60)
    assert numbers(latest.numbered(case.key, 3)) == [3] and latest.numbered(case.key, 121) == []
    assert numbers(latest.events(case.key, 3)) == [120, 118, 116]
