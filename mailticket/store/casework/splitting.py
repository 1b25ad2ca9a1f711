"""I/O: some entries of a case become another case: they and what names them move, a line stays in each place."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from mailticket.domain.case import Case, Entry, EntryKind
from mailticket.store import cases, entries
from mailticket.store.tables.case_tables import Entry as EntryRow
from mailticket.store.tables.mail_tables import Inbox, MailId


def take(source: Case, opened: Case, numbers: Sequence[int], left: str, told: Entry, now: datetime) -> None:
    """The opened case gets these entries of the source as its numbers 1, 2, ...; replies to their mails go there.

    In the source an event with the text `left` stands at the moment and number of each, so that every other number
    stays what letters, links and people know it by; `told` is its newest event. Letters stay with the source: what
    they said was said there. Raises Conflict if somebody changed the source or moved an entry meanwhile.
    """
    linked = tuple(dict.fromkeys((*source.linked, opened.id)))
    changed = cases.change(source, {"linked": linked, "updated_at": now})
    for new, old in enumerate(numbers, 1):
        was = entries.entry(source.key, old)
        is_it = (EntryRow.case == source.key) & (EntryRow.number == old)
        EntryRow.update(case=opened.key, number=new).where(is_it).execute()
        for table in (MailId, Inbox):
            is_named = (table.case == source.key) & (table.entry == old)
            if table is MailId:
                is_named = is_named & MailId.outbox.is_null()
            table.update(case=opened.key, entry=new).where(is_named).execute()
        _leave(source.key, old, was.at, left, told)
    entries.add_entries(changed, [told])


def _leave(case_key: int, number: int, at: datetime, text: str, told: Entry) -> None:
    row: dict[str, Any] = {
        "case": case_key,
        "number": number,
        "kind": str(EntryKind.EVENT),
        "at": at,
        "author_name": told.author.name,
        "author_address": told.author.address,
        "text": text,
        "csr": told.csr,
        "door": told.door,
    }
    EntryRow.insert(row).execute()
