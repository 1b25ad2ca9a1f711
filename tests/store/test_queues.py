"""What lies on a CSR's desk: their open cases and the free queue of their roles, counted, the most pressing kept."""

from __future__ import annotations

from datetime import timedelta

from mailticket.domain.case import Priority, Status
from mailticket.store.casework import queues
from mailticket.store.database import Store
from tests.store.rows import ANN, BO, NOW, opened

HOUR = timedelta(hours=1)


def test_only_their_own_open_cases_are_theirs(store: Store) -> None:
    mine = {opened(csr=ANN, status=one).id for one in (Status.NEW, Status.PENDING, Status.ESCALATED)}
    for status in (Status.RESOLVED, Status.CLOSED, Status.SPAM):
        opened(csr=ANN, status=status)
    opened(csr=BO)
    found, count = queues.of_csr(ANN, 10)
    assert ({one.id for one in found}, count) == (mine, 3)


def test_of_many_those_that_are_due_first_are_kept(store: Store) -> None:
    never, late, soon = (opened(csr=ANN, due_at=at).id for at in (None, NOW + 2 * HOUR, NOW + HOUR))
    assert [one.id for one in queues.of_csr(ANN, 10)[0]] == [soon, late, never]
    found, count = queues.of_csr(ANN, 2)
    assert ([one.id for one in found], count) == ([soon, late], 3)


def test_what_waits_is_free_for_the_roles_that_it_waits_for(store: Store) -> None:
    without_role = opened(waiting_since=NOW).id
    of_role = opened(waiting_since=NOW + HOUR, role="support").id
    opened(waiting_since=NOW, role="experts")
    opened(waiting_since=NOW, service="sales")
    opened(role="support")
    found, count = queues.free(["support"], ["support"], 10)
    assert ([one.id for one in found], count) == ([without_role, of_role], 2)


def test_what_is_assigned_next_stands_first(store: Store) -> None:
    old, urgent = (
        opened(waiting_since=at, priority=one).id for at, one in ((NOW, Priority.NORMAL), (NOW + HOUR, Priority.URGENT))
    )
    found, count = queues.free([], ["support"], 1)
    assert ([one.id for one in found], count) == ([urgent], 2)
    assert [one.id for one in queues.free([], ["support"], 5)[0]] == [urgent, old]


def test_without_a_role_nothing_is_free(store: Store) -> None:
    opened(waiting_since=NOW)
    assert queues.free([], [], 10) == ([], 0)
