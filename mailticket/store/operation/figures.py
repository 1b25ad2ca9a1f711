"""I/O: how much waits and for how long: what monitors and back-pressure go by. Every query goes by an index."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import peewee

from mailticket.domain.decision import LetterKind, SendKind
from mailticket.store.engine.fields import by_no_index, is_true
from mailticket.store.tables.mail_tables import Inbox, Outbox, is_in
from mailticket.store.tables.watch_tables import WebhookCall

#: Letters to CSRs that were given up longer ago than this are history.
_DEAD_FOR = timedelta(days=7)
_LAST = 50


@dataclass(frozen=True, slots=True)
class InboxFigures:
    """`oldest_at`: when the oldest mail that waits was collected; `shunted_lately`: of the last 50 that were settled,
    how many were set aside since the moment that was asked for."""

    waiting: int
    oldest_at: datetime | None
    shunted: int
    shunted_lately: int


@dataclass(frozen=True, slots=True)
class QueueFigures:
    """Letters of one service and kind that are due: their number, and since when the oldest is."""

    service: str
    kind: str
    waiting: int
    oldest_at: datetime


def inbox_figures(lately: datetime) -> InboxFigures:
    """What waits in the inbox, and what was set aside (lately: after that moment)."""
    waits = is_true(Inbox.is_waiting)
    oldest: Any = Inbox.select(Inbox.collected_at).where(waits).order_by(Inbox.id).limit(1).tuples()
    return InboxFigures(
        waiting=int(Inbox.select().where(waits).count()),
        oldest_at=next((at for (at,) in oldest), None),
        shunted=int(Inbox.select().where(Inbox.state == "shunted").count()),
        shunted_lately=shunted_lately(lately),
    )


def backlog() -> dict[str, int]:
    """Mails that wait for their turn, by service; the work grows with their number, not with the inbox."""
    waits = Inbox.select(Inbox.service, peewee.fn.COUNT(Inbox.id)).where(is_true(Inbox.is_waiting))
    rows: Any = waits.group_by(Inbox.service).tuples()
    return {service: int(count) for service, count in rows}


def waiting_of(service: str, most: int) -> int:
    """Mails of a service that wait for their turn, counted up to `most`."""
    waits = is_true(Inbox.is_waiting) & (Inbox.service == service)
    return int(Inbox.select(Inbox.id).where(waits).limit(most).count())


def shunted_lately(moment: datetime) -> int:
    """Of the last 50 mails that were settled, those set aside after this moment."""
    settled = peewee.Expression(Inbox.is_waiting, peewee.OP.EQ, False)
    last: Any = Inbox.select(Inbox.state, Inbox.shunted_at).where(settled).order_by(Inbox.id.desc()).limit(_LAST)
    return sum(state == "shunted" and at is not None and at > moment for state, at in last.tuples())


def queues(services: list[str], now: datetime) -> list[QueueFigures]:
    """What is due in the outbox, by service and kind."""
    waits = Outbox.service.in_(services) & is_in(Outbox, "queued")
    is_due = (Outbox.next_at <= now) | (Outbox.attempts > 0)
    # SQLite would take the index of all letters of a service by their kind, to have them in that order.
    kind = by_no_index(Outbox.kind).alias("of_kind")
    rows: Any = (
        Outbox.select(Outbox.service, kind, peewee.fn.COUNT(Outbox.id), peewee.fn.MIN(Outbox.created_at))
        .where(waits & is_due)
        .group_by(Outbox.service, peewee.SQL("of_kind"))
        .tuples()
    )
    return [QueueFigures(service, kind, count, oldest) for service, kind, count, oldest in rows]


def dead_letters(now: datetime) -> dict[str, int]:
    """Letters that were given up lately and that nobody has cancelled or sent again, by kind; alarms apart."""
    is_dead = is_in(Outbox, "failed") & (Outbox.created_at > now - _DEAD_FOR)
    wanted = is_dead & (Outbox.letter != str(LetterKind.ALARM))
    rows: Any = Outbox.select(Outbox.kind, peewee.fn.COUNT(Outbox.id)).where(wanted).group_by(Outbox.kind).tuples()
    return {str(SendKind(kind)): int(count) for kind, count in rows}


def dead_calls(now: datetime) -> int:
    """Webhook calls that were given up lately and that nobody has cancelled or made again."""
    is_dead = (WebhookCall.state == "failed") & (WebhookCall.created_at > now - _DEAD_FOR)
    return int(WebhookCall.select().where(is_dead).count())


def waiting_calls() -> int:
    """Webhook calls that wait."""
    return int(WebhookCall.select().where(WebhookCall.state.in_(["queued", "calling"])).count())
