"""Who is who: the customer, the actor behind an intent, and those who take part in a case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from mailticket.domain.mail import Address

_TITLES = frozenset({"dr", "prof", "mr", "mrs", "ms", "miss", "mx", "sir", "herr", "frau", "dipl", "ing", "mme", "m"})


@dataclass(frozen=True, slots=True)
class Customer:
    """A person who wrote to us. `id` is 0 until the store knows them."""

    id: int
    address: Address

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


class Echo(StrEnum):
    """Does a mail from a CSR's address look like what their mail program makes of our receipts, without saying so?"""

    NONE = ""
    REPEATS = "repeats"  # mails with its subject came to nothing already
    ANSWERS = "answers"  # it answers or passes on a receipt of ours


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks, and how we know. `csr` is the CSR's key (their main address, normalised) for CSR and UNPROVEN.

    `sees_outcome`: they look at a page that will say what became of it, so no receipt is mailed.
    """

    kind: ActorKind
    address: Address
    reason: str
    csr: str = ""
    sees_outcome: bool = False
    echo: Echo = Echo.NONE

    @property
    def is_csr(self) -> bool:
        return self.kind is ActorKind.CSR


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
