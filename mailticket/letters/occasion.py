"""PURE: what a letter is written from: the case and its entries, as far as its reader may see them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from mailticket.config.models import Config, Csr, Service
from mailticket.domain.case import Case, Entry, PublicEntry, StoredFile
from mailticket.domain.people import Participant
from mailticket.domain.texts.alike import Solved
from mailticket.letters.links import LetterLinks, Link


def _without_page(_file: StoredFile) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Occasion:
    """Where and when a letter is written. `language` and `zone` are its reader's; times are shown in them.

    `file_url` tells where the reader can fetch a file, "" where they cannot.
    """

    config: Config
    service: Service
    now: datetime
    zone: ZoneInfo
    language: str = "en"
    file_url: Callable[[StoredFile], str] = _without_page


@dataclass(frozen=True, slots=True)
class ForCustomer:
    """A letter to one outside person. `entries` are those that `domain.case.public` lets this viewer see.

    `brings` is the number of the entry that the letter brings (0: none). `csr` signs; None means the service does.
    `may_echo`: the customer's own subject may be shown, since they are proven or known. `answer_by` is a promise.
    `is_greeted`: the CSR did not ask for a letter without greeting. `subject`: the letter's own, "" for the case's.
    `unread` is the number of entries that this viewer may see and that are not among these.
    """

    case: Case
    viewer: Participant
    entries: Sequence[PublicEntry] = ()
    brings: int = 0
    csr: Csr | None = None
    may_echo: bool = True
    answer_by: datetime | None = None
    is_greeted: bool = True
    subject: str = ""
    unread: int = 0


@dataclass(frozen=True, slots=True)
class ForCsr:
    """A letter to a CSR. `case` is None where a mail belonged to none; `entries` are the case's newest, `unread` is the
    number of mails, answers and notes that are not among them.

    `commands` are (usage, what it does), shown as help. `earlier` are the customer's other cases, newest first,
    `about` what is known of them as (name, value).
    `away` holds (role, CSR key); `links` is everything that can be clicked about the case, `acts` what can be done
    with the answer that a letter is about (send it, drop it). `solved` are cases like this one, each with the link that
    uses its answer again: what other customers got, for staff's eyes only.
    `extra` is what `domain.decision.Send` carries:

    csr_case        why
    csr_receipt     done: list of sentences | problem, fix, text | commands | events; and warnings: list of sentences
    hold_notice     why, text, html
    reminder        problem, fix, moment (or None)
    bounce_notice   recipient, server_said, is_permanent, bounced_letter
    """

    csr: Csr
    case: Case | None
    entries: Sequence[Entry] = ()
    brings: int = 0
    commands: Sequence[tuple[str, str]] = ()
    earlier: Sequence[Case] = ()
    away: frozenset[tuple[str, str]] = frozenset()
    links: LetterLinks | None = None
    acts: Sequence[Link] = ()
    solved: Sequence[tuple[Solved, Link]] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)
    about: Sequence[tuple[str, str]] = ()
    unread: int = 0


@dataclass(frozen=True, slots=True)
class ForColleague:
    """Somebody whom a rule tells of a case: an address of the config, of a CSR or not. They get no word of it."""

    case: Case
    why: str


@dataclass(frozen=True, slots=True)
class Card:
    """A case on a desk card, and what its CSR can click: take it, or write on it."""

    case: Case
    link: Link


@dataclass(frozen=True, slots=True)
class ForDesk:
    """A CSR's desk card: their open cases, and those that wait for anybody of their roles.

    `more` is the number of each that did not fit; `away` the roles that the CSR is away from.
    """

    csr: Csr
    mine: Sequence[Card]
    free: Sequence[Card]
    more: tuple[int, int] = (0, 0)
    away: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class ForAdmin:
    """What an admin should know: `alarms` as `desk.alarm` describes each, and the number of those left out."""

    alarms: Sequence[Mapping[str, Any]]
    more: int = 0
