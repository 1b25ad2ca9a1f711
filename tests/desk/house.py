"""A desk without workers: a real store, real letters, real parsers; the test moves its clock and runs its verbs."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage, Message
from pathlib import Path
from typing import Any

from mailticket import settings
from mailticket.children.pool import Parsers
from mailticket.config.models import Config
from mailticket.desk.office import Office
from mailticket.desk.receive import receive
from mailticket.domain.address import Address
from mailticket.domain.case import Case, Channel, Entry
from mailticket.domain.decision import LetterKind, SendKind
from mailticket.mime import compose
from mailticket.store import blacklist, cases, entries, inbox, outbox, people
from mailticket.store.database import Store
from mailticket.store.files import blobs
from mailticket.store.inbox import Arrival, InboxItem
from mailticket.store.outbox import NewLetter, OutboxItem
from tests.builders import KEYS, NOW
from tests.cast import CARLA, SUPPORT

_numbers = itertools.count(1)


@dataclass
class Clock:
    """Stands still until a test moves it."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **span: float) -> None:
        self.now += timedelta(**span)


@dataclass
class House:
    """An office and what tests ask it. Every method is a unit of work of its own, so tests hold no connection."""

    office: Office
    clock: Clock
    woken: list[str] = field(default_factory=list)

    @property
    def service(self) -> Any:
        return self.office.config.service[0]

    def with_config(self, config: Config) -> None:
        """As a reload does it."""
        self.office = replace(self.office, config=config)
        with self.office.connected():
            people.project(config, self.clock())
            blacklist.project(config)

    def as_owner(self, owner: str) -> Office:
        """The same desk as another process sees it."""
        return replace(self.office, owner=owner)

    def arrive(self, raw: bytes, **values: Any) -> int:
        """A mail in the inbox, as collect leaves it; its row's id."""
        number = next(_numbers)
        with self.office.connected():
            sha256 = blobs.put(raw)
            plain = Arrival(
                "imap:support/INBOX", f"7/{number}", "support", Channel.MAIL, sha256, len(raw), self.clock()
            )
            on_server = {"uidvalidity": 7, "uid": number, "server": "move"}
            (id,) = inbox.take([replace(plain, **on_server | values)], self.clock())
        assert id is not None
        return id

    def receive(self) -> int:
        """Until nothing is due; the number of rows that were claimed."""
        total = 0
        while count := receive(self.office):
            total += count
        return total

    def take_in(self, *raws: bytes) -> list[InboxItem]:
        """These mails arrive and are received; their rows."""
        ids = [self.arrive(raw) for raw in raws]
        self.receive()
        return [self.inbox(id) for id in ids]

    def inbox(self, id: int) -> InboxItem:
        with self.office.connected():
            return inbox.get(id)

    def cases(self) -> list[Case]:
        """All, the oldest first."""
        with self.office.connected():
            return list(cases.list_cases())[::-1]

    def case(self) -> Case:
        (only,) = self.cases()
        return only

    def entries(self, case: Case | None = None) -> list[Entry]:
        with self.office.connected():
            return entries.entries((case or self.case()).key, newest_first=False)

    def letters(self, letter: str = "") -> list[OutboxItem]:
        """What is in the outbox, the oldest first."""
        with self.office.connected():
            return [one for one in outbox.list_items() if letter in ("", one.letter)][::-1]

    def letter(self, letter: str = "") -> OutboxItem:
        (only,) = self.letters(letter)
        return only

    def bytes_of(self, item: OutboxItem) -> bytes:
        """What would be handed to the relay."""
        with self.office.connected():
            return compose.assemble(compose.thaw(item.skeleton), blobs.get)

    def as_sent(self, item: OutboxItem) -> Message:
        return message_from_bytes(self.bytes_of(item))

    def post(self, kind: SendKind = SendKind.HUMAN, recipient: str = CARLA.address, **values: Any) -> int:
        """A letter in the outbox that belongs to no case, or to the `case` (its key); its row's id."""
        number = next(_numbers)
        skeleton = compose.Skeleton(
            (("From", SUPPORT), ("To", recipient), ("Message-ID", f"<{number}@ours.example>")),
            "Hello",
            "",
            (),
            "b" * 12,
        )
        plain = NewLetter(
            idem_key=f"key-{number}",
            kind=kind,
            letter=LetterKind.CUSTOMER_REPLY,
            service="support",
            case=0,
            entry=0,
            message_id=f"<{number}@ours.example>",
            envelope_from=SUPPORT,
            recipient=recipient,
            csr="",
            skeleton=compose.freeze(skeleton),
            files=(),
            not_before=self.clock(),
            reason="a test",
        )
        with self.office.connected():
            id = outbox.post(replace(plain, **values), self.clock())
        assert id is not None
        return id

    def outbox(self, id: int) -> OutboxItem:
        with self.office.connected():
            return outbox.get(id)

    def in_store(self, act: Callable[[], Any]) -> Any:
        """Anything else, on a connection."""
        with self.office.connected():
            return act()


def build(config: Config, store: Store, parsers: Parsers, folder: Path) -> House:
    """A house around an open store; the CSRs and the blacklist are projected as the daemon does it."""
    clock = Clock()
    book = settings.templates_of(config, folder)
    woken: list[str] = []
    house = House(Office(config, book, KEYS, store, parsers, "this:1:1", clock, woken.append), clock, woken)
    house.with_config(config)
    return house


def mail(
    from_: Address | str = CARLA, subject: str = "Printer on fire", text: str = "What now?", **headers: str
) -> bytes:
    """A mail to support@ with a Message-ID of its own; `in_reply_to="<...>"` becomes In-Reply-To."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = str(from_), SUPPORT, subject
    message["Message-ID"] = headers.pop("message_id", f"<{next(_numbers)}@mail.example>")
    message["Date"] = "Wed, 15 Jul 2026 09:00:00 +0000"
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message.as_bytes()


def reply(to: OutboxItem, from_: Address | str, text: str, **headers: str) -> bytes:
    """A mail that answers a letter of ours."""
    return mail(from_, "Re: your mail", text, in_reply_to=to.message_id, **headers)
