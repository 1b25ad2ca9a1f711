"""I/O: a case goes for good: its entries, people, letters. What says that it was there, and who deleted it, stays."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from mailticket.domain.case import Case
from mailticket.errors import Conflict
from mailticket.store.by_hand import acts
from mailticket.store.index import search_index
from mailticket.store.privacy import retention
from mailticket.store.tables.case_tables import Case as CaseRow
from mailticket.store.tables.case_tables import Entry as EntryRow
from mailticket.store.tables.mail_tables import Inbox, Outbox


def delete(case: Case, by: str, why: str, now: datetime) -> None:
    """Removes the case. The stored copies of its mails go like those of rejected mail, after `retain_rejected`; their
    inbox rows stay, so that no copy of them is ever taken for new. Raises Conflict if somebody changed it meanwhile.
    """
    ids: Any = EntryRow.select(EntryRow.id).where(EntryRow.case == case.key).tuples()
    search_index.forget([id for (id,) in ids])
    Outbox.delete().where(Outbox.case == case.key).execute()
    settled = {"outcome": retention.REJECTED, "reason": why, "case": None, "entry": 0, "collected_at": now}
    Inbox.update(settled).where(Inbox.case == case.key).execute()
    is_as_loaded = (CaseRow.id == case.key) & (CaseRow.version == case.version)
    if not CaseRow.delete().where(is_as_loaded).execute():
        raise Conflict(f"Case {case.id} was changed by somebody else in the meantime.")
    acts.record(f"case:{case.id}", "delete", by, why, now)
