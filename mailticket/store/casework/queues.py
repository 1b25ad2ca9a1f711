"""I/O: cases that wait for assignment, in their order; what lies on a CSR's desk, and what waits for their roles."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from typing import Any

from mailticket.domain.case import OPEN, Case, Priority
from mailticket.store import cases
from mailticket.store.engine.prepared import Hole, Holes, Prepared, padded
from mailticket.store.tables import case_tables


@dataclass(frozen=True, slots=True)
class Waiting:
    """A case (its ID) that waits for assignment, its place in the queue, and for whom it waits."""

    case: str
    priority: Priority
    waiting_since: datetime
    key: int
    service: str
    role: str
    skills: tuple[str, ...]


def waiting(limit: int, after: Waiting | None = None, without: Iterable[tuple[str, str]] = ()) -> list[Waiting]:
    """Those that wait for assignment: higher priority first, then the longest waiting.

    Of the queue behind `after` only; those of the (service, role) pairs of `without` are passed over.
    """
    queues = padded(without)
    rows = _waiting(len(queues), after is not None, limit=limit, queues=queues, after=after and astuple(after))
    return [Waiting(*row) for row in rows]


@Prepared
def _waiting(holes: Holes, queues: int, is_behind: bool) -> Any:
    table = case_tables.Case
    order = (table.priority.desc(), table.waiting_since, table.id)
    for_whom = (table.service, table.role, table.skills)
    query = table.select(table.case_id, table.priority, table.waiting_since, table.id, *for_whom).order_by(*order)
    query = query.where(table.waiting_since.is_null(False))
    for place in range(queues):
        service, role = Hole("queues", place, 0), Hole("queues", place, 1)
        query = query.where(~((table.service == service) & (table.role == role)))
    if is_behind:
        priority, since, key = (Hole("after", place) for place in (1, 2, 3))
        is_later = (table.waiting_since > since) | ((table.waiting_since == since) & (table.id > key))
        query = query.where((table.priority < priority) | ((table.priority == priority) & is_later))
    return query.limit(holes.limit).tuples()


def of_csr(csr: str, limit: int) -> tuple[list[Case], int]:
    """A CSR's open cases and their number; of more than `limit`, those that are due first."""
    table = case_tables.Case
    is_open = table.status.in_([str(one) for one in OPEN])
    return _first(is_open & (table.csr == csr), (table.due_at.is_null(), table.due_at, table.id), limit)


def free(roles: Sequence[str], services: Sequence[str], limit: int) -> tuple[list[Case], int]:
    """Cases that wait for a CSR of these roles, and their number; a case without a role waits in its service.

    Of more than `limit`, those that are assigned next.
    """
    table = case_tables.Case
    is_theirs = table.role.in_(list(roles)) | ((table.role == "") & table.service.in_(list(services)))
    waits = table.waiting_since.is_null(False) & is_theirs
    return _first(waits, (table.priority.desc(), table.waiting_since), limit)


def _first(wanted: Any, order: tuple[Any, ...], limit: int) -> tuple[list[Case], int]:
    table = case_tables.Case
    rows: Any = table.select(table.case_id).where(wanted).order_by(*order).limit(limit).tuples()
    ids = [case_id for (case_id,) in rows]
    loaded = cases.load(ids)
    count = len(ids) if len(ids) < limit else table.select().where(wanted).count()
    return [loaded[one] for one in ids], int(count)
