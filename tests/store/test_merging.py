"""Merging two cases in the store: entries in time order, what names them moves along, nobody sees more than before."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from mailticket.domain.address import Address
from mailticket.domain.case import Case, Entry, Status, public
from mailticket.domain.people import Participant
from mailticket.errors import Conflict
from mailticket.store import cases, entries, outbox
from mailticket.store.casework import merging
from mailticket.store.database import Store
from mailticket.store.tables.mail_tables import MailId, Outbox
from tests.store.rows import CARLA, DIRK, MINUTE, NOW, entry, letter, opened

EVE = Address("Eve", "eve@customer.example")


def told(case: Case, *minutes: int, who: str = CARLA.key) -> Case:
    """The case with an entry at each of these minutes, named after its minute."""
    for minute in minutes:
        one = replace(entry(text=str(minute)), at=NOW + minute * MINUTE, parties=(who,), message_id=f"<{minute}@x>")
        entries.add_entries(case, [one])
    return cases.load([case.id])[case.id]


def two(source_minutes: tuple[int, ...], target_minutes: tuple[int, ...]) -> tuple[Case, Case]:
    source = told(opened(who=DIRK, participants=(Participant(DIRK, True),)), *source_minutes, who=DIRK.key)
    return source, told(opened(participants=(Participant(CARLA, True),)), *target_minutes)


def history(case: Case) -> list[Entry]:
    return entries.entries(case.key, newest_first=False)


@pytest.mark.parametrize(
    ("source", "target", "together"),
    [
        ((1, 4), (2, 3, 5), "12345"),
        ((1, 2), (3,), "123"),
        ((3,), (1, 2), "123"),
        ((), (1,), "1"),
        ((2, 1), (3,), "213"),
    ],
)
def test_both_histories_stand_in_time_order(
    store: Store, source: tuple[int, ...], target: tuple[int, ...], together: str
) -> None:
    one, other = two(source, target)
    merging.join(one, other, NOW)
    found = history(other)
    assert "".join(each.words.text for each in found) == together
    assert [each.number for each in found] == list(range(1, len(together) + 1))
    assert {each.words.text for each in found if each.from_case} == {str(minute) for minute in source}
    assert history(one) == [] and cases.load([other.id])[other.id].entries == len(together)


def test_the_old_id_leads_to_the_target_even_after_another_merge(store: Store) -> None:
    first, second = two((1,), (2,))
    third = opened()
    merging.join(first, second, NOW)
    merging.join(cases.load([second.id])[second.id], third, NOW)
    assert {id: case.id for id, case in cases.standing([first.id, second.id]).items()} == {
        first.id: third.id,
        second.id: third.id,
    }
    old = cases.load([first.id])[first.id]
    assert (old.status, old.merged_into, old.resolution) == (Status.CLOSED, third.id, "duplicate")
    assert [one.from_case for one in history(third)] == [first.id, second.id]


def test_mails_and_letters_name_their_entries_still(store: Store) -> None:
    source, target = two((1, 4), (2, 3))
    outbox.post(letter("a", case=source.key, entry=2, seen=2, shows=(1, 2)), NOW)
    outbox.post(letter("b", case=target.key, entry=2, seen=1, shows=(2,)), NOW)
    merging.join(source, target, NOW)
    named = dict(MailId.select(MailId.message_id, MailId.entry).where(MailId.case == target.key).tuples())
    assert [named[f"<{minute}@x>"] for minute in (1, 2, 3, 4)] == [1, 2, 3, 4]
    columns = (Outbox.case, Outbox.entry, Outbox.seen, Outbox.shows)
    letters = Outbox.select(*columns).order_by(Outbox.idem_key).tuples()
    assert list(letters) == [(target.key, 4, 4, ("1", "4")), (target.key, 3, 2, ("3",))]


def test_nobody_sees_more_than_before(store: Store) -> None:
    source, target = two((1, 4), (2, 3, 5))
    target = cases.change(target, {"participants": (Participant(EVE, True, since=3),)})
    merging.join(source, target, NOW)
    [carla, eve, dirk] = cases.load([target.id])[target.id].participants
    found = history(target)
    seen = {
        who: [one.words.text for one in found if public(one, viewer, "us")]
        for who, viewer in (("c", carla), ("d", dirk), ("e", eve))
    }
    assert seen == {"c": ["2", "3", "5"], "d": ["1", "4"], "e": ["5"]}


def test_a_case_that_moved_on_is_not_merged(store: Store) -> None:
    source, target = two((1,), (2,))
    cases.change(target, {"updated_at": NOW + timedelta(hours=1)})
    with pytest.raises(Conflict, match=f"{target.id} was changed by somebody else"):
        merging.join(source, target, NOW)
    fresh = cases.load([target.id])[target.id]
    with pytest.raises(Conflict, match=f"{source.id} was changed by somebody else"):
        merging.join(replace(source, version=7), fresh, NOW)
