"""Builders of the values that pure tests speak in: mails, cases, facts, keys and IDs, all with sensible defaults."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from mailticket import tokens
from mailticket.config.models import Csr
from mailticket.domain.address import Address
from mailticket.domain.case import Case, Entry, EntryKind, Status, StoredFile, Words
from mailticket.domain.facts import Known, KnownMail
from mailticket.domain.mail import AuthResult, CutMethod, InboundMail, Mark, Marker, Reply
from mailticket.domain.people import Customer, Participant
from mailticket.tokens import Keys, Purpose
from tests.cast import CARLA, SUPPORT

#: A Wednesday.
NOW = datetime(2026, 7, 15, 9, 30, tzinfo=UTC)
KEYS = Keys((b"k" * 32,))
CASE_ID = "7F3K-9QX6"
OTHER_ID = "0000-001Y"


@dataclass
class Ids:
    """Case IDs one after another, and one origin."""

    origin: str = "inbox:1"
    left: list[str] = field(default_factory=lambda: ["NEWC-ASES", "NEWD-ASER"])

    def case_id(self) -> str:
        return self.left.pop(0)


def mail(from_: Address | Iterable[Address] = CARLA, text: str = "Hello", **changes: Any) -> InboundMail:
    """A mail to support@ that was read well: nothing is quoted in it, so all its words are new."""
    authors = (from_,) if isinstance(from_, Address) else tuple(from_)
    keys: dict[str, Any] = {
        "size": 1000 + len(text),
        "message_id": f"<{hashlib.sha256(text.encode()).hexdigest()[:12]}@mail.example>",
        "content_hash": hashlib.sha256(repr((authors, text, changes)).encode()).hexdigest(),
        "subject": "A question",
        "from_": authors,
        "to": (Address("", SUPPORT),),
        "date": NOW,
        "text": text,
        "reply": Reply(text, "", CutMethod.WHOLE, sure=True),
    }
    return InboundMail(**keys | changes)


def marked(*marks: Mark) -> tuple[Marker, ...]:
    """These marks, each with a reason that names it."""
    return tuple(Marker(one, f"the headers say {one}") for one in marks)


def vouched(server: str = "mx.example.com", position: int = 0, **results: Any) -> AuthResult:
    """An Authentication-Results header: `vouched(dmarc=(("pass", "example.com"),))`."""
    return AuthResult(server, position, **results)


def words(text: str, *files: StoredFile, html: str = "") -> Words:
    return Words(text, html, text, "whole", files)


def file(name: str = "photo.jpg", inline: bool = False) -> StoredFile:
    digest = hashlib.sha256(name.encode()).hexdigest()
    return StoredFile(name, "image/jpeg", 1234, digest, inline, "cid1" if inline else "")


def case(status: Status = Status.OPENED, also: Iterable[Address] = (), **changes: Any) -> Case:
    """Carla's case of yesterday with one entry, nobody's yet; `also` are those who were CC'd in its opening mail."""
    people = (Participant(CARLA, True), *(Participant(one, False, 1) for one in also))
    keys: dict[str, Any] = {
        "key": 1,
        "id": CASE_ID,
        "service": "support",
        "subject": "A question",
        "status": status,
        "customer": Customer(1, CARLA),
        "created_at": datetime(2026, 7, 14, 9, 30, tzinfo=UTC),
        "updated_at": datetime(2026, 7, 14, 9, 30, tzinfo=UTC),
        "role": "support",
        "participants": people,
        "entries": 1,
    }
    return Case(**keys | changes)


def held(text: str = "The answer is 42.", entry_id: int = 7) -> Entry:
    """A reply in Ann's name that waits for `#send` or `#drop`."""
    author = Address("Ann Archer", "ann@example.com")
    return Entry(entry_id, 2, EntryKind.REPLY, NOW, author, words(text), held="nothing proves it hers")


def known(*cases: Case, mails: Iterable[KnownMail] = (), **changes: Any) -> Known:
    """Facts: these cases, these mails, and whatever else by its name."""
    return Known(
        mails={one.message_id: one for one in mails},
        cases={one.id: one for one in cases},
        **changes,
    )


def letter_id(to: Csr | Address, case: str = CASE_ID, keys: Keys = KEYS, nonce: bytes = b"12345678") -> str:
    """The Message-ID of a letter of ours: to a CSR (who is proven by it) or to a customer."""
    if isinstance(to, Csr):
        return tokens.message_id(keys, Purpose.TO_CSR, case, to.key, nonce, "example.com")
    return tokens.message_id(keys, Purpose.TO_CUSTOMER, case, to.key, nonce, "example.com")


def our_letter(to: Csr | Address, case: str = CASE_ID, **changes: Any) -> KnownMail:
    """A letter of ours as the store knows it: `csr_case` to a CSR, `customer_reply` to a customer."""
    is_csr = isinstance(to, Csr)
    keys: dict[str, Any] = {
        "message_id": letter_id(to, case),
        "case": case,
        "is_ours": True,
        "recipient": to.key,
        "letter": "csr_case" if is_csr else "customer_reply",
        "outbox": 5,
        "made_at": NOW,
    }
    return KnownMail(**keys | changes)
