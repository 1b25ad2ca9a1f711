"""I/O: cases whose moment has come, page by page in the order of these moments; what is not due is never read."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mailticket.domain.case import OPEN, Case, Status
from mailticket.store import cases
from mailticket.store.engine.fields import by_no_index
from mailticket.store.tables.case_tables import Case as CaseRow
from mailticket.store.tables.case_tables import Csr


@dataclass(frozen=True, slots=True)
class Ripe:
    """A case (its ID) whose moment has come, and its place among them: what the next page goes on behind."""

    case: str
    at: datetime
    key: int


def pending_over(services: Collection[str], now: datetime, limit: int, after: Ripe | None = None) -> list[Ripe]:
    """Pending cases of these services whose `pending_until` has come, the longest overdue first."""
    is_over = (CaseRow.pending_until <= now) & (by_no_index(CaseRow.status) == str(Status.PENDING))
    return _page(is_over & _of(services), CaseRow.pending_until, limit, after)


def ringing(services: Collection[str], now: datetime, limit: int, after: Ripe | None = None) -> list[Ripe]:
    """Cases of these services with a timer whose moment has come, the longest overdue first; no pending ones."""
    is_due = (CaseRow.rings_at <= now) & _of(services)
    return _page(is_due, CaseRow.rings_at, limit, after)


def resolved_before(service: str, moment: datetime, limit: int, after: Ripe | None = None) -> list[Ripe]:
    """The cases of a service that were resolved before `moment` and still are, the oldest first."""
    is_ripe = (CaseRow.service == service) & (CaseRow.status == str(Status.RESOLVED)) & (CaseRow.resolved_at < moment)
    return _page(is_ripe, CaseRow.resolved_at, limit, after)


def closed_before(service: str, moment: datetime, limit: int, after: Ripe | None = None) -> list[Ripe]:
    """Cases of a service, closed or spam, whose words are still there although they ended before, the oldest first."""
    has_ended = CaseRow.status.in_([str(Status.CLOSED), str(Status.SPAM)]) & (CaseRow.closed_at < moment)
    is_old = (CaseRow.service == service) & has_ended
    return _page(is_old & CaseRow.erased_at.is_null(), CaseRow.closed_at, limit, after)


def orphaned(
    services: Collection[str], csr_keys_known: Iterable[str], limit: int, after: Ripe | None = None
) -> list[Ripe]:
    """Open cases of these services whose CSR is none of these, the oldest first.

    Every CSR that a config ever had is a row, so the few who are gone are known by name.
    """
    left: Any = Csr.select(Csr.key).where(Csr.key.not_in(sorted(csr_keys_known))).tuples()
    gone = [key for (key,) in left]
    if not gone:
        return []
    is_theirs = CaseRow.csr.in_(gone) & CaseRow.status.in_([str(one) for one in OPEN])
    return _page(is_theirs & _of(services), CaseRow.created_at, limit, after)


def untouched_since(status: Status, moment: datetime, limit: int, after: int = 0) -> list[Case]:
    """Cases in this status that nobody has changed since `moment`, in the order of their keys behind `after`."""
    is_idle = (CaseRow.status == str(status)) & (CaseRow.updated_at <= moment) & (CaseRow.id > after)
    rows: Any = CaseRow.select(CaseRow.id).where(is_idle).order_by(CaseRow.id).limit(limit).tuples()
    return list(cases.by_keys(key for (key,) in rows).values())


def _of(services: Collection[str]) -> Any:
    """Cases of these services: nearly all are, so they are looked up by their moment instead."""
    return by_no_index(CaseRow.service).in_(list(services))


def _page(which: Any, moment: Any, limit: int, after: Ripe | None) -> list[Ripe]:
    query = CaseRow.select(CaseRow.case_id, moment, CaseRow.id).where(which & moment.is_null(False))
    if after is not None:
        query = query.where((moment >= after.at) & ((moment > after.at) | (CaseRow.id > after.key)))
    rows: Any = query.order_by(moment, CaseRow.id).limit(limit).tuples()
    return [Ripe(*row) for row in rows]
