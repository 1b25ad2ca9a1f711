"""I/O: which letters of the outbox are sent next: by rank, the oldest first, with a share for a case's first letter."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import peewee

from mailticket.domain.decision import SendKind
from mailticket.store.engine.locking import committed, locked
from mailticket.store.engine.prepared import Holes, Prepared, padded
from mailticket.store.outbox import RANK, OutboxItem, all_items, as_item
from mailticket.store.tables.mail_tables import Outbox, is_in

#: Longer than any attempt takes: the final dot alone may take ten minutes.
_LEASE = timedelta(minutes=15)

#: Where not all fit, the newest notifications that follow on no other letter have one in so many places.
ONE_NEW_IN = 4
#: They are looked for among so many of the newest ones that wait.
_LOOKED_AT = 100


def claim(service: str, owner: str, now: datetime, limit: int = 20, *, answers_only: bool = False) -> list[OutboxItem]:
    """Letters that are due, leased to `owner`; the attempt is counted and committed before anybody connects.

    Answers first, then CSRs' notifications, then automatic mail; the oldest first. Of one case's letters to one
    recipient only the oldest is under way, so that a later answer never overtakes an earlier one; but it does not
    wait for automatic mail that the relay put off, nor, with `answers_only`, for any that is no answer.

    If more are due than fit, a share of the places is for the newest notifications of cases of which no earlier letter
    waits: a new matter does not wait until all older ones are told of, nor do those wait for ever.
    """
    with committed():
        ids = [id for (id,) in _due(answers_only, service=service, now=now, limit=limit)]
        if len(ids) == limit > 1 and not answers_only:
            ids = _with_newest(ids, service, now, limit)
        if not ids:
            return []
        wanted = padded(ids)
        _begin(len(wanted), ids=wanted, owner=owner, until=now + _LEASE).execute()
        begun = {row["id"]: as_item(row) for row in _begun(len(wanted), ids=wanted)}
        return [begun[id] for id in ids]


def _with_newest(due: Sequence[int], service: str, now: datetime, limit: int) -> list[int]:
    """The newest ones first, in their share of the places; then those that are due anyway."""
    newest = [id for (id,) in _newest(service=service, now=now, limit=max(1, limit // ONE_NEW_IN))]
    return list(dict.fromkeys((*newest, *due)))[:limit]


@Prepared
def _newest(holes: Holes) -> Any:
    late, other = Outbox.alias("late"), Outbox.alias("other")
    notify = RANK[SendKind.NOTIFY]
    waits = (late.service == holes.service) & is_in(late, "queued") & (late.rank == notify)
    newest = late.select(late.id).where(waits).order_by(late.id.desc()).limit(_LOOKED_AT)
    is_earlier = (other.state == "sending") | ((other.id < Outbox.id) & (other.rank <= notify))
    same = (other.case == Outbox.case) & (other.id != Outbox.id) & is_in(other, "queued", "sending") & is_earlier
    follows = peewee.fn.EXISTS(other.select(peewee.SQL("1")).where(same))
    is_new = Outbox.id.in_(newest) & Outbox.case.is_null(False) & (Outbox.next_at <= holes.now) & ~follows
    rows = Outbox.select(Outbox.id).where(is_new & is_in(Outbox, "queued"))
    return locked(rows.order_by(Outbox.id.desc()).limit(holes.limit), skip=True).tuples()


@Prepared
def _due(holes: Holes, answers_only: bool) -> Any:
    other = Outbox.alias("other")
    is_put_off = other.rank > Outbox.rank
    if not answers_only:
        is_put_off &= other.next_at > holes.now
    is_before = (other.state == "sending") | ((other.id < Outbox.id) & ~is_put_off)
    is_left = is_in(other, "queued", "sending")
    same = (other.case == Outbox.case) & (other.recipient_key == Outbox.recipient_key) & (other.id != Outbox.id)
    must_wait = peewee.fn.EXISTS(other.select(peewee.SQL("1")).where(same & is_left & is_before))
    is_due = (Outbox.service == holes.service) & is_in(Outbox, "queued") & (Outbox.next_at <= holes.now)
    if answers_only:
        is_due &= Outbox.rank == RANK[SendKind.HUMAN]
    due = Outbox.select(Outbox.id).where(is_due & ~must_wait).order_by(Outbox.rank, Outbox.id).limit(holes.limit)
    return locked(due, skip=True).tuples()


@Prepared
def _begin(holes: Holes, count: int) -> Any:
    begun = {"state": "sending", "phase": "connect", "attempts": Outbox.attempts + 1}
    begun |= {"lease_owner": holes.owner, "next_at": holes.until}
    return Outbox.update(begun).where(Outbox.id.in_(holes.each("ids", count)))


@Prepared
def _begun(holes: Holes, count: int) -> Any:
    return all_items().where(Outbox.id.in_(holes.each("ids", count))).dicts()


def are_left(now: datetime, allowed: int) -> bool:
    """Are more letters than that due or under way, of whatever service? Of those that wait the newest are looked at."""
    newest = _newest_waiting(limit=_LOOKED_AT)
    left = sum(1 for (next_at,) in newest if next_at <= now)
    return left > allowed or left + len(list(_under_way(limit=allowed + 1))) > allowed


@Prepared
def _newest_waiting(holes: Holes) -> Any:
    waits = Outbox.select(Outbox.next_at).where(is_in(Outbox, "queued"))
    return waits.order_by(Outbox.id.desc()).limit(holes.limit).tuples()


@Prepared
def _under_way(holes: Holes) -> Any:
    return Outbox.select(Outbox.id).where(is_in(Outbox, "sending")).limit(holes.limit).tuples()


def any_waits(service: str) -> bool:
    """Has the service a letter that waits, due or not? One is looked at, however many do."""
    return bool(Outbox.select().where((Outbox.service == service) & is_in(Outbox, "queued")).exists())
