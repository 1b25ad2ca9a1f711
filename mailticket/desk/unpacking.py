"""Unpacking: claimed mails are parsed in children ahead of their turn; files are durable before rows name them. I/O."""

from __future__ import annotations

import logging
import traceback
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from mailticket import failpoints, health
from mailticket.children.parser import ParserDied
from mailticket.children.reading import ParseJob
from mailticket.config.models import Service
from mailticket.desk.decided.alarm import ring
from mailticket.desk.office import Office
from mailticket.domain import case_id
from mailticket.domain.case import StoredFile
from mailticket.domain.decision import Alarm
from mailticket.domain.facts import Known
from mailticket.domain.mail import InboundMail, MailIds
from mailticket.errors import Conflict, Permanent, Temporary
from mailticket.mime import headers
from mailticket.store import facts, inbox_ends
from mailticket.store.files import blobs
from mailticket.store.inbox import InboxItem
from mailticket.triage.commands.command import cases_named
from mailticket.triage.listed import is_rejected

log = logging.getLogger(__name__)

#: So many mails are read together, while those before them are handled.
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


def unpacked(office: Office, items: Sequence[InboxItem]) -> Generator[list[Opened]]:
    """Groups of mails that can be handled together: all that are read by then. The next ones are read meanwhile.

    Close it if it is not used up: then nobody reads on.
    """
    parts = [items[start : start + READ_TOGETHER] for start in range(0, len(items), READ_TOGETHER)]
    ahead = ThreadPoolExecutor(1, thread_name_prefix="read ahead")
    try:
        reading = deque(ahead.submit(_opened, office, part) for part in parts)
        while reading:
            opened = reading.popleft().result()
            while reading and reading[0].done():
                opened += reading.popleft().result()
            yield from independent(opened)
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
    askers = {address.budget_key for address in one.ids.askers}  # who has one key has one budget key
    cases = (*case_id.find(one.ids.subject), *cases_named(one.mail.words))
    return {one.message_id, *one.ids.related, *askers, *cases}


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
                fail(office, items[0], error)
            return []
    return [one for item in items for one in _opened(office, [item])]


def _open(office: Office, items: Sequence[InboxItem]) -> list[Opened]:
    """Reads and parses the claimed mails; the one that breaks its parser costs itself an attempt and nobody else."""
    raws: dict[int, bytes] = {}
    small = blobs.small_ones(one.blob for one in items)
    for item in items:
        try:
            most = HEAD_BYTES if item.size > service_of(office, item).max_size else None
            raws[item.id] = small[item.blob][:most] if item.blob in small else blobs.get(item.blob, most)
        except Permanent as error:
            fail(office, item, error)
    readable = [item for item in items if item.id in raws]
    ids = {item.id: headers.ids(raws[item.id]) for item in readable}
    known = facts.for_reading(list(ids.values()), service_names(office))
    jobs = [_job(office, item, raws[item.id], ids[item.id], known) for item in readable]
    opened: list[Opened] = []
    for item, result in zip(readable, office.parsers.parse_many(jobs), strict=True):
        if isinstance(result, ParserDied):
            fail(office, item, result)
        else:
            opened.append(Opened(item, _with_passed_on(ids[item.id], result), result, ()))
    failpoints.reach("receive.parsed")
    return _with_files(office, opened, known)


def _with_passed_on(ids: MailIds, mail: InboundMail) -> MailIds:
    author = mail.forwarded.author if mail.forwarded else None
    return replace(ids, passed_on_from=(author,)) if author else ids


def _job(office: Office, item: InboxItem, raw: bytes, ids: MailIds, known: Known) -> ParseJob:
    from_csr = any(office.config.csr_at(one.address) for one in ids.senders)
    service = service_of(office, item)
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


def service_of(office: Office, item: InboxItem) -> Service:
    """Raises Permanent if the config has it no more."""
    service = office.config.service_named(item.service)
    if service is None:
        raise Permanent(f"The service {item.service} is not in the config.", "Add it again, or discard the mail.")
    return service


def service_names(office: Office) -> list[str]:
    """Of the config in force."""
    return [one.name for one in office.config.service]


def fail(office: Office, item: InboxItem, error: Exception) -> None:
    """The mail could not be handled: it is tried again later, or after the last attempt set aside with an alarm, both
    in one transaction."""
    told = "".join(traceback.format_exception(error))
    try:
        with office.store.transaction():
            state = inbox_ends.fail(item.id, office.owner, f"{type(error).__name__}: {error}", told, office.clock())
            if state == "shunted":
                text = f"{item.service}: a mail is set aside, inbox row {item.id}: {error} See `mailticket inbox list`."
                ring(office, office.config.service_named(item.service), Alarm(f"shunted:{item.service}", text))
    except Conflict as taken_over:
        log.warning("mail %d could not be handled (%s), and is left to another: %s", item.id, error, taken_over)
        return
    log.error("mail %d could not be handled (%s); now: %s", item.id, error, state, exc_info=error)
    if state == "shunted":
        health.count_mail(item.service, "shunted")
