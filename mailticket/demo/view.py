"""PURE: mailboxes and cases as the plain values that the page shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mailticket.demo.cast import SUPPORT, Person
from mailticket.demo.mail import Mail
from mailticket.domain.case import Case, Entry
from mailticket.domain.case_id import find
from mailticket.domain.mail import Address

Plain = dict[str, Any]


@dataclass(frozen=True, slots=True)
class CaseLife:
    """A case with its entries, the oldest first."""

    case: Case
    entries: Sequence[Entry]


def state(folders: Mapping[Person, Sequence[Mail]], lives: Sequence[CaseLife]) -> Plain:
    """Everything that the page shows at one moment: people with their mails, and cases, both newest first."""
    case_of = {entry.message_id: life.case.id for life in lives for entry in life.entries if entry.message_id}
    names = {person.address.key: person.address.name for person in folders}
    return {
        "support": _address(SUPPORT),
        "people": [_person(person, mails, case_of) for person, mails in folders.items()],
        "cases": [_case(life, names) for life in lives],
    }


def _person(person: Person, mails: Iterable[Mail], case_of: Mapping[str, str]) -> Plain:
    return {
        "key": person.key,
        **_address(person.address),
        "program": person.program.value,
        "is_csr": person.is_csr,
        "mails": [_mail(mail, case_of) for mail in mails],
    }


def _mail(mail: Mail, case_of: Mapping[str, str]) -> Plain:
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
        "entries": [_entry(entry) for entry in life.entries],
    }


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
