"""I/O: the services' mails to themselves: when the last went and came back, and that old ones leave no trace."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from mailticket.store.files import blobs
from mailticket.store.tables.mail_tables import Inbox, Outbox

#: What its letter is called in the outbox, and its outcome in the inbox.
CANARY = "canary"


@dataclass(frozen=True, slots=True)
class Flight:
    """A canary that was sent: `sent_at` is when its letter was written; `is_waiting`: it has not left yet."""

    sent_at: datetime
    is_waiting: bool


def last(service: str, before: datetime) -> Flight | None:
    """The newest one written at this moment or before."""
    ours = (Outbox.service == service) & (Outbox.letter == CANARY) & (Outbox.kind == "auto")
    wanted = Outbox.select(Outbox.created_at, Outbox.state).where(ours & (Outbox.created_at <= before))
    rows: Any = wanted.order_by(Outbox.created_at.desc()).limit(1).tuples()
    return next((Flight(at, state in ("queued", "sending")) for at, state in rows), None)


def is_back_since(service: str, moment: datetime) -> bool:
    """Has any come back since then?"""
    back = (Inbox.outcome == CANARY) & (Inbox.collected_at >= moment) & (Inbox.service == service)
    return bool(Inbox.select().where(back).exists())


def round_trip(service: str) -> timedelta | None:
    """How long the last one that came back took; None before the first."""
    back = (Inbox.outcome == CANARY) & (Inbox.service == service)
    rows: Any = Inbox.select(Inbox.collected_at, Inbox.reason).where(back).order_by(Inbox.collected_at.desc())
    for back_at, reason in rows.limit(1).tuples():
        key = key_of(service, reason.rpartition(" ")[2])
        sent: Any = Outbox.select(Outbox.created_at).where(Outbox.idem_key == key).tuples()
        return next((max(back_at - at, timedelta(0)) for (at,) in sent), None)
    return None


def key_of(service: str, nonce: str) -> str:
    """The key of a canary's letter, unique for ever."""
    return f"{CANARY}:{service}:{nonce}"


def forget(services: Sequence[str], before: datetime, limit: int) -> int:
    """Removes letters, rows and stored bytes of canaries older than this moment; the number of mails and letters."""
    old: Any = Inbox.select(Inbox.id, Inbox.blob).where((Inbox.outcome == CANARY) & (Inbox.collected_at < before))
    mails = list(old.order_by(Inbox.collected_at).limit(limit).tuples())
    for id, blob in mails:
        blobs.remove(blob)
        Inbox.delete().where(Inbox.id == id).execute()
    letters: Any = (
        Outbox.select(Outbox.id)
        .where(Outbox.service.in_(list(services)) & (Outbox.kind == "auto") & (Outbox.created_at < before))
        .where(Outbox.letter == CANARY)
        .where(Outbox.state.not_in(["queued", "sending"]))
        .limit(limit)
        .tuples()
    )
    ids = [id for (id,) in letters]
    Outbox.delete().where(Outbox.id.in_(ids)).execute()
    return len(mails) + len(ids)
