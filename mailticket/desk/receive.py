"""Receive: from the inbox to cases. Parsed in children, decided by pure functions, written in one transaction. I/O."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial

from mailticket import failpoints, health
from mailticket.desk.answer import with_entries
from mailticket.desk.decided.apply import apply
from mailticket.desk.decided.background import Background
from mailticket.desk.office import Office, RandomIds, SteadyIds
from mailticket.desk.unpacking import Opened, fail, service_names, service_of, unpacked
from mailticket.domain.case import Channel, Words
from mailticket.domain.decision import Call
from mailticket.domain.facts import Known
from mailticket.domain.intents import Inquire, Intent
from mailticket.errors import Conflict, Temporary
from mailticket.law.decide import decide
from mailticket.law.draft import Ids
from mailticket.store import cases, facts, inbox, inbox_claims, inbox_copies, inbox_ends
from mailticket.store.by_hand import stopping
from mailticket.store.engine.locking import repeated
from mailticket.store.engine.turns import TOGETHER
from mailticket.store.operation import calls
from mailticket.store.privacy import retention
from mailticket.triage.commands.command import cases_named
from mailticket.triage.listed import is_rejected
from mailticket.triage.read import read

log = logging.getLogger(__name__)

#: So many mails at most are claimed together; what comes meanwhile waits until the batch in hand is done.
BATCH = 50


def receive(office: Office, limit: int = BATCH) -> int:
    """Handles what has come in. Gives the number of inbox rows that were claimed."""
    with office.connected():
        items = inbox_claims.claim(office.clock(), office.owner, limit)
    failpoints.reach("receive.claimed")
    office.expect(len(items))
    try:
        with closing(unpacked(office, items)) as groups:
            _handle_all(office, groups)
    except (Temporary, Conflict):
        with office.connected():  # the database or the disk failed, not these mails; those already settled stay so
            inbox_claims.release([one.id for one in items], office.owner)
        raise
    if items:
        for verb in ("assign", "deliver", "collect"):
            office.wake(verb)
    return len(items)


def _handle_all(office: Office, groups: Iterable[Sequence[Opened]]) -> None:
    """One group after the other. The first trouble keeps no later group waiting; the second one ends it."""
    trouble: Exception | None = None
    for group in groups:
        try:
            _handle_group(office, group)
        except (Temporary, Conflict) as error:
            if trouble is not None:
                raise
            trouble = error
    if trouble is not None:
        raise trouble


def _handle_group(office: Office, group: Sequence[Opened]) -> None:
    """The group in few transactions. If one fails, each of its mails alone: none suffers for another."""
    left, most = group, len(group)
    while left:
        some = left[:most]
        try:
            handled = _transact(office, some)
        except Exception as error:  # whatever a mail breaks: it is set aside, and the others go on
            handled = len(some)
            if handled > 1:
                _handle_all(office, [[one] for one in some])
            elif isinstance(error, (Temporary, Conflict)):
                raise
            else:
                with office.connected():
                    fail(office, some[0].item, error)
        # What was read for those that did not fit was read in vain: the next time for fewer.
        left, most = left[handled:], 2 * handled
        office.wake("assign")  # what is committed need not wait for the rest of the batch


@repeated
def _transact(office: Office, group: Sequence[Opened]) -> int:
    """As many of the group as fit into one transaction; gives their number."""
    handled = 0
    with office.connected(), office.store.transaction():
        until = time.monotonic() + TOGETHER
        named = [id for one in group for id in cases_named(one.mail.words)]
        known = facts.load([one.ids for one in group], service_names(office), office.clock(), named)
        firsts = inbox_copies.firsts({one.item.id: _logical_key(office, one) for one in group})
        failpoints.reach("receive.keyed")
        background = Background(office, known.cases.values(), known.customers)
        for one in group:
            if handled and time.monotonic() > until:
                break
            handled += 1
            if firsts[one.item.id] == one.item.id:
                _handled(office, one, known, background)
            else:
                _settle_copy(office, one, firsts[one.item.id])
        inbox_copies.forget(one.item.id for one in group[handled:])
    failpoints.reach("receive.committed")
    return handled


def _handled(office: Office, one: Opened, known: Known, background: Background) -> None:
    """Should another case have the case ID that follows from it, it gets a random one."""
    origin = f"inbox:{one.item.id}"
    steady = " ".join(_logical_key(office, one))
    try:
        _handle(office, one, known, background, SteadyIds(origin, office.keys, steady))
    except cases.IdTaken:  # nothing but its customer is written by then, who is the same
        _handle(office, one, known, background, RandomIds(origin))


def _logical_key(office: Office, one: Opened) -> tuple[str, str]:
    """(service, key): the same for every copy of a mail."""
    return service_of(office, one.item).name, f"{one.message_id} {one.mail.content_hash}"


def _handle(office: Office, one: Opened, known: Known, background: Background, ids: Ids) -> None:
    """A mail that was not seen before: what does it mean? what follows? written."""
    item, service = one.item, service_of(office, one.item)
    words = Words(one.mail.words, one.mail.words_html, one.mail.text, one.mail.reply.method, one.files)
    reading = read(one.mail, words, known, office.trust(service), office.clock(), item.is_silent)
    if item.channel != Channel.MAIL:
        reading = replace(reading, intents=tuple(_by_its_door(wish, item.channel) for wish in reading.intents))
    if len(one.files) < len(one.mail.attachments) and not is_rejected(one.mail, known, office.config.our_keys):
        raise Conflict(f"The blacklist was changed while inbox row {item.id} was read.", "It is read again.")
    known = with_entries(known, reading.intents, reading.case)
    # A case keeps its own hours, letters and address, whatever mailbox brings the mail.
    own = (reading.case and office.config.service_named(reading.case.service)) or service
    decision = decide(reading.intents, reading.case, known, office.policy(own), office.clock(), ids)
    restored_at = known.restored_at.get(service.name)
    may_be_second = restored_at is not None and item.received_at <= restored_at
    newest = stopping.newest() if may_be_second else 0
    settled = apply(office, decision, own, background)
    if may_be_second and decision.case:
        office.store.before_commit(_hold_letters, (decision.case.id, newest))
        told = [action.key for action in decision.actions if isinstance(action, Call)]
        calls.hold(told, "Maybe already made: the mail is from before a restore.")
    failpoints.reach("receive.applied")
    reason = f"{settled.reason} ({reading.reason})" if settled.reason != reading.reason else settled.reason
    case = decision.case.id if decision.case else ""
    for budget in settled.over_budget:
        office.store.after_commit(partial(health.count_suppressed, own.name, budget))
    _settle(office, one, settled.outcome, reason, case, settled.delete_from_server)
    failpoints.reach("receive.settled")


def _hold_letters(of_cases: Sequence[tuple[str, int]]) -> None:
    """Those that are newer than a letter's number: what they say was decided a second time, perhaps."""
    for case, newest in of_cases:
        stopping.hold_for_customers(case, newest, "Maybe already sent: the mail is from before a restore.")


def _by_its_door(intent: Intent, channel: Channel) -> Intent:
    """A case that a mail opens keeps the door that brought it."""
    return replace(intent, channel=channel) if isinstance(intent, Inquire) else intent


def _settle_copy(office: Office, one: Opened, first: int) -> None:
    """The same mail again does nothing; a copy of a rejected one is as unwanted as that one was."""
    if inbox.get(first).outcome == retention.REJECTED:
        reason = f"the same mail as inbox row {first}, which was rejected"
        _settle(office, one, retention.REJECTED, reason, delete_from_server=True)
    else:
        _settle(office, one, "duplicate", f"the same mail as inbox row {first}")


def _settle(
    office: Office, one: Opened, outcome: str, reason: str, case: str = "", delete_from_server: bool = False
) -> None:
    author = one.mail.claimed
    inbox_ends.settle(
        one.item.id,
        office.owner,
        outcome=outcome,
        reason=reason,
        message_id=one.message_id,
        content_hash=one.mail.content_hash,
        subject=one.mail.subject,
        sender=str(author),
        writer=author.key,
        case=case,
        server="delete" if delete_from_server else "",
    )
    office.store.after_commit(partial(health.count_mail, one.item.service, outcome))
    told = ("mail %d (%s) from %s: %s: %s", one.item.id, one.message_id, author, outcome, reason)
    office.store.after_commit(partial(log.info, *told))
