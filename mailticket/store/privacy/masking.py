"""I/O: the words of one case wherever they are kept, to be masked: entries, letters, mails, links, files' names."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import peewee

from mailticket.domain.case import Case
from mailticket.store import entries
from mailticket.store.files import blobs
from mailticket.store.index import search_index, similar
from mailticket.store.privacy import vault
from mailticket.store.privacy.vault import Seal
from mailticket.store.tables.case_tables import Case as CaseRow
from mailticket.store.tables.case_tables import Entry, EntryFile, LinkUse
from mailticket.store.tables.mail_tables import Inbox, Outbox
from mailticket.store.tables.privacy_tables import UnwantedBlob

#: What a person wrote, in an entry. HTML is masked in another way than text.
TEXTS = ("text", "whole", "subject", "held")

Change = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Written:
    """What an entry says: its columns by name, and the names of its files by their ids."""

    id: int
    number: int
    columns: dict[str, str]
    files: dict[int, str]


@dataclass(frozen=True, slots=True)
class StoredMail:
    """A mail as it came in: its inbox row, the digest of its bytes."""

    id: int
    blob: str


def written(case_key: int) -> list[Written]:
    """Everything that is said in the case, in the order of the entries."""
    rows: Any = Entry.select().where(Entry.case == case_key).order_by(Entry.number).dicts()
    found = list(rows)
    files: dict[int, dict[int, str]] = {}
    named: Any = EntryFile.select(EntryFile.entry, EntryFile.id, EntryFile.name).join(Entry)
    for entry, id, name in named.where(Entry.case == case_key).tuples():
        files.setdefault(entry, {})[id] = name
    return [
        Written(row["id"], row["number"], {name: row[name] for name in (*TEXTS, "html")}, files.get(row["id"], {}))
        for row in found
    ]


def keep(seal: Seal, before: Written, columns: dict[str, str], files: dict[int, str]) -> None:
    """The entry says this from now on; what it said is sealed."""
    plain = json.dumps(before.columns | {"files": list(before.files.values())}, ensure_ascii=False)
    vault.keep_entry(seal, before.id, plain.encode("utf-8", "surrogatepass"))
    Entry.update(columns).where(Entry.id == before.id).execute()
    for id, name in files.items():
        EntryFile.update(name=name).where(EntryFile.id == id).execute()


def mails(case_keys: Iterable[int], numbers: Iterable[int]) -> list[StoredMail]:
    """The stored mails of these cases that are not sealed yet, with every later copy of each.

    But for those that became other entries than these: what became no entry (a command) may hold the words as well.
    """
    keys = list(case_keys)
    untouched = Entry.case.in_(keys) & Entry.number.not_in(list(numbers)) & (Entry.message_id != "")
    others = Entry.select(Entry.message_id).where(untouched)
    is_plain = Inbox.key_id.is_null() & (Inbox.state == "done") & (Inbox.blob != "")
    firsts: Any = Inbox.select().where(Inbox.case.in_(keys) & is_plain & Inbox.message_id.not_in(others))
    found: dict[int, StoredMail] = {}
    for row in list(firsts.dicts()):
        found[row["id"]] = StoredMail(row["id"], row["blob"])
        is_copy = (Inbox.message_id == row["message_id"]) & (Inbox.content_hash == row["content_hash"])
        copies: Any = Inbox.select(Inbox.id, Inbox.blob).where(is_copy & is_plain & (Inbox.content_hash != ""))
        found |= {id: StoredMail(id, blob) for id, blob in copies.tuples()}
    return list(found.values())


def with_merged(case: Case) -> list[int]:
    """The keys of the case and of all that became part of it."""
    is_merged = peewee.SQL("merged_into <> ''")  # as the index has it, word for word
    rows: Any = CaseRow.select(CaseRow.id).where(is_merged & (CaseRow.merged_into == case.id)).tuples()
    return [case.key, *(key for (key,) in rows)]


def put_sealed(mail: StoredMail, seal: Seal, sealed: str, change: Change, now: datetime) -> None:
    """The row names the sealed bytes; the plain ones go when nothing needs them any more."""
    subject = Inbox.get(Inbox.id == mail.id).subject
    Inbox.update(blob=sealed, key_id=seal.id, subject=change(subject)).where(Inbox.id == mail.id).execute()
    unwanted([mail.blob], now)


def unwanted(digests: Iterable[str], now: datetime) -> None:
    """Inside the transaction that lets go of them; `retention.remove_unwanted` does it afterwards."""
    for digest in sorted(set(filter(None, digests))):
        row = UnwantedBlob.insert(sha256=digest, since=now)
        row.on_conflict(action="NOTHING", conflict_target=[UnwantedBlob.sha256]).execute()


def change_letters(case_key: int, change: Change) -> int:
    """Every letter of the case as `change` makes it of the frozen one; the number of those that became others."""
    rows: Any = Outbox.select(Outbox.id, Outbox.skeleton).where(Outbox.case == case_key).order_by(Outbox.id).tuples()
    changed = {id: new for id, skeleton in list(rows) if (new := change(skeleton)) != skeleton}
    for id, skeleton in changed.items():
        Outbox.update(skeleton=skeleton).where(Outbox.id == id).execute()
    return len(changed)


def change_rest(case: Case, change: Change) -> None:
    """The subject and fields of the case, and what its links keep to be undone."""
    fields = {name: change(value) for name, value in case.fields.items()}
    CaseRow.update(subject=change(case.subject), fields=fields).where(CaseRow.id == case.key).execute()
    rows: Any = LinkUse.select(LinkUse.digest, LinkUse.argument, LinkUse.before, LinkUse.after)
    for digest, *kept in list(rows.where(LinkUse.case == case.key).tuples()):
        argument, before, after = kept
        values = {"argument": change(argument), "before": in_json(before, change), "after": in_json(after, change)}
        LinkUse.update(values).where(LinkUse.digest == digest).execute()


def in_json(text: str, change: Change) -> str:
    """JSON with every string in it changed."""
    return json.dumps(_walked(json.loads(text), change), ensure_ascii=False) if text else text


def _walked(value: Any, change: Change) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [_walked(one, change) for one in value]
    return {key: _walked(one, change) for key, one in value.items()} if isinstance(value, dict) else value


def index_anew(case: Case, entry_ids: Sequence[int]) -> None:
    """The search finds these entries by what they say now, and nothing else of them."""
    search_index.forget(entry_ids)
    similar.unlearn(case.key)
    left = [one for one in entries.entries(case.key, newest_first=False) if one.id in entry_ids or one.number == 1]
    search_index.forget([one.id for one in left])
    search_index.index(case, left)


def raw(mail: StoredMail) -> bytes:
    """The mail as it came in."""
    return blobs.get(mail.blob)


def is_sealed(inbox_id: int) -> bool:
    """Was something masked in this mail, so that its stored bytes are sealed?"""
    return Inbox.select().where((Inbox.id == inbox_id) & Inbox.key_id.is_null(False)).exists()
