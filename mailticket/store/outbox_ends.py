"""I/O: how attempts at letters end. Each is recorded before its last moment, so that none is lost or sent thrice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import peewee

from mailticket.domain.decision import SendKind
from mailticket.errors import Conflict
from mailticket.store import outbox
from mailticket.store.engine.locking import committed
from mailticket.store.engine.prepared import Holes, Prepared, padded
from mailticket.store.tables.mail_tables import Outbox

#: How often a letter of this kind is sent again when its connection died at the last moment, and after how long.
_SEND_AGAIN = {SendKind.HUMAN: 1, SendKind.NOTIFY: 1, SendKind.AUTO: 0}
_AGAIN_AFTER = timedelta(minutes=15)

#: A letter that the relay has taken.
_SENT: dict[str, Any] = {"state": "sent", "error": "", "phase": "", "lease_owner": "", "next_at": None}
_LOST = "Letter {id} is no longer sent by {owner}: its lease ran out, or it is further by now."

#: How far a letter is: its attempts, and the phase of the newest.
Attempt = tuple[int, str]

#: From here on the relay may have taken the letter although we never saw its answer.
FINAL_DOT = "final_dot"


@dataclass(frozen=True, slots=True)
class Taken:
    """A letter that the relay has taken at this attempt (a number), with these words."""

    id: int
    attempt: int
    reply: str


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


def _sent(taken: Sequence[Taken], owner: str, now: datetime) -> set[int]:
    """All that were taken at once; the ids of those that `owner` has no more.

    One is not among these if somebody gave up waiting for the end of this very attempt and nobody has begun another:
    then that end is known after all, and it need not be sent once more.
    """
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
    item = outbox.get(id)
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
