"""I/O: the outbox: letters to be sent, each attempt recorded before it is made, so that none is lost or sent thrice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import peewee

from mailticket.domain.case import StoredFile
from mailticket.domain.decision import SendKind
from mailticket.domain.mail import Address
from mailticket.errors import Conflict, Permanent
from mailticket.store.engine.locking import committed
from mailticket.store.engine.prepared import Holes, Prepared, padded
from mailticket.store.engine.prepared_rows import PreparedRows
from mailticket.store.tables.case_tables import Case
from mailticket.store.tables.mail_tables import MailId, Outbox, OutboxFile

#: Who goes first when there is more than one.
RANK = {SendKind.HUMAN: 0, SendKind.NOTIFY: 1, SendKind.AUTO: 2}

#: How often a letter of this kind is sent again when its connection died at the last moment, and after how long.
_SEND_AGAIN = {SendKind.HUMAN: 1, SendKind.NOTIFY: 1, SendKind.AUTO: 0}
_AGAIN_AFTER = timedelta(minutes=15)

#: Columns of a new row: as the letter has them, and made for it.
_PLAIN = (
    "idem_key", "letter", "service", "entry", "message_id", "envelope_from", "recipient", "csr", "skeleton",
    "reason", "seen",
)  # fmt: skip
_MADE = ("kind", "rank", "case", "recipient_key", "budget_key", "shows", "state", "next_at", "created_at")

#: A letter that the relay has taken.
_SENT: dict[str, Any] = {"state": "sent", "error": "", "phase": "", "lease_owner": "", "next_at": None}
_LOST = "Letter {id} is no longer sent by {owner}: its lease ran out, or it is further by now."

#: How far a letter is: its attempts, and the phase of the newest.
Attempt = tuple[int, str]

#: From here on the relay may have taken the letter although we never saw its answer.
FINAL_DOT = "final_dot"


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
class Taken:
    """A letter that the relay has taken at this attempt (a number), with these words."""

    id: int
    attempt: int
    reply: str


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


def note(
    owner: str,
    now: datetime,
    *,
    taken: Sequence[Taken] = (),
    final_dot: Sequence[int] = (),
    untouched: Sequence[int] = (),
) -> set[int]:
    """Of several letters in one commit: the relay has `taken` these; the `final_dot` of those comes
    next; of the `untouched`, marked too early, it does not. Gives the ids of those that `owner` has no more.
    """
    with committed():
        lost = _sent(taken, owner, now) if taken else set()
        for ids, phase in ((final_dot, FINAL_DOT), (untouched, "connect")):
            if ids:
                wanted = padded(ids)
                marked = _mark(len(wanted), ids=wanted, owner=owner, phase=phase).execute()
                lost |= set(ids) - {id for (id,) in marked}
    return lost


@Prepared
def _mark(holes: Holes, count: int) -> Any:
    marked = Outbox.update(phase=holes.phase).where(_held_by(holes.owner) & Outbox.id.in_(holes.each("ids", count)))
    return marked.returning(Outbox.id).tuples()


def sent(id: int, owner: str, reply: str, now: datetime, attempt: int = 0) -> None:
    """The relay has taken it, with these words.

    Raises Conflict if `owner` has it no more; not if somebody gave up waiting for the end of this very attempt (its
    number) and nobody has begun another: then that end is known after all, and it need not be sent once more.
    """
    if _sent([Taken(id, attempt, reply)], owner, now):
        raise Conflict(_LOST.format(id=id, owner=owner))


def _sent(taken: Sequence[Taken], owner: str, now: datetime) -> set[int]:
    """Of all that were taken at once; the ids of those that would raise Conflict."""
    ones = padded(taken)
    ids, replies = [one.id for one in ones], [one.reply for one in ones]
    ended = {id for (id,) in _end_taken(len(ones), ids=ids, replies=replies, owner=owner, now=now)}
    left = [one for one in taken if one.id not in ended]
    return {
        one.id for one in left if not _end_after_all(id=one.id, attempt=one.attempt, reply=one.reply, now=now).execute()
    }


@Prepared
def _end_taken(holes: Holes, count: int) -> Any:
    ids = holes.each("ids", count)
    reply = peewee.Case(Outbox.id, list(zip(ids, holes.each("replies", count), strict=True)))
    is_it = Outbox.id.in_(ids) & _held_by(holes.owner)
    return Outbox.update(_SENT | {"reply": reply, "sent_at": holes.now}).where(is_it).returning(Outbox.id).tuples()


@Prepared
def _end_after_all(holes: Holes) -> Any:
    is_it = (Outbox.id == holes.id) & (Outbox.attempts == holes.attempt)
    is_unknown = Outbox.state.in_(["queued", "maybe_sent"]) & (Outbox.unknowns > 0)
    return Outbox.update(_SENT | {"reply": holes.reply, "sent_at": holes.now}).where(is_it & is_unknown)


def deferred(id: int, owner: str, error: str, next_at: datetime, seen: Attempt | None = None) -> None:
    """The relay said later, or was not there. Raises Conflict if `owner` has it no more, or it is not as `seen`."""
    ended(id, owner, {"state": "queued", "error": error, "next_at": next_at}, seen)


def failed(id: int, owner: str, error: str, now: datetime) -> None:
    """The relay said never. Raises Conflict if `owner` has it no more."""
    ended(id, owner, {"state": "failed", "error": error})


def unknown(id: int, owner: str, error: str, now: datetime, seen: Attempt | None = None) -> str:
    """The connection died at the last moment, so that the relay may have it. Gives the new state; Conflict as above.

    Answers and CSRs' notifications are queued once more, the same bytes; automatic mail is never sent twice.
    """
    item = get(id)
    if item.unknowns < _SEND_AGAIN[item.kind]:
        after: dict[str, Any] = {"state": "queued", "next_at": now + _AGAIN_AFTER}
    else:
        after = {"state": "maybe_sent", "phase": FINAL_DOT}
    ended(id, owner, after | {"error": error, "unknowns": item.unknowns + 1}, seen)
    return str(after["state"])


def give_back(ids: Iterable[int], owner: str, why: str = "", next_at: datetime | None = None) -> None:
    """Nothing was tried: trouble with the account, not with the letters. The attempt is not counted.

    Due at once, or at `next_at`; `why` is shown for them until they are tried again.
    """
    as_before: dict[str, Any] = {"state": "queued", "phase": "", "lease_owner": "", "error": why}
    as_before |= {"attempts": Outbox.attempts - 1, "next_at": next_at or Outbox.created_at}
    Outbox.update(as_before).where(_held_by(owner) & Outbox.id.in_(list(ids))).execute()


def note_bounce(id: int, reason: str, now: datetime) -> None:
    """A report says that the letter did not arrive."""
    Outbox.update(bounced_at=now, bounce=reason).where(Outbox.id == id).execute()


def get(id: int) -> OutboxItem:
    """Raises Permanent if there is no such row."""
    found = list(all_items().where(Outbox.id == id).dicts())
    if not found:
        raise Permanent(f"There is no outbox row {id}.", "See `mailticket outbox list`.")
    return as_item(found[0])


def list_items(state: str | None = None, limit: int | None = None) -> list[OutboxItem]:
    """Rows, the newest first."""
    rows = all_items().order_by(Outbox.id.desc()).limit(limit)
    return [as_item(row) for row in (rows.where(Outbox.state == state) if state else rows).dicts()]


def by_message_id(message_id: str) -> OutboxItem | None:
    """The letter with this Message-ID (in angle brackets)."""
    found = list(all_items().where(Outbox.message_id == message_id).dicts())
    return as_item(found[0]) if found else None


def _held_by(owner: Any) -> Any:
    return (Outbox.state == "sending") & (Outbox.lease_owner == owner)


def ended(id: int, owner: str, values: dict[str, Any], seen: Attempt | None = None) -> None:
    """The end of an attempt, with these values. Raises Conflict if `owner` has the letter no more, or got on with it.

    Who ends another's attempt says how it was `seen`: that one may live, and reach the final dot in this moment.
    """
    at_rest = {"phase": "", "lease_owner": "", "next_at": None} | values
    count, phase = seen or (0, "")
    if not _end(
        seen is not None, *sorted(at_rest), id=id, owner=owner, values=at_rest, count=count, phase=phase
    ).execute():
        raise Conflict(_LOST.format(id=id, owner=owner))


@Prepared
def _end(holes: Holes, is_as_seen: bool, *columns: str) -> Any:
    is_it = (Outbox.id == holes.id) & _held_by(holes.owner)
    if is_as_seen:
        is_it &= (Outbox.attempts == holes.count) & (Outbox.phase == holes.phase)
    return Outbox.update(holes.row("values", columns)).where(is_it)


def all_items() -> Any:
    """The query of every letter, with its case ID."""
    return Outbox.select(Outbox, Case.case_id.alias("case_name")).join(Case, peewee.JOIN.LEFT_OUTER)


def as_item(row: dict[str, Any]) -> OutboxItem:
    """The domain value of a row of `all_items`."""
    values = {name: row[name] for name in OutboxItem.__slots__}
    shows = tuple(int(one) for one in row["shows"])
    return OutboxItem(**values | {"kind": SendKind(row["kind"]), "case": row["case_name"] or "", "shows": shows})
