"""Receive: from the inbox to cases. Parsed in children, decided by pure functions, written in one transaction. I/O."""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Generator, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial

from mailticket import failpoints, health
from mailticket.config.models import Service
from mailticket.desk.alarm import ring
from mailticket.desk.answer import with_entries
from mailticket.desk.apply import apply
from mailticket.desk.office import Office, RandomIds
from mailticket.domain import case_id
from mailticket.domain.case import StoredFile, Words
from mailticket.domain.decision import Alarm, Call
from mailticket.domain.facts import Known
from mailticket.domain.mail import InboundMail, MailIds
from mailticket.errors import Conflict, Permanent, Temporary
from mailticket.law.decide import decide
from mailticket.mime import headers
from mailticket.parsers import ParseJob, ParserDied
from mailticket.store import facts, folders, inbox
from mailticket.store.by_hand import stopping
from mailticket.store.engine.locking import repeated
from mailticket.store.engine.turns import TOGETHER
from mailticket.store.files import blobs
from mailticket.store.inbox import InboxItem
from mailticket.store.operation import calls
from mailticket.store.privacy import retention
from mailticket.triage.command import cases_named
from mailticket.triage.listed import is_rejected
from mailticket.triage.read import read

log = logging.getLogger(__name__)

BATCH = 50
#: So many of them are read together, while those before them are handled.
READ_TOGETHER = 10
#: Of a mail above max_size only so much is read.
HEAD_BYTES = 256_000


@dataclass(frozen=True, slots=True)
class Opened:
    """An inbox row with its mail: what it names, what it says, its files already durable."""

    item: InboxItem
    ids: MailIds
    mail: InboundMail
    files: tuple[StoredFile, ...]

    @property
    def message_id(self) -> str:
        """The mail's own, or one made of its content: the same mail without one is still the same."""
        return self.mail.message_id or f"<{self.mail.content_hash[:32]}@no-message-id.invalid>"


def receive(office: Office, limit: int = BATCH) -> int:
    """Handles what has come in. Gives the number of inbox rows that were claimed."""
    with office.connected():
        items = inbox.claim(office.clock(), office.owner, limit)
    failpoints.reach("receive.claimed")
    try:
        with closing(_groups(office, items)) as groups:
            _handle_all(office, groups)
    except (Temporary, Conflict):
        with office.connected():  # the database or the disk failed, not these mails; those already settled stay so
            inbox.release([one.id for one in items], office.owner)
        raise
    if items:
        for verb in ("assign", "deliver", "collect"):
            office.wake(verb)
    return len(items)


def _groups(office: Office, items: Sequence[InboxItem]) -> Generator[list[Opened]]:
    """Mails that can be handled together. The next ones are read while those before them are handled."""
    parts = [items[start : start + READ_TOGETHER] for start in range(0, len(items), READ_TOGETHER)]
    ahead = ThreadPoolExecutor(1, thread_name_prefix="read ahead")
    try:
        for part in [ahead.submit(_opened, office, part) for part in parts]:
            yield from independent(part.result())
    finally:
        ahead.shutdown(cancel_futures=True)


def independent(opened: Sequence[Opened]) -> Iterator[list[Opened]]:
    """Groups of neighbours of which none can change what another is decided by: no shared sender, ID or case."""
    group: list[Opened] = []
    touched: set[str] = set()
    for one in opened:
        names = _names(one)
        if group and (touched & names or one.item.attempts):
            yield group
            group, touched = [], set()
        group.append(one)
        touched |= names
    if group:
        yield group


def _names(one: Opened) -> set[str]:
    """Everything by which two mails may meet in one case."""
    senders = {address.key for address in one.ids.senders} or {"nobody"}
    cases = (*case_id.find(one.ids.subject), *cases_named(one.mail.words))
    return {one.message_id, *one.ids.related, *senders, *cases}


def _opened(office: Office, items: Sequence[InboxItem]) -> list[Opened]:
    """All of them read together; if one of them breaks our code, each alone."""
    try:
        with office.connected():
            return _open(office, items)
    except (Temporary, Conflict):
        raise
    except Exception as error:  # whatever a mail breaks: it is set aside, and the others go on
        if len(items) == 1:
            with office.connected():
                _fail(office, items[0], error)
            return []
    return [one for item in items for one in _opened(office, [item])]


def _open(office: Office, items: Sequence[InboxItem]) -> list[Opened]:
    """Reads and parses the claimed mails; the one that breaks its parser costs itself an attempt and nobody else."""
    raws: dict[int, bytes] = {}
    for item in items:
        try:
            service = _service(office, item)
            raws[item.id] = blobs.get(item.blob, HEAD_BYTES if item.size > service.max_size else None)
        except Permanent as error:
            _fail(office, item, error)
    readable = [item for item in items if item.id in raws]
    ids = {item.id: headers.ids(raws[item.id]) for item in readable}
    known = facts.for_reading(list(ids.values()), _services(office))
    jobs = [_job(office, item, raws[item.id], ids[item.id], known) for item in readable]
    opened: list[Opened] = []
    for item, result in zip(readable, office.parsers.parse_many(jobs), strict=True):
        if isinstance(result, ParserDied):
            _fail(office, item, result)
        else:
            opened.append(Opened(item, ids[item.id], result, ()))
    failpoints.reach("receive.parsed")
    return _with_files(office, opened, known)


def _job(office: Office, item: InboxItem, raw: bytes, ids: MailIds, known: Known) -> ParseJob:
    from_csr = any(office.config.csr_at(one.address) for one in ids.senders)
    service = _service(office, item)
    is_oversize = item.size > service.max_size
    us = (service.address, service.sender.name)
    return ParseJob(raw, known.parents(ids.related, us), from_csr, item.size if is_oversize else None)


def _with_files(office: Office, opened: Sequence[Opened], known: Known) -> list[Opened]:
    """The attachments, made durable in one go before any row names them; those of mail that is rejected are left."""
    ours = office.config.our_keys
    wanted = [one for one in opened if one.item.is_silent or not is_rejected(one.mail, known, ours)]
    contents = [file.content for one in wanted for file in one.mail.attachments]
    if contents:
        blobs.put_many(contents)
        failpoints.reach("receive.files_stored")
    return [replace(one, files=_stored(one.mail)) if one in wanted else one for one in opened]


def _stored(mail: InboundMail) -> tuple[StoredFile, ...]:
    return tuple(StoredFile(one.name, one.type, one.size, one.sha256, one.inline, one.cid) for one in mail.attachments)


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
    """The group in few transactions, a savepoint each mail. If one fails as a whole, each of its mails alone."""
    left = group
    while left:
        try:
            failed, left = _transact(office, left)
        except Exception as error:
            if len(left) > 1:
                _handle_all(office, [[one] for one in left])
                return
            if isinstance(error, (Temporary, Conflict)):
                raise
            failed, left = [(left[0], error)], ()
        for one, cause in failed:
            with office.connected():
                _fail(office, one.item, cause)


@repeated
def _transact(office: Office, group: Sequence[Opened]) -> tuple[list[tuple[Opened, Exception]], Sequence[Opened]]:
    """As many of the group as fit into one transaction: those that broke, and those that are left."""
    failed: list[tuple[Opened, Exception]] = []
    handled = 0
    with office.connected(), office.store.transaction():
        until = time.monotonic() + TOGETHER
        named = [id for one in group for id in cases_named(one.mail.words)]
        known = facts.load([one.ids for one in group], _services(office), office.clock(), named)
        for one in group:
            if handled and time.monotonic() > until:
                break
            handled += 1
            try:
                with office.store.transaction():
                    _handle(office, one, known)
            except (Temporary, Conflict):
                raise
            except Exception as error:  # whatever a mail breaks: it is set aside, and the others go on
                failed.append((one, error))
    failpoints.reach("receive.committed")
    return failed, group[handled:]


def _handle(office: Office, one: Opened, known: Known) -> None:
    """One mail: seen before? what does it mean? what follows? written."""
    item, service = one.item, _service(office, one.item)
    first = inbox.first_copy(service.name, f"{one.message_id} {one.mail.content_hash}", item.id)
    failpoints.reach("receive.keyed")
    if first is not None:
        _settle_copy(office, one, first)
        return
    words = Words(one.mail.words, one.mail.words_html, one.mail.text, one.mail.reply.method, one.files)
    reading = read(one.mail, words, known, office.trust(service), office.clock(), item.is_silent)
    if len(one.files) < len(one.mail.attachments) and not is_rejected(one.mail, known, office.config.our_keys):
        raise Conflict(f"The blacklist was changed while inbox row {item.id} was read.", "It is read again.")
    origin = f"inbox:{item.id}"
    known = with_entries(known, reading.intents, reading.case)
    # A case keeps its own hours, letters and address, whatever mailbox brings the mail.
    own = (reading.case and office.config.service_named(reading.case.service)) or service
    decision = decide(reading.intents, reading.case, known, office.policy(own), office.clock(), RandomIds(origin))
    restored_at = folders.restored_at(service.name)
    may_be_second = restored_at is not None and item.received_at <= restored_at
    newest = stopping.newest() if may_be_second else 0
    settled = apply(office, decision, own)
    if may_be_second and decision.case:
        stopping.hold_for_customers(decision.case.id, newest, "Maybe already sent: the mail is from before a restore.")
        told = [action.key for action in decision.actions if isinstance(action, Call)]
        calls.hold(told, "Maybe already made: the mail is from before a restore.")
    failpoints.reach("receive.applied")
    reason = f"{settled.reason} ({reading.reason})" if settled.reason != reading.reason else settled.reason
    case = decision.case.id if decision.case else ""
    for budget in settled.over_budget:
        office.store.after_commit(partial(health.count_suppressed, own.name, budget))
    _settle(office, one, settled.outcome, reason, case, settled.delete_from_server)
    failpoints.reach("receive.settled")


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
    author = one.mail.author or next(iter(one.mail.from_), None)
    inbox.settle(
        one.item.id,
        office.owner,
        outcome=outcome,
        reason=reason,
        message_id=one.message_id,
        content_hash=one.mail.content_hash,
        subject=one.mail.subject,
        sender=str(author or ""),
        writer=author.key if author else "",
        case=case,
        server="delete" if delete_from_server else "",
    )
    office.store.after_commit(partial(health.count_mail, one.item.service, outcome))
    log.info("mail %d (%s) from %s: %s: %s", one.item.id, one.message_id, author, outcome, reason)


def _service(office: Office, item: InboxItem) -> Service:
    service = office.config.service_named(item.service)
    if service is None:
        raise Permanent(f"The service {item.service} is not in the config.", "Add it again, or discard the mail.")
    return service


def _fail(office: Office, item: InboxItem, error: Exception) -> None:
    told = "".join(traceback.format_exception(error))
    try:
        state = inbox.fail(item.id, office.owner, f"{type(error).__name__}: {error}", told, office.clock())
    except Conflict as taken_over:
        log.warning("mail %d could not be handled (%s), and is left to another: %s", item.id, error, taken_over)
        return
    log.error("mail %d could not be handled (%s); now: %s", item.id, error, state, exc_info=error)
    service = office.config.service_named(item.service)
    if state == "shunted":
        health.count_mail(item.service, "shunted")
    if state == "shunted" and service is not None:
        text = f"{service.name}: a mail is set aside, inbox row {item.id}: {error} See `mailticket inbox list`."
        ring(office, service, Alarm(f"shunted:{service.name}", text))


def _services(office: Office) -> list[str]:
    return [one.name for one in office.config.service]
