"""Cases: opened once, changed by one at a time, listed in order."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from mailticket.domain.case import Priority, Status
from mailticket.domain.people import Participant
from mailticket.errors import Conflict
from mailticket.store import cases, search
from mailticket.store.casework import queues
from mailticket.store.database import Store
from tests.store.rows import ANN, BO, CARLA, DIRK, NOW, opened

DAY = timedelta(days=1)


def test_a_case_is_loaded_as_it_was_opened(store: Store) -> None:
    people = (Participant(CARLA, True), Participant(DIRK, True, since=3))
    case = opened(
        "7F3K-9QXM", priority=Priority.HIGH, tags=("pump", "ä"), due_at=NOW + DAY, participants=people, csr=ANN
    )
    assert cases.load(["7F3K-9QXM", "0000-0000"]) == {"7F3K-9QXM": case}
    assert cases.load([]) == {}


def test_a_case_id_is_given_once(store: Store) -> None:
    opened("7F3K-9QXM")
    with pytest.raises(Conflict, match="7F3K-9QXM is taken"):
        opened("7F3K-9QXM")


def test_a_change_counts_a_version_and_is_seen_when_loaded(store: Store) -> None:
    case = opened()
    values = {
        "status": Status.PENDING,
        "csr": BO,
        "pending_until": NOW + DAY,
        "linked": ("AAAA-AAAA",),
        "updated_at": NOW + DAY,
    }
    changed = cases.change(case, values)
    assert changed == cases.load([case.id])[case.id]
    assert (changed.version, changed.status, changed.csr, changed.linked) == (1, Status.PENDING, BO, ("AAAA-AAAA",))


def test_a_change_of_an_older_version_is_refused(store: Store) -> None:
    case = opened()
    cases.change(case, {"csr": ANN})
    with pytest.raises(Conflict, match="changed by somebody else"):
        cases.change(case, {"csr": BO})
    assert cases.load([case.id])[case.id].csr == ANN


def test_a_field_that_cannot_change_is_a_mistake(store: Store) -> None:
    with pytest.raises(ValueError, match="created_at"):
        cases.change(opened(), {"created_at": NOW})


def test_participants_are_added_and_brought_up_to_date(store: Store) -> None:
    case = opened(participants=(Participant(CARLA, True),))
    shouted = replace(CARLA, address=CARLA.address.upper())
    changed = cases.change(
        case, {"participants": (Participant(DIRK, True, since=4), Participant(shouted, True, since=2))}
    )
    loaded = cases.load([case.id])[case.id]
    assert {(one.address.key, one.since) for one in loaded.participants} == {(CARLA.key, 2), (DIRK.key, 4)}
    assert changed.participants == loaded.participants


def test_waiting_cases_come_by_priority_and_then_by_age(store: Store) -> None:
    old = opened(waiting_since=NOW)
    urgent = opened(waiting_since=NOW + DAY, priority=Priority.URGENT)
    new = opened(waiting_since=NOW + DAY)
    opened()
    queue = queues.waiting(10)
    assert [one.case for one in queue] == [urgent.id, old.id, new.id]
    assert queues.waiting(1) == queue[:1]
    assert [queues.waiting(10, one) for one in queue] == [queue[1:], queue[2:], []]


def test_the_queue_of_a_full_role_is_passed_over(store: Store) -> None:
    ours, theirs = (opened(waiting_since=NOW, role=role) for role in ("support", "experts"))
    assert [one.case for one in queues.waiting(10, None, {("support", "support")})] == [theirs.id]
    assert [one.case for one in queues.waiting(10, None, {("other", "support")})] == [ours.id, theirs.id]


def test_a_customer_s_other_cases_come_newest_first(store: Store) -> None:
    first, second, this = opened(), opened(), opened()
    opened(who=DIRK)
    assert [one.id for one in cases.of_customer(CARLA.key, this.id)] == [second.id, first.id]


def test_the_other_cases_of_several_customers_are_found_together(store: Store) -> None:
    first, second, theirs, this = opened(), opened(), opened(who=DIRK), opened()
    found = cases.other_cases([this, first, theirs], 1)
    assert {key: [one.id for one in others] for key, others in found.items()} == {
        this.key: [second.id],
        first.key: [this.id],
        theirs.key: [],
    }


@pytest.mark.parametrize(
    ("asked", "numbers"),
    [
        ({}, [3, 2, 1]),
        ({"service": "sales"}, [2]),
        ({"status": "resolved"}, [3]),
        ({"csr": ANN}, [3, 1]),
        ({"csr": ANN, "status": "new"}, [1]),
        ({"limit": 2}, [3, 2]),
    ],
)
def test_lists_are_filtered_and_give_the_newest_first(
    store: Store, asked: dict[str, object], numbers: list[int]
) -> None:
    opened("CASE-0001", csr=ANN)
    opened("CASE-0002", service="sales", csr=BO)
    opened("CASE-0003", status=Status.RESOLVED, csr=ANN)
    assert [one.id for one in cases.list_cases(**asked)] == [f"CASE-000{number}" for number in numbers]  # type: ignore[arg-type]


def test_a_list_by_the_moment_reads_page_by_page_too(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cases, "_PAGE", 2)
    days = [3, 1, 2, 2, 5]
    made = {opened(created_at=NOW + day * DAY).id: (day, place) for place, day in enumerate(days)}
    told = [one.id for one in cases.list_cases(by_moment=True, that=search.created(NOW, NOW + 5 * DAY))]
    assert [made[id] for id in told] == [(3, 0), (2, 3), (2, 2), (1, 1)]


def test_a_list_reads_page_by_page(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cases, "_PAGE", 2)
    made = [opened().id for _ in range(5)]
    assert [one.id for one in cases.list_cases()] == made[::-1]
    assert [one.id for one in cases.list_cases(limit=3)] == made[:1:-1]
