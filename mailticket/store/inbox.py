"""I/O: the inbox: what was taken in, by whatever door, and what became of it. Each row is settled exactly once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, Required, TypedDict, Unpack

import peewee

from mailticket import failpoints
from mailticket.domain.case import Channel
from mailticket.errors import Conflict, Permanent, Refused
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

#: What a settlement says of a row, in words; and all that it says.
_TOLD = ("outcome", "reason", "message_id", "content_hash", "subject", "sender", "writer")
_SETTLED = ("id", "owner", *_TOLD, "case", "entry", "server")

#: How long a mail that failed waits before its next attempt; after the last of these it is shunted.
RETRY_AFTER = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30))

#: The outcome of a mail that an operator put away.
DISCARDED = "discarded"


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


def settle(id: int, owner: str, **settlement: Unpack[Settlement]) -> None:
    """The row is done. It is written with the others of this thread's transaction, at its end.

    Conflict is raised then if `owner` has it no more: its lease ran out and somebody else took it.
    """
    told = {
        name: value if name in ("case", "server") else getattr(Inbox, name).db_value(value)
        for name, value in settlement.items()
    }
    row = dict.fromkeys(_SETTLED) | told | {"id": id, "owner": owner}
    database.obj.last_things.put_off_rows(_settle_all, [row], "inbox")


def _settle_all(rows: Sequence[dict[str, Any]]) -> None:
    done = {id for (id,) in _settle(rows=rows)}
    for one in rows:
        if one["id"] not in done:
            raise Conflict(f"Inbox row {one['id']} is no longer handled by {one['owner']}.")


@PreparedRows
def _settle(holes: Holes) -> Any:
    said = peewee.ValuesList([list(holes.columns(_SETTLED).values())]).cte("said", columns=_SETTLED)
    action = peewee.fn.COALESCE(peewee.fn.NULLIF(said.c.server, ""), Inbox.server)
    is_untouchable = Inbox.server_state.in_(["", "gone"])
    to_do = [(is_untouchable, Inbox.server_state), (action.in_(["move", "delete"]), "todo")]
    its_case = Case.select(Case.id).where(Case.case_id == said.c.case)
    done: dict[str, Any] = {name: peewee.fn.COALESCE(said.c[name], getattr(Inbox, name)) for name in _TOLD}
    done |= {"entry": peewee.fn.COALESCE(said.c.entry.cast("INTEGER"), Inbox.entry)}
    done |= {"case": peewee.fn.COALESCE(its_case, Inbox.case), "server": action}
    done |= {"server_state": peewee.Case(None, to_do, "done"), "state": "done", "is_waiting": False}
    done |= {"lease_owner": "", "next_at": None, "error": "", "traceback": "", "from_key": ""}
    is_ours = is_true(Inbox.is_waiting) & (Inbox.lease_owner == said.c.owner)
    settled = Inbox.update(done).with_cte(said).from_(said)
    return settled.where((Inbox.id == said.c.id.cast("BIGINT")) & is_ours).returning(Inbox.id).tuples()


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
    aside = {"state": "shunted", "is_waiting": False, "lease_owner": "", "next_at": None, "from_key": ""}
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
    after: Any = settled | {"server_state": peewee.Case(None, waits, "done"), "shunted_at": None, "from_key": ""}
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
