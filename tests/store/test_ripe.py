"""Cases whose moment has come: found by index, page by page, in the order of their moments."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from mailticket.domain.case import Status
from mailticket.store import cases, people
from mailticket.store.casework import ripe
from mailticket.store.database import Store
from mailticket.store.tables.case_tables import Case as CaseRow
from tests.store.rows import ANN, BO, NOW, desk, opened

DAY = timedelta(days=1)
SERVICES = ["support", "sales"]


def ringing(now: Any) -> list[str]:
    return [one.case for one in ripe.ringing(SERVICES, now, 10)]


def test_a_case_is_found_when_the_first_of_its_timers_comes(store: Store) -> None:
    case = opened(timers={"due": NOW + DAY, "resolution late": NOW + 2 * DAY}, fired={"rule:a": NOW})
    loaded = cases.load([case.id])[case.id]
    assert (loaded.timers, loaded.fired) == (case.timers, case.fired)
    assert (ringing(NOW), ringing(NOW + DAY)) == ([], [case.id])
    cases.change(loaded, {"timers": {}})
    assert ringing(NOW + 3 * DAY) == []


def test_a_pending_case_rings_only_when_it_wakes(store: Store) -> None:
    case = opened(timers={"due": NOW}, status=Status.PENDING)
    assert ringing(NOW) == []
    case = cases.change(case, {"status": Status.OPENED})
    assert ringing(NOW) == [case.id]
    cases.change(case, {"status": Status.PENDING})
    assert ringing(NOW) == []


def test_pending_cases_are_ripe_when_their_moment_comes(store: Store) -> None:
    opened(status=Status.PENDING, pending_until=NOW + DAY)
    over = opened(status=Status.PENDING, pending_until=NOW - DAY)
    assert [one.case for one in ripe.pending_over(SERVICES, NOW, 10)] == [over.id]


def test_resolved_cases_ripen_by_service(store: Store) -> None:
    one = opened(status=Status.RESOLVED, resolved_at=NOW - DAY)
    opened(status=Status.RESOLVED, resolved_at=NOW)
    opened(status=Status.RESOLVED, resolved_at=NOW - DAY, service="sales")
    opened(status=Status.CLOSED, resolved_at=NOW - DAY)
    assert [found.case for found in ripe.resolved_before("support", NOW, 10)] == [one.id]


def test_cases_of_a_csr_who_left_are_found_while_they_are_open(store: Store) -> None:
    people.project(desk(), NOW)
    orphan = opened(csr=BO)
    opened(csr=BO, status=Status.CLOSED)
    opened(csr=ANN)
    opened()
    assert [one.case for one in ripe.orphaned(SERVICES, {ANN}, 10)] == [orphan.id]
    assert ripe.orphaned(SERVICES, {ANN, BO}, 10) == [] and len(ripe.orphaned(SERVICES, set(), 10)) == 2


def test_cases_of_a_service_that_is_gone_are_left_alone(store: Store) -> None:
    opened(timers={"due": NOW})
    assert ripe.ringing(["sales"], NOW, 10) == []


def test_pages_follow_each_other_without_a_gap_where_moments_are_equal(store: Store) -> None:
    made = [opened(timers={"due": NOW - (number // 3) * DAY}).id for number in range(8)]
    found: list[str] = []
    last = None
    while page := ripe.ringing(SERVICES, NOW, 2, last):
        found += [one.case for one in page]
        last = page[-1]
    assert sorted(found) == sorted(made) and len(found) == 8


def test_idle_cases_come_page_by_page_in_the_order_of_their_keys(store: Store) -> None:
    first, second = opened(), opened()
    opened(status=Status.OPENED)
    assert [one.key for one in ripe.untouched_since(Status.NEW, NOW, 1)] == [first.key]
    assert [one.key for one in ripe.untouched_since(Status.NEW, NOW, 9, first.key)] == [second.key]
    assert ripe.untouched_since(Status.NEW, NOW - DAY, 9) == []


@pytest.mark.parametrize("status", [Status.PENDING, Status.NEW])
def test_the_moment_of_a_timer_stands_in_the_index_unless_the_case_is_pending(store: Store, status: Status) -> None:
    case = opened(timers={"due": NOW}, status=status)
    (row,) = CaseRow.select(CaseRow.rings_at).where(CaseRow.id == case.key).tuples()
    assert row == ((None,) if status is Status.PENDING else (NOW,))
