"""Domain values for the store's tests, with everything but what a test is about filled in."""

from __future__ import annotations

import hashlib
import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from mailticket.config.models import Config
from mailticket.domain.address import Address
from mailticket.domain.case import Case, Channel, Entry, EntryKind, Status, Words
from mailticket.domain.decision import SendKind
from mailticket.domain.people import Customer
from mailticket.mime import compose
from mailticket.mime.compose import Skeleton
from mailticket.store import cases, inbox, outbox, outbox_ends, people
from mailticket.store.inbox import Arrival
from mailticket.store.outbox import NewLetter
from mailticket.store.outbox_ends import Taken

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
CARLA = Address("Carla Customer", "carla@customer.example")
DIRK = Address("Dirk", "dirk@customer.example")
ANN, BO = "ann@desk.example", "bo@desk.example"

_numbers = itertools.count(1)


def arrival(key: str = "", **values: Any) -> Arrival:
    """A mail that came in by IMAP."""
    key = key or f"7/{next(_numbers)}"
    uid = int(key.rpartition("/")[2]) if key.rpartition("/")[2].isdigit() else 0
    known = Arrival(
        source="imap:support/INBOX",
        source_key=key,
        service="support",
        channel=Channel.MAIL,
        blob=hashlib.sha256(key.encode()).hexdigest(),
        size=1200,
        received_at=NOW,
        uidvalidity=7,
        uid=uid,
        server="move",
    )
    return replace(known, **values)


def taken(count: int = 1) -> list[int]:
    """The ids of so many new inbox rows."""
    return [id for id in inbox.take([arrival() for _ in range(count)], NOW) if id is not None]


def opened(case_id: str = "", who: Address = CARLA, **values: Any) -> Case:
    """A stored case of a stored customer."""
    case_id = case_id or f"TEST-{next(_numbers):04d}"
    new = Case(0, case_id, "support", "The pump leaks", Status.NEW, Customer(0, who), NOW, NOW)
    return cases.open_case(replace(new, customer=people.customer(who, NOW), **values))


def entry(kind: EntryKind = EntryKind.CUSTOMER_MAIL, text: str = "It drips.", **values: Any) -> Entry:
    """An entry that is not stored yet."""
    return Entry(0, 0, kind, NOW, CARLA, Words(text), **values)


def letter(key: str = "", kind: SendKind = SendKind.HUMAN, **values: Any) -> NewLetter:
    """A letter to Carla that belongs to no case."""
    number = next(_numbers)
    known = NewLetter(
        idem_key=key or f"key-{number}",
        kind=kind,
        letter="customer_reply",
        service="support",
        case=0,
        entry=0,
        message_id=f"<letter-{number}@desk.example>",
        envelope_from="support@desk.example",
        recipient=CARLA.address,
        csr="",
        skeleton=skeleton("We send you a new one."),
        files=(),
        not_before=NOW,
        reason="Ann answered",
    )
    return replace(known, **values)


def skeleton(text: str, html: str = "") -> str:
    """A frozen letter with these words."""
    return compose.freeze(Skeleton((), text, html, (), "boundary"))


def posted(**values: Any) -> int:
    """The id of a queued letter."""
    id = outbox.post(letter(**values), NOW)
    assert id is not None
    return id


def taken_by_relay(id: int, owner: str, reply: str, now: datetime, attempt: int = 1) -> None:
    """The relay took it, at this attempt."""
    assert not outbox_ends.note(owner, now, taken=[Taken(id, attempt, reply)])


def desk(**values: Any) -> Config:
    """Ann and Bo, who both answer for support; Bo is in a second role, too."""
    known: dict[str, Any] = {
        "csr": [{"email": ANN, "name": "Ann", "aliases": ["ann@home.example"]}, {"email": BO, "name": "Bo"}],
        "role": [{"name": "support", "members": [ANN, BO]}, {"name": "experts", "members": [BO]}],
    }
    return Config.model_validate(known | values)
