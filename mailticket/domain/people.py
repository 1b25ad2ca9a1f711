"""Who is who: the customer, the actor behind an intent, and those who take part in a case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from mailticket.domain.address import Address

_TITLES = frozenset({"dr", "prof", "mr", "mrs", "ms", "miss", "mx", "sir", "herr", "frau", "dipl", "ing", "mme", "m"})


@dataclass(frozen=True, slots=True)
class Customer:
    """A person who wrote to us, at one of their addresses. `id` is 0 until the store knows that address.

    `person` is what all addresses of one person share, 0 until the store knows it; `language` the person's own.
    """

    id: int
    address: Address
    person: int = 0
    language: str = ""

    @property
    def name(self) -> str:
        return self.address.name

    @property
    def first_name(self) -> str:
        """What a greeting calls them: the first word of the name that is no title ("Doe, Dr. Jane" gives "Jane")."""
        _family, comma, given = self.name.partition(",")
        words = (given if comma and given.strip() else self.name).split()
        return next((word for word in words if word.strip(".").lower() not in _TITLES), "")


@dataclass(frozen=True, slots=True)
class Person:
    """A customer with all that is known of them. `id` is what their addresses share, the main one first.

    `number` is what they are called elsewhere (a customer number). `organisation` is their own, or that of their
    domain where they have none. `fields` are the values of the custom fields of customers.
    """

    id: int
    name: str
    addresses: tuple[Address, ...]
    created_at: datetime
    number: str = ""
    phone: str = ""
    language: str = ""
    organisation: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)

    @property
    def address(self) -> Address:
        return self.addresses[0]

    @property
    def shown(self) -> str:
        return self.name or self.address.address


@dataclass(frozen=True, slots=True)
class Participant:
    """Somebody outside who takes part in a case. They see its history from entry number `since` on."""

    address: Address
    is_customer: bool
    since: int = 0


class ActorKind(StrEnum):
    CUSTOMER = "customer"
    CSR = "csr"
    UNPROVEN = "unproven"  # a CSR's address without proof
    OURSELVES = "ourselves"
    MACHINE = "machine"
    ADMIN = "admin"
    CLOCK = "clock"
    RULE = "rule"


class Door(StrEnum):
    """By what door a wish came in; kept with everything that it changed."""

    MAIL = "mail"
    LINK = "link"
    MAIL_LINK = "mail link"
    CLI = "command line"
    CONSOLE = "console"
    PORTAL = "portal"
    FORM = "form"
    API = "API"
    RULE = "rule"
    CLOCK = "clock"
    DESK = "desk"  # nobody asked: the desk itself noticed it


class Echo(StrEnum):
    """Does a mail from a CSR's address look like what their mail program makes of our receipts, without saying so?"""

    NONE = ""
    REPEATS = "repeats"  # mails with its subject came to nothing already
    ANSWERS = "answers"  # it answers or passes on a receipt of ours


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks, and how we know. `csr` is the CSR's key (their main address, normalised) for CSR and UNPROVEN.

    `sees_outcome`: they look at a page that will say what became of it, so no receipt is mailed. `door` is where they
    came in, with the name of who stood there if that is somebody else ("command line, by admin root").
    """

    kind: ActorKind
    address: Address
    reason: str
    csr: str = ""
    sees_outcome: bool = False
    echo: Echo = Echo.NONE
    door: str = Door.MAIL

    @property
    def is_csr(self) -> bool:
        return self.kind is ActorKind.CSR

    @property
    def is_staff(self) -> bool:
        """One of ours, who acts on a case and is nobody's customer."""
        return self.kind in (ActorKind.CSR, ActorKind.ADMIN)


@dataclass(frozen=True, slots=True)
class Candidate:
    """An available CSR of a role, with what assignment goes by.

    `open_cases` counts all but resolved, closed and spam; `active_cases` what counts for the limit;
    `last_assigned_at` is when they last got a case by rule; `order` their place in the config.
    """

    csr: str
    order: int
    open_cases: int
    active_cases: int
    last_assigned_at: datetime | None


@dataclass(frozen=True, slots=True)
class BlacklistEntry:
    """An exact address or "*@domain" (lower case), and a subject without prefixes or "" for any."""

    address: str
    subject: str
    by: str
    at: datetime | None = None
