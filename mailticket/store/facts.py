"""I/O: everything a batch of mails is decided by, read at once: the number of queries never grows with the batch."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import reduce
from typing import Any

import peewee

from mailticket.domain import case_id
from mailticket.domain.case import Case, Entry, EntryKind
from mailticket.domain.decision import NOTICES, LetterKind, SendKind
from mailticket.domain.facts import FLOOD_AFTER, Flood, Known, KnownMail
from mailticket.domain.mail import MailIds
from mailticket.mime import compose
from mailticket.store import blacklist, cases, entries, links, people, stopping, tables
from mailticket.store.fields import bounded, is_true
from mailticket.store.mail_tables import Inbox, MailId, Outbox
from mailticket.tokens import letter_named, read_message_id, standing_name

#: Of one mail at most so many names are looked up, the nearest first: a hostile one has thousands.
_IDS_OF_A_MAIL = 60
_RECIPIENTS_OF_A_MAIL = 200

#: Of one mail at most so many of our letters are read whole, to cut its quotations by.
_LETTERS_OF_A_MAIL = 3

_FLOOD_WITHIN = timedelta(minutes=5)
#: What became of a mail that was a new inquiry.
_INQUIRIES = ("opened", "joined")
#: What became of a CSR's mail that a receipt tells of, again and again if a machine wrote it.
_IN_VAIN = ("refused", "held", "opened")
_MOST_IN_VAIN = 500


def load(
    batch: Sequence[MailIds],
    services: Sequence[str],
    now: datetime,
    also: Iterable[str] = (),
    *,
    with_letters: bool = False,
) -> Known:
    """What the store knows about these mails, for services of these names. Nothing is locked.

    `also` are case IDs that the mails' commands name. A case that was merged is known as the one it became part of.
    `with_letters`: also what our letters said that the mails may answer.
    """
    related = [_related(mail) for mail in batch]
    mails = _mails({one for ids in related for one in ids}, services)
    if with_letters:
        mails = _with_letters(mails, related)
    named = [one.case for one in mails.values() if one.case]
    in_subjects = [one for mail in batch for one in case_id.find(mail.subject)]
    senders = {address.key for mail in batch for address in mail.senders}
    flooding = floods(senders, now - _FLOOD_WITHIN)
    loaded = cases.standing([*named, *in_subjects, *also, *(one.case for one in flooding.values())])
    held_replies = held(loaded)
    hour_ago = now - timedelta(hours=1)
    automatic, told = _this_hour(services, hour_ago)
    recipients = {address.key for mail in batch for address in mail.recipients[:_RECIPIENTS_OF_A_MAIL]}
    return Known(
        mails=mails,
        cases=loaded,
        customers=people.customers(sorted(senders | recipients)),
        held={case: all_held[-1] for case, all_held in held_replies.items()},
        held_before={case: all_held[:-1] for case, all_held in held_replies.items()},
        unsent=stopping.unsent(loaded, now),
        news=_news(mails.values(), loaded),
        blacklist=blacklist.matching(senders),
        acks_today=_acks(batch, now - timedelta(days=1)),
        auto_this_hour=automatic,
        notices_this_hour=_by_csr(told),
        told_this_hour=told,
        in_vain=_in_vain(senders, hour_ago),
        floods=flooding,
        away=people.away(),
        revoked=_revoked(batch, mails),
    )


def of_case(case: Case, now: datetime) -> Known:
    """What a wish about one case is decided by, when no mail brought it."""
    cases_here = {case.id: case}
    held_replies = held(cases_here).get(case.id, ())
    hour_ago = now - timedelta(hours=1)
    automatic, told = _this_hour([case.service], hour_ago)
    return Known(
        cases=cases_here,
        held={case.id: held_replies[-1]} if held_replies else {},
        held_before={case.id: held_replies[:-1]},
        unsent=stopping.unsent(cases_here, now),
        auto_this_hour=automatic,
        notices_this_hour=_by_csr(told),
        told_this_hour=told,
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
    columns = (MailId.message_id, MailId.entry, MailId.outbox, Outbox.seen, tables.Case.case_id, tables.Case.service)
    rows: Any = (
        MailId.select(*columns, Outbox.recipient, Outbox.letter)
        .join(tables.Case, peewee.JOIN.LEFT_OUTER)
        .switch(MailId)
        .join(Outbox, peewee.JOIN.LEFT_OUTER)
        .where(MailId.message_id.in_(list(asked)))
        .order_by(MailId.id)
        .tuples()
    )
    best = sorted(rows, key=lambda row: (row[2] is not None, row[5] in services))
    return {
        asked[message_id]: KnownMail(
            asked[message_id],
            case or "",
            outbox is not None,
            recipient or "",
            letter or "",
            outbox or 0,
            entry,
            seen=seen or 0,
        )
        for message_id, entry, outbox, seen, case, _, recipient, letter in best
    }


def _with_letters(mails: Mapping[str, KnownMail], related: Sequence[Sequence[str]]) -> dict[str, KnownMail]:
    """The same with the words of the letters of ours that each mail may quote: the nearest few."""
    wanted: set[int] = set()
    for ids in related:
        ours = [mails[one].outbox for one in ids if one in mails and mails[one].is_ours]
        wanted |= set(ours[:_LETTERS_OF_A_MAIL])
    if not wanted:
        return dict(mails)
    rows: Any = Outbox.select(Outbox.id, Outbox.skeleton).where(Outbox.id.in_(sorted(wanted))).tuples()
    letters = {id: compose.thaw(skeleton) for id, skeleton in rows}
    return {
        id: replace(mail, text=letters[mail.outbox].text, html=letters[mail.outbox].html)
        if mail.outbox in letters
        else mail
        for id, mail in mails.items()
    }


def held(loaded: Mapping[str, Case]) -> dict[str, tuple[Entry, ...]]:
    """The replies that are still held, by case ID, the oldest first."""
    table = tables.Entry
    keys = {case.key: case.id for case in loaded.values()}
    if not keys:
        return {}
    query = table.select().where(table.case.in_(list(keys)) & is_true(table.is_held)).order_by(table.number)
    return _by_case(query, keys)


def _by_case(query: Any, keys: Mapping[int, str]) -> dict[str, tuple[Entry, ...]]:
    found: dict[str, tuple[Entry, ...]] = {}
    for case_key, entry in entries.read_by_case(query.dicts()):
        found[keys[case_key]] = (*found.get(keys[case_key], ()), entry)
    return found


def _news(mails: Iterable[KnownMail], loaded: Mapping[str, Case]) -> dict[str, tuple[Entry, ...]]:
    """What customers and CSRs added to each case after the oldest of our letters to a CSR that is named here."""
    seen: dict[int, int] = {}
    for one in mails:
        if one.is_ours and one.seen and one.case in loaded:
            key = loaded[one.case].key
            seen[key] = min(one.seen, seen.get(key, one.seen))
    if not seen:
        return {}
    table = tables.Entry
    newer = [(table.case == key) & (table.number > number) for key, number in seen.items()]
    is_word = table.kind.in_([str(EntryKind.CUSTOMER_MAIL), str(EntryKind.REPLY)]) & (table.held == "")
    query = table.select().where(reduce(operator.or_, newer) & is_word).order_by(table.number)
    return _by_case(query, {case.key: case.id for case in loaded.values()})


def _acks(batch: Sequence[MailIds], since: datetime) -> dict[str, int]:
    """Acknowledgements since then by budget key."""
    wanted = {address.budget_key for mail in batch for address in mail.senders}
    is_ack = (Outbox.letter == str(LetterKind.AUTO_REPLY)) & (Outbox.created_at > since)
    count = peewee.fn.COUNT(Outbox.id)
    rows: Any = Outbox.select(Outbox.budget_key, count).where(is_ack & Outbox.budget_key.in_(sorted(wanted)))
    return {key: int(number) for key, number in rows.group_by(Outbox.budget_key).tuples()}


def _this_hour(services: Sequence[str], since: datetime) -> tuple[dict[str, int], dict[tuple[str, str], int]]:
    """Automatic mail to customers since then by service, and notices to CSRs by (CSR, reason)."""
    kinds = [str(SendKind.AUTO), str(SendKind.NOTIFY)]
    is_recent = Outbox.service.in_(list(services)) & Outbox.kind.in_(kinds) & (Outbox.created_at > since)
    is_counted = (Outbox.kind == str(SendKind.AUTO)) | Outbox.letter.in_([str(one) for one in NOTICES])
    columns = (Outbox.service, Outbox.kind, Outbox.csr, Outbox.reason)
    counted = Outbox.select(*columns, peewee.fn.COUNT(Outbox.id)).where(is_recent & is_counted)
    rows: Any = counted.group_by(*columns).tuples()
    automatic: dict[str, int] = {}
    notices: dict[tuple[str, str], int] = {}
    for service, kind, csr, why, number in rows:
        if kind == SendKind.AUTO:
            automatic[service] = automatic.get(service, 0) + int(number)
        else:
            notices[csr, why] = notices.get((csr, why), 0) + int(number)
    return automatic, notices


def _by_csr(told: Mapping[tuple[str, str], int]) -> dict[str, int]:
    notices: dict[str, int] = {}
    for (csr, _reason), number in told.items():
        notices[csr] = notices.get(csr, 0) + number
    return notices


def _in_vain(senders: Iterable[str], since: datetime) -> dict[str, tuple[str, ...]]:
    """The subjects of these senders' mails since then that were refused, held or opened a case, by address key."""
    is_theirs = Inbox.writer.in_(sorted(senders)) & (Inbox.collected_at > since) & Inbox.outcome.in_(_IN_VAIN)
    rows: Any = Inbox.select(Inbox.writer, Inbox.subject).where(is_theirs).distinct().limit(_MOST_IN_VAIN).tuples()
    found: dict[str, tuple[str, ...]] = {}
    for writer, subject in rows:
        found[writer] = (*found.get(writer, ()), subject)
    return found


def floods(senders: Iterable[str], since: datetime, least: int = FLOOD_AFTER) -> dict[str, Flood]:
    """Those of the senders who made too many new inquiries since then, and the case that they came to last."""
    is_theirs = Inbox.writer.in_(sorted(senders)) & (Inbox.collected_at > since) & Inbox.outcome.in_(_INQUIRIES)
    count = peewee.fn.COUNT(Inbox.id)
    grouped: Any = Inbox.select(Inbox.writer, count, peewee.fn.MAX(Inbox.id)).where(is_theirs).group_by(Inbox.writer)
    found = {last: (writer, int(number)) for writer, number, last in grouped.having(count >= least).tuples()}
    if not found:
        return {}
    lasts: Any = Inbox.select(Inbox.id, tables.Case.case_id).join(tables.Case).where(Inbox.id.in_(list(found)))
    return {found[last][0]: Flood(found[last][1], case) for last, case in lasts.tuples()}


def _revoked(batch: Sequence[MailIds], mails: Mapping[str, KnownMail]) -> frozenset[str]:
    """What of these mails names a letter of ours, and proves nothing any more."""
    names: set[str] = set()
    for mail in batch:
        ours = [one for one in _related(mail) if read_message_id(one)]
        named = {known.case for one in ours if (known := mails.get(one))}
        named |= {claim.case for one in ours if (claim := read_message_id(one))} | set(case_id.find(mail.subject))
        names |= {letter_named(one) for one in ours}
        names |= {standing_name(case, sender.key) for case in named for sender in mail.senders}
    return links.all_revoked(names) if names else frozenset()
