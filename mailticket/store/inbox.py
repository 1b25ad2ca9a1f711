"""I/O: the inbox: what was taken in, by whatever door, and what became of it. Each row is settled exactly once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import zip_longest
from typing import Any, Literal, Required, TypedDict, Unpack

import peewee

from mailticket import failpoints
from mailticket.domain.case import Channel
from mailticket.errors import Conflict, Permanent, Refused
from mailticket.store.engine.fields import bounded, is_true
from mailticket.store.engine.locking import committed, locked
from mailticket.store.engine.prepared import Holes, Prepared, padded
from mailticket.store.tables.case_tables import Case
from mailticket.store.tables.mail_tables import Inbox, Logical

ServerAction = Literal["none", "move", "delete", "keep"]
InboxState = Literal["new", "retry", "done", "shunted", "discarded"]

#: Columns of a new row.
_NEW = (
    "source", "source_key", "service", "channel", "blob", "size", "received_at", "collected_at", "state", "is_silent",
    "uidvalidity", "uid", "server", "server_state",
)  # fmt: skip

#: How long a mail that failed waits before its next attempt; after the last of these it is shunted.
RETRY_AFTER = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30))

#: The outcome of a mail that an operator put away.
DISCARDED = "discarded"

#: A wait this long was written by a clock that has been set back since: the row is due.
_LONGEST_WAIT = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Arrival:
    """Something that came in. `source` and `source_key` name it for ever (imap:<service>/<folder>, UIDVALIDITY/UID);
    `blob` is the digest of its stored bytes; `server` what is to be done with the server's copy once it is settled."""

    source: str
    source_key: str
    service: str
    channel: Channel
    blob: str
    size: int
    received_at: datetime
    is_silent: bool = False
    uidvalidity: int = 0
    uid: int = 0
    server: ServerAction = "none"


@dataclass(frozen=True, slots=True)
class InboxItem:
    """An inbox row. `case` is a case ID or ""; `entry` the number of the entry that it became, 0 if none.
    `server_state` is "" (no copy on a server), "waiting" (until settled), "todo", "done" or "gone"."""

    id: int
    source: str
    source_key: str
    service: str
    channel: Channel
    blob: str
    size: int
    received_at: datetime
    collected_at: datetime
    state: InboxState
    outcome: str
    reason: str
    attempts: int
    next_at: datetime | None
    error: str
    traceback: str
    case: str
    entry: int
    message_id: str
    subject: str
    sender: str
    is_silent: bool
    server_state: str


class Settlement(TypedDict, total=False):
    """What became of a mail. `case` is a case ID; `server` what to do with the server's copy now, "" as it arrived;
    `writer` is the sender's address key."""

    outcome: Required[str]
    reason: Required[str]
    message_id: str
    content_hash: str
    subject: str
    sender: str
    writer: str
    case: str
    entry: int
    server: Literal["", "none", "move", "delete", "keep"]


def _unfenced() -> None:
    """Nobody else can be at it."""


def take(arrivals: Sequence[Arrival], now: datetime, fence: Callable[[], None] = _unfenced) -> list[int | None]:
    """Store what came in, all in one commit; the id of each row, None for what was known already.

    `fence` is asked inside the transaction; nothing is stored if it raises.
    """
    if not arrivals:
        return []
    rows = [_new_row(one, now) for one in arrivals]
    with committed():
        fence()
        ids = {(source, key): id for id, source, key in _insert(len(rows), rows=rows).execute()}
        failpoints.reach("collect.written")
    # A key that came twice in one call is one row, which the first of the two has.
    return [ids.pop((bounded(one.source), bounded(one.source_key)), None) for one in arrivals]


@Prepared
def _insert(holes: Holes, count: int) -> Any:
    new = Inbox.insert_many(holes.rows("rows", count, _NEW))
    once = new.on_conflict(action="NOTHING", conflict_target=[Inbox.source, Inbox.source_key])
    return once.returning(Inbox.id, Inbox.source, Inbox.source_key).tuples()


def _new_row(arrival: Arrival, now: datetime) -> dict[str, Any]:
    return {
        "source": arrival.source,
        "source_key": arrival.source_key,
        "service": arrival.service,
        "channel": str(arrival.channel),
        "blob": arrival.blob,
        "size": arrival.size,
        "received_at": arrival.received_at,
        "collected_at": now,
        "state": "new",
        "is_silent": arrival.is_silent,
        "uidvalidity": arrival.uidvalidity,
        "uid": arrival.uid,
        "server": arrival.server,
        "server_state": "" if arrival.server == "none" else "waiting",
    }


def claim(now: datetime, owner: str, limit: int = 50, lease: timedelta = timedelta(minutes=5)) -> list[InboxItem]:
    """The oldest rows that are due, leased to `owner` and committed: a crash counts as an attempt.

    If more are due than fit, services take turns: one that has very much mail keeps no other waiting.
    The items' `attempts` are those before this one. A row that was tried before comes alone, so that no other
    mail suffers for it; one that ended its process each time is shunted here.
    """
    with committed():
        items = _due(now, limit)
        if len(items) == limit > 1:
            items = _shared(now, limit) or items
        while items and items[0].attempts > len(RETRY_AFTER):
            worn = items.pop(0)
            shunt(worn.id, f"The process that handled it died; {worn.attempts} attempts were made.", "", now)
        fresh = [one for one in items if not one.attempts]
        items = items[:1] if items and items[0].attempts else fresh
        if items:
            ids = padded(one.id for one in items)
            _lease(len(ids), ids=ids, owner=owner, until=now + lease).execute()
    return items


@Prepared
def _lease(holes: Holes, count: int) -> Any:
    leased = {"lease_owner": holes.owner, "next_at": holes.until, "attempts": Inbox.attempts + 1}
    return Inbox.update(leased).where(Inbox.id.in_(holes.each("ids", count)))


def _due(now: datetime, limit: int, service: str = "") -> list[InboxItem]:
    rows = _oldest_due(bool(service), now=now, too_late=now + _LONGEST_WAIT, limit=limit, service=service)
    return [_item(row) for row in rows]


@Prepared
def _oldest_due(holes: Holes, of_one: bool) -> Any:
    rows = Inbox.select().where(_is_due(holes)).order_by(Inbox.id).limit(holes.limit)
    rows = rows.where(Inbox.service == holes.service) if of_one else rows
    return locked(rows, skip=True).dicts()


def _is_due(holes: Holes) -> Any:
    comes = Inbox.next_at.is_null() | (Inbox.next_at <= holes.now) | (Inbox.next_at > holes.too_late)
    return is_true(Inbox.is_waiting) & comes


@Prepared
def _services_waiting(holes: Holes) -> Any:
    waiting = Inbox.select(Inbox.service).where(_is_due(holes)).group_by(Inbox.service)
    return waiting.order_by(peewee.fn.MIN(Inbox.id)).limit(holes.limit).tuples()


def _shared(now: datetime, limit: int) -> list[InboxItem]:
    """An equal share of each service that has mail waiting, in turns; nothing if there is only one such service."""
    services = [name for (name,) in _services_waiting(now=now, too_late=now + _LONGEST_WAIT, limit=limit)]
    if len(services) < 2:
        return []
    shares = [_due(now, max(1, limit // len(services)), one) for one in services]
    return [one for turn in zip_longest(*shares) for one in turn if one is not None]


def release(ids: Iterable[int], owner: str) -> None:
    """Give those of the rows back unharmed that `owner` still has: this attempt is not counted."""
    given_back = {"lease_owner": "", "next_at": None, "attempts": Inbox.attempts - 1}
    Inbox.update(given_back).where(Inbox.id.in_(list(ids)) & _held_by(owner)).execute()


def recover(owner_is_dead: Callable[[str], bool], now: datetime) -> int:
    """End the leases of owners that are known to be dead, so that nobody waits for them; the number of rows."""
    leased = is_true(Inbox.is_waiting) & (Inbox.lease_owner != "")
    owners: Any = Inbox.select(Inbox.lease_owner).where(leased).distinct().tuples()
    dead = [owner for (owner,) in owners if owner_is_dead(owner)]
    return int(Inbox.update(lease_owner="", next_at=now).where(leased & Inbox.lease_owner.in_(dead)).execute())


def settle(id: int, owner: str, **settlement: Unpack[Settlement]) -> None:
    """The row is done. Raises Conflict if `owner` has it no more: its lease ran out and somebody else took it."""
    found: dict[str, Any] = dict(settlement)
    server, case = found.pop("server", ""), found.pop("case", "")
    if not _settle(server, bool(case), *sorted(found), id=id, owner=owner, case=case, values=found).execute():
        raise Conflict(f"Inbox row {id} is no longer handled by {owner}.")


@Prepared
def _settle(holes: Holes, server: str, has_case: bool, *columns: str) -> Any:
    action: Any = server or Inbox.server
    is_untouchable = Inbox.server_state.in_(["", "gone"])
    changes_server = action.in_(["move", "delete"]) if not server else peewee.Value(server in ("move", "delete"))
    to_do = peewee.Case(None, [(is_untouchable, Inbox.server_state), (changes_server, "todo")], "done")
    done = holes.row("values", columns)
    done |= {"server": action, "server_state": to_do, "state": "done", "is_waiting": False}
    done |= {"lease_owner": "", "next_at": None, "error": "", "traceback": ""}
    if has_case:
        done["case"] = Case.select(Case.id).where(Case.case_id == holes.case)
    is_ours = (Inbox.id == holes.id) & is_true(Inbox.is_waiting) & (Inbox.lease_owner == holes.owner)
    return Inbox.update(done).where(is_ours)


def first_copy(service: str, logical_key: str, inbox_id: int) -> int | None:
    """None if this row is the first copy of the mail at this service; else the inbox id of the first."""
    if list(_insert_logical(service=service, logical_key=logical_key, inbox=inbox_id).execute()):
        return None
    is_same = (Logical.service == service) & (Logical.logical_key == logical_key)
    first: Any = Logical.select(Logical.inbox).where(is_same).tuples().get()
    return None if first[0] == inbox_id else int(first[0])


@Prepared
def _insert_logical(holes: Holes) -> Any:
    new = Logical.insert_many([{name: getattr(holes, name) for name in ("service", "logical_key", "inbox")}])
    once = new.on_conflict(action="NOTHING", conflict_target=[Logical.service, Logical.logical_key])
    return once.returning(Logical.id).tuples()


def fail(id: int, owner: str, error: str, traceback: str, now: datetime) -> str:
    """It could not be handled: it waits for its next attempt, or is shunted after the last. Gives the new state.

    Raises Conflict if `owner` has it no more: whoever has it now decides.
    """
    attempts = get(id).attempts
    if attempts > len(RETRY_AFTER):
        _change_own(id, owner, _aside(error, traceback, now))
        return "shunted"
    waits = {"state": "retry", "next_at": now + RETRY_AFTER[max(attempts, 1) - 1], "lease_owner": ""}
    _change_own(id, owner, waits | {"error": error, "traceback": traceback})
    return "retry"


def shunt(id: int, error: str, traceback: str, now: datetime) -> None:
    """Set the mail aside for a human, whoever has it. Its copy on the server stays where it is."""
    Inbox.update(_aside(error, traceback, now)).where(Inbox.id == id).execute()


def _aside(error: str, traceback: str, now: datetime) -> dict[str, Any]:
    aside = {"state": "shunted", "is_waiting": False, "lease_owner": "", "next_at": None}
    return aside | {"error": error, "traceback": traceback, "shunted_at": now}


def _held_by(owner: str) -> Any:
    return is_true(Inbox.is_waiting) & (Inbox.lease_owner == owner)


def _change_own(id: int, owner: str, values: dict[str, Any]) -> None:
    """Raises Conflict if `owner` has the row no more: its lease ran out and somebody else took it."""
    if not Inbox.update(values).where((Inbox.id == id) & _held_by(owner)).execute():
        raise Conflict(f"Inbox row {id} is no longer handled by {owner}.")


def retry(id: int, now: datetime) -> None:
    """A mail that was shunted, or discarded by an operator, is handled once more, as if it were new."""
    item = get(id)
    if item.state != "shunted" and item.outcome != DISCARDED:
        fix = "Only mails that were set aside or discarded can be retried."
        raise Refused(f"Inbox row {id} is not shunted, it is {item.state}.", fix)
    anew = {"state": "new", "is_waiting": True, "attempts": 0, "next_at": now, "shunted_at": None, "outcome": ""}
    Inbox.update(anew).where(Inbox.id == id).execute()


def discard(id: int, reason: str) -> None:
    """By an operator's wish it never becomes a case. Its bytes stay; the server's copy goes where settled mails go.

    Refused once it is settled, and while somebody handles it.
    """
    settled = {"state": "discarded", "outcome": DISCARDED, "reason": reason, "is_waiting": False, "next_at": None}
    is_open = Inbox.state.in_(["new", "retry", "shunted"]) & (Inbox.lease_owner == "")
    waits = [(Inbox.server_state != "waiting", Inbox.server_state), (Inbox.server.in_(["move", "delete"]), "todo")]
    after: Any = settled | {"server_state": peewee.Case(None, waits, "done"), "shunted_at": None}
    if not Inbox.update(after).where((Inbox.id == id) & is_open).execute():
        item = get(id)
        if item.state in ("new", "retry", "shunted"):
            raise Refused(f"Inbox row {id} is being handled at this moment.", "See what becomes of it first.")
        raise Refused(f"Inbox row {id} is {item.state} already.", "Only mails that wait or were set aside can go.")


def get(id: int) -> InboxItem:
    """Raises Permanent if there is no such row."""
    found = list(_items().where(Inbox.id == id).dicts())
    if not found:
        raise Permanent(f"There is no inbox row {id}.", "See `mailticket inbox list`.")
    return _item(found[0])


def list_items(state: str | None = None, limit: int | None = None) -> list[InboxItem]:
    """Rows, the newest first."""
    rows = _items().order_by(Inbox.id.desc()).limit(limit)
    return [_item(row) for row in (rows.where(Inbox.state == state) if state else rows).dicts()]


def by_message_id(message_id: str) -> list[InboxItem]:
    """Every copy of a mail that came in, the oldest first. With angle brackets."""
    return [_item(row) for row in _items().where(Inbox.message_id == message_id).order_by(Inbox.id).dicts()]


def next_due(now: datetime) -> datetime | None:
    """When the next row may be claimed, `now` if one may be already; None if nothing waits."""
    rows: Any = Inbox.select(Inbox.next_at).where(is_true(Inbox.is_waiting)).tuples()
    moments = [next_at or now for (next_at,) in rows]
    return max(min(moments), now) if moments else None


def _items() -> Any:
    return Inbox.select(Inbox, Case.case_id.alias("case_name")).join(Case, peewee.JOIN.LEFT_OUTER)


def _item(row: dict[str, Any]) -> InboxItem:
    values = {name: row[name] for name in InboxItem.__slots__}
    values |= {"channel": Channel(row["channel"]), "case": row.get("case_name") or ""}
    return InboxItem(**values)
