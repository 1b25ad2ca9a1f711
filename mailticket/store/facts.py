"""I/O: everything a batch of mails is decided by, read at once: the number of queries never grows with the batch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import peewee

from mailticket.domain import case_id
from mailticket.domain.case import Case, Entry
from mailticket.domain.decision import LetterKind, SendKind
from mailticket.domain.facts import Known, KnownMail
from mailticket.domain.mail import MailIds
from mailticket.store import blacklist, cases, entries, people, tables
from mailticket.store.fields import bounded, is_true
from mailticket.store.mail_tables import MailId, Outbox

#: Of one mail at most so many names are looked up, the nearest first: a hostile one has thousands.
_IDS_OF_A_MAIL = 60
_RECIPIENTS_OF_A_MAIL = 200

#: Of one mail at most so many of our letters are read whole, to cut its quotations by.
_TEXTS_OF_A_MAIL = 3


def load(batch: Sequence[MailIds], services: Sequence[str], now: datetime, also: Iterable[str] = ()) -> Known:
    """What the store knows about these mails, for services of these names. Nothing is locked.

    `also` are case IDs that the mails' commands name. A case that was merged is known as the one it became part of.
    """
    related = [_related(mail) for mail in batch]
    mails = _mails({one for ids in related for one in ids}, services)
    mails = _with_texts(mails, related)
    named = [one.case for one in mails.values() if one.case]
    in_subjects = [one for mail in batch for one in case_id.find(mail.subject)]
    loaded = cases.standing([*named, *in_subjects, *also])
    senders = {address.key for mail in batch for address in mail.senders}
    recipients = {address.key for mail in batch for address in mail.recipients[:_RECIPIENTS_OF_A_MAIL]}
    return Known(
        mails=mails,
        cases=loaded,
        customers=people.customers(sorted(senders | recipients)),
        held=held(loaded),
        blacklist=blacklist.matching(senders),
        acks_today=_acks(senders, now - timedelta(days=1)),
        auto_this_hour=_automatic(services, now - timedelta(hours=1)),
        away=people.away(),
    )


def _related(mail: MailIds) -> tuple[str, ...]:
    """The mail's own Message-ID and those it names, as many as are looked up.

    The ids of a returned original come last of all, so they get a share of their own.
    """
    answered = (*mail.in_reply_to, *reversed(mail.references))[: _IDS_OF_A_MAIL // 2]
    own = (mail.message_id,) if mail.message_id else ()
    return tuple(dict.fromkeys((*answered, *mail.mentioned[: _IDS_OF_A_MAIL // 2], *own)))


def _mails(message_ids: Iterable[str], services: Sequence[str]) -> dict[str, KnownMail]:
    """By Message-ID. Of several with the same one: ours before theirs, these services' before others', the newest."""
    asked = {bounded(one): one for one in message_ids}
    if not asked:
        return {}
    columns = (MailId.message_id, MailId.entry, MailId.outbox, tables.Case.case_id, tables.Case.service)
    rows: Any = (
        MailId.select(*columns, Outbox.recipient, Outbox.letter)
        .join(tables.Case, peewee.JOIN.LEFT_OUTER)
        .switch(MailId)
        .join(Outbox, peewee.JOIN.LEFT_OUTER)
        .where(MailId.message_id.in_(list(asked)))
        .order_by(MailId.id)
        .tuples()
    )
    best = sorted(rows, key=lambda row: (row[2] is not None, row[4] in services))
    return {
        asked[message_id]: KnownMail(
            asked[message_id], case or "", outbox is not None, recipient or "", letter or "", outbox or 0, entry
        )
        for message_id, entry, outbox, case, _, recipient, letter in best
    }


def _with_texts(mails: Mapping[str, KnownMail], related: Sequence[Sequence[str]]) -> dict[str, KnownMail]:
    """The same with the texts of the letters of ours that each mail may quote: the nearest few."""
    wanted: set[int] = set()
    for ids in related:
        ours = [mails[one].outbox for one in ids if one in mails and mails[one].is_ours]
        wanted |= set(ours[:_TEXTS_OF_A_MAIL])
    if not wanted:
        return dict(mails)
    rows: Any = Outbox.select(Outbox.id, Outbox.text).where(Outbox.id.in_(sorted(wanted))).tuples()
    texts: dict[int, str] = dict(rows)
    return {id: replace(mail, text=texts.get(mail.outbox, "")) for id, mail in mails.items()}


def held(loaded: Mapping[str, Case]) -> dict[str, Entry]:
    """The newest reply that is still held, by case ID."""
    table = tables.Entry
    keys = {case.key: case.id for case in loaded.values()}
    if not keys:
        return {}
    query = table.select().where(table.case.in_(list(keys)) & is_true(table.is_held)).order_by(table.number)
    return {keys[case_key]: entry for case_key, entry in entries.read_by_case(query)}


def _acks(address_keys: Iterable[str], since: datetime) -> dict[str, int]:
    """Acknowledgements since then by address key."""
    is_ack = (Outbox.letter == str(LetterKind.AUTO_REPLY)) & (Outbox.created_at > since)
    return _counted(Outbox.recipient_key, is_ack & Outbox.recipient_key.in_(sorted(address_keys)))


def _automatic(services: Sequence[str], since: datetime) -> dict[str, int]:
    """Automatic mail to customers since then by service."""
    is_auto = (Outbox.kind == str(SendKind.AUTO)) & (Outbox.created_at > since)
    return _counted(Outbox.service, is_auto & Outbox.service.in_(list(services)))


def _counted(column: Any, condition: Any) -> dict[str, int]:
    rows: Any = Outbox.select(column, peewee.fn.COUNT(Outbox.id)).where(condition).group_by(column).tuples()
    return {key: int(count) for key, count in rows}
