"""What is to be written: row-actions, each with its reason. All of a Decision happens, or nothing of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from mailticket.domain.address import Address
from mailticket.domain.case import Case, Entry
from mailticket.domain.people import Person


class SendKind(StrEnum):
    """How a letter behaves when a connection dies at its last moment (PRODUCT.md section 15)."""

    HUMAN = "human"  # an answer: once more
    NOTIFY = "notify"  # to a CSR: once more
    AUTO = "auto"  # automatic, to a customer: never twice


class LetterKind(StrEnum):
    """Each letter that we send; its template is a file of that name in `templates/`."""

    AUTO_REPLY = "auto_reply"
    CUSTOMER_REPLY = "customer_reply"
    CSR_CASE = "csr_case"
    CSR_RECEIPT = "csr_receipt"
    HOLD_NOTICE = "hold_notice"
    BOUNCE_NOTICE = "bounce_notice"
    DESK_CARD = "desk_card"
    ESCALATION_NOTICE = "escalation_notice"
    CASE_CLOSED = "case_closed"
    REMINDER = "reminder"
    RULE_NOTICE = "rule_notice"
    WATCHER_COPY = "watcher_copy"
    ALARM = "alarm"


#: What tells a CSR about their own mail; the letters that a machine at their address could answer for ever.
NOTICES = frozenset({LetterKind.CSR_RECEIPT, LetterKind.HOLD_NOTICE})


@dataclass(frozen=True, slots=True)
class OpenCase:
    """A case that does not exist yet (its `key` is 0)."""

    case: Case
    reason: str


@dataclass(frozen=True, slots=True)
class ChangeCase:
    """New values for fields of Case, by their names."""

    changes: Mapping[str, Any]
    reason: str


@dataclass(frozen=True, slots=True)
class JoinCase:
    """All of another case becomes part of this one: its entries in time order, its people, what is sent to it."""

    source: Case
    reason: str


@dataclass(frozen=True, slots=True)
class TakeEntries:
    """The case that is opened takes these entries (their numbers) of the source, which keeps a line in each place.

    `left` is that line; `told` is the source's event about it.
    """

    source: Case
    entries: tuple[int, ...]
    left: str
    told: Entry
    reason: str


@dataclass(frozen=True, slots=True)
class Relate:
    """Another case is linked to this one or no longer; `told` is its event about it."""

    other: Case
    linked: tuple[str, ...]
    told: Entry
    reason: str


@dataclass(frozen=True, slots=True)
class DeleteCase:
    """The case and everything that was kept of it is removed; `by` and the reason stay."""

    case: Case
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class ChangeCustomer:
    """New values for fields of a person, by their names; `organisation` of a domain if `domain` is set."""

    person: int
    changes: Mapping[str, Any]
    by: str
    reason: str
    domain: str = ""


@dataclass(frozen=True, slots=True)
class JoinCustomers:
    """All addresses of one person are another's from now on."""

    source: Person
    target: Person
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class PartCustomer:
    """An address is a person of its own from now on."""

    person: Person
    address: Address
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class AddEntry:
    """An entry of the case (its `id` is 0)."""

    entry: Entry
    reason: str


@dataclass(frozen=True, slots=True)
class ChangeEntry:
    """New values for an entry's `held` or `kind`, by their names."""

    entry: int
    changes: Mapping[str, Any]
    reason: str


@dataclass(frozen=True, slots=True)
class Send:
    """A letter to one person. `key` makes it unique for ever: the same key is never posted twice.

    `csr` is the CSR's key for a letter to a CSR, "" for one to a customer. `entry` is the number of the entry
    that the letter brings (0: none). `extra` holds plain values that the letter shows besides the case's own.
    It leaves no earlier than `not_before` (None: at once).
    """

    letter: LetterKind
    kind: SendKind
    to: Address
    key: str
    reason: str
    csr: str = ""
    entry: int = 0
    extra: Mapping[str, Any] = field(default_factory=dict)
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """A web address is told by a webhook. `body` holds plain values; `key` makes it unique for ever."""

    url: str
    body: Mapping[str, Any]
    key: str
    reason: str


@dataclass(frozen=True, slots=True)
class Recall:
    """The letters that bring this entry (its number) and still wait in the outbox are never sent."""

    entry: int
    reason: str


@dataclass(frozen=True, slots=True)
class CameBack:
    """A letter that the relay took did not arrive: its outbox row, and what the server said of it."""

    outbox: int
    reason: str


@dataclass(frozen=True, slots=True)
class RevokeLetter:
    """What a letter of ours gave its reader works no more: its links, and its Message-ID as a proof.

    `letter` is what its links call it (`tokens.letter_named`), or `tokens.standing_name` for what no letter bounds.
    """

    letter: str
    reason: str


@dataclass(frozen=True, slots=True)
class ChangePerson:
    """A CSR's availability. `role` "" means all their roles; `by` is who or what says so."""

    csr: str
    is_away: bool
    role: str
    reason: str
    by: str = "out-of-office"


@dataclass(frozen=True, slots=True)
class ChangeBlacklist:
    """An address (or "*@domain"), with a subject or any (""), goes on the blacklist or comes off it."""

    address: str
    subject: str
    is_listed: bool
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Settle:
    """What became of the inbox row. `delete_from_server`: at once and permanently (a rejected mail).

    `over_budget` names the budget of each letter that was kept back.
    """

    outcome: str
    reason: str
    delete_from_server: bool = False
    over_budget: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something an admin should know now. `key` keeps one trouble from ringing twice an hour."""

    key: str
    text: str


Action = (
    OpenCase
    | ChangeCase
    | JoinCase
    | TakeEntries
    | Relate
    | DeleteCase
    | ChangeCustomer
    | JoinCustomers
    | PartCustomer
    | AddEntry
    | ChangeEntry
    | Send
    | Call
    | Recall
    | CameBack
    | RevokeLetter
    | ChangePerson
    | ChangeBlacklist
    | Settle
    | Alarm
)


@dataclass(frozen=True, slots=True)
class RuleTrial:
    """A rule that was looked at: on which event, whether it fired, and what it did or why it did nothing."""

    rule: str
    event: str
    has_fired: bool
    told: str


@dataclass(frozen=True, slots=True)
class Decision:
    """`case` is the case as it will be (None where there is none); `actions` are in the order to write.

    `rules` are those of the admin that were looked at, in order.
    """

    case: Case | None
    actions: tuple[Action, ...]
    rules: tuple[RuleTrial, ...] = ()

    @property
    def reasons(self) -> tuple[str, ...]:
        return tuple(one.reason for one in self.actions if not isinstance(one, Alarm))
