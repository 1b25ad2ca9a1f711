"""I/O: a case goes for good: its entries, people, letters. What says that it was there, and who deleted it, stays."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from mailticket.domain.case import Case
from mailticket.errors import Conflict
from mailticket.store.by_hand import acts
from mailticket.store.casework import links
from mailticket.store.index import search_index
from mailticket.store.privacy import retention
from mailticket.store.tables.case_tables import Case as CaseRow
from mailticket.store.tables.case_tables import Csr, CsrAlias
from mailticket.store.tables.case_tables import Entry as EntryRow
from mailticket.store.tables.mail_tables import Inbox, Outbox
from mailticket.tokens import letter_named, standing_name


def delete(case: Case, by: str, why: str, now: datetime) -> None:
    """Removes the case. The stored copies of its mails go like those of rejected mail, after `retain_rejected`; their
    inbox rows stay, so that no copy of them is ever taken for new. Raises Conflict if somebody changed it meanwhile.
    """
    ids: Any = EntryRow.select(EntryRow.id).where(EntryRow.case == case.key).tuples()
    search_index.forget([id for (id,) in ids])
    _revoke_proofs(case, why, now)
    Outbox.delete().where(Outbox.case == case.key).execute()
    settled = {"outcome": retention.REJECTED, "reason": why, "case": None, "entry": 0, "collected_at": now}
    Inbox.update(settled).where(Inbox.case == case.key).execute()
    is_as_loaded = (CaseRow.id == case.key) & (CaseRow.version == case.version)
    if not CaseRow.delete().where(is_as_loaded).execute():
        raise Conflict(f"Case {case.id} was changed by somebody else in the meantime.")
    acts.record(f"case:{case.id}", "delete", by, why, now)


def _revoke_proofs(case: Case, why: str, now: datetime) -> None:
    """What its CSRs were sent proves nobody from now on: tokens end some time after their case, and there is none."""
    letters: Any = Outbox.select(Outbox.message_id, Outbox.csr).where((Outbox.case == case.key) & (Outbox.csr != ""))
    sent = list(letters.tuples())
    theirs: Any = CsrAlias.select(CsrAlias.address_key).join(Csr).where(Csr.key.in_({csr for _, csr in sent}))
    standing = (standing_name(case.id, key) for (key,) in theirs.tuples())
    for name in sorted({*(letter_named(message_id) for message_id, _ in sent), *standing}):
        links.revoke(name, why, now)
