"""I/O: which mails of the inbox are handled next: services in turns, the oldest first, with a share for fresh ones."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import zip_longest
from typing import Any

from mailticket.store.engine.fields import is_true
from mailticket.store.engine.locking import committed, locked
from mailticket.store.engine.prepared import Holes, Prepared, padded
from mailticket.store.inbox import InboxItem, as_item
from mailticket.store.inbox_ends import RETRY_AFTER, shunt
from mailticket.store.tables.mail_tables import Inbox

#: Of a batch into which not everything fits, the fresh mails that arrived last have one in so many places. The oldest
#: mails have the others, so that neither keeps the other waiting for ever.
ONE_FRESH_IN = 3

#: A service's share of a batch is no smaller: one place for its oldest mail, one for its newest fresh one.
_LEAST_SHARE = 2

#: A wait this long was written by a clock that has been set back since: the row is due.
_LONGEST_WAIT = timedelta(hours=1)


def claim(now: datetime, owner: str, limit: int = 50, lease: timedelta = timedelta(minutes=5)) -> list[InboxItem]:
    """The next rows that are due, leased to `owner` and committed: a crash counts as an attempt.

    If more are due than fit, services take turns: one that has very much mail keeps no other waiting. Then, of each
    service, a share of the batch is the newest of its fresh mails, and comes first; the rest are its oldest mails.
    The items' `attempts` are those before this one. A row that was tried before comes alone, so that no other
    mail suffers for it; one that ended its process each time is shunted here.
    """
    with committed():
        items = _due(now, limit)
        while items and items[0].attempts > len(RETRY_AFTER):
            worn = items.pop(0)
            shunt(worn.id, f"The process that handled it died; {worn.attempts} attempts were made.", "", now)
        if items and items[0].attempts:
            items = items[:1]
        elif len(items) == limit > 1:
            items = _in_turns(items, now, limit)
        else:
            items = [one for one in items if not one.attempts]
        if items:
            ids = padded(one.id for one in items)
            _lease(len(ids), ids=ids, owner=owner, until=now + lease).execute()
    return items


@Prepared
def _lease(holes: Holes, count: int) -> Any:
    leased = {"lease_owner": holes.owner, "next_at": holes.until, "attempts": Inbox.attempts + 1}
    return Inbox.update(leased).where(Inbox.id.in_(holes.each("ids", count)))


def _due(now: datetime, limit: int) -> list[InboxItem]:
    rows = _oldest_due(now=now, too_late=now + _LONGEST_WAIT, limit=limit)
    return [as_item(row) for row in rows]


@Prepared
def _oldest_due(holes: Holes) -> Any:
    return locked(Inbox.select().where(_is_due(holes)).order_by(Inbox.id).limit(holes.limit), skip=True).dicts()


def _is_due(holes: Holes) -> Any:
    comes = Inbox.next_at.is_null() | (Inbox.next_at <= holes.now) | (Inbox.next_at > holes.too_late)
    return is_true(Inbox.is_waiting) & comes


def _in_turns(oldest: Sequence[InboxItem], now: datetime, limit: int) -> list[InboxItem]:
    """An equal share of each service that has mail waiting (of some, if they are many): fresh mails, then the oldest.

    Places that a service has no use for go to the oldest of all. Mails that were tried before wait until they are that.
    """
    services = list(_services_waiting())
    most = max(1, limit // _LEAST_SHARE)
    if len(services) > most:
        services = random.sample(services, most)
    shares = [_share_of(one, now, limit // len(services)) for one in services]
    in_order = sorted((old for _, old in shares if old), key=lambda old: old[0].id)
    others = (one for one in oldest if not one.attempts)
    chosen = (*_alternating(fresh for fresh, _ in shares), *_alternating(in_order), *others)
    return list({one.id: one for one in chosen}.values())[:limit]


def _alternating(shares: Iterable[Sequence[InboxItem]]) -> Iterator[InboxItem]:
    return (one for turn in zip_longest(*shares) for one in turn if one is not None)


def _services_waiting() -> Iterator[str]:
    """Every service that has mail waiting, by steps in an index: however much mail there is, few rows are read."""
    name = ""
    while found := list(_next_service(after=name)):
        name = found[0][0]
        yield name


@Prepared
def _next_service(holes: Holes) -> Any:
    later = is_true(Inbox.is_waiting) & (Inbox.service > holes.after)
    return Inbox.select(Inbox.service).where(later).order_by(Inbox.service).limit(1).tuples()


def _share_of(service: str, now: datetime, share: int) -> tuple[list[InboxItem], list[InboxItem]]:
    """(the newest fresh mails of a service, its oldest mails), together no more than its share."""
    asked: dict[str, Any] = {"service": service, "now": now, "too_late": now + _LONGEST_WAIT}
    places = share // ONE_FRESH_IN or (1 if share >= _LEAST_SHARE else 0)
    fresh = [as_item(row) for row in _newest_fresh(limit=places, **asked)] if places else []
    chosen = {one.id for one in fresh}
    oldest = [as_item(row) for row in _untried_of(limit=share, **asked)]
    return fresh, [one for one in oldest if one.id not in chosen][: share - len(fresh)]


@Prepared
def _newest_fresh(holes: Holes) -> Any:
    rows = _untried(holes).where(is_true(Inbox.is_fresh))
    return locked(rows.order_by(Inbox.received_at.desc(), Inbox.id.desc()).limit(holes.limit), skip=True).dicts()


@Prepared
def _untried_of(holes: Holes) -> Any:
    return locked(_untried(holes).order_by(Inbox.id).limit(holes.limit), skip=True).dicts()


def _untried(holes: Holes) -> Any:
    return Inbox.select().where(_is_due(holes) & (Inbox.service == holes.service) & (Inbox.attempts == 0))


def release(ids: Iterable[int], owner: str) -> None:
    """Give those of the rows back unharmed that `owner` still has: this attempt is not counted."""
    given_back = {"lease_owner": "", "next_at": None, "attempts": Inbox.attempts - 1}
    is_ours = is_true(Inbox.is_waiting) & (Inbox.lease_owner == owner)
    Inbox.update(given_back).where(Inbox.id.in_(list(ids)) & is_ours).execute()


def recover(owner_is_dead: Callable[[str], bool], now: datetime) -> int:
    """End the leases of owners that are known to be dead, so that nobody waits for them; the number of rows."""
    leased = is_true(Inbox.is_waiting) & (Inbox.lease_owner != "")
    owners: Any = Inbox.select(Inbox.lease_owner).where(leased).distinct().tuples()
    dead = [owner for (owner,) in owners if owner_is_dead(owner)]
    return int(Inbox.update(lease_owner="", next_at=now).where(leased & Inbox.lease_owner.in_(dead)).execute())
