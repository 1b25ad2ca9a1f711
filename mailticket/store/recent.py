"""I/O: what happened lately, counted for budgets and floods: in the last day, hour and minutes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import peewee

from mailticket.domain.decision import NOTICES, LetterKind, SendKind
from mailticket.domain.facts import FLOOD_AFTER, Flood
from mailticket.domain.mail import MailIds
from mailticket.store.engine.prepared import Holes, Prepared, padded
from mailticket.store.tables import case_tables
from mailticket.store.tables.mail_tables import Inbox, Outbox

#: What became of a mail that was a new inquiry.
_INQUIRIES = ("opened", "joined")
#: What became of a CSR's mail that a receipt tells of, again and again if a machine wrote it.
_IN_VAIN = ("refused", "held", "opened")
#: What became of a mail that commanded something, and had it.
_DONE = "done"
_MOST_MAILS = 500


def acks(batch: Sequence[MailIds], since: datetime) -> dict[str, int]:
    """Acknowledgements since then by budget key."""
    wanted = padded(sorted({address.budget_key for mail in batch for address in mail.askers}))
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


def mails(senders: Iterable[str], since: datetime) -> tuple[dict[str, tuple[str, ...]], frozenset[str]]:
    """Of these senders' mails since then: the subjects of those that were refused, held or opened a case, by address
    key; and the keys of those whose last one was a command that was done."""
    wanted = padded(sorted(senders))
    in_vain: dict[str, tuple[str, ...]] = {}
    last: dict[str, str] = {}
    for writer, subject, outcome in _mails(len(wanted), writers=wanted, since=since) if wanted else ():
        last.setdefault(writer, outcome)
        if outcome in _IN_VAIN and subject not in in_vain.get(writer, ()):
            in_vain[writer] = (*in_vain.get(writer, ()), subject)
    return in_vain, frozenset(writer for writer, outcome in last.items() if outcome == _DONE)


@Prepared
def _mails(holes: Holes, count: int) -> Any:
    is_theirs = Inbox.writer.in_(holes.each("writers", count)) & (Inbox.collected_at > holes.since)
    rows = Inbox.select(Inbox.writer, Inbox.subject, Inbox.outcome).where(is_theirs & (Inbox.outcome != ""))
    return rows.order_by(Inbox.id.desc()).limit(_MOST_MAILS).tuples()


def floods(senders: Iterable[str], since: datetime, least: int = FLOOD_AFTER) -> dict[str, Flood]:
    """Those of the senders who made too many new inquiries since then, and the case that they came to last."""
    wanted = padded(sorted(senders))
    rows = _inquiring(len(wanted), writers=wanted, since=since, least=least) if wanted else ()
    found = {last: (writer, int(number)) for writer, number, last in rows}
    if not found:
        return {}
    lasts: Any = (
        Inbox.select(Inbox.id, case_tables.Case.case_id).join(case_tables.Case).where(Inbox.id.in_(list(found)))
    )
    return {found[last][0]: Flood(found[last][1], case) for last, case in lasts.tuples()}


@Prepared
def _inquiring(holes: Holes, count: int) -> Any:
    is_theirs = Inbox.writer.in_(holes.each("writers", count)) & (Inbox.collected_at > holes.since)
    number = peewee.fn.COUNT(Inbox.id)
    grouped = Inbox.select(Inbox.writer, number, peewee.fn.MAX(Inbox.id))
    many = grouped.where(is_theirs & Inbox.outcome.in_(_INQUIRIES)).group_by(Inbox.writer)
    return many.having(number >= holes.least).tuples()
