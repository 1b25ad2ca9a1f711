"""I/O: what lies on a CSR's desk: their open cases, and those that wait for anybody of their roles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mailticket.domain.case import OPEN, Case
from mailticket.store import cases
from mailticket.store.tables import case_tables


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
