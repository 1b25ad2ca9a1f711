"""I/O: the outbox: letters that are to be sent, put there once for ever, and what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import peewee

from mailticket.domain.address import Address
from mailticket.domain.case import StoredFile
from mailticket.domain.decision import SendKind
from mailticket.errors import Permanent
from mailticket.store.engine.prepared import Holes, Prepared, padded
from mailticket.store.engine.prepared_rows import PreparedRows
from mailticket.store.tables.case_tables import Case
from mailticket.store.tables.mail_tables import MailId, Outbox, OutboxFile, is_in

#: Who goes first when there is more than one.
RANK = {SendKind.HUMAN: 0, SendKind.NOTIFY: 1, SendKind.AUTO: 2}

#: Columns of a new row: as the letter has them, and made for it.
_PLAIN = (
    "idem_key", "letter", "service", "entry", "message_id", "envelope_from", "recipient", "csr", "skeleton",
    "reason", "seen",
)  # fmt: skip
_MADE = ("kind", "rank", "case", "recipient_key", "budget_key", "shows", "state", "next_at", "created_at")


@dataclass(frozen=True, slots=True)
class NewLetter:
    """A letter to one recipient. `idem_key` makes it unique for ever; `case` is the case's key (0: none), `entry` the
    number of the entry that it brings; `skeleton` the frozen mail, `files` what it refers to;
    it is sent at `not_before` or later; `seen` is the number of the case's newest entry, `shows` those that a
    customer's letter holds."""

    idem_key: str
    kind: SendKind
    letter: str
    service: str
    case: int
    entry: int
    message_id: str
    envelope_from: str
    recipient: str
    csr: str
    skeleton: str
    files: tuple[StoredFile, ...]
    not_before: datetime
    reason: str
    seen: int = 0
    shows: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class OutboxItem:
    """An outbox row. `case` is a case ID or ""; `state` queued, sending, sent, failed, maybe_sent, cancelled or held;
    `phase` of an attempt is "connect" or "final_dot"; `unknowns` counts attempts whose end nobody saw."""

    id: int
    idem_key: str
    kind: SendKind
    letter: str
    service: str
    case: str
    entry: int
    message_id: str
    envelope_from: str
    recipient: str
    csr: str
    skeleton: str
    state: str
    phase: str
    attempts: int
    next_at: datetime | None
    unknowns: int
    reply: str
    error: str
    created_at: datetime
    sent_at: datetime | None
    reason: str
    shows: tuple[int, ...]


def post(letter: NewLetter, now: datetime) -> int | None:
    """Queue a letter inside the caller's transaction; its id, or None if that key was posted before."""
    return post_many([letter], now)[0]


def post_many(letters: Sequence[NewLetter], now: datetime) -> list[int | None]:
    """Queue letters with one statement for each table; their ids in the same order, None for known keys."""
    if not letters:
        return []
    ids: dict[str, int] = dict(_insert(rows=[_row(one, now) for one in letters]).execute())
    posted = [(one, ids[one.message_id]) for one in letters if one.message_id in ids]
    known = [
        {"message_id": one.message_id, "case": one.case or None, "entry": one.entry, "outbox": id} for one, id in posted
    ]
    files = [{"outbox": id, "sha256": sha256} for one, id in posted for sha256 in {file.sha256 for file in one.files}]
    _insert_message_ids.write(known)
    _insert_files.write(files)
    return [ids.get(one.message_id) for one in letters]


@PreparedRows
def _insert(holes: Holes) -> Any:
    new = Outbox.insert_many([holes.columns((*_PLAIN, *_MADE))])
    once = new.on_conflict(action="NOTHING", conflict_target=[Outbox.idem_key])
    return once.returning(Outbox.message_id, Outbox.id).tuples()


@PreparedRows
def _insert_message_ids(holes: Holes) -> Any:
    return MailId.insert_many([holes.columns(("message_id", "case", "entry", "outbox"))])


@PreparedRows
def _insert_files(holes: Holes) -> Any:
    return OutboxFile.insert_many([holes.columns(("outbox", "sha256"))])


def _row(letter: NewLetter, now: datetime) -> dict[str, Any]:
    return {name: getattr(letter, name) for name in _PLAIN} | {
        "kind": str(letter.kind),
        "rank": RANK[letter.kind],
        "case": letter.case or None,
        "recipient_key": Address("", letter.recipient).key,
        "budget_key": Address("", letter.recipient).budget_key,
        "shows": [str(one) for one in letter.shows],
        "state": "queued",
        "next_at": letter.not_before,
        "created_at": now,
    }


def get(id: int) -> OutboxItem:
    """Raises Permanent if there is no such row."""
    found = list(all_items().where(Outbox.id == id).dicts())
    if not found:
        raise Permanent(f"There is no outbox row {id}.", "See `mailticket outbox list`.")
    return as_item(found[0])


def files_of(ids: Sequence[int]) -> dict[int, list[str]]:
    """The SHA-256 of each file of these letters, by the letter's id; none for those without files."""
    found: dict[int, list[str]] = {}
    wanted = padded(ids)
    for id, sha256 in _files(len(wanted), ids=wanted) if wanted else ():
        found.setdefault(id, []).append(sha256)
    return found


@Prepared
def _files(holes: Holes, count: int) -> Any:
    is_theirs = OutboxFile.outbox.in_(holes.each("ids", count))
    return OutboxFile.select(OutboxFile.outbox, OutboxFile.sha256).where(is_theirs).tuples()


def list_items(state: str | None = None, limit: int | None = None) -> list[OutboxItem]:
    """Rows, the newest first."""
    rows = all_items().order_by(Outbox.id.desc()).limit(limit)
    if state:
        rows = rows.where(Outbox.state == state if state == "sent" else is_in(Outbox, state))
    return [as_item(row) for row in rows.dicts()]


def by_message_id(message_id: str) -> OutboxItem | None:
    """The letter with this Message-ID (in angle brackets)."""
    found = list(all_items().where(Outbox.message_id == message_id).dicts())
    return as_item(found[0]) if found else None


def all_items() -> Any:
    """The query of every letter, with its case ID."""
    return Outbox.select(Outbox, Case.case_id.alias("case_name")).join(Case, peewee.JOIN.LEFT_OUTER)


def as_item(row: dict[str, Any]) -> OutboxItem:
    """The domain value of a row of `all_items`."""
    values = {name: row[name] for name in OutboxItem.__slots__}
    shows = tuple(int(one) for one in row["shows"])
    return OutboxItem(**values | {"kind": SendKind(row["kind"]), "case": row["case_name"] or "", "shows": shows})
