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
from mailticket.domain.facts import Known, KnownMail
from mailticket.domain.mail import MailIds
from mailticket.mime import compose
from mailticket.store import blacklist, cases, entries, folders, people, recent
from mailticket.store.by_hand import stopping
from mailticket.store.casework import links
from mailticket.store.engine.fields import bounded, is_true
from mailticket.store.engine.prepared import Hole, Holes, Prepared, padded
from mailticket.store.tables import case_tables
from mailticket.store.tables.mail_tables import MailId, Outbox
from mailticket.tokens import letter_named, read_message_id, standing_name

#: Of one mail at most so many names are looked up, the nearest first: a hostile one has thousands.
_IDS_OF_A_MAIL = 60
_RECIPIENTS_OF_A_MAIL = 200

#: Of one mail at most so many of our letters are read whole, to cut its quotations by.
_LETTERS_OF_A_MAIL = 3

_FLOOD_WITHIN = timedelta(minutes=5)
_HOUR = timedelta(hours=1)


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
    mails = _answered(batch, services, with_letters=with_letters)
    named = [one.case for one in mails.values() if one.case]
    guessed = [*_claimed(batch), *(one for mail in batch for one in case_id.find(mail.subject))]
    senders = _senders(batch)
    flooding = recent.floods(senders, now - _FLOOD_WITHIN)
    loaded = cases.standing([*named, *guessed, *also, *(one.case for one in flooding.values())])
    in_vain, acted = recent.mails(senders, now - _HOUR)
    proofs = _proofs(batch, mails)
    people_named = sorted(senders | _others_named(batch))
    return replace(
        # Who guesses a case ID must not learn by the clock whether it exists: a miss is asked as much.
        _of_cases(loaded, services, now, or_nobody=bool(guessed)),
        mails=mails,
        customers=people.customers(people_named),
        news=_news(mails.values(), loaded),
        blacklist=blacklist.matching(people_named),
        acks_today=recent.acks(batch, now - timedelta(days=1)),
        in_vain=in_vain,
        acted=acted,
        floods=flooding,
        revoked=links.all_revoked(proofs),
        vetted=proofs,
        restored_at=folders.restored_at(),
    )


def for_reading(batch: Sequence[MailIds], services: Sequence[str]) -> Known:
    """As much of it as these mails are read by: the letters of ours that they answer, and who is not listened to."""
    return Known(mails=_answered(batch, services, with_letters=True), blacklist=blacklist.matching(_senders(batch)))


def of_case(case: Case, now: datetime) -> Known:
    """What a wish about one case is decided by, when no mail brought it."""
    return _of_cases({case.id: case}, [case.service], now)


def _of_cases(loaded: Mapping[str, Case], services: Sequence[str], now: datetime, *, or_nobody: bool = False) -> Known:
    """What any wish about these cases is decided by, whatever brought it. `or_nobody`: asked also without a case."""
    replies = held(loaded, or_nobody=or_nobody)
    automatic, told = recent.letters(services, now - _HOUR)
    return Known(
        cases=loaded,
        held={case: all_held[-1] for case, all_held in replies.items()},
        held_before={case: all_held[:-1] for case, all_held in replies.items()},
        unsent=stopping.unsent(loaded, now, or_nobody=or_nobody),
        auto_this_hour=automatic,
        notices_this_hour=_by_csr(told),
        told_this_hour=told,
        away=people.away(),
    )


def _senders(batch: Sequence[MailIds]) -> set[str]:
    return {address.key for mail in batch for address in mail.senders}


def _others_named(batch: Sequence[MailIds]) -> set[str]:
    """Who may take part beside the senders, or in their place."""
    named = ((*mail.recipients[:_RECIPIENTS_OF_A_MAIL], *mail.askers) for mail in batch)
    return {address.key for addresses in named for address in addresses}


def _answered(batch: Sequence[MailIds], services: Sequence[str], *, with_letters: bool) -> dict[str, KnownMail]:
    """What is known of the mails that these ones name."""
    related = [_related(mail) for mail in batch]
    mails = _mails({one for ids in related for one in ids}, services)
    return _with_letters(mails, related) if with_letters else mails


def _claimed(batch: Sequence[MailIds]) -> list[str]:
    """The case IDs in Message-IDs that look like ours, whether we know these letters or not."""
    claims = (read_message_id(one) for mail in batch for one in _related(mail))
    return [one.case for one in claims if one and one.case]


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
    wanted = padded(asked)
    rows = _named(len(wanted), ids=wanted)
    best = sorted(rows, key=lambda row: (row[2] is not None, row[6] in services))
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
            made_at=made_at,
        )
        for message_id, entry, outbox, seen, made_at, case, _, recipient, letter in best
    }


@Prepared
def _named(holes: Holes, count: int) -> Any:
    columns = (
        MailId.message_id,
        MailId.entry,
        MailId.outbox,
        Outbox.seen,
        Outbox.created_at,
        case_tables.Case.case_id,
        case_tables.Case.service,
    )
    joined = MailId.select(*columns, Outbox.recipient, Outbox.letter).join(case_tables.Case, peewee.JOIN.LEFT_OUTER)
    both = joined.switch(MailId).join(Outbox, peewee.JOIN.LEFT_OUTER)
    return both.where(MailId.message_id.in_(holes.each("ids", count))).order_by(MailId.id).tuples()


def _with_letters(mails: Mapping[str, KnownMail], related: Sequence[Sequence[str]]) -> dict[str, KnownMail]:
    """The same with the words of the letters of ours that each mail may quote: the nearest few."""
    wanted: set[int] = set()
    for ids in related:
        ours = [mails[one].outbox for one in ids if one in mails and mails[one].is_ours]
        wanted |= set(ours[:_LETTERS_OF_A_MAIL])
    if not wanted:
        return dict(mails)
    found = padded(sorted(wanted))
    letters = {id: compose.thaw(skeleton) for id, skeleton in _skeletons(len(found), ids=found)}
    return {
        id: replace(mail, text=letters[mail.outbox].text, html=letters[mail.outbox].html)
        if mail.outbox in letters
        else mail
        for id, mail in mails.items()
    }


@Prepared
def _skeletons(holes: Holes, count: int) -> Any:
    return Outbox.select(Outbox.id, Outbox.skeleton).where(Outbox.id.in_(holes.each("ids", count))).tuples()


def held(loaded: Mapping[str, Case], *, or_nobody: bool = False) -> dict[str, tuple[Entry, ...]]:
    """The replies that are still held, by case ID, the oldest first. `or_nobody`: asked also without a case."""
    keys = {case.key: case.id for case in loaded.values()} or ({cases.NO_CASE: ""} if or_nobody else {})
    if not keys:
        return {}
    wanted = padded(keys)
    return _by_case(_held(len(wanted), cases=wanted), keys)


@Prepared
def _held(holes: Holes, count: int) -> Any:
    table = case_tables.Entry
    is_theirs = table.case.in_(holes.each("cases", count)) & is_true(table.is_held)
    return table.select().where(is_theirs).order_by(table.number).dicts()


def _by_case(query: Any, keys: Mapping[int, str]) -> dict[str, tuple[Entry, ...]]:
    found: dict[str, tuple[Entry, ...]] = {}
    for case_key, entry in entries.read_by_case(query):
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
    after = padded(seen.items())
    return _by_case(_newer(len(after), after=after), {case.key: case.id for case in loaded.values()})


@Prepared
def _newer(holes: Holes, count: int) -> Any:
    table = case_tables.Entry
    pairs = [(Hole("after", place, 0), Hole("after", place, 1)) for place in range(count)]
    is_newer = reduce(operator.or_, ((table.case == key) & (table.number > number) for key, number in pairs))
    is_word = table.kind.in_([str(EntryKind.CUSTOMER_MAIL), str(EntryKind.REPLY)]) & (table.held == "")
    return table.select().where(is_newer & is_word).order_by(table.number).dicts()


def _by_csr(told: Mapping[tuple[str, str], int]) -> dict[str, int]:
    notices: dict[str, int] = {}
    for (csr, _reason), number in told.items():
        notices[csr] = notices.get(csr, 0) + number
    return notices


def _proofs(batch: Sequence[MailIds], mails: Mapping[str, KnownMail]) -> frozenset[str]:
    """The names of what these mails may prove a CSR by. A mail with several senders proves nobody."""
    names: set[str] = set()
    for mail in batch:
        ours = [one for one in _related(mail) if read_message_id(one)]
        named = {known.case for one in ours if (known := mails.get(one))}
        named |= {claim.case for one in ours if (claim := read_message_id(one))} | set(case_id.find(mail.subject))
        names |= {letter_named(one) for one in ours}
        if len(mail.senders) == 1:
            names |= {standing_name(case, mail.senders[0].key) for case in named}
    return frozenset(names)
