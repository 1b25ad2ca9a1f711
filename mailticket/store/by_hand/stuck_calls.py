"""I/O: webhook calls as an operator sees them, and what an operator decides on one that was held or given up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mailticket.errors import Refused
from mailticket.store.tables.watch_tables import WebhookCall

#: What an operator may have made (again), and what may still be stopped.
_RETRIABLE = frozenset({"failed", "held", "cancelled", "queued"})
_CANCELLABLE = frozenset({"queued", "held", "failed"})


@dataclass(frozen=True, slots=True)
class KeptCall:
    """A webhook call. `target` is "alarm_webhook" or an address without the secret that signs its calls."""

    id: int
    state: str
    target: str
    key: str
    attempts: int
    created_at: datetime
    next_at: datetime | None
    done_at: datetime | None
    error: str
    body: str


def list_calls(state: str | None = None, limit: int | None = None) -> list[KeptCall]:
    """The newest first."""
    rows: Any = WebhookCall.select().order_by(WebhookCall.id.desc())
    if state:
        rows = rows.where(WebhookCall.state == state)
    return [_kept(row) for row in rows.limit(limit).dicts()]


def get(id: int) -> KeptCall:
    """Raises Refused if there is none."""
    rows: Any = WebhookCall.select().where(WebhookCall.id == id).dicts()
    for row in rows:
        return _kept(row)
    raise Refused(f"There is no webhook call {id}.", "See `mailticket webhook list`.")


def retry(id: int, now: datetime) -> None:
    """Make it (again) now. Refused while it is being made and once it was taken."""
    anew = {"state": "queued", "next_at": now, "done_at": None, "lease_owner": ""}
    _by_operator(id, anew, _RETRIABLE, "Only calls that failed, were held or wait can be made again.")


def cancel(id: int) -> None:
    """It is never made (again). Refused while it is being made and once it was taken."""
    gone = {"state": "cancelled", "next_at": None}
    _by_operator(id, gone, _CANCELLABLE, "Only calls that wait, were held or failed can be cancelled.")


def _by_operator(id: int, values: dict[str, Any], allowed: frozenset[str], fix: str) -> None:
    is_it = (WebhookCall.id == id) & WebhookCall.state.in_(sorted(allowed))
    if not WebhookCall.update(values).where(is_it).execute():
        raise Refused(f"Webhook call {id} is {get(id).state}.", fix)


def _kept(row: dict[str, Any]) -> KeptCall:
    names = ("id", "state", "attempts", "created_at", "next_at", "done_at", "error", "body")
    address, _, _secret = row["target"].partition("#")
    return KeptCall(target=address, key=row["idem_key"], **{name: row[name] for name in names})
