"""PURE: mailboxes and cases as the plain values that the page shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mailticket.demo.cast import SUPPORT, Person
from mailticket.demo.mail import Mail
from mailticket.domain.address import Address
from mailticket.domain.case import Case, Entry
from mailticket.domain.case_id import find

Plain = dict[str, Any]


#: What the page calls a letter, before its recipient's name.
_LETTERS = {
    "auto_reply": "Acknowledgement to",
    "customer_reply": "Answer to",
    "csr_case": "Case by mail to",
    "csr_receipt": "Receipt to",
    "hold_notice": "Held answer shown to",
    "bounce_notice": "Failed delivery reported to",
}
#: How a letter is doing, where that is not "on its way".
_STATES = {
    "sent": "delivered",
    "failed": "refused by the mail server",
    "maybe_sent": "perhaps delivered",
    "cancelled": "cancelled",
    "held": "held",
}


@dataclass(frozen=True, slots=True)
class LetterLife:
    """A letter that the desk wrote; `letter` and `state` as the outbox has them, `recipient` an address."""

    at: datetime
    letter: str
    recipient: str
    state: str
    message_id: str


@dataclass(frozen=True, slots=True)
class CaseLife:
    """A case with its entries and the letters about it, the oldest first."""

    case: Case
    entries: Sequence[Entry]
    letters: Sequence[LetterLife] = ()


def state(folders: Mapping[Person, Sequence[Mail]], lives: Sequence[CaseLife]) -> Plain:
    """Everything that the page shows at one moment: people with their mails, and cases, both newest first."""
    case_of = {entry.message_id: life.case.id for life in lives for entry in life.entries}
    case_of |= {letter.message_id: life.case.id for life in lives for letter in life.letters}
    letter_of = {letter.message_id: letter.letter for life in lives for letter in life.letters}
    names = {person.address.key: person.address.name for person in folders}
    mails_of = {person: [_mail(mail, case_of, letter_of) for mail in mails] for person, mails in folders.items()}
    return {
        "support": _address(SUPPORT),
        "people": [_person(person, mails) for person, mails in mails_of.items()],
        "cases": [_case(life, names) for life in lives],
    }


def _person(person: Person, mails: Sequence[Plain]) -> Plain:
    return {
        "key": person.key,
        **_address(person.address),
        "program": person.program.value,
        "is_csr": person.is_csr,
        "mails": mails,
    }


def _mail(mail: Mail, case_of: Mapping[str, str], letter_of: Mapping[str, str]) -> Plain:
    """`letter` is the kind of a letter that the desk wrote, as the outbox has it."""
    in_subject = find(mail.subject)
    return {
        "id": mail.id,
        "folder": mail.folder,
        "at": mail.at.isoformat(),
        "from": _address(mail.sender),
        "to": [_address(one) for one in mail.to],
        "cc": [_address(one) for one in mail.cc],
        "subject": mail.subject,
        "preview": mail.preview,
        "is_seen": mail.is_seen,
        "case": case_of.get(mail.message_id) or (in_subject[0] if in_subject else ""),
        "letter": letter_of.get(mail.message_id, ""),
        "files": [{"name": one.name, "type": one.type, "size": len(one.content)} for one in mail.attached],
    }


def _case(life: CaseLife, names: Mapping[str, str]) -> Plain:
    case = life.case
    return {
        "id": case.id,
        "subject": case.subject,
        "status": case.status.value,
        "customer": case.customer.address.shown,
        "csr": names.get(case.csr, case.csr),
        "created_at": case.created_at.isoformat(),
        "updated_at": case.updated_at.isoformat(),
        "entries": _story(life, names),
    }


def _story(life: CaseLife, names: Mapping[str, str]) -> list[Plain]:
    """Entries and letters as they happened; what happened at one moment stays in the order entries, letters."""
    dated = [(entry.at, _entry(entry)) for entry in life.entries]
    dated += [(letter.at, _letter(letter, names)) for letter in life.letters]
    return [shown for _at, shown in sorted(dated, key=lambda one: one[0])]


def _letter(letter: LetterLife, names: Mapping[str, str]) -> Plain:
    to = names.get(Address("", letter.recipient).key, letter.recipient)
    what, how = _LETTERS.get(letter.letter, f"{letter.letter} to"), _STATES.get(letter.state, "on its way")
    return {"kind": "letter", "at": letter.at.isoformat(), "text": f"{what} {to}: {how}"}


def _entry(entry: Entry) -> Plain:
    return {
        "number": entry.number,
        "kind": entry.kind.value,
        "at": entry.at.isoformat(),
        "author": entry.author.shown,
        "text": entry.words.text.strip(),
        "held": entry.held,
        "files": [one.name for one in entry.words.files],
    }


def _address(address: Address) -> Plain:
    return {"name": address.name, "address": address.address}
