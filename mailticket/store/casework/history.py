"""I/O: what happened to a case or a mail, step by step, with the reasons that were recorded then."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import peewee

from mailticket.domain.case import EntryKind
from mailticket.store.tables.case_tables import Case, Entry
from mailticket.store.tables.mail_tables import Inbox, Outbox


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened. `what` in a few words, `reason` as it was recorded, `detail` the stored values."""

    at: datetime
    what: str
    reason: str
    detail: Mapping[str, Any]


#: The columns that a step shows of each table; the first is its moment.
_IN = ("collected_at", "id", "source", "source_key", "state", "outcome", "attempts", "next_at", "error", "message_id",
       "subject", "sender", "entry", "server", "server_state", "server_at")  # fmt: skip
_ENTRY = ("at", "number", "kind", "author_name", "author_address", "csr", "held", "message_id", "text", "door")
_OUT = ("created_at", "id", "letter", "kind", "recipient", "csr", "state", "phase", "attempts", "next_at", "unknowns",
        "reply", "error", "sent_at", "bounced_at", "bounce", "message_id", "entry")  # fmt: skip

_ENTRY_SAYS = {
    EntryKind.CUSTOMER_MAIL: "the customer's mail became an entry",
    EntryKind.REPLY: "an answer became an entry",
    EntryKind.NOTE: "a note became an entry",
    EntryKind.EVENT: "event",
}

#: What is shown of an entry's text: enough to recognise it.
_TEXT_LENGTH = 200


def of_case(case_id: str) -> list[Step]:
    """Everything about a case in order of time: mails that came in, entries, letters. Empty if there is none."""
    is_it = Case.case_id == case_id
    steps = [
        *_arrivals(_of(Inbox, ("reason", *_IN), is_it)),
        *_entries(_of(Entry, _ENTRY, is_it)),
        *_letters(_of(Outbox, ("reason", *_OUT), is_it)),
    ]
    return sorted(steps, key=lambda step: step.at)


def of_message(message_id: str) -> list[Step]:
    """Everything about one mail, in or out, with its angle brackets: its copies, and letters of ours with this id."""
    steps = [
        *_arrivals(_of(Inbox, ("reason", *_IN), Inbox.message_id == message_id)),
        *_letters(_of(Outbox, ("reason", *_OUT), Outbox.message_id == message_id)),
    ]
    return sorted(steps, key=lambda step: step.at)


def _of(table: Any, columns: tuple[str, ...], condition: Any) -> Iterable[dict[str, Any]]:
    shown = [getattr(table, name) for name in columns]
    query = table.select(*shown, Case.case_id.alias("case_name")).join(Case, peewee.JOIN.LEFT_OUTER)
    rows: Iterable[dict[str, Any]] = query.where(condition).order_by(table.id).dicts()
    return rows


def _arrivals(rows: Iterable[dict[str, Any]]) -> Iterable[Step]:
    for row in rows:
        became = f"{row['state']}: {row['outcome']}" if row["outcome"] else row["state"]
        yield _step(row, f"a mail came in by {row['source']}; {became}", row["error"] or row["reason"])


def _entries(rows: Iterable[dict[str, Any]]) -> Iterable[Step]:
    for row in rows:
        kind, text = EntryKind(row["kind"]), row["text"]
        if kind is EntryKind.EVENT:
            yield _step(row, _ENTRY_SAYS[kind], text)
        else:
            shown = text if len(text) <= _TEXT_LENGTH else f"{text[:_TEXT_LENGTH].rstrip()} …"
            yield _step(row | {"text": shown}, _ENTRY_SAYS[kind], row["held"])


def _letters(rows: Iterable[dict[str, Any]]) -> Iterable[Step]:
    for row in rows:
        yield _step(row, f"the letter {row['letter']} to {row['recipient']}; {row['state']}", row["reason"])
        if row["sent_at"]:
            yield Step(row["sent_at"], f"the relay took {row['letter']} to {row['recipient']}", row["reply"], {})
        if row["bounced_at"]:
            yield Step(row["bounced_at"], f"{row['letter']} to {row['recipient']} came back", row["bounce"], {})


def _step(row: dict[str, Any], what: str, reason: str) -> Step:
    detail = {name: value for name, value in row.items() if name not in ("reason", "case_name")}
    at = next(detail.pop(name) for name in ("collected_at", "created_at", "at") if name in detail)
    return Step(at, what, reason, detail | {"case": row["case_name"] or ""})
