"""I/O: what happened lately, counted for budgets and floods: in the last day, hour and minutes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import peewee

from mailticket.domain.decision import NOTICES, LetterKind, SendKind
from mailticket.domain.facts import FLOOD_AFTER, Flood
from mailticket.domain.mail import MailIds
from mailticket.store import tables
from mailticket.store.mail_tables import Inbox, Outbox
from mailticket.store.prepared import Holes, Prepared, padded

#: What became of a mail that was a new inquiry.
_INQUIRIES = ("opened", "joined")
#: What became of a CSR's mail that a receipt tells of, again and again if a machine wrote it.
_IN_VAIN = ("refused", "held", "opened")
_MOST_IN_VAIN = 500


def acks(batch: Sequence[MailIds], since: datetime) -> dict[str, int]:
    """Acknowledgements since then by budget key."""
    wanted = padded(sorted({address.budget_key for mail in batch for address in mail.senders}))
    rows = _acks(len(wanted), since=since, keys=wanted) if wanted else ()
    return {key: int(number) for key, number in rows}


@Prepared
def _acks(holes: Holes, count: int) -> Any:
    is_ack = (Outbox.letter == str(LetterKind.AUTO_REPLY)) & (Outbox.created_at > holes.since)
    counted = Outbox.select(Outbox.budget_key, peewee.fn.COUNT(Outbox.id))
    is_theirs = Outbox.budget_key.in_(holes.each("keys", count))
    return counted.where(is_ack & is_theirs).group_by(Outbox.budget_key).tuples()


def letters(services: Sequence[str], since: datetime) -> tuple[dict[str, int], dict[tuple[str, str], int]]:
    """Automatic mail to customers since then by service, and notices to CSRs by (CSR, reason)."""
    if not services:
        return {}, {}
    asked: dict[str, Any] = {"services": services, "since": since}
    automatic = {service: int(number) for service, number in _automatic(len(services), **asked)}
    notices = {(csr, why): int(number) for csr, why, number in _notices(len(services), **asked)}
    return automatic, notices


@Prepared
def _automatic(holes: Holes, count: int) -> Any:
    is_recent = Outbox.service.in_(holes.each("services", count)) & (Outbox.created_at > holes.since)
    counted = Outbox.select(Outbox.service, peewee.fn.COUNT(Outbox.id))
    return counted.where(is_recent & (Outbox.kind == str(SendKind.AUTO))).group_by(Outbox.service).tuples()


@Prepared
def _notices(holes: Holes, count: int) -> Any:
    is_recent = Outbox.service.in_(holes.each("services", count)) & (Outbox.created_at > holes.since)
    # By their letters: of the kind there are as many as mails.
    is_notice = Outbox.letter.in_([str(one) for one in NOTICES]) & (Outbox.kind == str(SendKind.NOTIFY))
    counted = Outbox.select(Outbox.csr, Outbox.reason, peewee.fn.COUNT(Outbox.id))
    return counted.where(is_recent & is_notice).group_by(Outbox.csr, Outbox.reason).tuples()


def in_vain(senders: Iterable[str], since: datetime) -> dict[str, tuple[str, ...]]:
    """The subjects of these senders' mails since then that were refused, held or opened a case, by address key."""
    wanted = padded(sorted(senders))
    found: dict[str, tuple[str, ...]] = {}
    for writer, subject in _came_to_nothing(len(wanted), writers=wanted, since=since) if wanted else ():
        found[writer] = (*found.get(writer, ()), subject)
    return found


@Prepared
def _came_to_nothing(holes: Holes, count: int) -> Any:
    is_theirs = Inbox.writer.in_(holes.each("writers", count)) & (Inbox.collected_at > holes.since)
    rows = Inbox.select(Inbox.writer, Inbox.subject).where(is_theirs & Inbox.outcome.in_(_IN_VAIN))
    return rows.distinct().limit(_MOST_IN_VAIN).tuples()


def floods(senders: Iterable[str], since: datetime, least: int = FLOOD_AFTER) -> dict[str, Flood]:
    """Those of the senders who made too many new inquiries since then, and the case that they came to last."""
    wanted = padded(sorted(senders))
    rows = _inquiring(len(wanted), writers=wanted, since=since, least=least) if wanted else ()
    found = {last: (writer, int(number)) for writer, number, last in rows}
    if not found:
        return {}
    lasts: Any = Inbox.select(Inbox.id, tables.Case.case_id).join(tables.Case).where(Inbox.id.in_(list(found)))
    return {found[last][0]: Flood(found[last][1], case) for last, case in lasts.tuples()}


@Prepared
def _inquiring(holes: Holes, count: int) -> Any:
    is_theirs = Inbox.writer.in_(holes.each("writers", count)) & (Inbox.collected_at > holes.since)
    number = peewee.fn.COUNT(Inbox.id)
    grouped = Inbox.select(Inbox.writer, number, peewee.fn.MAX(Inbox.id))
    many = grouped.where(is_theirs & Inbox.outcome.in_(_INQUIRIES)).group_by(Inbox.writer)
    return many.having(number >= holes.least).tuples()
