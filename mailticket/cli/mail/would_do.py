"""What a desk would do with a mail: its config, its store looked up and left as it is, its law. I/O, reads only."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

from mailticket import settings
from mailticket.children.reading import ParseJob
from mailticket.cli.mail.taking_in import service_in, service_named
from mailticket.cli.opened import is_made, opened, store_of
from mailticket.cli.words import Asked
from mailticket.config.models import Config, Service
from mailticket.desk.answer import with_entries
from mailticket.domain import case_id
from mailticket.domain.case import StoredFile, Words
from mailticket.domain.decision import Action, RuleTrial
from mailticket.domain.facts import Known
from mailticket.domain.mail import InboundMail, MailIds
from mailticket.domain.people import Actor
from mailticket.errors import Permanent
from mailticket.law.decide import decide
from mailticket.law.draft import Policy
from mailticket.mime import headers
from mailticket.store import blacklist, cases, facts
from mailticket.store.privacy import key_file
from mailticket.tokens import KEY_BYTES, Keys
from mailticket.triage.commands.command import cases_named
from mailticket.triage.read import read
from mailticket.triage.writer.sender import Trust

#: Of a mail above max_size the daemon reads only so much.
_HEAD_BYTES = 256_000


@dataclass(frozen=True, slots=True)
class WouldDo:
    """A mail on its way through a desk: how to parse it, for which service, and what the store knows about it."""

    job: ParseJob
    service: Service
    known: Known
    now: datetime


@dataclass(frozen=True, slots=True)
class Outcome:
    """What would happen: who writes, the ID of the case that it belongs to ("" if none yet), the row-actions, and
    the admin's rules that were looked at."""

    sender: Actor
    case: str
    actions: tuple[Action, ...]
    rules: tuple[RuleTrial, ...] = ()


@dataclass(frozen=True, slots=True)
class _SameIds:
    """The ID that a new case would get is drawn at random; here it is always the same, and never shown."""

    origin: str = "replay"

    def case_id(self) -> str:
        return case_id.make(lambda _below: 0)


@dataclass(frozen=True, slots=True)
class Desk:
    """A desk that is only asked. `has_store`: it has run before; else nobody has written to it yet."""

    config: Config
    keys: Keys
    service: Service | None
    has_store: bool

    @property
    def zone(self) -> tzinfo:
        return ZoneInfo(self.config.mailticket.timezone)

    def look_up(self, raw: bytes) -> WouldDo:
        """What is known about a mail now. Raises Permanent if it is addressed to no service."""
        service = self.service or service_in(self.config, raw)
        if service is None:
            raise Permanent("is addressed to none of the services; name one with --service.")
        ids = headers.ids(raw)
        now = datetime.now(UTC)
        known = self._known(ids, now)
        return WouldDo(self._job(raw, service, ids, known), service, known, now)

    def decide(self, asked: WouldDo, mail: InboundMail) -> Outcome:
        """What would follow, by the same law that the daemon goes by."""
        files = tuple(
            StoredFile(one.name, one.type, one.size, one.sha256, one.inline, one.cid) for one in mail.attachments
        )
        words = Words(mail.words, mail.words_html, mail.text, mail.reply.method, files)
        known = self._with_passed_on(self._with_named(asked.known, mail), mail)
        reading = read(mail, words, known, Trust(self.config, asked.service, self.keys), asked.now)
        own = reading.case and self.config.service_named(reading.case.service)
        policy = Policy(self.config, own or asked.service)
        known = with_entries(known, reading.intents, reading.case) if self.has_store else known
        decision = decide(reading.intents, reading.case, known, policy, asked.now, _SameIds())
        return Outcome(reading.by, reading.case.id if reading.case else "", decision.actions, decision.rules)

    def _with_named(self, known: Known, mail: InboundMail) -> Known:
        """With the cases that the mail's commands name (#merge)."""
        named = cases_named(mail.words) if self.has_store else []
        return replace(known, cases={**known.cases, **cases.standing(named)}) if named else known

    def _with_passed_on(self, known: Known, mail: InboundMail) -> Known:
        """With what the blacklist says of the writer of a mail that this one passes on."""
        author = mail.forwarded.author if mail.forwarded and self.has_store else None
        return replace(known, blacklist=(*known.blacklist, *blacklist.matching([author.key]))) if author else known

    def _known(self, ids: MailIds, now: datetime) -> Known:
        if not self.has_store:
            return Known()
        return facts.load([ids], [one.name for one in self.config.service], now, with_letters=True)

    def _job(self, raw: bytes, service: Service, ids: MailIds, known: Known) -> ParseJob:
        is_oversize = len(raw) > service.max_size
        return ParseJob(
            raw[:_HEAD_BYTES] if is_oversize else raw,
            known.parents(ids.related, (service.address, service.sender.name)),
            any(self.config.csr_at(one.address) for one in ids.senders),
            len(raw) if is_oversize else None,
        )


@contextmanager
def standing_desk(asked: Asked, service: str) -> Iterator[Desk]:
    """The desk of --config, with its store open if there is one: asking about a mail must make none."""
    config = settings.load(settings.find(asked.config), with_passwords=False)
    wanted = service_named(config, service, must_be_known=True)
    store = store_of(config)
    if not is_made(store):
        yield Desk(config, Keys((bytes(KEY_BYTES),)), wanted, has_store=False)
        return
    with opened(asked):
        yield Desk(config, key_file.read_or_make(Path(config.mailticket.data)), wanted, has_store=True)
