"""I/O: what a person said goes from everywhere it is kept; the rows stay, empty, so that figures stay true.

Each function is a whole step inside the caller's transaction, and does nothing when it is done once more.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import peewee
from peewee import chunked

from mailticket.domain.address import Address
from mailticket.domain.case import OPEN, Case, EntryKind, Status
from mailticket.errors import Conflict
from mailticket.law.discretion.mask import mask_html, mask_text
from mailticket.store import cases, entries, people
from mailticket.store.engine.fields import bounded
from mailticket.store.index import search_index, similar
from mailticket.store.privacy import masking, vault
from mailticket.store.privacy.elsewhere import Names
from mailticket.store.tables.case_tables import Case as CaseRow
from mailticket.store.tables.case_tables import Entry, EntryFile, LinkUse, Participant
from mailticket.store.tables.mail_tables import Inbox, Logical, MailId, Outbox, OutboxFile
from mailticket.store.tables.privacy_tables import SealedEntry

#: The outcome of a mail whose words were erased, and the resolution of a case that was open then.
ERASED = "erased"
_NOTHING = {"text": "", "html": "", "whole": "", "subject": "", "author_address": "", "message_id": "", "parties": ()}
#: A link that was used stays used. The case is in no such status, so that nothing of it can be undone.
_NO_UNDO = '{"status": "erased", "csr": "", "entries": 0}'
_UNDER_WAY = ("queued", "sending")
_ROWS_OF_A_STATEMENT = 500


@dataclass(frozen=True, slots=True)
class Whose:
    """The person: the keys of all their addresses, and the words that name them (addresses, full names)."""

    keys: frozenset[str]
    words: tuple[str, ...]


def whole(case: Case, now: datetime) -> None:
    """Nothing that anybody said in the case is left; its dates, status, CSR, tags and the kinds of its entries are.

    Raises Conflict while a letter of it is being sent.
    """
    _refuse_under_way(Outbox.case == case.key)
    _blank(Entry.case == case.key, now)
    _remove_letters(Outbox.case == case.key, now)
    _forget_mails(Inbox.case.in_(masking.with_merged(case)), now)
    MailId.delete().where(MailId.case == case.key).execute()
    _forget_asides(case)
    Participant.delete().where(Participant.case == case.key).execute()
    values: dict[str, Any] = {"subject": "", "fields": {}, "watchers": (), "linked": (), "thread_root": ""}
    values |= {"pending_until": None, "waiting_since": None, "due_at": None, "timers": {}, "rings_at": None}
    values |= {"wanted": "", "watching": {}, "erased_at": now, "version": CaseRow.version + 1}
    if case.status in OPEN or case.status is Status.RESOLVED:
        values |= {"status": str(Status.CLOSED), "closed_at": now, "resolution": case.resolution or ERASED}
    CaseRow.update(values).where(CaseRow.id == case.key).execute()
    vault.destroy(masking.with_merged(case))


def share(case: Case, whose: Whose, now: datetime) -> None:
    """What this person said in a case of several people goes, and what went to them alone; the others' words stay,
    without the person's name and addresses, and without what they quote. The first of the others is the customer.

    Raises Conflict while a letter of it is being sent.
    """
    _refuse_under_way(Outbox.case == case.key)
    said = entries.entries(case.key, newest_first=False)
    gone = [one for one in said if _is_theirs(one.author, one.csr, whose) or _went_to(one.parties, one.kind, whose)]
    numbers = [one.number for one in gone]
    _blank(Entry.id.in_([one.id for one in gone]), now)
    for one in said:
        if one.number not in numbers:
            _keep_others(one.id, whose)
    SealedEntry.delete().where(SealedEntry.entry.in_([one.id for one in said])).execute()
    _remove_letters(Outbox.case == case.key, now)
    _forget_mails(Inbox.case.in_(masking.with_merged(case)), now)
    MailId.delete().where((MailId.case == case.key) & MailId.entry.in_(numbers)).execute()
    _forget_asides(case)
    Participant.delete().where((Participant.case == case.key) & Participant.address_key.in_(_stored(whose))).execute()
    subject = "" if 1 in numbers else mask_text(case.subject, whose.words)
    watchers = tuple(one for one in case.watchers if Address("", one).key not in whose.keys)
    values: dict[str, Any] = {"subject": subject, "fields": {}, "watchers": watchers, "version": CaseRow.version + 1}
    if case.customer.address.key in whose.keys:
        values["customer"] = _next_customer(case, whose, now)
    CaseRow.update(values).where(CaseRow.id == case.key).execute()
    vault.destroy(masking.with_merged(case))
    left = cases.load([case.id])[case.id]
    masking.index_anew(left, [one.id for one in said if one.number not in numbers])


def names(whose: Whose, case_ids: Collection[str]) -> Names:
    """Does a text name the person, or one of their cases? Capitals and line ends do not count."""
    words = [" ".join(one.split()).casefold() for one in (*whose.words, *case_ids)]

    def is_named(text: str) -> bool:
        plain = " ".join(text.replace("\\n", " ").split()).casefold()
        return any(one in plain for one in words)

    return is_named


def addressed(whose: Whose, now: datetime, most: int | None = None) -> bool:
    """The letters to them and the mails from them that became no case: by index, so however many others there are.

    At most so many of each; is there more? Raises Conflict while such a letter is being sent.
    """
    to_them = Outbox.recipient_key.in_(_stored(whose))
    _refuse_under_way(to_them)
    gone = [_remove_letters(to_them, now, most), _forget_mails(Inbox.writer.in_(_stored(whose)), now, most)]
    return most in gone


def remove_letters(ids: Sequence[int], now: datetime) -> None:
    """These letters, unless they have yet to be sent."""
    _remove_letters(Outbox.id.in_(list(ids)), now)


def _stored(whose: Whose) -> list[str]:
    return sorted(bounded(one) for one in whose.keys)


def _refuse_under_way(which: Any) -> None:
    if Outbox.select().where(which & Outbox.state.in_(_UNDER_WAY)).exists():
        raise Conflict("A letter of it has yet to be sent.", "It goes on by itself when the letter is gone.")


def _blank(which: Any, now: datetime) -> None:
    rows: Any = Entry.select(Entry.id).where(which).tuples()
    ids = [id for (id,) in rows]
    files: Any = EntryFile.select(EntryFile.sha256).where(EntryFile.entry.in_(ids)).tuples()
    masking.unwanted((digest for (digest,) in files), now)
    EntryFile.delete().where(EntryFile.entry.in_(ids)).execute()
    SealedEntry.delete().where(SealedEntry.entry.in_(ids)).execute()
    search_index.forget(ids)
    for chosen in chunked(ids, _ROWS_OF_A_STATEMENT):
        author = peewee.Case(None, [(Entry.csr != "", Entry.author_name)], "")
        held = peewee.Case(None, [(Entry.held != "", ERASED)], "")
        values: dict[str, Any] = _NOTHING | {"author_name": author, "held": held, "is_held": False, "key_id": None}
        Entry.update(values).where(Entry.id.in_(chosen)).execute()


def _keep_others(entry_id: int, whose: Whose) -> None:
    """What somebody else wrote, without what was quoted below it."""
    row: Any = Entry.get(Entry.id == entry_id)
    values: dict[str, Any] = {name: mask_text(getattr(row, name), whose.words) for name in ("text", "subject", "held")}
    values |= {"html": mask_html(row.html, whose.words), "whole": "", "key_id": None}
    values |= {"author_name": mask_text(row.author_name, whose.words)}
    values |= {"parties": tuple(one for one in row.parties if one not in whose.keys)}
    Entry.update(values).where(Entry.id == entry_id).execute()


def _is_theirs(author: Address, csr: str, whose: Whose) -> bool:
    return not csr and bool(author.address) and author.key in whose.keys


def _went_to(parties: Sequence[str], kind: EntryKind, whose: Whose) -> bool:
    return kind is EntryKind.REPLY and bool(parties) and set(parties) <= whose.keys


def _remove_letters(which: Any, now: datetime, most: int | None = None) -> int:
    """Those that are sent or given up, with their files and Message-IDs; what waits elsewhere is nobody's quotation."""
    rows: Any = Outbox.select(Outbox.id).where(which & Outbox.state.not_in(_UNDER_WAY)).limit(most).tuples()
    ids = [id for (id,) in rows]
    files: Any = OutboxFile.select(OutboxFile.sha256).where(OutboxFile.outbox.in_(ids)).tuples()
    masking.unwanted((digest for (digest,) in files), now)
    Outbox.delete().where(Outbox.id.in_(ids)).execute()
    return len(ids)


def _forget_mails(which: Any, now: datetime, most: int | None = None) -> int:
    """The stored mails and what their rows tell. The rows stay, so that no copy on the server is taken for new."""
    is_read = Inbox.state.in_(["done", "discarded"])
    rows: Any = Inbox.select(Inbox.id, Inbox.blob).where(which & is_read).limit(most).tuples()
    found = list(rows)
    ids = [id for id, _ in found]
    masking.unwanted((blob for _, blob in found), now)
    Logical.delete().where(Logical.inbox.in_(ids)).execute()
    values: dict[str, Any] = {"state": "discarded", "outcome": ERASED, "reason": ERASED, "blob": "", "key_id": None}
    values |= {name: "" for name in ("message_id", "content_hash", "subject", "sender", "writer", "error", "traceback")}
    Inbox.update(values).where(Inbox.id.in_(ids)).execute()
    return len(ids)


def _forget_asides(case: Case) -> None:
    similar.unlearn(case.key)
    LinkUse.update(argument="", before="{}", after=_NO_UNDO).where(LinkUse.case == case.key).execute()


def _next_customer(case: Case, whose: Whose, now: datetime) -> int:
    others = [one for one in case.participants if one.address.key not in whose.keys]
    return people.customer(others[0].address, now).id if others else case.customer.id


def others_in(case: Case, keys: Collection[str]) -> bool:
    """Does anybody else outside take part in the case?"""
    return any(one.address.key not in keys for one in case.participants)
