"""I/O: webhook calls that wait to be made, each attempt recorded before it is made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from mailticket.store.engine.locking import committed, locked
from mailticket.store.engine.prepared import Holes, Prepared
from mailticket.store.tables.watch_tables import WebhookCall

#: The target of alarms: the address that the config has at the moment of the call.
ALARM_WEBHOOK = "alarm_webhook"

_WAITS = ("queued", "calling")


@dataclass(frozen=True, slots=True)
class Call:
    """A webhook call. `attempts` counts the one that is being made; `key` makes it unique for ever."""

    id: int
    key: str
    target: str
    body: str
    attempts: int
    created_at: datetime


def post(key: str, target: str, body: str, now: datetime) -> bool:
    """Queue a call inside the caller's transaction; False if that key was posted before."""
    row = {"idem_key": key, "target": target, "body": body, "state": "queued", "next_at": now, "created_at": now}
    inserted = (
        WebhookCall.insert(row)
        .on_conflict(action="NOTHING", conflict_target=[WebhookCall.idem_key])
        .returning(WebhookCall.id)
        .tuples()
    )
    return bool(list(inserted.execute()))


def hold(keys: Sequence[str], why: str) -> int:
    """Of these calls those that wait stay until an operator decides; their number."""
    waits = WebhookCall.idem_key.in_(list(keys)) & (WebhookCall.state == "queued")
    return int(WebhookCall.update(state="held", next_at=None, error=why).where(waits).execute())


def claim(owner: str, now: datetime, lease: timedelta = timedelta(minutes=2)) -> Call | None:
    """The next call that is due, leased and its attempt counted and committed; None if none is.

    One whose process died is due again when its lease has run out.
    """
    with committed():
        row: Any = next(iter(_due(now=now)), None)
        if row is None:
            return None
        begun = {"state": "calling", "attempts": row["attempts"] + 1, "lease_owner": owner, "next_at": now + lease}
        WebhookCall.update(begun).where(WebhookCall.id == row["id"]).execute()
    return Call(row["id"], row["idem_key"], row["target"], row["body"], row["attempts"] + 1, row["created_at"])


@Prepared
def _due(holes: Holes) -> Any:
    is_due = WebhookCall.state.in_(_WAITS) & (WebhookCall.next_at <= holes.now)
    due = WebhookCall.select().where(is_due).order_by(WebhookCall.next_at, WebhookCall.id).limit(1)
    return locked(due, skip=True).dicts()


def done(id: int, owner: str, now: datetime) -> None:
    """The other side took it."""
    _ended(id, owner, {"state": "done", "done_at": now, "error": ""})


def deferred(id: int, owner: str, error: str, next_at: datetime) -> None:
    """It failed for now."""
    _ended(id, owner, {"state": "queued", "error": error, "next_at": next_at})


def failed(id: int, owner: str, error: str, now: datetime) -> None:
    """It is given up."""
    _ended(id, owner, {"state": "failed", "error": error, "done_at": now})


def forget_done(before: datetime) -> int:
    """Calls that were begun before then and have ended leave; their number. What is held waits for a human."""
    is_old = WebhookCall.state.in_(["done", "failed", "cancelled"]) & (WebhookCall.created_at < before)
    return int(WebhookCall.delete().where(is_old).execute())


def _ended(id: int, owner: str, values: dict[str, Any]) -> None:
    """Nothing happens if another process has it by now: that one's word counts."""
    at_rest = {"lease_owner": "", "next_at": None} | values
    is_ours = (WebhookCall.id == id) & (WebhookCall.state == "calling") & (WebhookCall.lease_owner == owner)
    WebhookCall.update(at_rest).where(is_ours).execute()
