"""I/O: the inbox: what was taken in, by whatever door, and what became of it. Each row is settled exactly once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import peewee

from mailticket import failpoints
from mailticket.domain.case import Channel
from mailticket.errors import Permanent
from mailticket.store.engine.fields import bounded, is_true
from mailticket.store.engine.locking import committed
from mailticket.store.engine.prepared import Holes
from mailticket.store.engine.prepared_rows import PreparedRows
from mailticket.store.engine.proxies import database
from mailticket.store.tables.case_tables import Case
from mailticket.store.tables.mail_tables import Inbox

ServerAction = Literal["none", "move", "delete", "keep"]
InboxState = Literal["new", "retry", "done", "shunted", "discarded"]

#: Columns of a new row.
_NEW = (
    "source", "source_key", "service", "channel", "blob", "size", "received_at", "collected_at", "state", "is_silent",
    "uidvalidity", "uid", "server", "server_state", "is_fresh", "from_key",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Arrival:
    """Something that came in. `source` and `source_key` name it for ever (imap:<service>/<folder>, UIDVALIDITY/UID);
    `blob` is the digest of its stored bytes; `server` what is to be done with the server's copy once it is settled.
    `is_fresh`: it seems to depend on no other mail; `from_key` is the key of the address that its header names."""

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
    is_fresh: bool = False
    from_key: str = ""


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


def _unfenced() -> None:
    """Nobody else can be at it."""


def take(arrivals: Sequence[Arrival], now: datetime, fence: Callable[[], None] = _unfenced) -> list[int | None]:
    """Store what came in, all in one commit; the id of each row, None for what was known already.

    Who has older mail that waits has no fresh one: one person's mails are handled in their order. `fence` is asked
    inside the transaction; nothing is stored if it raises.
    """
    if not arrivals:
        return []
    rows = [_new_row(one, now) for one in arrivals]
    with committed():
        fence()
        _put_in_order(rows)
        new = list(_insert(rows=rows))
        ids = {(source, key): id for id, source, key in new}
        failpoints.reach("collect.written")
    # A key that came twice in one call is one row, which the first of the two has.
    return [ids.pop((bounded(one.source), bounded(one.source_key)), None) for one in arrivals]


@PreparedRows
def _insert(holes: Holes) -> Any:
    new = Inbox.insert_many([holes.columns(_NEW)])
    once = new.on_conflict(action="NOTHING", conflict_target=[Inbox.source, Inbox.source_key])
    return once.returning(Inbox.id, Inbox.source, Inbox.source_key).tuples()


def _put_in_order(rows: Sequence[dict[str, Any]]) -> None:
    """Of one sender's mails that wait, only the first may be a fresh one."""
    senders = {bounded(one) for one in with_mail_waiting(row["from_key"] for row in rows if row["is_fresh"])}
    for row in rows:
        key = bounded(row["from_key"])
        row["is_fresh"] = row["is_fresh"] and key not in senders
        senders.add(key)


def with_mail_waiting(senders: Iterable[str]) -> set[str]:
    """Those of the address keys whose mail, or some of it, waits."""
    keys = {bounded(one): one for one in senders}
    found = _have_mail_waiting(rows=[{"key": key} for key in keys]) if keys else []
    return {keys[key] for (key,) in found if key is not None}


@PreparedRows
def _have_mail_waiting(holes: Holes) -> Any:
    """Each key that has mail waiting, NULL for another: one row is read for a key, however many it has."""
    asked = peewee.ValuesList([list(holes.columns(("key",)).values())]).cte("asked", columns=("key",))
    its_mail = is_true(Inbox.is_waiting) & (Inbox.from_key == asked.c.key)
    found = Inbox.select(Inbox.from_key).where(its_mail).limit(1)
    return peewee.Select([asked], [found]).with_cte(asked).bind(database).tuples()


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
        "is_fresh": arrival.is_fresh and bool(arrival.from_key),
        "from_key": arrival.from_key,
    }


def get(id: int) -> InboxItem:
    """Raises Permanent if there is no such row."""
    found = list(_items().where(Inbox.id == id).dicts())
    if not found:
        raise Permanent(f"There is no inbox row {id}.", "See `mailticket inbox list`.")
    return as_item(found[0])


def list_items(state: str | None = None, limit: int | None = None) -> list[InboxItem]:
    """Rows, the newest first."""
    rows = _items().order_by(Inbox.id.desc()).limit(limit)
    return [as_item(row) for row in (rows.where(Inbox.state == state) if state else rows).dicts()]


def by_message_id(message_id: str) -> list[InboxItem]:
    """Every copy of a mail that came in, the oldest first. With angle brackets."""
    return [as_item(row) for row in _items().where(Inbox.message_id == message_id).order_by(Inbox.id).dicts()]


def _items() -> Any:
    return Inbox.select(Inbox, Case.case_id.alias("case_name")).join(Case, peewee.JOIN.LEFT_OUTER)


def as_item(row: dict[str, Any]) -> InboxItem:
    """The domain value of a row."""
    values = {name: row[name] for name in InboxItem.__slots__}
    values |= {"channel": Channel(row["channel"]), "case": row.get("case_name") or ""}
    return InboxItem(**values)
